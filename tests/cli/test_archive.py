"""The archive in a shell: questions, upkeep, and listening for notifications."""

import csv
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

import cronofy_frames as cf
from cronofy_frames.cli.base import app
from cronofy_frames.sandbox import Sandbox
from tests.archive_shell import ARCHIVE, NOW, ArchiveShell
from tests.free_port import free_port

KEY = {"CRONOFY_FRAMES_PSEUDONYM_KEY": "a key of sixteen bytes"}


def archive_of_an_edit(office: Sandbox, folder: Path, **fields: object) -> cf.Archive:
    """Return an archive of two syncs, between which fields of an event changed."""
    archive = cf.Archive(folder / ARCHIVE)
    with cf.connect(sandbox=office) as client:
        archive.sync(client)
        office.edit_event("ann@example.test", "evt_external_review", **fields)
        archive.sync(client)
    return archive


@pytest.fixture
def archive(office: Sandbox, tmp_path: Path) -> Iterator[cf.Archive]:
    """An archive of two syncs, between which an event moved."""
    with archive_of_an_edit(office, tmp_path, start=datetime(2026, 3, 5, 15, tzinfo=UTC)) as archive:
        yield archive


def invoke(*words: str) -> Result:
    """Run a command of the group archive in this process."""
    return CliRunner().invoke(app, ["archive", *words])


def test_events_as_they_were_known(shell: ArchiveShell, office: Sandbox, tmp_path: Path) -> None:
    """Rows as a table or a file, as they stand and as they were known."""
    archive_of_an_edit(office, tmp_path, summary="Review II").close()
    now = shell.run("archive", "events", "a.archive", "--format", "csv", "--from", "2026-03-05")
    titles = [row["summary"] for row in csv.DictReader(StringIO(now[1], newline=""))]
    assert titles == ["Review II", "dentist", "retreat"]
    before = shell.run("archive", "events", "a.archive", "--as-of", "2026-03-01", "--format", "json")
    assert before[:2] == (0, "[]\n")
    assert "2026-03-04 09:00:00+00:00" in shell.run("archive", "accounts", "a.archive")[1]


def test_questions_are_answered_in_rows(archive: cf.Archive) -> None:
    """Changes, coverage and SQL have the formats of any command; what a query lacks is an error."""
    folder = str(archive.folder)
    assert "moved" in invoke("changes", folder, "--from", "2026-03-01").stdout
    assert "2026-01-21" in invoke("coverage", folder, "--format", "csv").stdout
    assert "21 Jan 2026" in invoke("coverage", folder).stdout
    query = "select summary, all_day, start from events where summary = ?"
    words = invoke("sql", folder, query, "--param", "retreat").stdout.split()
    assert words == ["summary", "all_day", "start", "retreat", "True", "Mon", "09", "Mar", "2026"]
    assert isinstance(invoke("sql", folder, "select x").exception, cf.FrameError)


@pytest.mark.parametrize("command", ["changes", "events"])
def test_a_table_says_whose_rows_they_are(archive: cf.Archive, command: str) -> None:
    """The account comes first where the archive has several, and is left out where it has one or one is chosen."""
    words = [command, str(archive.folder)]
    assert invoke(*words).stdout.split()[0] != "account"
    archive.sync({"Maya": cf.connect(sandbox=Sandbox(now=NOW), account="Maya")})
    assert invoke(*words).stdout.split()[0] == "account"
    assert invoke(*words, "--account", "", "--account", "Maya").stdout.split()[0] == "account"
    for label in ("", "Maya"):
        assert invoke(*words, "--account", label, "--account", label).stdout.split()[0] != "account"


def test_upkeep_says_what_it_found_and_did(archive: cf.Archive) -> None:
    """Compact counts files and bytes; check has a line for each check, and exit code 1 where one fails."""
    folder = str(archive.folder)
    assert "bytes became" in invoke("compact", folder).stderr
    assert invoke("check", folder).stdout.splitlines() == [
        f"{name}: ok" for name in ("state", "files", "content", "repeats", "index", "permissions")
    ]
    for path in (archive.folder / "versions").glob("*.parquet"):
        path.write_bytes(b"torn")
    torn = invoke("check", folder)
    assert torn.exit_code == 1
    assert "Restore it from a copy" in torn.stdout


