"""Spreadsheets into calendars from a shell: plan, apply, undo."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Served, serve
from cronofy_frames.sheets import read_sheet
from cronofy_frames.writing.apply.applying import apply
from cronofy_frames.writing.plan.planning import plan_events
from tests.command_line import run_command
from tests.small import WORK, small_box
from tests.writes import managed_events

SHEET = (
    "Subject,Start Date,Start Time,End Date,End Time,Location\n"
    "Kick-off,2026-03-10,09:00,2026-03-10,10:00,Room 1\n"
    "Review,2026-03-11,14:00,2026-03-11,15:00,\n"
)


@pytest.fixture
def served() -> Iterator[Served]:
    """A sandbox that several processes share."""
    with serve(small_box(rate_limit=False)) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spreadsheet in it."""
    (tmp_path / "offsite.csv").write_text(SHEET)
    return tmp_path


def env(served: Served) -> dict[str, str]:
    """Return what the command line reads its account from."""
    box = served.app
    return {"CRONOFY_API_URL": served.url, "CRONOFY_ACCESS_TOKEN": box.access_token, "CRONOFY_CLIENT_ID": box.client_id}  # type: ignore[attr-defined]


def written_events(served: Served) -> dict[str, dict[str, Any]]:
    """Return the application's events by their ids."""
    with connect(base_url=served.url, access_token=served.app.access_token, pace=None) as client:  # type: ignore[attr-defined]
        return managed_events(client)


def plan_sheet(served: Served, folder: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    """Plan the spreadsheet."""
    words = ("plan", "offsite.csv", "--calendar", "Work", "--tz", "Europe/London", *more)
    return run_command(*words, folder=folder, **env(served))


def write_sheet(served: Served, folder: Path, journal: str = "j") -> None:
    """Write the spreadsheet as the commands plan and apply do, and in this process, where a test is of a later one."""
    with connect(base_url=served.url, access_token=served.app.access_token, pace=None) as client:  # type: ignore[attr-defined]
        sheet = read_sheet(folder / "offsite.csv", tz="Europe/London")
        apply(plan_events(sheet, calendar="Work", client=client), client, journal=folder / journal)


def test_from_a_spreadsheet_to_a_calendar_and_back(served: Served, folder: Path) -> None:
    """The command plan saves a plan, apply writes it and says how to undo it, and undo does so."""
    planned_output = plan_sheet(served, folder)
    assert planned_output.returncode == 0, planned_output.stderr
    assert b"2 create" in planned_output.stdout or b"create 2" in planned_output.stdout
    assert (folder / "offsite.csv.plan").exists()
    assert not written_events(served)
    done = run_command("apply", "offsite.csv.plan", "--yes", "-o", "done.csv", folder=folder, **env(served))
    assert (done.returncode, b"2 created" in done.stdout) == (0, True), done.stderr
    (journal,) = folder.glob("offsite.csv.plan.*.journal")
    assert f"cronofy-frames undo {journal.name}".encode() in done.stderr
    assert {row["summary"] for row in written_events(served).values()} == {"Kick-off", "Review"}
    outcomes = pd.read_csv(folder / "done.csv")
    assert outcomes[["row", "outcome"]].to_numpy().tolist() == [[2, "created"], [3, "created"]]
    undone = run_command("undo", journal.name, "--yes", folder=folder, **env(served))
    assert (undone.returncode, b"2 deleted" in undone.stdout) == (0, True), undone.stderr
    assert b"row 2: 'Kick-off' 2026-03-10 09:00: would be deleted" in undone.stdout
    assert not written_events(served)


def test_a_dry_run_writes_nothing(served: Served, folder: Path) -> None:
    """Neither events nor a journal."""
    plan_sheet(served, folder)
    done = run_command("apply", "offsite.csv.plan", "--dry-run", folder=folder, **env(served))
    assert (done.returncode, written_events(served)) == (0, {}), done.stderr
    assert done.stdout.endswith(b"dry run of 2 rows: nothing was sent\n")
    assert list(folder.glob("*.journal")) == []
    run_command("apply", "offsite.csv.plan", "--yes", folder=folder, **env(served))
    (journal,) = folder.glob("*.journal")
    undone = run_command("undo", journal.name, "--dry-run", folder=folder, **env(served))
    assert (undone.returncode, len(written_events(served))) == (0, 2)


def test_without_a_terminal_yes_is_needed(served: Served, folder: Path) -> None:
    """Through a pipe nothing is written without --yes, and the message says so."""
    plan_sheet(served, folder)
    done = run_command("apply", "offsite.csv.plan", folder=folder, **env(served))
    assert done.returncode == 2
    assert b"--yes" in done.stderr
    assert not written_events(served)


@pytest.mark.parametrize(("answer", "code", "count"), [("y\n", 0, 2), ("n\n", 1, 0)])
def test_apply_is_confirmed_in_a_terminal(served: Served, folder: Path, answer: str, code: int, count: int) -> None:
    """Answering no writes nothing."""
    plan_sheet(served, folder)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cronofy_frames", "apply", "offsite.csv.plan"]
    whole = {"PATH": os.environ["PATH"], "COLUMNS": "200", **env(served)}
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=whole)
    os.close(theirs)
    output = b""
    while b"[y/N]" not in output:
        output += os.read(ours, 4096)  # an error when the command ends without a question
    assert b"Create 2 in the calendars of ann@example.test?" in output
    os.write(ours, answer.encode())
    assert child.wait(60) == code
    os.close(ours)
    assert len(written_events(served)) == count


