"""Cells with attendees: everybody is invited, or the cell is a problem."""

from pathlib import Path

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.reader import read_sheet
from cronofy_frames.writing.plan.cell_parsers import InvalidCellError
from cronofy_frames.writing.plan.people import parse_people
from cronofy_frames.writing.plan.planning import plan_events
from tests.command_line import run_command

A, B, C = "a@x.org", "b@y.org", "c@z.org"


@pytest.mark.parametrize(
    ("text", "people"),
    [
        *((f"{A}{separator}{B}", [(A, ""), (B, "")]) for separator in (";", ", ", "\n", "\r\n", "\t", "|", "/", " & ")),
        *((f"{A}{separator}{B}", [(A, ""), (B, "")]) for separator in (" ", " and ", " und ", "\u3001", ";;", " e ")),
        *((f"{A}{end}", [(A, "")]) for end in (",", "; ", "\n", ".", " and")),
        (f"Ann Lee <{A}> Bob Roy <{B}>", [(A, "Ann Lee"), (B, "Bob Roy")]),
        (f"Ann <{A}>/Bob <{B}>", [(A, "Ann"), (B, "Bob")]),
        (f"Ann <{A}>and Bob <{B}>", [(A, "Ann"), (B, "Bob")]),
        (f"{A} <{A}>; Bob <{B}> (chair) <{C}>", [(A, ""), (B, "Bob (chair)"), (C, "")]),
        (f"Ann <{A}>\r\nBob <{B}>\r\n", [(A, "Ann"), (B, "Bob")]),
        (f"- {A}\n\u2022 {B}\n3. {C}", [(A, ""), (B, ""), (C, "")]),
        (f'"Lee, Ann" <{A}>, "Roy, Bob" <{B}>', [(A, "Lee, Ann"), (B, "Roy, Bob")]),
        (f"Lee, Ann <{A}>; Roy, Bob <{B}>", [(A, "Lee, Ann"), (B, "Roy, Bob")]),
        (f"Lee, Ann ({A})\nRoy, Bob ({B})", [(A, "Lee, Ann"), (B, "Roy, Bob")]),
        (f"{A} (Ann Lee), Bob Roy ({B})", [(A, "Ann Lee"), (B, "Bob Roy")]),
        (f"Ann Lee {A}, 'Bob' <{B}>", [(A, "Ann Lee"), (B, "Bob")]),
        (f"mailto:{A}; <mailto:{B}>; '{C}' <{C}>", [(A, ""), (B, ""), (C, "")]),
        ("R&D <rd@x.org>; Ortega y Gasset <o@x.org>", [("rd@x.org", "R&D"), ("o@x.org", "Ortega y Gasset")]),
        ("o'neil@x.org; <a&b@x.org>", [("o'neil@x.org", ""), ("a&b@x.org", "")]),
        (f"(chair) Ann <{A}>; {B} ()", [(A, "(chair) Ann"), (B, "")]),
        (f'["{A}", "Bob <{B}>", {{"email": "{C}", "display_name": "Cy"}}]', [(A, ""), (B, "Bob"), (C, "Cy")]),
    ],
)
def test_everybody_with_an_address_is_invited(text: str, people: list[tuple[str, str]]) -> None:
    """Whatever separates people, each address is one person, with the name beside it."""
    assert [(person["email"], person.get("display_name", "")) for person in parse_people(text)] == people


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Ann", "Ann"),
        ("Lee, Ann", "Lee"),
        (f"Lee, Ann <{A}>", "Lee"),
        (f"Ann, Bob <{B}>; {C}", "Ann"),
        (f"Ann and Bob <{B}>", f"Ann and Bob <{B}>"),
        (f"Ann\nBob <{B}>", "Ann"),
        (f"Ann/{B}", f"Ann/{B}"),
        (f"{A} or {B}", f"or {B}"),
        (f"{A}; Bob", "Bob"),
        (f"{A} Bob", "Bob"),
        (f"{A} +2", "2"),
        (f"Required: {A}", f"Required: {A}"),
        ("ann@", "ann@"),
        ("a@b@c.org", "@c.org"),
        ("<ann>", "<ann>"),
        (f"ann@old.org <{A}>", f"ann@old.org <{A}>"),
        ('["Ann"]', "Ann"),
        ('[{"email": "Ann Lee"}]', "Ann Lee"),
    ],
)
def test_a_part_without_an_address_is_a_problem(text: str, part: str) -> None:
    """The problem quotes the part of the cell that names somebody without an address."""
    with pytest.raises(InvalidCellError, match="an address such as") as refused:
        parse_people(text)
    assert refused.value.actual == part


SHEET = "Subject,Start,End,Required Attendees,Optional Attendees\nA,2026-05-04 09:00,2026-05-04 10:00,Ann,a@x.org\n"
WAY_OUT = r'columns=\{"Required Attendees": None, "Optional Attendees": None\} in read_sheet to leave them out'


def test_the_problem_names_the_columns_and_how_to_leave_them_out() -> None:
    """Names without addresses, as Outlook exports them, are answered with the argument that leaves them out."""
    frame = read_sheet(SHEET.encode(), tz="UTC")
    with pytest.raises(FrameError, match=WAY_OUT):
        plan_events(frame, calendar="cal_1")
    without = dict.fromkeys(["Required Attendees", "Optional Attendees"])
    plan = plan_events(read_sheet(SHEET.encode(), tz="UTC", columns=without), calendar="cal_1")
    assert plan.counts() == {"create": 1}


def test_the_command_line_names_its_own_option(tmp_path: Path) -> None:
    """`plan` answers with --column options, which leave the columns out."""
    (tmp_path / "a.csv").write_text(SHEET)
    arguments = ["plan", str(tmp_path / "a.csv"), "--tz", "UTC", "--calendar", "cal_1", "--offline"]
    refused = run_command(*arguments)
    assert "--column 'Required Attendees=' --column 'Optional Attendees='" in refused.stderr.decode()
    accepted = run_command(*arguments, "--column", "Required Attendees=", "--column", "Optional Attendees=")
    assert "1 create" in accepted.stdout.decode()


def test_problems_of_a_plan_name_the_header_of_the_file() -> None:
    """A cell that only the plan can judge is reported under the header that the person wrote."""
    frame = read_sheet(b"Title,Start,End,Colour\nA,2026-05-04 09:00,2026-05-04 10:00,blue\n", tz="UTC")
    with pytest.raises(FrameError, match=r'row 2, color: expected .* \(in "Colour"\), came blue'):
        plan_events(frame, calendar="cal_1")
    by_hand = pd.DataFrame(frame).assign(color="red")
    by_hand.attrs = {}
    with pytest.raises(FrameError, match=r"row 2, color: expected [^(]*, came red"):
        plan_events(by_hand, calendar="cal_1")
