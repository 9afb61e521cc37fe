"""Rendering of plans: they show what will happen, and titles of other people are only text."""

import html.parser
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.text import shorten
from cronofy_frames.writing.plan.plans import Plan, Step
from cronofy_frames.writing.plan.rendering import HTML_ROWS, plan_frame, plan_html, plan_text

EVIL = "<script>alert('x')</script>\"&amp;"


def said(**more: Any) -> dict[str, Any]:
    """Return what create_event gets."""
    when = {"start": "2026-03-10T09:00:00Z", "end": "2026-03-10T10:00:00Z"}
    return {"calendar_id": "cal_1", "event_id": "e1", "summary": "Kick-off", **when, **more}


def image(**more: Any) -> dict[str, Any]:
    """Return a remote event."""
    return {"event_uid": "evt_1", **said(**more)}


def plan_of(*steps: tuple[Any, ...], kind: Any = "events", tz: str = "Europe/Paris", **more: Any) -> Plan:
    """Return a plan of steps, each an action, a call, its arguments, and optionally the remote state and a note."""
    rows = [
        Step(n, f"row {n}", action, None, call, arguments, *(rest or (None,)))
        for n, (action, call, arguments, *rest) in enumerate(steps)
    ]
    return Plan(rows, kind=kind, tz=tz, **more)


CREATE = ("create", "create_event", said())
UPDATE = ("update", "create_event", said(), image(summary="Start", location={"description": "Pier"}), "a note")
DELETE = (
    "delete",
    "delete_event",
    {"calendar_id": "cal_1", "event_id": "e1"},
    image(start="2026-03-10", end="2026-03-12"),
)
SKIP = ("skip", None, {}, None, "summary: expected a title, came nothing")
SAME = ("unchanged", "create_event", said(), image())

COLUMNS = ["action", "calendar_id", "event_id", "summary", "start", "end", "all_day", "days", "changes", "note"]


@pytest.mark.parametrize("steps", [(), (CREATE,), (SKIP,), (UPDATE, DELETE, SKIP, SAME)], ids=len)
def test_columns_never_depend_on_the_rows(steps: tuple[Any, ...]) -> None:
    """All plans of events have the same columns and dtypes, and times in the plan's zone."""
    frame = plan_frame(plan_of(*steps))
    assert frame.columns.tolist() == COLUMNS
    assert frame.dtypes.astype(str).to_dict() == {
        **dict.fromkeys(COLUMNS, "str"),
        **dict.fromkeys(["start", "end"], "datetime64[us, Europe/Paris]"),
        "all_day": "bool",
    }


def test_rows_say_what_will_happen() -> None:
    """Times are local, days are at their local midnight, and a deletion shows its event."""
    frame = plan_frame(plan_of(CREATE, UPDATE, DELETE, SKIP, SAME))
    assert frame.index.tolist() == [f"row {n}" for n in range(5)]
    assert frame["action"].tolist() == ["create", "update", "delete", "skip", "unchanged"]
    assert frame["start"].dropna().dt.strftime("%d %H:%M").tolist() == ["10 10:00", "10 10:00", "10 00:00", "10 10:00"]
    assert frame["all_day"].tolist() == [False, False, True, False, False]
    assert frame["changes"].dropna().tolist() == ["summary: 'Start' -> 'Kick-off'"]
    assert frame["note"].dropna().tolist() == ["a note", SKIP[4]]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-05-04", "2026-05-09", "Mon 4 – Fri 8 May"),
        ("2026-05-04", "2026-05-05", "Mon 4 May"),
        ("2026-05-04", "2026-05-04", "Mon 4 May"),
        ("2026-04-30", "2026-05-05", "Thu 30 Apr – Mon 4 May"),
        ("2026-12-30", "2027-01-02", "Wed 30 Dec 2026 – Fri 1 Jan 2027"),
        ({"time": "2011-12-29", "tzid": "Pacific/Apia"}, "2012-01-01", "Thu 29 – Sat 31 Dec"),
    ],
)
def test_the_days_of_an_all_day_row(start: Any, end: Any, expected: str) -> None:
    """The frame, the text and the HTML show the first and the last day, and the two latter no exclusive end."""
    plan = plan_of(("create", "create_event", said(start=start, end=end)), CREATE)
    assert plan_frame(plan)["days"].iloc[0] == expected
    assert pd.isna(plan_frame(plan)["days"].iloc[1])
    for text in (plan_text(plan), html.unescape(plan_html(plan))):
        assert expected in text
        assert str(end) not in text or start == end
    days_alone = plan_of(("create", "create_event", said(start=start, end=end)))
    assert "end" not in plan_text(days_alone).splitlines()[3].split()


def test_columns_of_other_kinds() -> None:
    """Others' events have their uid, available periods their own id, and accounts are named where there are several."""
    theirs = {"calendar_id": "cal_1", "event_uid": "evt_external_1"}
    external = ("delete", "delete_external_event", theirs, image())
    assert plan_frame(plan_of(external, kind="deletes"))["event_uid"].tolist() == ["evt_external_1"]
    period = (
        "create",
        "upsert_available_period",
        {
            "available_period_id": "p1",
            "start": {"time": "2026-03-10T09:00:00+09:00", "tzid": "Asia/Tokyo"},
            "end": "2026-03-10T10:00:00Z",
        },
    )
    for kind, steps in (("available_periods", ()), ("available_periods", (period,)), ("undo", (period,))):
        frame = plan_frame(plan_of(*steps, kind=kind))
        assert frame.columns.tolist() == ["action", "available_period_id", "start", "end", "changes", "note"]
    assert str(frame["start"].iloc[0]) == "2026-03-10 01:00:00+01:00"
    labelled = Plan([Step(0, 1, "create", "ann", *CREATE[1:])], kind="events")
    assert plan_frame(labelled).columns[:2].tolist() == ["action", "account"]