def test_problems_are_listed_with_their_rows(served: Served, folder: Path) -> None:
    """All are on stderr and in a file, and no plan is made; or the rows are left out."""
    (folder / "offsite.csv").write_text(
        SHEET + "Late,2026-03-12,10:00,2026-03-12,09:00,\n,2026-03-12,10:00,2026-03-12,11:00,\n"
    )
    done = plan_sheet(served, folder, "--problems", "problems.xlsx")
    assert done.returncode == 1
    assert b"row 4, end" in done.stderr
    assert b"row 5, summary" in done.stderr
    assert done.stderr.count(b"row 4, end") == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(b"error: 2 problems, listed above, and no plan was made. Correct these rows, or leave them")
    assert not (folder / "offsite.csv.plan").exists()
    sheet = openpyxl.load_workbook(folder / "problems.xlsx").active
    assert sheet is not None
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [4, 5]
    done = plan_sheet(served, folder, "--skip-bad")
    assert done.returncode == 0, done.stderr
    done = run_command("apply", "offsite.csv.plan", "--yes", folder=folder, **env(served))
    assert done.returncode == 3
    assert b"2 created" in done.stdout
    assert b"2 not_sent" in done.stdout


def test_rows_that_fail_end_with_3(served: Served, folder: Path) -> None:
    """Each failed row is printed with its reason."""
    (folder / "offsite.csv").write_text(SHEET.replace("Location", "Calendar ID").replace("Room 1", "cal_ann_holidays"))
    assert plan_sheet(served, folder, "--offline", "--calendar", WORK).returncode == 0
    done = run_command("apply", "offsite.csv.plan", "--yes", folder=folder, **env(served))
    assert (done.returncode, b"row 2: " in done.stderr) == (3, True), done.stderr


@pytest.mark.parametrize(("encoding", "shown"), [("cp1252", "\\u65e5\\u672c"), ("utf-8", "\u65e5\u672c")])
def test_titles_that_the_output_cannot_encode_are_printed(
    served: Served, folder: Path, encoding: str, shown: str
) -> None:
    """On Windows a pipe has the code page of the system, which lacks most of the world's letters."""
    (folder / "offsite.csv").write_text(SHEET.replace("Kick-off", "\u65e5\u672c"), encoding="utf-8")
    words = ("plan", "offsite.csv", "--calendar", "Work", "--tz", "Europe/London")
    done = run_command(*words, folder=folder, **env(served), PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout.decode(encoding)


def test_plan_of_deletions_and_periods(served: Served, folder: Path) -> None:
    """--rows says what the rows are."""
    write_sheet(served, folder)
    ids = pd.DataFrame([{"calendar_id": WORK, "event_id": event_id} for event_id in written_events(served)])
    ids.to_csv(folder / "gone.csv", index=False)
    assert run_command("plan", "gone.csv", "--rows", "deletes", folder=folder, **env(served)).returncode == 0
    done = run_command("apply", "gone.csv.plan", "--yes", folder=folder, **env(served))
    assert (b"2 deleted" in done.stdout, written_events(served)) == (True, {})
    (folder / "free.csv").write_text("start,end\n2026-03-10T09:00Z,2026-03-10T12:00Z\n")
    assert run_command("plan", "free.csv", "--rows", "periods", folder=folder, **env(served)).returncode == 0
    done = run_command("apply", "free.csv.plan", "--yes", folder=folder, **env(served))
    assert b"1 created" in done.stdout
    with connect(base_url=served.url, access_token=served.app.access_token, pace=None) as client:  # type: ignore[attr-defined]
        assert len(list(client.list_available_periods())) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("plan", "none.csv"), 1, b"none.csv"),
        (("plan", "offsite.csv", "--column", "Subject"), 2, b"--column"),
        (("apply", "offsite.csv", "--yes"), 1, b"is no plan"),
        (("undo", "none.journal", "--yes"), 1, b"no journal"),
        (("plan", "offsite.csv", "--tz", "Europe/Lundon"), 2, b"Europe/London"),
    ],
)
def test_errors_are_one_line_with_the_next_step(
    served: Served, folder: Path, words: tuple[str, ...], code: int, message: bytes
) -> None:
    """Without a traceback."""
    done = run_command(*words, folder=folder, **env(served))
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("suffix", ["xlsx", "ics"])
def test_events_go_into_spreadsheets_and_calendars(folder: Path, suffix: str) -> None:
    """The suffix of -o selects the format."""
    file = folder / f"events.{suffix}"
    done = run_command("events", "--sandbox", "-o", str(file))
    assert done.returncode == 0, done.stderr
    if suffix == "xlsx":
        assert len(read_sheet(file)) > 100
    else:
        assert file.read_bytes().startswith(b"BEGIN:VCALENDAR")


