"""Names of packages that are loaded when they are first used."""

import importlib
import subprocess
import sys

import pytest

LAZY = {
    "plots": ["new_figure", "plot_days", "plot_heatmap", "plot_time_use", "plot_timeline", "plot_week"],
    "sandbox": ["Served", "coverage", "serve"],
    "sheets": ["SheetWarning", "read_sheet"],
}


@pytest.mark.parametrize(("package", "name"), [(package, name) for package, names in LAZY.items() for name in names])
def test_a_lazy_name_is_loaded_from_its_module(package: str, name: str) -> None:
    """A lazy name is that of the module that defines it, and one of the names that the package lists."""
    module = importlib.import_module(f"cronofy_frames.{package}")
    value = getattr(module, name)
    assert getattr(sys.modules[value.__module__], name) is value
    assert name in module.__all__


@pytest.mark.parametrize("package", LAZY)
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    """A name that the package does not have raises AttributeError, as in any module."""
    with pytest.raises(AttributeError, match=rf"module 'cronofy_frames.{package}' has no attribute 'nothing'"):
        importlib.import_module(f"cronofy_frames.{package}").nothing  # noqa: B018


@pytest.mark.parametrize(("package", "module"), [("plots", "canvas"), ("sandbox", "server"), ("sheets", "read.reader")])
def test_a_package_with_lazy_names_does_not_load_their_modules(package: str, module: str) -> None:
    """Importing the package loads none of the modules of its lazy names."""
    code = f"import sys, cronofy_frames.{package}; print('cronofy_frames.{package}.{module}' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
