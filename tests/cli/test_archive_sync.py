"""The command sync: what it reads, says and returns, and which accounts it names."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.cli.archive_sync import summary_of
from cronofy_frames.sandbox import Sandbox, serve
from tests.archive_shell import NOW, ArchiveShell, stored_shell
from tests.small import small_office


def test_sync_says_in_one_line_what_it_did(shell: ArchiveShell) -> None:
    """The first sync, one without changes, and none at all with --quiet."""
    first = shell.sync()
    assert (first[0], first[1]) == (0, "")
    assert first[2].startswith("synced 1 account: 4 new, 0 changed, 0 deleted, 0 vanished, 0 reopened; ")
    assert first[2].count("\n") == 1
    assert shell.sync()[2].startswith("synced 1 account: 0 new")
    assert shell.run("--quiet", "sync", "a.archive") == (0, "", "")


def test_one_of_two_stored_accounts_fails(shell: ArchiveShell, office: Sandbox, tmp_path: Path) -> None:
    """The other is synced, the error names the account, and the exit code is 3; it is 1 where all fail."""
    stored, url = stored_shell(tmp_path), shell.environment["CRONOFY_API_URL"]
    for name, token in (("ann", office.tokens("ann@example.test")["access_token"]), ("bob", "revoked")):
        stored.store_token(name, token, url, office.client_id)
    code, _, stderr = stored.sync()
    assert code == 3, stderr
    assert "error: bob: " in stderr
    assert "synced 1 account, 1 failed: 4 new" in stderr
    assert stored.sync("--account", "bob")[0] == 1
    assert stored.sync("--account", "ann")[0] == 0


@pytest.mark.parametrize("command", [("sync", "b.archive"), ("events",)], ids=" ".join)
@pytest.mark.parametrize("source", ["--sandbox", "--ics"])
def test_an_account_that_a_sandbox_has_not_is_refused(
    shell: ArchiveShell, tmp_path: Path, command: tuple[str, ...], source: str
) -> None:
    """The error names those that it has, and no archive is made."""
    (tmp_path / "mine.ics").write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//EN\r\nEND:VCALENDAR\r\n")
    words = [source] if source == "--sandbox" else [source, str(tmp_path / "mine.ics")]
    code, stdout, stderr = shell.run(*command, *words, "--account", "nobody")
    assert (code, stdout) == (2, "")
    assert "error: No account, or more than one, matches 'nobody'. This sandbox has: " in stderr
    assert not (tmp_path / "b.archive").exists()


@pytest.fixture
def signed_in(tmp_path: Path) -> Iterator[ArchiveShell]:
    """A shell with two stored accounts, ann and maya, at two served sandboxes."""
    shell = stored_shell(tmp_path)
    boxes = {"ann": Sandbox(office=small_office(), now=NOW), "maya": Sandbox(now=NOW)}
    with serve(boxes["ann"]) as first, serve(boxes["maya"]) as second:
        for (name, box), served in zip(boxes.items(), (first, second), strict=True):
            shell.store_token(name, box.access_token, served.url, box.client_id)
        yield shell


def test_an_account_that_is_signed_out_is_named(signed_in: ArchiveShell) -> None:
    """With exit code 3, also where none is due; a former account is not, nor are others where some are named."""
    assert signed_in.sync()[0] == 0
    cf.logout("maya", environment=signed_in.environment)
    for words in (["sync", "a.archive", "--due"], ["sync", "a.archive"], ["--quiet", "sync", "a.archive"]):
        code, _, stderr = signed_in.run(*words)
        assert code == 3, stderr
        lines = [line for line in stderr.splitlines() if "maya" in line]
        assert len(lines) == 1
        assert lines[0].startswith("error: maya is in the archive and not signed in")
        assert "--former" in lines[0]
    assert signed_in.sync("--former", "maya")[0] == 0
    assert signed_in.sync("--account", "ann")[0] == 0
    code, _, stderr = signed_in.sync("--former", "mya")
    assert (code, "Did you mean 'maya'?" in stderr) == (2, True)


def test_a_token_of_the_environment_is_all_that_is_signed_in(shell: ArchiveShell, tmp_path: Path) -> None:
    """Accounts of the archive that are not that of the token are named, under any label."""
    with cf.Archive(tmp_path / "a.archive") as archive:
        archive.sync(
            {
                "Ann": cf.connect(
                    base_url=shell.environment["CRONOFY_API_URL"],
                    access_token=shell.environment["CRONOFY_ACCESS_TOKEN"],
                )
            }
        )
        assert shell.sync()[0] == 0
        archive.sync({"Maya": cf.connect(sandbox=Sandbox(now=NOW), account="Maya")})
    code, _, stderr = shell.sync()
    assert (code, "error: Maya is in the archive" in stderr) == (3, True)


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


def test_only_accounts_that_are_due(tmp_path: Path) -> None:
    """The second time within an hour nothing is read."""
    box = Sandbox(office=small_office())
    with serve(box) as served:
        shell = stored_shell(tmp_path)
        shell.store_token("ann", box.access_token, served.url)
        first = shell.sync("--due")
        assert first[0] == 0, first[2]
        assert first[2].startswith("synced 1 account")
        lines = len(served.lines)
        assert shell.sync("--due") == (0, "", "no account is due\n")
        assert len(served.lines) == lines
