"""Pictures of the widgets in JupyterLab, light and dark, for the gallery in docs. Run: make screenshots."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cronofy_frames.sandbox import Sandbox, serve
from tests.browser.lab import Lab, serving
from tests.site.examples import DOCS

NOW = "2026-03-02T09:00:00Z"
OFFICE = f"""
import pandas as pd
import cronofy_frames as cf

client = cf.connect(sandbox=cf.Sandbox(now={NOW!r}))
"""
LOGIN = "import cronofy_frames as cf", "cf.login(flow='paste')"
EXPLORE = OFFICE, "explorer = cf.explore(client)\nexplorer.tab = 'week'\nexplorer"
PLAN = (
    OFFICE,
    """
start = pd.to_datetime(["2026-03-26 15:00", "2026-03-26 20:00", "2026-03-27 09:30"]).tz_localize("Europe/Lisbon")
hours = pd.to_timedelta([1.5, 2.5, 3], unit="h")
titles = ["Kick-off", "Welcome dinner", "Workshop 1"]
places = ["Sala Tejo", "Taberna da Rua das Flores", "Sala Douro"]
sheet = pd.DataFrame({"summary": titles, "start": start, "end": start + hours, "location_description": places})
cf.write_events(client, sheet.iloc[[0]], calendar="Team")
sheet.loc[0, "location_description"] = "Roof terrace"
cf.plan_widget(cf.plan_events(sheet, calendar="Team", client=client), client=client)
""",
)
PICTURES = {"sign_in": LOGIN, "explore": EXPLORE, "plan": PLAN}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
CHANGE_THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })"


def take_pictures(lab: Lab, cells: Sequence[str], environment: dict[str, str], name: str) -> None:
    """Run cells in a notebook, and keep what the last one shows in each theme."""
    notebook = lab.open(cells, environment=environment)
    for number in range(len(cells)):
        notebook.run(number)
    for theme, title in reversed(THEMES.items()):  # the browser is left light
        notebook.page.evaluate(CHANGE_THEME, title)
        notebook.page.wait_for_timeout(1_000)  # the style is loaded, and the widget's own pictures are drawn
        notebook.screenshot(DOCS / "widgets" / f"{name}-{theme}.png", len(cells) - 1)


def main() -> None:
    """Take every picture."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as running, serve(Sandbox(now=NOW)) as served:
        box = served.app
        assert isinstance(box, Sandbox)
        environment = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
        environment |= {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret}
        for name, cells in PICTURES.items():
            lab = Lab(*running)
            take_pictures(lab, cells, environment, name)
            lab.close()


if __name__ == "__main__":
    main()
