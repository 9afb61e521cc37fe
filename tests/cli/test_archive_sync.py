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
from cronofy_frames.tokens import FileStore
from tests.archive_shell import NOW, notifying_office, run, shell_of
from tests.small import small_office


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """The small office, which sends its notifications."""
    with notifying_office() as box:
        yield box


@pytest.fixture
def shell(box: Sandbox, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell with a token of Ann's account at that office."""
    with shell_of(box, tmp_path) as environment:
        yield environment


def test_sync_says_in_one_line_what_it_did(shell: dict[str, str], tmp_path: Path) -> None:
    """The first sync, one without changes, and none at all with --quiet."""
    first = run(["sync", "a.archive"], shell, tmp_path)
    assert (first[0], first[1]) == (0, "")
    assert first[2].startswith("synced 1 account: 4 new, 0 changed, 0 deleted, 0 vanished, 0 reopened; ")
    assert first[2].count("\n") == 1
    assert run(["sync", "a.archive"], shell, tmp_path)[2].startswith("synced 1 account: 0 new")
    assert run(["--quiet", "sync", "a.archive"], shell, tmp_path) == (0, "", "")


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
    cf.logout("maya", environment=signed_in)
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
        shell = {"CRONOFY_API_URL": served.url, "CRONOFY_FRAMES_HOME": str(tmp_path / "home")}
        FileStore("ann", environment=shell).save(cf.Tokens(access_token=box.access_token, api_url=served.url))
        first = run(["sync", "a.archive", "--due"], shell, tmp_path)
        assert first[0] == 0, first[2]
        assert first[2].startswith("synced 1 account")
        lines = len(served.lines)
        assert run(["sync", "a.archive", "--due"], shell, tmp_path) == (0, "", "no account is due\n")
        assert len(served.lines) == lines
