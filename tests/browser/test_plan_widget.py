"""A plan in a real notebook: looked at, applied, saved and taken back, with mouse and with keys."""

import csv
from pathlib import Path

from tests.browser.lab import Lab, Notebook, expect

OFFICE = """
import pandas as pd
import cronofy_frames as cf
from cronofy_frames.widgets.plan.widget import plan_widget
from tests.small import small_box

def sheet(count):
    starts = pd.date_range("2026-03-10T09:00", periods=count, freq="h", tz="Europe/London")
    names = {"event_id": [f"e{n}" for n in range(count)], "summary": [f"Session {n}" for n in range(count)]}
    return pd.DataFrame({**names, "start": starts, "end": starts + pd.Timedelta("30min")})
"""
PLAN = """
client = cf.connect(sandbox=small_box())
cf.write_events(client, sheet(8), calendar="Work")
rows = sheet(60)
rows.loc[3, "summary"] = "<img src=x onerror=alert(1)> Retro"
rows.loc[5, "location_description"] = "Roof terrace"
rows.loc[60] = {**rows.loc[59], "event_id": "e60", "summary": None}
plan = cf.plan_events(rows, calendar="Work", client=client, skip_bad=True)
widget = plan_widget(plan, client=client, journal="offsite.journal")
widget
"""
SLOW = """
import threading
from tests.writes import client_of
from tests.small import small_box

may = threading.Semaphore(0)
client, counted = client_of(small_box(), rewritten=("/v1/batch", lambda body: may.acquire() and body))
plan_widget(cf.plan_events(sheet(120), calendar="Work", client=client), client=client, journal="slow.journal")
"""


def show_widget(lab: Lab, *cells: str) -> Notebook:
    """Run cells in a notebook, the second of which shows the widget."""
    notebook = lab.open([OFFICE, *cells])
    notebook.run(0)
    notebook.run(1)
    return notebook


def test_a_plan_is_shown_applied_saved_and_undone(lab: Lab) -> None:
    """Filter, Apply, the confirmation, the outcomes, a file of them, and Undo, with the events in the calendar."""
    notebook = show_widget(lab, PLAN, "len(list(client.read_events(only_managed=True)))")
    widget = notebook.output(1)
    widget.get_by_role("button", name="update 2", exact=True).click()
    expect(widget.get_by_role("row")).to_have_count(3)
    expect(widget.get_by_role("rowheader")).to_have_text(["3", "5"])
    expect(widget.locator("del")).to_have_text(["'Session 3'", "nothing"])
    expect(widget.locator("table img")).to_have_count(0)
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("8")

    widget.get_by_role("button", name="Apply: create 52 and update 2").click()
    expect(widget).to_contain_text("Create 52 and update 2 for acc_ann? 1 row with problems will be left out.")
    widget.get_by_role("button", name="Yes, create 52 and update 2").click()
    expect(widget.get_by_role("status").first).to_contain_text(
        "Done: Applied, 61 rows: 1 problem, 52 created, 2 updated"
    )
    expect(widget.get_by_role("rowheader").first).to_have_text("60")
    expect(widget.get_by_role("button", name="All is applied")).to_be_disabled()
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("60")

    widget.get_by_role("button", name="Make CSV").click()
    with notebook.page.expect_download() as got:
        widget.get_by_role("link", name="Save offsite_outcomes.csv: 61 rows").click()
    assert got.value.suggested_filename == "offsite_outcomes.csv"
    with Path(got.value.path()).open(encoding="utf-8-sig", newline="") as file:
        outcomes = {row["row"]: row["outcome"] for row in csv.DictReader(file)}
    assert (len(outcomes), outcomes["3"], outcomes["60"]) == (61, "updated", "not_sent")

    widget.get_by_role("button", name="Undo 54", exact=True).click()
    widget.get_by_role("button", name="Yes, undo 54").click()
    expect(widget.get_by_role("status").first).to_contain_text("Done: Undone, 54 rows: 2 updated, 52 deleted.")
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("8")
    assert notebook.errors == []


def test_it_works_by_keyboard_and_can_be_stopped(lab: Lab) -> None:
    """Enter and Tab reach every step; meanwhile other cells run, and Stop stops before the next batch."""
    notebook = show_widget(lab, SLOW, "may.release()", "may.release(9)")
    widget, keys = notebook.output(1), notebook.page.keyboard
    widget.get_by_role("button", name="Apply: create 120").focus()
    keys.press("Enter")
    expect(widget.get_by_role("button", name="Cancel")).to_be_focused()
    keys.press("Shift+Tab")
    expect(widget.get_by_role("button", name="Yes, create 120")).to_be_focused()
    keys.press("Enter")
    expect(widget.get_by_role("button", name="Stop")).to_be_focused()
    notebook.run(2)
    expect(widget).to_contain_text("Applying: 50 of 120 rows answered")
    widget.get_by_role("button", name="Next").click()
    expect(widget).to_contain_text("rows 26 to 50 of 120")
    notebook.interrupt()
    widget.get_by_role("button", name="Stop").focus()
    keys.press("Enter")
    expect(widget).to_contain_text("Stopping before the next batch")
    notebook.run(3)
    expect(widget).to_contain_text("Stopped before the next batch was sent. Press Apply again to continue")
    widget.get_by_role("button", name="Apply again: 20 rows left").click()
    widget.get_by_role("button", name="Yes").click()
    expect(widget).to_contain_text("Done: Applied, 120 rows: 120 created.")
    assert notebook.errors == []
