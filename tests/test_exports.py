"""The public names of the package, and what importing them loads."""

import ast
import importlib
import inspect
import pydoc
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox.http.route_modules import MODULES

PACKAGE = Path(cf.__file__).parent
HEAVY = (
    *("pandas", "pyarrow", "matplotlib", "werkzeug", "ipywidgets", "httpx", "icalendar", "holidays"),
    *("openpyxl", "python_calamine", "charset_normalizer"),
)


def loaded_after(code: str) -> set[str]:
    """Return which of the heavy libraries a fresh Python has loaded after running some code."""
    probe = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def stub_names() -> list[str]:
    """Return the names that the stub for editors and mypy exports."""
    nodes = ast.parse((PACKAGE / "__init__.pyi").read_text()).body
    return [name.asname or "" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names]


@pytest.mark.parametrize("name", cf.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each public name can be loaded, from the module that HOMES gives."""
    home = importlib.import_module(f"cronofy_frames.{cf.HOMES[name]}")
    assert getattr(cf, name) is getattr(home, name)


def test_the_list_is_sorted_and_the_same_everywhere() -> None:
    """HOMES is sorted, and equals the names in the stub file, in `__all__` and in `dir`."""
    assert list(cf.HOMES) == sorted(cf.HOMES)
    assert sorted(stub_names()) == cf.__all__
    assert set(cf.__all__) <= set(dir(cf))


def test_no_public_name_is_a_modules_name() -> None:
    """No module has a public name, since importing it would replace the name."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert not modules & set(cf.__all__)


def test_all_errors_are_at_the_root() -> None:
    """Every exception class can be imported from the package."""
    tree = importlib.import_module("cronofy_frames.errors")
    raised = {name for name, value in vars(tree).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert raised <= set(cf.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """An unknown name raises AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="read_event"):
        cf.read_event  # noqa: B018
    assert cf.__version__.count(".") == 2


def test_importing_the_root_loads_nothing_heavy() -> None:
    """Importing the package loads no heavy library until a name is used."""
    assert loaded_after("import cronofy_frames") == set()


def test_reading_loads_no_more_than_it_needs() -> None:
    """Reading frames loads neither plots nor widgets nor the sandbox."""
    loaded = loaded_after("import cronofy_frames as cf\ncf.read_events, cf.connect, cf.export")
    assert loaded == {"pandas", "pyarrow", "httpx"}


def test_help_loads_nothing_heavy() -> None:
    """`cronofy-frames --help` loads no heavy library."""
    run = (
        "sys.argv = ['x', '--help']\nfrom cronofy_frames.cli import main\ntry:\n    main()\nexcept SystemExit:\n    ..."
    )
    assert loaded_after(run) == set()


def test_help_of_the_package_is_the_map() -> None:
    """`help(cf)` ends after the map but for a list of modules, and loads nothing; `dir` still has all names."""
    text = pydoc.render_doc(cf, renderer=pydoc.plaintext)
    assert "Read        read_events" in text
    assert not re.search(r"^(CLASSES|FUNCTIONS|DATA)$", text, flags=re.MULTILINE)
    assert len(text.splitlines()) < 110
    assert loaded_after("import pydoc, cronofy_frames as cf; pydoc.render_doc(cf)") == set()
    assert {name for name, _ in inspect.getmembers(cf)} >= set(cf.__all__)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("read_evnts", "has no attribute 'read_evnts'. Did you mean 'read_events'?"),
        ("plot_hetmap", "has no attribute 'plot_hetmap'. Did you mean 'plot_heatmap'?"),
        ("quux", "has no attribute 'quux'."),
        ("__wrapped__", "has no attribute '__wrapped__'."),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name: str, message: str) -> None:
    """Of the public names, once; a name that is near to none gets no advice."""
    with pytest.raises(AttributeError) as caught:
        getattr(cf, name)
    assert str(caught.value) == f"module 'cronofy_frames' {message}"
    code = f"import cronofy_frames as cf; cf.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stderr.decode().splitlines()[-1].count("Did you mean") == message.count("Did you mean")


SANDBOX = "import cronofy_frames as cf\nclient = cf.connect(sandbox=True)\n"


def test_a_first_frame_loads_no_more_than_it_needs() -> None:
    """The sandbox's office is built without the library of public holidays, which loads those of all countries."""
    assert loaded_after(SANDBOX + "cf.read_events(client)") == {"pandas", "pyarrow", "httpx", "werkzeug"}


def test_a_first_frame_loads_the_handlers_of_its_routes_only() -> None:
    """The sandbox loads the modules of calendars and events, and neither its server nor the list of its routes."""
    needed = {"auth.identity", "events.calendars", "events.read"}
    others = [f"cronofy_frames.sandbox.{name}" for name in {*MODULES, "server", "http.coverage"} - needed]
    code = SANDBOX + f"cf.read_events(client)\nimport sys\nprint(set({others}) & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_heat_map_loads_no_other_picture() -> None:
    """A heat map waits neither for other pictures nor for the measures that they show."""
    others = ["plots.days", "plots.timeline", "plots.usage", "plots.week", "measures"]
    code = f"import sys\nprint({{'cronofy_frames.' + name for name in {others}}} & sys.modules.keys())"
    code = f"import cronofy_frames as cf\ncf.plot_heatmap\n{code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