def test_people_are_forgotten_and_old_events_pruned(archive: cf.Archive, tmp_path: Path) -> None:
    """Places are printed, with exit code 3 for exports; a period is needed to prune."""
    folder = str(archive.folder)
    with pytest.raises(cf.FrameError, match="delete_account=True"):
        archive.forget(email="ann@example.test")
    nowhere = invoke("forget", folder, "zoe@example.test")
    assert (nowhere.exit_code, nowhere.stdout) == (1, "versions: 0 rows\ncalendars: 0 rows\n")
    assert nowhere.stderr.startswith("error: zoe@example.test occurs nowhere in the archive")
    archive.export(tmp_path / "copy")
    gone = invoke("forget", folder, "zoe@example.test")
    assert gone.exit_code == 3
    assert gone.stdout.splitlines() == [
        *("versions: 0 rows", "calendars: 0 rows", f"export {tmp_path / 'copy'}: out of reach, delete it"),
    ]
    named = invoke("forget", str(archive.folder), "zoe@example.test", "--name", "Zoë", "--name", "Zoë Lee")
    assert named.stdout.splitlines()[0] == "names: Zoë; Zoë Lee"
    assert invoke("prune", str(archive.folder), "--retain", "3y").stderr == "deleted 0 versions\n"
    assert invoke("prune", str(archive.folder)).exit_code == 2


def test_the_account_to_delete_can_be_named(archive: cf.Archive) -> None:
    """One that is not found is an error with the option that names it; a name goes with --delete-account only."""
    folder = str(archive.folder)
    missing = invoke("forget", folder, "zoe@example.test", "--delete-account")
    assert isinstance(missing.exception, cf.FrameError)
    assert "--account ''" in str(missing.exception)
    assert "leave out --delete-account" in str(missing.exception)
    alone = invoke("forget", folder, "zoe@example.test", "--account", "")
    assert isinstance(alone.exception, ValueError)
    gone = invoke("forget", folder, "zoe@example.test", "--delete-account", "--account", "")
    assert (gone.exit_code, gone.stdout.splitlines()[0]) == (0, "account: 5 rows")
    assert archive.accounts().empty


def test_an_account_that_may_be_another_person_s_is_listed(tmp_path: Path) -> None:
    """It stays, the line says how to delete it, and the exit code is 3."""
    client = cf.connect(sandbox=cf.Sandbox(), account="Maya")
    with cf.Archive(tmp_path / "s.archive") as archive:
        archive.sync({"Sam": client})
    gone = invoke("forget", str(tmp_path / "s.archive"), "maya.okafor@mail.example")
    assert gone.exit_code == 3
    (line,) = [line for line in gone.stdout.splitlines() if line.startswith("account 'Sam'")]
    assert "--delete-account --account NAME" in line


def test_pseudonyms_take_their_key_from_the_environment(tmp_path: Path) -> None:
    """It is never an argument, which others on the computer could see."""
    words = ["sync", str(tmp_path / "p.archive"), "--sandbox", "--pseudonyms", "--drop", "description"]
    missing = CliRunner().invoke(app, words, env={"CRONOFY_FRAMES_PSEUDONYM_KEY": None})
    assert (missing.exit_code, "set CRONOFY_FRAMES_PSEUDONYM_KEY" in missing.stderr) == (2, True)
    assert CliRunner().invoke(app, words, env=KEY).exit_code == 0
    folder = str(tmp_path / "p.archive")
    for command in ("events", "changes", "coverage"):
        output = CliRunner().invoke(
            app, ["archive", command, folder, "--pseudonyms", "--account", "Max@example.test"], env=KEY
        )
        assert "account is a label of the archive" in str(output.exception)
    assert "pseudonyms=key" in str(invoke("events", folder, "--account", "Max@example.test").exception)
    events = cf.Archive(tmp_path / "p.archive").events()
    assert events["organizer_email"].dropna().str.endswith("@pseudonym.invalid").all()
    assert events["description"].isna().all()


