"""The archive in a shell: sync for cron, questions, and listening for notifications."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import cronofy_frames as cf
from cronofy_frames.cli.archive_sync import summary_of
from cronofy_frames.cli.base import app
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.tokens import FileStore
from cronofy_frames.wire.transport import CallbackSender
from tests.command_line import run_command
from tests.small import small_office

NOW = "2026-03-04T09:00:00Z"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """The small office, which sends its notifications."""
    sender = CallbackSender()
    yield Sandbox(office=small_office(), now=NOW, deliver=sender)
    sender.close()


@pytest.fixture
def shell(box: Sandbox, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell with a token of Ann's account at a served sandbox."""
    with serve(box) as served:
        yield {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_APP_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"],
            "CRONOFY_CLIENT_ID": box.client_id,
            "CRONOFY_CLIENT_SECRET": box.client_secret,
            "HOME": str(tmp_path),
        }


def run(words: list[str], shell: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """Run a command, and return exit code, stdout and stderr."""
    done = run_command(*words, folder=folder, **shell)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_sync_says_in_one_line_what_it_did(shell: dict[str, str], tmp_path: Path) -> None:
    """The first sync, one without changes, and none at all with --quiet."""
    first = run(["sync", "a.archive"], shell, tmp_path)
    assert (first[0], first[1]) == (0, "")
    assert first[2].startswith("synced 1 account: 4 new, 0 changed, 0 deleted, 0 vanished, 0 reopened; ")
    assert first[2].count("\n") == 1
    assert run(["sync", "a.archive"], shell, tmp_path)[2].startswith("synced 1 account: 0 new")
    assert run(["--quiet", "sync", "a.archive"], shell, tmp_path) == (0, "", "")


def test_events_as_they_were_known(shell: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """Rows as a table or a file, as they stand and as they were known."""
    run(["sync", "a.archive"], shell, tmp_path)
    box.edit_event("ann@example.test", "evt_external_review", summary="Review II")
    run(["sync", "a.archive"], shell, tmp_path)
    now = run(["archive", "events", "a.archive", "--format", "csv", "--from", "2026-03-05"], shell, tmp_path)
    titles = [row["summary"] for row in csv.DictReader(StringIO(now[1], newline=""))]
    assert titles == ["Review II", "dentist", "retreat"]
    before = run(["archive", "events", "a.archive", "--as-of", "2026-03-01", "--format", "json"], shell, tmp_path)
    assert before[:2] == (0, "[]\n")
    assert "2026-03-04 09:00:00+00:00" in run(["archive", "accounts", "a.archive"], shell, tmp_path)[1]


@pytest.fixture
def archive(box: Sandbox, tmp_path: Path) -> cf.Archive:
    """An archive of two syncs, between which an event moved."""
    client = cf.connect(sandbox=box)
    archive = cf.Archive(tmp_path / "a.archive")
    archive.sync(client)
    box.edit_event("ann@example.test", "evt_external_review", start=datetime(2026, 3, 5, 15, tzinfo=UTC))
    archive.sync(client)
    return archive


def invoke(*words: str) -> Result:
    """Run a command of the group archive in this process."""
    return CliRunner().invoke(app, ["archive", *words])


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
    environment = {"CRONOFY_FRAMES_PSEUDONYM_KEY": "a key of sixteen bytes"}
    missing = CliRunner().invoke(app, words, env={"CRONOFY_FRAMES_PSEUDONYM_KEY": None})
    assert (missing.exit_code, "set CRONOFY_FRAMES_PSEUDONYM_KEY" in missing.stderr) == (2, True)
    assert CliRunner().invoke(app, words, env=environment).exit_code == 0
    folder = str(tmp_path / "p.archive")
    for command in ("events", "changes", "coverage"):
        output = CliRunner().invoke(
            app, ["archive", command, folder, "--pseudonyms", "--account", "Max@example.test"], env=environment
        )
        assert "account is a label of the archive" in str(output.exception)
    assert "pseudonyms=key" in str(invoke("events", folder, "--account", "Max@example.test").exception)
    events = cf.Archive(tmp_path / "p.archive").events()
    assert events["organizer_email"].dropna().str.endswith("@pseudonym.invalid").all()
    assert events["description"].isna().all()


def test_one_of_two_stored_accounts_fails(shell: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """The other is synced, the error names the account, and the exit code is 3; it is 1 where all fail."""
    del shell["CRONOFY_ACCESS_TOKEN"]
    shell["CRONOFY_FRAMES_HOME"] = str(tmp_path / "home")
    for name, token in (("ann", box.tokens("ann@example.test")["access_token"]), ("bob", "revoked")):
        store = FileStore(name, environment=shell)
        store.save(cf.Tokens(access_token=token, api_url=shell["CRONOFY_API_URL"], client_id=box.client_id))
    code, _, said = run(["sync", "a.archive"], shell, tmp_path)
    assert code == 3, said
    assert "error: bob: " in said
    assert "synced 1 account, 1 failed: 4 new" in said
    assert run(["sync", "a.archive", "--account", "bob"], shell, tmp_path)[0] == 1
    assert run(["sync", "a.archive", "--account", "ann"], shell, tmp_path)[0] == 0


def test_days_count_from_the_clock_of_the_server(shell: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """Of a sandbox whose clock is not that of this computer, -7d has the changes that it showed last."""
    run(["sync", "a.archive"], shell, tmp_path)
    box.edit_event("ann@example.test", "evt_external_review", summary="Review II")
    run(["sync", "a.archive"], shell, tmp_path)
    words = ["archive", "changes", "a.archive", "--format", "csv", "--from", "-7d"]
    (row,) = csv.DictReader(StringIO(run(words, shell, tmp_path)[1], newline=""))
    assert (row["summary"], row["seen_at"][:10]) == ("Review II", NOW[:10])


@pytest.fixture
def signed_in(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell with two stored accounts, ann and maya, at two served sandboxes."""
    boxes = {"ann": Sandbox(office=small_office(), now=NOW), "maya": Sandbox(now=NOW)}
    with serve(boxes["ann"]) as first, serve(boxes["maya"]) as second:
        shell = {"CRONOFY_FRAMES_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
        for (name, box), served in zip(boxes.items(), (first, second), strict=True):
            tokens = cf.Tokens(access_token=box.access_token, api_url=served.url, client_id=box.client_id)
            FileStore(name, environment=shell).save(tokens)
        yield shell


def test_an_account_that_is_signed_out_is_named(signed_in: dict[str, str], tmp_path: Path) -> None:
    """With exit code 3, also where none is due; a former account is not, nor are others where some are named."""
    assert run(["sync", "a.archive"], signed_in, tmp_path)[0] == 0
    assert run(["logout", "maya"], signed_in, tmp_path)[0] == 0
    for words in (["sync", "a.archive", "--due"], ["sync", "a.archive"], ["--quiet", "sync", "a.archive"]):
        code, _, said = run(words, signed_in, tmp_path)
        assert code == 3, said
        lines = [line for line in said.splitlines() if "maya" in line]
        assert len(lines) == 1
        assert lines[0].startswith("error: maya is in the archive and not signed in")
        assert "--former" in lines[0]
    assert run(["sync", "a.archive", "--former", "maya"], signed_in, tmp_path)[0] == 0
    assert run(["sync", "a.archive", "--account", "ann"], signed_in, tmp_path)[0] == 0
    code, _, said = run(["sync", "a.archive", "--former", "mya"], signed_in, tmp_path)
    assert (code, "Did you mean 'maya'?" in said) == (2, True)


def test_a_token_of_the_environment_is_all_that_is_signed_in(shell: dict[str, str], tmp_path: Path) -> None:
    """Accounts of the archive that are not that of the token are named, under any label."""
    with cf.Archive(tmp_path / "a.archive") as archive:
        archive.sync({"Ann": cf.connect(base_url=shell["CRONOFY_API_URL"], access_token=shell["CRONOFY_ACCESS_TOKEN"])})
        assert run(["sync", "a.archive"], shell, tmp_path)[0] == 0
        archive.sync({"Maya": cf.connect(sandbox=Sandbox(now=NOW), account="Maya")})
    code, _, said = run(["sync", "a.archive"], shell, tmp_path)
    assert (code, "error: Maya is in the archive" in said) == (3, True)


def test_a_folder_that_is_no_archive(tmp_path: Path) -> None:
    """Commands that read make none, and name the command that does."""
    code, _, said = run(["archive", "events", "b.archive"], {}, tmp_path)
    assert (code, said) == (
        2,
        "error: b.archive is not an archive: name its folder, or make one with cronofy-frames sync b.archive\n",
    )
    assert not (tmp_path / "b.archive").exists()


def test_without_the_extra_a_line_says_what_to_install(tmp_path: Path) -> None:
    """No traceback, and exit code 1."""
    code = (
        "import sys; sys.modules['deltalake'] = None; sys.argv = ['x', 'sync', 'a.archive', '--sandbox']\n"
        "from cronofy_frames.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        'error: an archive needs deltalake, which is not installed: pip install "cronofy-frames[archive]"\n',
    )


def test_accounts_that_others_sync_are_counted() -> None:
    """An account that another process reads is no failure."""
    rows = pd.DataFrame({"status": ["synced", "leased"], "requests": [5, 0]})
    counts = dict.fromkeys(("new", "changed", "deleted", "vanished", "reopened"), 0)
    assert summary_of(rows.assign(**counts)).startswith("synced 1 account, 1 being synced by another process: 0 new")


def test_listen_reads_what_is_notified(shell: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """An edit in the calendar reaches the archive without a sync; Ctrl-C ends the command."""
    run(["sync", "a.archive"], shell, tmp_path)
    command = [sys.executable, "-m", "cronofy_frames", "listen", "a.archive", "--port", "0", "--debounce", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": "/usr/bin:/bin", **shell}, cwd=tmp_path
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().decode().split()[2].rstrip(",")
            client: Any = cf.connect(sandbox=box)
            archive = cf.Archive(tmp_path / "a.archive")
            app = cf.notifications(archive, client)
            assert app.subscribe(address) == 1
            start = datetime(2026, 3, 6, 9, tzinfo=UTC)
            box.add_external_event("ann@example.test", summary="New", start=start, end=start + timedelta(hours=1))
            box.send_out()
            for _ in range(600):
                if "New" in archive.events()["summary"].tolist():
                    break
                time.sleep(0.1)
            assert "New" in archive.events()["summary"].tolist()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, said
    assert b"Traceback" not in said


def test_only_accounts_that_are_due(tmp_path: Path) -> None:
    """The second time within an hour nothing is read."""
    box = Sandbox(office=small_office())
    with serve(box) as served:
        shell = {"CRONOFY_API_URL": served.url, "CRONOFY_FRAMES_HOME": str(tmp_path / "home")}
        FileStore("ann", environment=shell).save(cf.Tokens(access_token=box.access_token, api_url=served.url))
        first = run(["sync", "a.archive", "--due"], shell, tmp_path)
        assert first[0] == 0, first[2]
        assert first[2].startswith("synced 1 account")
        lines = len(served.lines)
        assert run(["sync", "a.archive", "--due"], shell, tmp_path) == (0, "", "no account is due\n")
        assert len(served.lines) == lines
