"""Messages of errors and warnings are one printable line, whatever the texts of other people that they quote."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile

HOSTILE = "Ann\x1b[2J\r\n\u202eX\x07\x9b31m\u2028"
"""What a terminal obeys: an escape sequence, new lines, a direction mark, a bell, an 8-bit sequence, a separator."""
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
START, END = "2026-03-01", "2026-03-10"


def hostile_client() -> cf.Client:
    """Return the client of an account of which every text is hostile."""
    at = datetime(2026, 3, 5, 9, tzinfo=UTC)
    event = Event(
        event_uid=f"evt_{HOSTILE}",
        calendar_id="cal_1",
        summary=HOSTILE,
        start=at,
        end=at.replace(hour=10),
        created=at,
        updated=at,
    )
    names = {"cal_1": HOSTILE, "cal_2": HOSTILE, "cal_3": f"Team {HOSTILE}"}
    calendars = [Calendar(id_, name) for id_, name in names.items()]
    calendars += [
        Calendar("cal_old", f"Old {HOSTILE}", calendar_deleted=True),
        Calendar("cal_read", f"Holidays {HOSTILE}", calendar_readonly=True),
    ]
    profile = Profile("pro_1", HOSTILE, "google", "gsuite", calendars=calendars)
    account = Account("acc_1", email="ann@example.test", name=HOSTILE, profiles=[profile], events={"a": event})
    return cf.connect(sandbox=cf.Sandbox(now="2026-03-04T09:00:00Z", office=Office([account])))


def sheet(**columns: str) -> pd.DataFrame:
    """Return a sheet of one event with these columns."""
    row = {"summary": "Lunch", "start": "2026-03-05 09:00", "end": "2026-03-05 10:00", **columns}
    return pd.DataFrame([row])


def plan(client: cf.Client, frame: pd.DataFrame, calendar: str | None = "cal_1") -> cf.Plan:
    """Return the plan of a sheet."""
    return cf.plan_events(frame, client=client, tz="Europe/London", calendar=calendar)


def workbook(folder: Path) -> Path:
    """Return a workbook whose worksheets have hostile names."""
    book = openpyxl.Workbook()
    book.active.title = "A\u202eB"
    book.create_sheet("C\u2028D")
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


def text_file(folder: Path, content: str, name: str = "sheet.csv") -> Path:
    """Return a file with this content."""
    path = folder / name
    path.write_text(content, encoding="utf-8", newline="")
    return path


def changed_journal(folder: Path, client: cf.Client) -> Path:
    """Return a journal whose account has a hostile id."""
    path = folder / "a.journal"
    cf.apply(plan(client, sheet()), client, journal=path)
    return text_file(folder, path.read_text().replace("acc_1", json.dumps(f"acc_{HOSTILE}")[1:-1]), "b.journal")


CASES: dict[str, Callable[[cf.Client, Path], object]] = {
    "unknown calendar": lambda client, _: cf.read_events(client, START, END, calendars=["Nope"]),
    "unknown hostile calendar": lambda client, _: cf.read_events(client, START, END, calendars=[f"No {HOSTILE}"]),
    "calendars of one name": lambda client, _: cf.read_events(client, START, END, calendars=[HOSTILE]),
    "deleted calendar": lambda client, _: cf.read_events(client, START, END, calendars=[f"Old {HOSTILE}"]),
    "zone": lambda client, _: cf.read_events(client, START, END, tz=HOSTILE),
    "bound": lambda client, _: cf.read_events(client, HOSTILE, END),
    "label of an account": lambda client, _: cf.read_events({f"a {HOSTILE}": client}, "2020-01-01", "2020-02-01"),
    "person of a sandbox": lambda *_: cf.connect(sandbox=hostile_sandbox(), account=f"b {HOSTILE}"),
    "stored account": lambda *_: cf.connect(account=HOSTILE, environment={}),
    "argument of a call": lambda client, _: client.read_events(tzid=HOSTILE),
    "name of an argument": lambda client, _: client.call("GET /v1/events", {HOSTILE: []}),
    "id that the server does not know": lambda client, _: client.delete_event(calendar_id=HOSTILE, event_id=HOSTILE),
    "plan, unknown calendar": lambda client, _: plan(client, sheet(), "Nope"),
    "plan, calendars of one name": lambda client, _: plan(client, sheet(), HOSTILE),
    "plan, calendar of a row": lambda client, _: plan(client, sheet(calendar=f"No {HOSTILE}"), None),
    "plan, read-only calendar": lambda client, _: plan(client, sheet(), f"Holidays {HOSTILE}"),
    "plan, time": lambda client, _: plan(client, sheet(start=HOSTILE)),
    "plan, attendees": lambda client, _: plan(client, sheet(attendees=HOSTILE)),
    "plan, label of a row": lambda client, _: plan(client, sheet(start="x").set_axis([HOSTILE])),
    "plan, key": lambda client, _: cf.plan_events(sheet(), client=client, tz="UTC", calendar="cal_1", key=[HOSTILE]),
    "sheet, header": lambda _, at: cf.read_sheet(text_file(at, f'"{HOSTILE}"\nx\n'), columns={"Nope": "summary"}),
    "sheet, headers twice": lambda _, at: cf.read_sheet(
        text_file(at, f'"{HOSTILE}","{HOSTILE}"\nx,y\n'), columns={HOSTILE: "summary"}
    ),
    "sheet, column of times": lambda _, at: cf.read_sheet(
        text_file(at, f'summary,start,end,"{HOSTILE}"\na,2026-03-05 9:00,2026-03-05 10:00,9:00\n'), tz="UTC"
    ),
    "sheet, cell": lambda _, at: cf.read_sheet(text_file(at, f'summary,start,end\na,"{HOSTILE}",x\n'), tz="UTC"),
    "sheet, worksheets": lambda _, at: cf.read_sheet(workbook(at), sheet=HOSTILE),
    "sheet, other worksheets": lambda _, at: cf.read_sheet(workbook(at), tz="UTC"),
    "sheet, missing file": lambda _, at: cf.read_sheet(at / f"{HOSTILE}.csv"),
    "sheet, name of an empty file": lambda _, at: cf.read_sheet(text_file(at, "", f"{HOSTILE}.csv")),
    "sheet, name of a broken file": lambda _, at: cf.read_sheet(text_file(at, "PK\x03\x04", f"{HOSTILE}.xlsx")),
    "journal, missing file": lambda client, at: cf.undo(at / HOSTILE, client),
    "journal, account": lambda client, at: cf.undo(changed_journal(at, client), client),
    "journal, content": lambda client, at: cf.undo(text_file(at, f'{{"journal": "{HOSTILE}"}}\n'), client),
    "plan file, missing": lambda _, at: cf.load_plan(at / HOSTILE),
    "plan file, content": lambda _, at: cf.load_plan(text_file(at, json.dumps({"cronofy_frames": HOSTILE}))),
    "export, folder": lambda client, at: cf.export(cf.read_events(client, START, END), at / HOSTILE / "x.csv"),
    "export, suffix": lambda client, at: cf.export(cf.read_events(client, START, END), at / f"x.{HOSTILE}"),
    "analysis, column": lambda client, _: cf.time_use(
        cf.read_events(client, START, END).assign(**{HOSTILE: 1}), by="nope"
    ),
    ".ics, missing file": lambda _, at: cf.Sandbox(ics=at / HOSTILE),
    ".ics, content": lambda _, at: cf.Sandbox(
        ics=text_file(
            at,
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\x1bb\r\nSUMMARY:\x1b[2J\u202e\r\n"
            "DTSTART;TZID=\x1b\u202ezone:20260305Txx\r\nRRULE:FREQ=\x1b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            "x\u202e.ics",
        )
    ),
}


def hostile_sandbox() -> cf.Sandbox:
    """Return a sandbox with a person of a hostile name."""
    account = Account("acc_1", name=HOSTILE, profiles=[Profile("pro_1", HOSTILE, "google", "gsuite")])
    return cf.Sandbox(now="2026-03-04T09:00:00Z", office=Office([account]))


def messages_of(call: Callable[[], object]) -> list[str]:
    """Return the message of the error and the warnings of a call."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call()
        except Exception as error:
            messages += [str(error), *getattr(error, "__notes__", ())]
    return [*messages, *(str(warning.message) for warning in caught)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_messages_are_one_printable_line(case: Callable[[cf.Client, Path], object], tmp_path: Path) -> None:
    """Names of calendars, ids, headers, cells, worksheets, files, journals and responses cannot control a terminal."""
    messages = messages_of(lambda: case(hostile_client(), tmp_path))
    assert messages
    for message in messages:
        assert UNPRINTABLE.search(message) is None, ascii(message)


def test_problems_of_a_plan_are_printable_where_they_are_worded() -> None:
    """`expected` and `came` are texts of ours; `row` and `column` are the labels of the sheet, as they are."""
    with pytest.raises(cf.FrameError) as caught:
        plan(hostile_client(), sheet(calendar="Nope").set_axis([HOSTILE]), None)
    problems = caught.value.problems
    assert problems["row"].tolist() == [HOSTILE]
    assert not problems[["expected", "came"]].map(lambda text: bool(UNPRINTABLE.search(text))).any(axis=None)
