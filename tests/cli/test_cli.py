"""The library said aloud: options, output, exit codes and messages."""

import csv
import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.cli.terminal import table
from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import serve
from cronofy_frames.wire.auth import hmac_valid
from cronofy_frames.wire.faults import Fault
from tests.calendar_file import ICS
from tests.command_line import run_command
from tests.small import WORK, small_box

PICTURES = ["heatmap", "days", "week", "timeline"]
COMMANDS = [
    *("calendars", "events", "free-busy", "call", *PICTURES, "time-use"),
    *("plan", "apply", "undo", "doctor", "sandbox", "demo"),
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[bytes]]:
    """What the main commands say on the sandbox."""
    folder = tmp_path_factory.mktemp("cli")
    return {
        "help": run_command("--help"),
        "calendars": run_command("calendars", "--sandbox"),
        "events": run_command("events", "--sandbox", "--calendar", "Team", "--tz", "Europe/London"),
        "csv": run_command("events", "--sandbox", "--format", "csv"),
        "json": run_command("free-busy", "--sandbox", "--format", "json"),
        "parquet": run_command("events", "--sandbox", "-o", "e.parquet", folder=folder),
        "demo": run_command("demo", folder=folder),
        "folder": subprocess.CompletedProcess([str(folder)], 0),
    }