CHANGES = [
    ({"start": "2026-03-10T10:00:00Z"}, {}, "start: 2026-03-10 10:00 -> 2026-03-10 11:00"),
    (
        {"start": "2026-03-10", "end": "2026-03-11"},
        {},
        "start: 2026-03-10 10:00 -> 2026-03-10; end: 2026-03-10 11:00 -> 2026-03-11",
    ),
    ({"description": ""}, {"description": "Notes"}, "description: 'Notes' -> nothing"),
    ({"url": None}, {"url": "https://x.org"}, "url: 'https://x.org' -> nothing"),
    ({"event_private": True}, {}, "event_private: False -> True"),
    (
        {"attendees": {"invite": [{"email": "a@x.org"}, {"email": "c@x.org"}], "remove": [{"email": "b@x.org"}]}},
        {"attendees": [{"email": "a@x.org"}, {"email": "b@x.org"}]},
        "attendees: b@x.org -> c@x.org",
    ),
    ({"summary": "x\n" * 500}, {}, f"summary: 'Kick-off' -> '{'x ' * 29}x…'"),
]


@pytest.mark.parametrize(("desired", "stands", "expected"), CHANGES, ids=lambda item: str(item)[:40])
def test_changes_read_like_sentences(desired: dict[str, Any], stands: dict[str, Any], expected: str) -> None:
    """Each field that differs, before and after, in local times and on one line."""
    frame = plan_frame(plan_of(("update", "create_event", said(**desired), image(**stands))))
    assert frame["changes"].tolist() == [expected]


def test_a_page_of_text() -> None:
    """It has totals, accounts, notes, the first rows, and the number of the others."""
    made_for = {"application": "app", "accounts": {"": "acc_ann"}}
    text = plan_text(plan_of(UPDATE, *[CREATE] * 1200, made_for=made_for, notes=["mind the gap"]))
    lines = text.splitlines()
    assert lines[:3] == [
        "Plan of events, 1,201 rows: 1,200 create, 1 update",
        "for acc_ann, times in Europe/Paris",
        "note: mind the gap",
    ]
    assert "summary: 'Start' -> 'Kick-off'" in lines[5]
    assert lines[-1] == "… and 1,191 more rows; .frame() has all"
    assert repr(plan_of()) == "Plan of events, 0 rows: nothing to do\nmade without a client"


class Tags(html.parser.HTMLParser):
    """Collects the names of tags and the texts between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"style"}
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


OURS = {"div", "b", "span", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "del", "br", "code"}


def page(plan: Plan) -> Tags:
    """Return a page in a notebook, taken apart."""
    tags = Tags()
    tags.feed(plan_html(plan))
    tags.close()
    assert not tags.open
    assert set(tags.tags) <= OURS
    return tags


@given(st.text(max_size=30) | st.sampled_from([EVIL, "<b>", "a&b", "</td>", '" onclick="x']))
@settings(max_examples=60)
def test_titles_of_other_people_are_only_text(text: str) -> None:
    """Titles, notes, labels, changes and accounts add no tag to the HTML, and a title can be read."""
    steps = [
        Step(
            0,
            text,
            "update",
            text,
            "create_event",
            said(summary=text),
            image(summary=f"{text}!", location={"description": text}),
            text,
        ),
        Step(1, (text, 1), "delete", text, "delete_event", said(), image(summary=text)),
    ]
    made_for = {"application": None, "accounts": {text: text}}
    plan = Plan(steps, kind="events", made_for=made_for, notes=[text], names=[None])
    shown = page(plan)
    assert any(shorten(text, 60) in item for item in shown.texts)
    assert isinstance(repr(plan), str)


def test_a_script_is_shown_and_not_run() -> None:
    """The tag of a script in a title comes out as its letters."""
    shown = plan_html(plan_of(("create", "create_event", said(summary=EVIL))))
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;amp;" in shown


def test_a_page_shows_what_changes_first() -> None:
    """Some rows of each action are shown, unchanged ones last; before is struck through, after is bold."""
    shown = page(plan_of(*[SAME] * 50, *[CREATE] * 50, *[UPDATE] * 50, DELETE, SKIP))
    actions = [text for text in shown.texts if text in ("create", "update", "delete", "skip", "unchanged")]
    assert len(actions) == HTML_ROWS
    assert list(dict.fromkeys(actions)) == ["create", "update", "delete", "skip", "unchanged"]
    assert shown.tags.count("del") == actions.count("update")
    assert " 50 create" not in shown.texts
    assert "50 create" in shown.texts
    assert "… and 132 more rows; " in shown.texts


def test_a_short_plan_is_shown_in_full() -> None:
    """All of its rows are shown."""
    shown = page(plan_of(SAME, CREATE))
    assert [text for text in shown.texts if text in ("create", "unchanged")] == ["create", "unchanged"]
    assert not any("more rows" in text for text in shown.texts)


def test_an_empty_plan_is_shown() -> None:
    """An empty plan has a page too."""
    assert "Plan of events" in page(plan_of()).texts


def test_rendering_changes_nothing() -> None:
    """Rendering leaves the digest of a plan as it was."""
    plan = plan_of(CREATE, UPDATE, DELETE)
    known = json.dumps([step.arguments for step in plan.steps()])
    pd.testing.assert_frame_equal(plan.frame(), plan.frame())
    plan_html(plan), plan_text(plan)
    assert json.dumps([step.arguments for step in plan.steps()]) == known
