"""The widgets in a browser, looked at by axe-core, which finds what screen readers and keyboards cannot use."""

from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.widgets.explore.tabs import TABS
from tests.browser.lab import Lab, Notebook, expect
from tests.browser.screenshots import CHANGE_THEME, EXPLORE, LOGIN, NOW, PLAN, THEMES

AXE = Path(__file__).parents[2] / ".node/node_modules/axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """
async ([element, tags]) => {
    const found = await axe.run(element, { runOnly: tags, resultTypes: ["violations"] });
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary} ${node.html.slice(0, 300)}`));
}
"""


@pytest.fixture(scope="module", autouse=True)
def axe() -> None:
    """Skip without axe-core, which is a package of npm; .ci/run installs it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not in .node: npm install --prefix .node axe-core@4")


def violations(notebook: Notebook, cell: int) -> list[str]:
    """Return what axe-core finds in the output of a cell, in both themes."""
    page: Any = notebook.page
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text())
    found = []
    for theme, title in reversed(THEMES.items()):  # the browser is left light
        page.evaluate(CHANGE_THEME, title)
        page.wait_for_timeout(500)  # colours change by a transition of the style sheet
        element = notebook.output(cell).element_handle()
        found += [f"{theme}: {text}" for text in page.evaluate(RUN, [element, list(RULES)])]
    return found


def opened(lab: Lab, cells: tuple[str, ...], **environment: str) -> Notebook:
    """Run cells in a notebook."""
    notebook = lab.open(cells, environment=environment)
    for number in range(len(cells)):
        notebook.run(number)
    return notebook


def test_sign_in(lab: Lab) -> None:
    """The sign-in widget, with its link, its field and its status."""
    with serve(Sandbox(now=NOW)) as served:
        box: Any = served.app
        environment = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
        environment |= {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret}
        notebook = opened(lab, LOGIN, **environment)
        expect(notebook.output(1).get_by_role("button").first).to_be_visible()
        assert violations(notebook, 1) == []


def test_explorer(lab: Lab) -> None:
    """The explorer, with each of its tabs open."""
    notebook = opened(lab, EXPLORE)
    explorer = notebook.output(1)
    expect(explorer.get_by_role("status").first).to_contain_text("Done:")
    for name in TABS.values():
        tab = explorer.get_by_role("tab", name=name)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        assert violations(notebook, 1) == []


def test_plan(lab: Lab) -> None:
    """The widget of a plan, before it is applied and after."""
    notebook = opened(lab, PLAN)
    widget = notebook.output(1)
    expect(widget.get_by_role("row").first).to_be_visible()
    assert violations(notebook, 1) == []