def test_every_command_succeeds(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """The exit code is 0, and stderr has only the names of files."""
    for name, done in answers.items():
        assert done.returncode == 0, f"{name}: {done.stderr!r}"
    assert answers["events"].stderr == b""
    assert answers["parquet"].stderr.startswith(b"wrote ")


def test_help_names_every_command(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """The commands, the variables and the exit codes."""
    help_text = answers["help"].stdout.decode()
    for word in (*COMMANDS, "CRONOFY_ACCESS_TOKEN", "3 read or written only in part"):
        assert word in " ".join(help_text.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """Each explains its options."""
    done = run_command(command, "--help")
    assert done.returncode == 0
    assert b"--ics" in done.stdout


def test_tables_are_for_people(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """A heading, a line for each row, times with their weekday."""
    lines = answers["events"].stdout.decode().splitlines()
    assert lines[0].split() == ["start", "end", "summary", "calendar_name", "location_description", "status"]
    assert lines[1][:3] in {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}


def test_texts_are_left_aligned(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """Texts are aligned with their heading, and deleted calendars are marked."""
    lines = answers["calendars"].stdout.decode().splitlines()
    assert all(not line.startswith(" ") for line in lines)
    place = lines[0].index("provider_name")
    assert {line[place:].split()[0] for line in lines[1:]} <= {"google", "exchange", "apple"}
    assert "calendar_deleted" in lines[0]


def test_csv_goes_through_a_pipe(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """UTF-8 without a byte order mark, which other programs would read as part of the first name."""
    rows = list(csv.DictReader(StringIO(answers["csv"].stdout.decode(), newline="")))
    assert {"calendar_id", "summary", "start", "end", "tzid"} <= set(rows[0])
    assert len(rows) > 100


def test_json_and_parquet_hold_the_same_frame(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """JSON for any program, Parquet for pandas."""
    assert {"start", "free_busy_status"} <= set(json.loads(answers["json"].stdout)[0])
    frame = pd.read_parquet(BytesIO((Path(answers["folder"].args[0]) / "e.parquet").read_bytes()))
    assert frame["start"].dtype == "datetime64[us, UTC]"


def test_the_demo_does_the_main_job(answers: dict[str, subprocess.CompletedProcess[bytes]]) -> None:
    """It prints a summary and writes events.csv and heatmap.png."""
    folder = Path(answers["folder"].args[0])
    output = answers["demo"].stdout.decode()
    assert "events" in output.splitlines()[0]
    assert str(folder / "events.csv") in output
    assert str(folder / "heatmap.png") in output
    header = (folder / "events.csv").read_text("utf-8-sig").splitlines()[0].split(",")
    assert {"summary", "start", "end"} <= set(header)
    assert (folder / "heatmap.png").read_bytes().startswith(b"\x89PNG")


def test_the_demo_takes_an_exported_calendar(tmp_path: Path) -> None:
    """Also one of another year."""
    for year in ("2017", "2020"):
        (tmp_path / "club.ics").write_text(ICS.replace("2017", year))
        done = run_command("demo", "--ics", "club.ics", folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "Chess" in (tmp_path / "events.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["events"], 1, "add --sandbox to try"),
        (["events", "--nope"], 2, "No such option"),
        (["events", "--sandbox", "--format", "xml"], 2, "xml"),
        (["events", "--sandbox", "--from", "01/02/2026"], 2, "start is a date or time such as"),
        (["sandbox", "--port", "99999"], 2, "65535"),
        (["sandbox", "--now", "nonsense"], 2, "now is a time such as"),
        (["events", "--sandbox", "--tz", "Europe/Londn"], 2, "Did you mean Europe/London"),
        (["events", "--sandbox", "--from", "soon"], 2, "start is a date or time"),
        (["events", "--sandbox", "--from", "2020-01-01"], 1, "422"),
        (["events", "--sandbox", "--calendar", "Nope"], 2, "'Nope' cannot be used as a calendar"),
        (["events", "--sandbox", "-o", "x.docx"], 2, "use the suffix"),
        (["events", "--sandbox", "-o", "none/x.csv"], 1, "does not exist"),
        (["heatmap", "--sandbox", "-o", "x.gif"], 2, ".png, .svg or .pdf"),
        (["heatmap", "--sandbox", "-o", "none/x.png"], 1, "does not exist: create it, or choose another"),
        (["call", "read_event", "--sandbox"], 2, "neither an endpoint nor a route"),
        (["call", "user_info", "a", "--sandbox"], 2, "KEY=VALUE"),
        (["call", "user_info", "a:=[", "--sandbox"], 2, "is not JSON"),
        (["call", "user_info", "--auth", "key", "--sandbox"], 2, "'key' is not one of"),
        (["call", "GET /v1/resources", "--auth", "user", "--sandbox"], 1, "error: "),
        (["events", "--ics", "none.ics"], 1, "none.ics does not exist: check its name"),
        (["demo", "--ics", "pyproject.toml"], 1, "calendar"),
    ],
)
def test_errors_are_one_readable_line(words: list[str], code: int, message: str) -> None:
    """On stderr, with an exit code for failure or wrong usage, and no traceback."""
    done = run_command(*words)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == code, lines
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]


def test_wrong_usage_is_exit_code_2() -> None:
    """Without a command the help is printed."""
    done = run_command()
    assert done.returncode == 2
    assert b"free-busy" in done.stdout


def test_a_partial_read_is_written() -> None:
    """The exit code is 3, and a line says how many rows there are."""
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("status", route="GET /v1/events/pages", status=403)])
    with serve(box) as served:
        environment = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
        }
        done = run_command("events", "--format", "csv", **environment)
    assert done.returncode == 3
    assert len(list(csv.DictReader(StringIO(done.stdout.decode(), newline="")))) == 2
    assert b"Only 2 rows were read" in done.stderr


def test_a_closed_pipe_is_no_error() -> None:
    """`cronofy-frames events` with head ends quietly."""
    command = f"{sys.executable} -m cronofy_frames events --sandbox --format csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True)
    assert b"Traceback" not in done.stderr
    assert done.stdout.startswith(b"start,end,")


def serve_once(*options: str) -> dict[str, str]:
    """Start the served sandbox, read its line of JSON and stop it."""
    command = [sys.executable, "-m", "cronofy_frames", "sandbox", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        details: dict[str, str] = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
    return details


def test_tokens_of_the_served_sandbox_differ_with_every_start_unless_seeded() -> None:
    """Nobody can guess them; with --seed they stay the same for a script that needs that."""
    secret = ("client_secret", "access_token", "refresh_token", "service_account_token")
    first, second = (serve_once("--host", "localhost", "--allow-host", "mybox.lan") for _ in range(2))
    assert first["url"].startswith("http://localhost:")
    assert all(first[name] != second[name] for name in secret)
    seeded, again = (serve_once("--seed", "7") for _ in range(2))
    assert {name: seeded[name] for name in secret} == {name: again[name] for name in secret}


def test_the_sandbox_is_served_until_stopped() -> None:
    """One line of JSON has its address and credentials."""
    command = [sys.executable, "-m", "cronofy_frames", "sandbox", "--json", "--now", "2026-03-02T09:00:00Z"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        details = json.loads(process.stdout.readline())
        assert set(details) == {
            "url",
            "client_id",
            "client_secret",
            "access_token",
            "refresh_token",
            "service_account_token",
        }
        done = run_command(
            "call", "user_info", CRONOFY_API_URL=details["url"], CRONOFY_ACCESS_TOKEN=details["access_token"]
        )
        assert json.loads(done.stdout)["cronofy.type"] == "account"
        process.terminate()


def test_a_call_names_its_credentials() -> None:
    """`call --auth application` sends the client secret to a route that no endpoint here has."""
    done = run_command("call", "--sandbox", "--auth", "application", "POST /v1/availability", "participants:=[]")
    assert (done.returncode, b"422" in done.stderr) == (1, True)
    done = run_command("call", "--sandbox", "--auth", "admin", "POST /v1/applications", "name=a", "url=https://a.test")
    assert b"api_key" in done.stderr


@pytest.mark.parametrize("command", ["events", "free-busy"])
def test_workers_is_the_number_of_requests_at_the_same_time(command: str) -> None:
    """`--workers` gives as many rows for any number; 0 is a wrong usage."""
    words = (command, "--sandbox", "--format", "csv", "--from", "-5w", "--to", "+6w")
    counts = {len(run_command(*words, "--workers", workers).stdout.splitlines()) for workers in ("1", "4")}
    assert len(counts) == 1
    refused = run_command(*words, "--workers", "0")
    assert refused.returncode == 2
    assert b"workers is a whole number from 1" in refused.stderr


def test_extra_fields_are_columns() -> None:
    """`--extra path:type` reads a field into a column, JSON without a type; what cannot be one is a wrong usage."""
    words = ("--from", "today", "--to", "+2d", "--extra", "series_master.event_uid:text", "--extra", "color")
    done = run_command("events", "--sandbox", "--format", "csv", *words)
    assert done.stdout.splitlines()[0].endswith(b",series_master.event_uid,color")
    assert b"series_master.event_uid" in run_command("events", "--sandbox", *words).stdout
    assert b"locale" in run_command("free-busy", "--sandbox", "--extra", "locale").stdout
    assert b"colour" in run_command("calendars", "--sandbox", "--extra", "colour:text").stdout
    done = run_command("events", "--sandbox", "--extra", "custom:date")
    assert (done.returncode, b"text, time, number, json" in done.stderr) == (2, True)


ODD = "Chess\x1b[2J\r\nerror: \u202eforged\x9b31m"


def test_a_table_has_one_plain_line_for_each_row() -> None:
    """Control characters in titles have no effect in a terminal."""
    frame = pd.DataFrame({"summary": [ODD, "Tea"], "calendar_id": ["c", ODD]})
    text = table(frame, ["summary", "calendar_id"])
    assert len(text.splitlines()) == 3
    assert text.count("forged") == 2
    assert not set(text.replace("\n", "")) & set("\x1b\r\u202e\x9b")


def on_a_terminal(*words: str, **environment: str) -> str:
    """Return what a command writes where a person looks."""
    screen, end = pty.openpty()
    env = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", **environment}
    command = [sys.executable, "-m", "cronofy_frames", *words]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=end, stderr=end, env=env) as process:
        os.close(end)
        output = b""
        with suppress(OSError):  # which is how a terminal ends
            while part := os.read(screen, 4096):
                output += part
        process.wait(60)
    os.close(screen)
    return output.decode().replace("\r\n", "\n")


def test_no_output_can_control_the_terminal(tmp_path: Path) -> None:
    """Tables, rows and responses in a terminal are escaped; files and pipes have the original text."""
    box = small_box(rate_limit=False)
    connect(sandbox=box).create_event(WORK, event_id="e", summary=ODD, start="2026-03-07", end="2026-03-08")
    with serve(box) as served:
        environment = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
        }
        call = ("call", "read_events", "only_managed=true", "tzid=Etc/UTC")
        for words in (("events",), ("events", "--format", "csv"), ("events", "--format", "json"), call):
            output = on_a_terminal(*words, **environment)
            assert "forged" in output
            assert not set(output) & set("\x1b\r\u202e\x9b"), words
        piped = run_command("events", "--format", "json", **environment)
        assert ODD in {row["summary"] for row in json.loads(piped.stdout)}
        assert ODD in {row["summary"] for row in json.loads(run_command(*call, **environment).stdout)}
        run_command("events", "-o", "e.parquet", folder=tmp_path, **environment)
    assert ODD in set(pd.read_parquet(tmp_path / "e.parquet")["summary"])


def test_errors_and_notes_are_one_plain_line(tmp_path: Path) -> None:
    """Control characters in a file or its name have no effect."""
    (tmp_path / "odd.csv").write_text(f'summary,start,end\n"{ODD}",soon,later\n'.replace("\r", ""), newline="")
    done = run_command("plan", "odd.csv", "--offline", "--calendar", ODD.replace("\r\n", " "), folder=tmp_path)
    output = (done.stdout + done.stderr).decode()
    assert done.returncode != 0
    assert not set(output) & set("\x1b\r\u202e\x9b"), output
    assert not [line for line in output.splitlines() if line.startswith("error: forged")]


def test_values_are_text_or_json(tmp_path: Path) -> None:
    """`=` is text unless it looks like JSON, `:=` is always JSON."""
    box = small_box(rate_limit=False)
    with serve(box) as served:
        environment = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
        }
        words = ["event_id=17", 'summary:="true"', "start=2026-03-07", "end=2026-03-08", "event_private=true"]
        done = run_command("call", "create_event", f"calendar_id={WORK}", *words, **environment)
        assert (done.returncode, done.stdout) == (0, b"")
        done = run_command("call", "read_events", "only_managed=true", "tzid=Etc/UTC", folder=tmp_path, **environment)
    written = json.loads(done.stdout)[0]
    assert (written["event_id"], written["summary"], written["event_private"]) == ("17", "true", True)


def test_unreadable_parts_of_an_ics_file_are_listed(tmp_path: Path) -> None:
    """Each is a note with its component."""
    text = ICS.replace("END:VCALENDAR", "BEGIN:VTODO\nUID:2\nSUMMARY:Tidy\nEND:VTODO\nEND:VCALENDAR")
    (tmp_path / "odd.ics").write_text(text)
    done = run_command("demo", "--ics", "odd.ics", folder=tmp_path)
    assert done.returncode == 0
    assert b"note: VTODO Tidy: " in done.stderr
    assert b"Sandbox.problems" not in done.stderr


def test_commands_read_an_ics_file_in_its_own_zone_and_in_its_own_years(tmp_path: Path) -> None:
    """Without --tz the zone is that of the calendar; a first day that Cronofy cannot read today sets the clock."""
    (tmp_path / "club.ics").write_text(ICS.replace("X-WR-CAL", "X-WR-TIMEZONE:Europe/Berlin\nX-WR-CAL"))
    words = ("events", "--ics", "club.ics", "--format", "json", "--from", "2017-03-01", "--to", "2017-04-01")
    own, utc = (run_command(*words, *more, folder=tmp_path) for more in ((), ("--tz", "UTC")))
    starts = [row["start"] for done in (own, utc) for row in json.loads(done.stdout)]
    assert (own.returncode, starts) == (0, ["2017-03-05T10:00:00+01:00", "2017-03-05T09:00:00+00:00"])
    assert b"the sandbox's clock is set to 2017-04-11, because Cronofy reads 42 days back" in own.stderr


def test_callbacks_of_a_served_sandbox_arrive() -> None:
    """A program that listens on this machine receives signed callbacks."""
    heard: queue.Queue[tuple[str, bytes]] = queue.Queue()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put((self.headers["Cronofy-HMAC-SHA256"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    command = [sys.executable, "-m", "cronofy_frames", "sandbox", "--json"]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            details = json.loads(process.stdout.readline())
            client = connect(base_url=details["url"], access_token=details["access_token"], environment={})
            with client:
                client.create_notification_channel(callback_url=f"http://127.0.0.1:{listener.server_port}/hook")
                client.create_notification_channel(callback_url="https://elsewhere.example.test/hook")
            signature, body = heard.get(timeout=20)
            process.terminate()
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
    assert json.loads(body)["notification"]["type"] == "verification"
    assert hmac_valid(signature, body, details["client_secret"])
    assert heard.empty()


@pytest.mark.parametrize("command", PICTURES)
def test_pictures_go_into_files(command: str, tmp_path: Path) -> None:
    """By default named like the command, else by -o; another suffix is refused before reading."""
    done = run_command(command, "--sandbox", "--tz", "Europe/London", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{command}.png").read_bytes().startswith(b"\x89PNG")
    done = run_command(command, "--sandbox", "--locale", "de", "-o", "p.svg", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"<svg" in (tmp_path / "p.svg").read_bytes()
    assert run_command(command, "--sandbox", "-o", "p.txt", folder=tmp_path).returncode == 2


def test_pictures_have_the_language_and_the_font_that_options_name(tmp_path: Path) -> None:
    """The same events in German are another picture, in a serif font another again; no notices are printed."""
    pictures = set()
    for n, options in enumerate([(), ("--locale", "de"), ("--locale", "de_AT.UTF-8", "--font", "DejaVu Serif")]):
        done = run_command("heatmap", "--sandbox", *options, "-o", f"{n}.png", folder=tmp_path)
        assert (done.returncode, done.stderr.decode().strip()) == (0, f"wrote {tmp_path / f'{n}.png'}")
        pictures.add((tmp_path / f"{n}.png").read_bytes())
    assert len(pictures) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--locale", "german"), "Did you mean de"),
        (("--font", "DejaVu Sand"), "Did you mean 'DejaVu Sans'"),
        (("--font", "missing.ttf"), "there is no font file"),
    ],
)
def test_an_unknown_language_or_font_is_refused_before_anything_is_read(
    options: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    """The message is about the option, not about the account that is missing."""
    done = run_command("week", *options, folder=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())


def test_time_out_of_office_is_off_or_busy(tmp_path: Path) -> None:
    """--away busy counts it as busy time, other values are refused."""
    words = ("time-use", "--sandbox", "--working-hours", "08:00-18:00")
    for away in ("off", "busy"):
        assert run_command(*words, "--away", away, "-o", f"{away}.csv", folder=tmp_path).returncode == 0
    off, busy = (pd.read_csv(tmp_path / f"{away}.csv").sum(numeric_only=True) for away in ("off", "busy"))
    assert busy["away_hours"] == 0 < off["away_hours"]
    assert off["busy_hours"] < busy["busy_hours"]
    assert b"away is 'off' or 'busy'" in run_command(*words, "--away", "x").stderr


def test_time_use_is_a_table(tmp_path: Path) -> None:
    """A row for each period, shortened in a terminal and complete in a file."""
    words = ("time-use", "--sandbox", "--tz", "Europe/London", "--working-hours", "08:00-16:00")
    done = run_command(*words)
    assert done.returncode == 0, done.stderr
    assert b"focus_hours" in done.stdout.splitlines()[0]
    assert run_command(*words, "--freq", "MS", "--by", "calendar_id", "-o", "use.csv", folder=tmp_path).returncode == 0
    use = pd.read_csv(tmp_path / "use.csv")
    assert {"calendar_id", "period", "back_to_back"} <= set(use.columns)
    assert run_command(*words[:-1], "nine").returncode == 2


@pytest.mark.parametrize("kind", ["ndjson", "xlsx", "csv"])
def test_standard_output_takes_every_format(kind: str) -> None:
    """`-o -` writes the rows of the other formats into a pipe, and their number to stderr."""
    done = run_command("events", "--sandbox", "--format", kind, "-o", "-", "--calendar", "Team")
    assert done.returncode == 0, done.stderr
    readers = {
        "ndjson": lambda: [json.loads(line) for line in done.stdout.decode().splitlines()],
        "xlsx": lambda: cf.read_sheet(BytesIO(done.stdout)).to_dict("records"),
        "csv": lambda: list(csv.DictReader(StringIO(done.stdout.decode(), newline=""))),
    }
    rows = readers[kind]()
    assert {"summary", "start", "end"} <= set(rows[0])
    assert done.stderr.decode() == f"wrote {len(rows)} rows to standard output\n"


def test_binary_output_is_refused_in_a_terminal() -> None:
    """A terminal cannot show a workbook, with or without `-o -`; a plan is a file."""
    primary, secondary = pty.openpty()
    command = [sys.executable, "-m", "cronofy_frames", "events", "--sandbox", "--format", "xlsx", "-o", "-"]
    done = subprocess.run(command, stdout=secondary, stderr=subprocess.PIPE, timeout=60)
    os.close(secondary)
    os.close(primary)
    assert done.returncode == 2
    assert b"xlsx is binary" in done.stderr
    assert run_command("plan", "x.csv", "-o", "-").returncode == 2


def test_a_row_of_json_is_a_line() -> None:
    """A pipe gets only the lines, and they are the rows of the format json."""
    lines, rows = (run_command("calendars", "--sandbox", "--format", kind) for kind in ("ndjson", "json"))
    assert [json.loads(line) for line in lines.stdout.splitlines()] == json.loads(rows.stdout)
    assert lines.stderr == b""


@pytest.mark.parametrize("command", ["events", "plan", "doctor"])
def test_help_of_a_command_lists_the_exit_codes(command: str) -> None:
    """Programs that run a command can look them up."""
    text = " ".join(run_command(command, "--help").stdout.decode().split())
    assert "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 read or written only in part" in text


def test_json_without_rows_is_an_empty_list_where_it_is_piped(tmp_path: Path) -> None:
    """Other programs count what they get; the file has the columns, for read_sheet."""
    (tmp_path / "club.ics").write_text(ICS)
    words = ("events", "--ics", "club.ics", "--from", "2017-03-20", "--to", "2017-03-21", "--format", "json")
    assert json.loads(run_command(*words, folder=tmp_path).stdout) == []
    assert run_command(*words[:-1], "ndjson", folder=tmp_path).stdout == b""
    run_command(*words, "-o", "none.json", folder=tmp_path)
    assert "summary" in json.loads((tmp_path / "none.json").read_text())["columns"]


def test_a_command_looks_for_garbage_less_often() -> None:
    """The command line collects garbage less often than Python does, and not at its end: what libraries load stays."""
    code = "import atexit, gc, sys\nfrom cronofy_frames.cli import main\n"
    code += "atexit.register(lambda: print(gc.get_threshold()[0] > 10_000, gc.get_freeze_count() > 0))\n"
    code += "sys.argv = ['cronofy-frames', '--version']\nmain()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True True"
