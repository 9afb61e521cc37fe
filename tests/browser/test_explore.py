"""The explorer in a real notebook: chosen from, searched, looked at, saved and copied, with mouse and with keys."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

import cronofy_frames as cf
from tests.browser.lab import Lab, Notebook, expect

EVIL = "<img src=x onerror=alert(1)>"
OFFICE = """
import cronofy_frames as cf
from tests.small import small_box

client = cf.connect(sandbox=small_box())
"""
HOSTILE = f"""
from datetime import UTC, datetime

from tests.small import event, small_office

EVIL, BREAK, FORMULA = {EVIL!r}, "</textarea><script>alert(1)</script>", "$\\\\href{{javascript:alert(1)}}{{x}}$"
whole, hour = small_office(), datetime(2026, 3, 3, 8, tzinfo=UTC)
for n, title in enumerate((EVIL, BREAK, FORMULA)):
    added = event(f"evil{{n}}", hour.replace(hour=8 + n), hour.replace(hour=9 + n), summary=title)
    whole.accounts[0].events[added.event_uid] = added
ann = whole.accounts[0].profiles[0]
ann.profile_name = ann.calendars[0].calendar_name = f"{{EVIL}} {{FORMULA}}"
client = cf.connect(sandbox=small_box(office=whole))
"""
PICTURES = {
    "Week": r"Calendar of the week Mon 2 Mar 2026 to Sun 8 Mar 2026, Europe/London.*Wed 4 Mar: 1, Thu 5 Mar: 1",
    "Heatmap": r"Share of time busy.*Sun 1 Mar 2026 to Tue 31 Mar 2026.*Busiest: Thursday 14:00, 25 %",
    "Time use": r"Busy and focus hours.*Hours in all: 1\.2 busy, 1\.2 scheduled",
}
EXPLORE = "explorer = cf.explore(client)\nexplorer"


def show_explorer(lab: Lab, *cells: str, office: str = OFFICE) -> Notebook:
    """Show the explorer in the second cell of a notebook, with more cells below that are not run."""
    notebook = lab.open([office, EXPLORE, *cells])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.output(1).get_by_role("status").first).to_contain_text("Done:")
    return notebook


def titles(explorer: Any) -> Any:
    """Return the cells of the table's titles."""
    return explorer.get_by_role("row").locator("td:nth-child(3)")


def test_table_and_pictures_follow_the_selection(lab: Lab) -> None:
    """Shortcuts, check boxes and the search change the table; each tab has a picture with an alt text."""
    notebook = show_explorer(lab)
    explorer = notebook.output(1)
    status = explorer.get_by_role("status").first
    expect(titles(explorer)).to_have_text(["standup", "review", "dentist"])
    explorer.get_by_role("button", name="This month").click()
    expect(status).to_contain_text("Press Read for Sun 1 Mar 2026 to Tue 31 Mar 2026")
    expect(explorer.get_by_label("Last day (included)")).to_have_value("2026-03-31")
    explorer.get_by_role("button", name="Read", exact=True).click()
    expect(titles(explorer)).to_have_text(["standup", "review", "dentist", "retreat"])
    explorer.get_by_label("Home").uncheck()
    expect(explorer).to_contain_text("Calendars: 2 of 3 selected")
    explorer.get_by_role("button", name="Read", exact=True).click()
    expect(titles(explorer)).to_have_text(["standup", "review", "retreat"])
    search = explorer.get_by_label("Search")
    search.fill("ann@example")
    search.press("Enter")
    expect(titles(explorer)).to_have_text(["standup"])
    expect(status).to_contain_text("1 of 3 events have “ann@example”")
    expect(explorer).to_contain_text("rows 1 to 1 of 1")
    search.fill("")
    search.press("Enter")
    expect(titles(explorer)).to_have_count(3)
    for tab, words in PICTURES.items():
        explorer.get_by_role("tab", name=tab, exact=True).click()
        picture = explorer.get_by_role("img")
        expect(picture).to_have_attribute("alt", re.compile(words))
        assert picture.evaluate("one => one.decode().then(() => one.naturalWidth)") > 1000
    expect(explorer.get_by_role("columnheader", name="Busy hours")).to_be_visible()
    assert notebook.errors == []


def test_the_table_can_be_saved_and_read_in_python(lab: Lab) -> None:
    """The CSV file, the Excel file and the code in a cell have the rows of the table."""
    notebook = show_explorer(lab, "", "events['summary'].tolist()")
    explorer = notebook.output(1)
    explorer.get_by_label("Search").fill("T")
    explorer.get_by_label("Search").press("Enter")
    expect(titles(explorer)).to_have_text(["standup", "dentist"])
    starts = explorer.get_by_role("row").locator("td:nth-child(1)").all_text_contents()
    files = [save_file(notebook, "Make CSV", "csv"), save_file(notebook, "Make Excel", "xlsx")]
    assert [file.name for file in files] == [f"events_2026-03-02_2026-03-08.{suffix}" for suffix in ("csv", "xlsx")]
    for read in map(cf.read_sheet, files):
        assert read["summary"].tolist() == ["standup", "dentist"]
        assert [f"{time:%a} {time.day} {time:%b %Y %H:%M}" for time in read["start"]] == [
            start.replace("\u00a0", " ") for start in starts
        ]
    assert pd.read_csv(files[0])["summary"].tolist() == ["standup", "dentist"]

    line = explorer.get_by_label("The same in Python")
    line.click()
    notebook.page.keyboard.press("Control+A")
    notebook.page.keyboard.press("Control+C")
    notebook.cell(2).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+V")
    notebook.run(2)
    notebook.run(3)
    expect(notebook.output(3)).to_contain_text("['standup', 'dentist']")
    assert notebook.errors == []


def save_file(notebook: Notebook, button: str, suffix: str) -> Path:
    """Make a file, save it by its link, and return where it is, under its own name."""
    notebook.output(1).get_by_role("button", name=button).click()
    with notebook.page.expect_download() as got:
        notebook.output(1).get_by_role("link", name=re.compile(rf"\.{suffix}: 2 events")).click()
    path = notebook.folder / got.value.suggested_filename
    got.value.save_as(path)
    return path


def test_it_works_by_keyboard_and_titles_are_escaped(lab: Lab) -> None:
    """Tab reaches Read, Enter and Space press it; no markup in titles is rendered."""
    notebook = show_explorer(lab, "explorer.events = None", office=OFFICE + HOSTILE)
    explorer, keys, dialogs = notebook.output(1), notebook.page.keyboard, []
    notebook.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    expect(titles(explorer).first).to_have_text(EVIL)
    read = explorer.get_by_role("button", name="Read", exact=True)
    for key in ("Enter", "Space"):
        notebook.run(2)
        expect(explorer.get_by_role("row")).to_have_count(0)
        explorer.get_by_label("Time zone").focus()
        for _ in range(8):  # past seven shortcuts
            keys.press("Tab")
        expect(read).to_be_focused()
        keys.press(key)
        expect(titles(explorer)).to_have_count(6)
    explorer.get_by_role("tab", name="Week").click()
    expect(explorer.get_by_role("img")).to_be_visible()
    explorer.get_by_label("Search").fill(EVIL)
    explorer.get_by_label("Search").press("Enter")
    expect(explorer).to_contain_text(f"1 of 6 events have “{EVIL}”")
    expect(explorer.locator("img[src=x], script, mjx-container, .MathJax")).to_have_count(0)
    assert (dialogs, notebook.errors) == ([], [])