@pytest.mark.parametrize(
    ("text", "hint", "answer"),
    [
        (
            "Title,Start,End\nHoliday,2026-05-04,2026-05-08\n",
            "--last-day included or --last-day excluded",
            ["--last-day", "included"],
        ),
        (
            "Title,Date,End,Kick-off\nA,2026-05-04,10:00,09:00\n",
            "--column 'Kick-off=start_time'",
            ["--column", "Kick-off=start_time"],
        ),
    ],
)
def test_a_question_about_a_sheet_names_the_option_that_answers_it(
    folder: Path, text: str, hint: str, answer: list[str]
) -> None:
    """The command ends with it; with the option it plans the sheet."""
    (folder / "plan.csv").write_text(text)
    words = ("plan", "plan.csv", "--calendar", "cal_1", "--tz", "Europe/London", "--offline")
    asked = run_command(*words, folder=folder)
    assert (asked.returncode != 0, hint in asked.stderr.decode()) == (True, True), asked.stderr
    planned_output = run_command(*words, *answer, folder=folder)
    assert planned_output.returncode == 0, planned_output.stderr
    assert "Mon 4 – Fri 8 May" in planned_output.stdout.decode() or "2026-05-04 09:00" in planned_output.stdout.decode()


def test_a_header_that_is_not_known_is_named_with_the_option_that_gives_its_meaning(folder: Path) -> None:
    """A sheet without titles lists the headers that may be theirs; a meaning can be a word of Outlook's files, too."""
    lines = "Thema;Raum;Datum;von;bis\nInventur;Saale;2027-01-15;09:00;12:00\nAudit;Elbe;2027-01-18;09:00;12:00\n"
    (folder / "plan.csv").write_text(lines)
    words = ("plan", "plan.csv", "--calendar", "cal_1", "--tz", "Europe/Berlin", "--offline")
    refused = run_command(*words, folder=folder)
    hint = "or --column 'HEADER=summary', where HEADER is one of 'Thema', 'Raum'"
    assert (refused.returncode, hint in refused.stderr.decode()) == (1, True), refused.stderr
    done = run_command(*words, "--column", "Thema=Betreff", "--column", "Raum=Ort", folder=folder)
    assert (done.returncode, b"2 create" in done.stdout) == (0, True), done.stderr
    refused = run_command(*words, "--column", "Thema=xyzzy", folder=folder)
    message = "--column gives 'Thema' the meaning 'xyzzy', which is not a known column: give a column"
    assert message in refused.stderr.decode()


def test_options_say_what_a_file_does_not_show(folder: Path) -> None:
    """The encoding, the row of the headers and the occurrence of a time that clocks repeat."""
    (folder / "plan.csv").write_text(
        "Liste\nTitel,Start,End\nÜbung,2026-10-25 01:10,2026-10-25 01:20\n", encoding="cp850"
    )
    words = ("plan", "plan.csv", "--calendar", "cal_1", "--tz", "Europe/London", "--offline", "--header", "2")
    asked = run_command(*words, folder=folder)
    assert b"--encoding" in asked.stderr
    assert b"--fold 0 or --fold 1" in asked.stderr
    done = run_command(*words, "--encoding", "cp850", "--fold", "1", folder=folder)
    assert (done.returncode, "Übung" in done.stdout.decode()) == (0, True), done.stderr


def test_an_embedded_sandbox_offers_no_undo(folder: Path) -> None:
    """It ends with the command, so that the line that undoes a plan would find nothing."""
    words = ("plan", "offsite.csv", "--calendar", "Team", "--tz", "Europe/London", "--sandbox")
    assert run_command(*words, folder=folder).returncode == 0
    done = run_command("apply", "offsite.csv.plan", "--sandbox", "--yes", folder=folder)
    assert (done.returncode, b"To undo" in done.stderr, b"sandbox ends here" in done.stderr) == (0, False, True)