@pytest.mark.parametrize("words", [["sync"], ["sync", "--due"], ["listen", "--port", "0"]], ids=" ".join)
def test_two_spellings_of_one_account_are_refused(tmp_path: Path, words: list[str]) -> None:
    """Where pseudonyms are stored they would be one account, and the client of one of them would be left out."""
    labels = "maya.okafor@quillmark.test", "Maya.Okafor@quillmark.test"
    options = [str(tmp_path / "p.archive"), "--sandbox", "--pseudonyms", "--account", labels[0]]
    assert CliRunner().invoke(app, ["sync", *options], env=KEY).exit_code == 0
    result = CliRunner().invoke(app, [*words, *options, "--account", labels[1]], env=KEY)
    assert f"{labels[0]!r} and {labels[1]!r} are one address" in str(result.exception)


def test_days_count_from_the_clock_of_the_server(shell: ArchiveShell, office: Sandbox, tmp_path: Path) -> None:
    """Of a sandbox whose clock is not that of this computer, -7d has the changes that it showed last."""
    archive_of_an_edit(office, tmp_path, summary="Review II").close()
    words = ["archive", "changes", "a.archive", "--format", "csv", "--from", "-7d"]
    (row,) = csv.DictReader(StringIO(shell.run(*words)[1], newline=""))
    assert (row["summary"], row["seen_at"][:10]) == ("Review II", NOW[:10])


def test_a_folder_that_is_no_archive(tmp_path: Path) -> None:
    """Commands that read make none, and name the command that does."""
    code, _, stderr = ArchiveShell(tmp_path, {}).run("archive", "events", "b.archive")
    assert (code, stderr) == (
        2,
        "error: b.archive is not an archive: name its folder, or make one with cronofy-frames sync b.archive\n",
    )
    assert not (tmp_path / "b.archive").exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "no such host"])
def test_listen_says_where_it_cannot_listen(shell: ArchiveShell, host: str) -> None:
    """The port of another program, and an address that is not of this computer, are named with what to give instead."""
    shell.sync()
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.socket(family) as other:
        try:
            other.bind(("127.0.0.1" if " " in host else host, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        other.listen()
        port = other.getsockname()[1]
        code, _, stderr = shell.run("listen", "a.archive", "--host", host, "--port", str(port))
    assert code == 1
    assert stderr.startswith(f"error: Cannot listen on {host}, port {port}: [Errno ")
    assert stderr.endswith(
        "Choose another port with --port, 0 for a free one; --host is an address of this computer.\n"
    )


def test_listen_reads_what_is_notified(shell: ArchiveShell, office: Sandbox, tmp_path: Path) -> None:
    """An edit reaches the archive without a sync, at the path of the address; Ctrl-C ends the command."""
    shell.sync()
    port = free_port()
    address = ("--port", str(port), "--url", f"http://127.0.0.1:{port}/cronofy")
    command = [sys.executable, "-m", "cronofy_frames", "listen", "a.archive", *address, "--debounce", "0"]
    environment = {"PATH": "/usr/bin:/bin", **shell.environment}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=tmp_path
    ) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().decode() for _ in range(2)]
            assert lines[0].startswith(f"listening at http://127.0.0.1:{port}/cronofy, until")
            assert lines[1].startswith("notifications of 1 account go to")
            archive = cf.Archive(tmp_path / "a.archive")
            start = datetime(2026, 3, 6, 9, tzinfo=UTC)
            office.add_external_event("ann@example.test", summary="New", start=start, end=start + timedelta(hours=1))
            office.send_out()
            for _ in range(600):
                if "New" in archive.events()["summary"].tolist():
                    break
                time.sleep(0.1)
            assert "New" in archive.events()["summary"].tolist()
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, stderr
    assert b"Traceback" not in stderr
    assert b"error" not in stderr
