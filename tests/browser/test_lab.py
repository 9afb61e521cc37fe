"""The harness itself: what the other tests of this folder rely on."""

import sys

from tests.browser.lab import Lab, expect

BUTTON = """
import ipywidgets as widgets

button, said = widgets.Button(description="Greet"), widgets.HTML("nothing yet")
button.on_click(lambda _: setattr(said, "value", f"<b>hello from {os.environ['CRONOFY_API_URL']}</b>"))
widgets.VBox([button, said])
"""


def test_a_widget_works_in_jupyterlab(lab: Lab) -> None:
    """A button that is pressed in the browser runs its callback in the kernel, and what that changes is seen."""
    notebook = lab.open(["import os", BUTTON], environment={"CRONOFY_API_URL": "http://127.0.0.1:9"})
    notebook.run_all()
    shown = notebook.output(1)
    expect(shown).to_contain_text("nothing yet")
    shown.get_by_role("button", name="Greet").click()
    expect(shown.locator("b")).to_have_text("hello from http://127.0.0.1:9")
    assert notebook.errors == []


LOOK = """
import os, sys
from pathlib import Path

import tests.small

print(os.environ.get("CRONOFY_CLIENT_ID"), len(list(Path.home().iterdir())), Path.cwd().name, sys.executable)
"""


def test_a_kernel_knows_only_what_its_test_gives_it(lab: Lab) -> None:
    """Each notebook has its own environment, home and folder, and runs the interpreter that runs the tests."""
    notebook = lab.open([LOOK], environment={"CRONOFY_CLIENT_ID": "mine"})
    notebook.run_all()
    expect(notebook.output(0)).to_contain_text(f"mine 0 {notebook.folder.name} {sys.executable}")
    other = lab.open([LOOK])
    other.run(0)
    expect(other.output(0)).to_contain_text(f"None 0 {other.folder.name}")
    assert notebook.folder != other.folder


def test_a_test_leaves_nothing(lab: Lab) -> None:
    """When a test ends, its kernels are shut down and its pages closed."""
    lab.open(["1 + 1"])
    assert len(lab.server.ask("GET", "api/kernels")) == 1
    lab.close()
    assert lab.server.ask("GET", "api/kernels") == []