def test_a_sheet_that_is_too_large_names_the_option_that_lifts_the_limit(folder: Path) -> None:
    """Both limits can be set from a shell."""
    (folder / "plan.csv").write_text("Title,Start,End\nA,2026-05-04 09:00,2026-05-04 10:00\n")
    words = ("plan", "plan.csv", "--calendar", "cal_1", "--tz", "Europe/London", "--offline")
    for option, enough in (("--max-cells", "6"), ("--max-bytes", "100")):
        refused = run_command(*words, option, "3", folder=folder)
        assert (refused.returncode, option in refused.stderr.decode()) == (1, True), refused.stderr
        assert run_command(*words, option, enough, folder=folder).returncode == 0


def apply_file(served: Served, folder: Path, *more: str) -> subprocess.CompletedProcess[bytes]:
    """Apply the plan of the spreadsheet."""
    return run_command("apply", "offsite.csv.plan", *more, folder=folder, **env(served))


def test_each_plan_has_a_journal_of_its_own(served: Served, folder: Path) -> None:
    """Next week's sheet, in a file of the same name, does not use this week's journal; a repeated apply does."""
    plan_sheet(served, folder)
    for _ in range(2):
        assert apply_file(served, folder, "--yes").returncode == 0
    assert len(list(folder.glob("*.journal"))) == 1
    (folder / "offsite.csv").write_text(SHEET.replace("2026-03-1", "2026-03-2"))
    plan_sheet(served, folder)
    assert apply_file(served, folder, "--yes").returncode == 0
    first, second = sorted(folder.glob("*.journal"), key=lambda journal: journal.stat().st_mtime)
    assert run_command("undo", second.name, "--yes", folder=folder, **env(served)).returncode == 0
    starts = [str(row["start"]) for row in written_events(served).values()]
    assert sorted(start[:10] for start in starts) == ["2026-03-10", "2026-03-11"]
    assert run_command("undo", first.name, "--yes", folder=folder, **env(served)).returncode == 0
    assert not written_events(served)


def test_undo_takes_the_plans_that_which_names(served: Served, folder: Path) -> None:
    """The last by default, or a number, or all; anything else is refused with what is possible."""
    for title in ("One", "Two", "Three"):
        (folder / "offsite.csv").write_text(SHEET.replace("Kick-off", title))
        write_sheet(served, folder)
    titles = lambda: {row["summary"] for row in written_events(served).values()}  # noqa: E731 - short, used here only
    for words, left in (((), {"One", "Two", "Review"}), (("--which", "1"), {"Two"}), (("--which", "all"), set())):
        undone = run_command("undo", "j", "--yes", *words, folder=folder, **env(served))
        assert (undone.returncode, titles()) == (0, left), undone.stderr
    for word, answer in (("9", b"none with the number 9"), ("first", b"write last, all, or the number")):
        refused = run_command("undo", "j", "--yes", "--which", word, folder=folder, **env(served))
        assert refused.returncode != 0
        assert answer in refused.stderr


def test_undo_leaves_what_others_have_changed(served: Served, folder: Path) -> None:
    """The preview says what has changed, the other rows are undone, and the row that is left can be undone later."""
    write_sheet(served, folder)
    with connect(base_url=served.url, access_token=served.app.access_token, pace=None) as client:  # type: ignore[attr-defined]
        event_id = next(key for key, row in managed_events(client).items() if row["summary"] == "Review")
        moved = {"calendar_id": WORK, "event_id": event_id, "summary": "Theirs"}
        client.call("create_event", {**moved, "start": "2026-03-11T14:00:00Z", "end": "2026-03-11T15:00:00Z"})
    undone = run_command("undo", "j", "--yes", folder=folder, **env(served))
    assert undone.returncode == 3
    assert b"since then: summary: 'Review' -> 'Theirs'" in undone.stdout
    assert b"on_conflict" not in undone.stderr
    assert b"--on-conflict overwrite" in undone.stderr
    assert [row["summary"] for row in written_events(served).values()] == ["Theirs"]
    again = run_command("undo", "j", "--yes", "--on-conflict", "overwrite", folder=folder, **env(served))
    assert (again.returncode, written_events(served)) == (0, {}), again.stderr


def test_a_sheet_that_changed_after_its_plan_is_named(served: Served, folder: Path) -> None:
    """`apply` says that the plan is older than the sheet, and goes on only after a confirmation."""
    plan_sheet(served, folder)
    (folder / "offsite.csv").write_text(SHEET.replace("Kick-off", "Kick-off, moved"))
    refused = apply_file(served, folder)
    assert (refused.returncode, written_events(served)) == (2, {})
    for done in (refused, apply_file(served, folder, "--yes")):
        assert b"offsite.csv has changed since the plan was made" in done.stderr
    assert len(written_events(served)) == 2
