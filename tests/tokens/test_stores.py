"""Token stores: files, keyring, environment and memory, and the list of stored accounts."""

import errno
import json
import multiprocessing
import os
import resource
import stat
import subprocess
import sys
import threading
import traceback
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import filelock
import httpx
import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backends import fail, null

from cronofy_frames.connecting import connect, logout
from cronofy_frames.errors import CronofyError, TokenError, TransportError, UnknownAccount
from cronofy_frames.sandbox import Served, serve
from cronofy_frames.stored_accounts import accounts
from cronofy_frames.text import single_line
from cronofy_frames.tokens import (
    EnvironmentStore,
    FileStore,
    KeyringStore,
    MemoryStore,
    account_list,
    disk,
    find_account,
    lacks_home,
    list_accounts,
    make_store,
)
from cronofy_frames.tokens.account_document import AccountFile, default_home
from cronofy_frames.tokens.file_store import is_in_keyring
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts
from tests import storing
from tests.small import small_box
from tests.storing import NEW, OLD, ForgetfulKeyring, LockedKeyring, MemoryKeyring

# children share what was imported, so that a death costs a few milliseconds
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.crashing", "tests.storing", "pandas"])

# the children's parent is reached through a socket of this machine's file system
pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1", ".*/pymp-.*"])

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(bits: int) -> Iterator[None]:
    """Set the umask, so that new files lack these permissions."""
    before = os.umask(bits)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    """A keyring in memory, set as the keyring of this process for one test."""
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


# ---- names


NAMES = [
    "ann@example.test",
    "a/b",
    "..",
    ".",
    "con",
    "NUL",
    "a\\b",
    "x" * 5000,
    "-rf",
    "日本語",
    "a\nb",
    "a:b*?",
    "\ud800",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_has_a_safe_file(tmp_path: Path, name: str) -> None:
    """Any account name becomes a file name inside the folder that is valid on Linux, macOS and Windows."""
    store = FileStore(name, folder=tmp_path)
    store.save(NEW)
    assert FileStore(name, folder=tmp_path).load() == NEW
    assert store.path.parent == tmp_path / "accounts"
    assert store.path.name.isascii()
    assert set(store.path.stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    assert len(store.path.name) < 100
    assert store.path.stem.split("-")[0] != ""
    assert [account.name for account in list_accounts(folder=tmp_path)] == [name]


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_are_one_account_when_they_differ_in_case_alone(name: str, other_name: str) -> None:
    """Two names share a file exactly if they differ only in case, Unicode form or outer blanks."""
    if not name.strip() or not other_name.strip():
        return

    def plain(text: str) -> str:
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text.strip()).casefold())

    first, second = (FileStore(account, folder="home").path for account in (name, other_name))
    assert (first == second) == (plain(name) == plain(other_name))
    assert FileStore(name.upper().lower(), folder="home").path.parent == first.parent


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Ann", "ann", True),
        (unicodedata.normalize("NFC", "ä"), unicodedata.normalize("NFD", "Ä"), True),
        ("straße", "STRASSE", True),
        (" ann ", "ann", True),
        ("a/b", "a_b", False),
        ("a b", "ab", False),
        ("ann@example.test", "ann_example.test", False),
    ],
)
def test_names_that_look_alike(tmp_path: Path, first: str, second: str, same: bool) -> None:
    """Case and Unicode form do not distinguish accounts; names whose file names merely look alike do."""
    FileStore(first, folder=tmp_path).save(NEW)
    assert FileStore(second, folder=tmp_path).load() == (NEW if same else None)


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_name_is_refused(blank: str) -> None:
    """A blank, or a value that is not a text, is refused as an account name."""
    with pytest.raises(ValueError, match="needs a name"):
        FileStore(blank)
    with pytest.raises(TypeError, match="is a text"):
        FileStore(5)  # type: ignore[arg-type]


def test_the_environment_sets_the_folder_of_accounts(tmp_path: Path) -> None:
    """CRONOFY_FRAMES_HOME sets the folder; without it the user's data folder is used, which this run has replaced."""
    own = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    assert FileStore("ann", environment=own).path.parent == tmp_path / "accounts"
    assert FileStore("ann", environment={}).path.parent == Path(os.environ["CRONOFY_FRAMES_HOME"]) / "accounts"


# ---- the file


@pytest.mark.parametrize("bits", [0o000, 0o077, 0o777])
def test_files_are_for_their_owner_only(tmp_path: Path, bits: int) -> None:
    """Files have mode 0600 and folders 0700, whatever the umask, also when they are rewritten."""
    (tmp_path / "home").mkdir()
    with umask(bits):
        store = FileStore("ann", folder=tmp_path / "home")
        store.save(OLD)
        store.save(NEW)
    assert mode(store.path.parent) == 0o700
    assert {mode(path) for path in store.path.parent.iterdir()} == {0o600}
    assert store.load() == NEW


def test_new_parent_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    """Each parent folder that is created has mode 0700, whatever the umask; existing folders keep their mode."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o755)
    for bits in (0, 0o777):
        with umask(bits):
            FileStore("ann", folder=tmp_path / "home" / f"{bits}" / "b" / "c").save(NEW)
        made = [tmp_path / "home" / f"{bits}" / rest for rest in ("", "b", "b/c", "b/c/accounts")]
        assert [mode(path) for path in made] == [0o700] * 4
    assert mode(tmp_path / "home") == 0o755


HOMELESS = """
import os, sys
import filelock, keyring, pandas
from cronofy_frames.stored_accounts import accounts
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.tokens import FileStore, KeyringStore, lacks_home

if sys.argv[1] == "nobody":
    lacks_home(), connect(access_token="a")  # loads what nobody may not read
    os.setresuid(45678, 45678, 45678)
attempts = [
    lambda: FileStore("ann").save(Tokens("a")),
    lambda: KeyringStore("ann"),
    lambda: connect(),
    lambda: connect(account="ann"),
    lambda: connect(store="file"),
    lambda: accounts(),
]
for n, attempt in enumerate(attempts):
    try:
        attempt()
    except CronofyError as error:
        assert "CRONOFY_FRAMES_HOME" in str(error), error
    else:
        raise AssertionError(n)
connect(access_token="a")
connect(environment={"CRONOFY_ACCESS_TOKEN": "a"})
if sys.argv[1] == "nobody":
    connect(client_id="c", client_secret="s")
FileStore("ann", folder="/x"), KeyringStore("ann", folder="/x")
print("refused")
"""


@pytest.mark.parametrize(
    ("system", "env"),
    [
        pytest.param("nobody", {}, marks=pytest.mark.skipif(not AS_ROOT, reason="only root can become nobody")),
        ("somebody", {"CRONOFY_FRAMES_HOME": "~nobody_at_all/x"}),
    ],
)
def test_without_a_home_folder_the_error_names_the_variable_to_set(
    tmp_path: Path, system: str, env: dict[str, str]
) -> None:
    """Without a home folder nothing is stored in the working directory; a caller that passes tokens needs no home."""
    tmp_path.chmod(0o777)
    command = [sys.executable, "-c", HOMELESS, system]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", **env}, capture_output=True, text=True)
    assert done.stdout == "refused\n", done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_home_of_no_user_is_no_folder(tmp_path: Path) -> None:
    """A folder in the home of a user who does not exist is refused before anything is stored, with the next step."""
    env = {"CRONOFY_FRAMES_HOME": "~nobody_at_all/x"}
    with pytest.raises(CronofyError, match="set CRONOFY_FRAMES_HOME to the absolute path"):
        FileStore("ann", environment=env)
    with pytest.raises(CronofyError, match="set CRONOFY_FRAMES_HOME to the absolute path"):
        list_accounts(env)
    assert list_accounts(env, folder=tmp_path) == []
    assert lacks_home(env)
    assert not lacks_home({"CRONOFY_FRAMES_HOME": str(tmp_path)})


def test_a_folder_below_a_file_has_no_accounts(tmp_path: Path) -> None:
    """Where the path of the folder leads through a plain file there is nothing stored, and nothing fails."""
    (tmp_path / "file").touch()
    assert FileStore("ann", folder=tmp_path / "file" / "home").load() is None
    assert list_accounts(folder=tmp_path / "file" / "home") == []


@pytest.mark.parametrize(("number", "raises"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_that_cannot_synchronise_folders_is_used(tmp_path: Path, number: int, raises: bool) -> None:
    """That a file system never synchronises folders is no error; a failure of the disk is one."""

    def sync(file: int) -> None:
        assert stat.S_ISDIR(os.fstat(file).st_mode)
        raise OSError(number, "the folder cannot be synchronised")

    if raises:
        with pytest.raises(OSError, match="cannot be synchronised"):
            disk.sync_folder(tmp_path, sync=sync)
    else:
        disk.sync_folder(tmp_path, sync=sync)


def test_a_file_that_is_being_read_is_changed_a_moment_later() -> None:
    """On Windows a file in use is retried for up to a second; elsewhere a refusal is raised at once."""
    tries: list[int] = []
    waits: list[float] = []

    def change(good: int) -> None:
        tries.append(1)
        if len(tries) < good:
            raise PermissionError(13, "Access is denied")

    disk.retry_while_open(lambda: change(4), sleep=waits.append, retry=True)
    assert (len(tries), len(waits)) == (4, 3)
    tries.clear()
    waits.clear()
    with pytest.raises(PermissionError):
        disk.retry_while_open(lambda: change(1000), sleep=waits.append, retry=True)
    assert sum(waits) == pytest.approx(1)
    tries.clear()
    waits.clear()
    with pytest.raises(PermissionError):
        disk.retry_while_open(lambda: change(1000), sleep=waits.append, retry=False)
    assert (len(tries), waits) == (1, [])


def test_permissions_of_readable_files_are_tightened(tmp_path: Path) -> None:
    """A file or folder that other users can read is closed once, with one warning."""
    store = FileStore("ann", folder=tmp_path)
    store.save(NEW)
    store.path.chmod(0o644)
    store.path.parent.chmod(0o755)
    with pytest.warns(UserWarning, match="Other users of this machine could read") as warned:
        assert store.load() == NEW
    assert len(warned) == 1
    assert (mode(store.path), mode(store.path.parent)) == (0o600, 0o700)
    assert store.load() == NEW
    store.path.parent.chmod(0o755)
    store.save(OLD)
    assert mode(store.path.parent) == 0o700


def test_a_folder_that_is_private_keeps_its_mode(tmp_path: Path) -> None:
    """A folder that its owner has made read-only is not made writable by reading."""
    store = FileStore("ann", folder=tmp_path)
    store.save(NEW)
    store.path.parent.chmod(0o500)
    assert store.load() == NEW
    assert mode(store.path.parent) == 0o500
    store.path.parent.chmod(0o700)


def test_empty_tokens_forget_the_account(tmp_path: Path) -> None:
    """Saving empty tokens removes every file that names the account; repeating it is harmless."""
    store = FileStore("ann@example.test", folder=tmp_path)
    store.save(NEW)
    for _ in range(2):
        store.save(Tokens(client_id="c"))
        assert store.load() is None
        assert not [path for path in store.path.parent.iterdir() if "ann" in path.name or path.suffix != ".lock"]


@pytest.mark.parametrize("replaced", ["file", "lock", "folder"])
def test_symbolic_links_are_refused(tmp_path: Path, replaced: str) -> None:
    """If the file, its lock or the folder is a symbolic link, the target is not touched."""
    store = FileStore("ann", folder=tmp_path / "home")
    store.save(OLD)
    target = tmp_path / "target"
    link = {"file": store.path, "lock": next(store.path.parent.glob("*.lock")), "folder": store.path.parent}[replaced]
    link.rename(target)
    link.symlink_to(target)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(CronofyError, match="symbolic link"):
        store.save(NEW)
    if replaced != "lock":
        with pytest.raises(CronofyError, match="symbolic link"):
            store.load()
    with pytest.raises(CronofyError, match="symbolic link"):
        store.save(Tokens())
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert link.is_symlink()


@pytest.mark.parametrize("suffix", [".json", ".new"])
def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path, suffix: str) -> None:
    """No file is created at the target of a dangling link, in the place of the file or of its temporary file."""
    store = FileStore("ann", folder=tmp_path / "home")
    store.save(OLD)
    store.path.unlink()
    link = store.path.with_suffix(suffix)
    link.symlink_to(tmp_path / "stolen")
    if suffix == ".json":
        with pytest.raises(CronofyError, match="symbolic link"):
            store.save(NEW)
    else:
        store.save(NEW)
        assert store.load() == NEW
    assert not (tmp_path / "stolen").exists()


def test_a_folder_or_pipe_is_refused(tmp_path: Path) -> None:
    """A folder or a pipe in the file's place is neither read, which might block for ever, nor replaced."""
    store = FileStore("ann", folder=tmp_path)
    store.save(OLD)
    store.path.unlink()
    os.mkfifo(store.path)
    for attempt in (store.load, lambda: store.save(NEW)):
        with pytest.raises(CronofyError, match="something else where a file should be"):
            attempt()


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a file away")
@pytest.mark.parametrize("target", ["file", "folder"])
def test_another_users_file_is_refused(tmp_path: Path, target: str) -> None:
    """Tokens in a file that another user owns are not used: they would connect to that user's account."""
    store = FileStore("ann", folder=tmp_path)
    store.save(OLD)
    os.chown(store.path if target == "file" else store.path.parent, 65534, -1)
    for attempt in (store.load, lambda: store.save(NEW)):
        with pytest.raises(CronofyError, match="belongs to another user"):
            attempt()


DAMAGED = [
    b"",
    b"\x00" * 50,
    b'{"cronofy_frames": 1, "account": "ann", "store": "file", "tokens": {"access_token": "planted',
    b"[1]",
    b"[" * 100_000,
    b"x" * (1 << 21),
    b'{"account": "ann"}',
    b'{"account": "ann", "store": "file", "tokens": ["planted"]}',
    b'{"account": "ann", "store": "file", "tokens": {"access_token": {"planted": 1}}}',
    b'{"account": "ann", "store": "file", "tokens": {"access_token": "a", "expires_at": "planted"}}',
    b'{"account": "bob", "store": "file", "tokens": {"access_token": "planted"}}',
    b'{"account": "ann", "store": "file", "tokens": {"access_token": "planted"}}' + b" " * (1 << 20),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """The error says what to do and quotes nothing; signing in replaces the file, logging out removes it."""
    store = FileStore("ann", folder=tmp_path)
    store.save(OLD)
    store.path.write_bytes(content)
    with pytest.raises(CronofyError, match=r"was not changed.*sign in again") as caught:
        store.load()
    assert "planted" not in "".join(traceback.format_exception(caught.value))
    assert store.path.read_bytes() == content
    assert logout("ann", environment={"CRONOFY_FRAMES_HOME": str(tmp_path)})
    assert list_accounts(folder=tmp_path) == []
    store.save(NEW)
    assert store.load() == NEW


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("ann@example.test", "ann_example_test-eff90234b5c0d7bb3000"),
        ("Ä" + "x" * 60 + "@example.test", "x" * 39 + "-fc17249d5de24652ce3d"),
        ("日本語", "account-77710aedc74ecfa33685"),
    ],
)
def test_files_of_this_version_are_found_by_later_ones(tmp_path: Path, name: str, stem: str) -> None:
    """The names and the format of files stay, or people would have to sign in again after an upgrade."""
    content = {"cronofy_frames": 1, "account": name, "store": "file", "tokens": {"access_token": "a", "scope": "s"}}
    store = FileStore(name, folder=tmp_path)
    assert store.path == tmp_path / "accounts" / f"{stem}.json"
    (tmp_path / "accounts").mkdir(mode=0o700)
    store.path.touch(0o600)
    store.path.write_text(json.dumps(content))
    assert store.load() == Tokens("a", scope="s")
    store.save(Tokens("a", scope="s"))
    assert store.path.read_text() == json.dumps(content, indent=1) + "\n"


def test_a_file_that_cannot_be_read_is_no_account_of_the_keyring(tmp_path: Path) -> None:
    """Whatever a damaged file was, nothing is asked of the keyring for it."""
    file = AccountFile.of("ann", home=tmp_path)
    file.folder.mkdir(mode=0o700)
    file.file.touch(0o600)
    file.file.write_text("{")
    assert not is_in_keyring(file)


def test_messages_shorten_the_names_of_accounts(tmp_path: Path) -> None:
    """A name of a hundred characters is whole in a message, and no name takes more."""
    whole, longer = (AccountFile.of("x" * length, home=tmp_path) for length in (100, 101))
    assert whole.display_name == "x" * 100
    assert len(longer.display_name) == 100
    assert longer.display_name.startswith("x" * 90)


def test_the_default_folder_is_an_absolute_path() -> None:
    """Accounts of a user with a home folder do not depend on the working directory."""
    home = default_home()
    assert home is not None
    assert home.is_absolute()


def test_a_newer_versions_file(tmp_path: Path) -> None:
    """Unknown keys of a newer version are ignored; a file of an unknown format asks for an upgrade."""
    store = FileStore("ann", folder=tmp_path)
    store.save(NEW)
    content = json.loads(store.path.read_text())
    store.path.write_text(json.dumps({**content, "new": 1, "tokens": {**content["tokens"], "new": [1]}}))
    assert store.load() == NEW
    store.path.write_text(json.dumps({**content, "cronofy_frames": 2}))
    with pytest.raises(CronofyError, match="upgrade"):
        store.load()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """If a write fails, the old tokens stay, no temporary file is left, and the system's error is raised."""
    store = FileStore("ann", folder=tmp_path)
    store.save(OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            store.save(NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.load() == OLD
    assert sorted(path.suffix for path in store.path.parent.iterdir()) == [".json", ".lock"]


def test_an_error_of_the_system_is_raised_as_it_is(tmp_path: Path) -> None:
    """If the temporary file cannot even be opened, that is the error, and not that there is none to remove."""
    store, file = FileStore("ann", folder=tmp_path), AccountFile.of("ann", home=tmp_path)
    store.save(OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            disk.replace_file(file, b"new")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert store.load() == OLD


def test_many_accounts_may_be_the_first(tmp_path: Path) -> None:
    """Threads that save the first accounts of new folders at the same moment all succeed."""
    for n in range(20):
        ready = threading.Barrier(6)
        folder = tmp_path / f"{n}" / "b" / "c"

        def save(name: str, ready: threading.Barrier = ready, folder: Path = folder) -> None:
            ready.wait()
            FileStore(name, folder=folder).save(NEW)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(save, "abcdef"))
        assert [account.name for account in list_accounts(folder=folder)] == list("abcdef")


def test_a_process_killed_while_saving_leaves_old_or_new_tokens(tmp_path: Path) -> None:
    """A process killed before any line that changes files leaves the old or the new tokens, and no lock."""
    store = FileStore("ann", folder=tmp_path)
    stored: list[Tokens | None] = []
    for last in range(1, 400):
        store.save(OLD)
        child = CONTEXT.Process(target=storing.save_and_die, args=(str(tmp_path), last))
        child.start()
        child.join(60)
        stored.append(store.load())
        if child.exitcode == 0:
            break
        assert child.exitcode == -9
    assert stored == sorted(stored, key=[OLD, NEW].index)
    assert set(stored) == {OLD, NEW}
    assert len(stored) > 20
    store.save(OLD)
    assert sorted(path.suffix for path in store.path.parent.iterdir()) == [".json", ".lock"]


def test_a_reader_never_sees_a_partial_file(tmp_path: Path) -> None:
    """While two processes save repeatedly, a third reads complete tokens of one of them."""
    store = FileStore("ann", folder=tmp_path)
    store.save(Tokens("a" * 50, "a", sub="a"))
    children = [CONTEXT.Process(target=storing.save_often, args=(str(tmp_path), letter, 150)) for letter in "ab"]
    for child in children:
        child.start()
    letters = set()
    while any(child.is_alive() for child in children):
        tokens = store.load()
        assert tokens is not None
        assert tokens.access_token is not None
        assert set(tokens.access_token) == {tokens.refresh_token} == {tokens.sub}
        letters.add((tokens.sub, len(tokens.access_token)))
    assert [child.exitcode for child in children] == [0, 0]
    assert len(letters) > 3


# ---- the lock


def test_accounts_are_locked_apart(tmp_path: Path) -> None:
    """While one account is renewed, another can be."""
    ann, bob = (FileStore(name, folder=tmp_path) for name in ("ann", "bob"))

    def save() -> None:
        with bob.lock(0):
            bob.save(NEW)

    with ann.lock(0), ThreadPoolExecutor(1) as pool:
        pool.submit(save).result()
    assert bob.load() == NEW


def test_the_lock_excludes_threads_and_is_reentrant(tmp_path: Path) -> None:
    """A thread that waits too long gets an error; other accounts stay unlocked; after release the next thread runs."""
    store = FileStore("ann", folder=tmp_path)
    errors: list[BaseException | None] = []

    def other() -> None:
        try:
            with FileStore("Ann", folder=tmp_path).lock(0.05):
                errors.append(None)
        except CronofyError as error:
            errors.append(error)

    def wait() -> BaseException | None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return errors.pop()

    with store.lock():
        with FileStore("ann", folder=tmp_path).lock(), FileStore("bob", folder=tmp_path).lock(0):
            assert "locked by another" in str(wait())
        assert "locked by another" in str(wait())
        store.save(NEW)
    assert wait() is None


def test_the_lock_is_a_file_lock(tmp_path: Path) -> None:
    """Another program's lock on the same file counts, so the lock works between processes."""
    store = FileStore("ann", folder=tmp_path)
    store.save(NEW)
    with filelock.FileLock(next(store.path.parent.glob("*.lock"))):
        result: list[str] = []

        def other() -> None:
            with pytest.raises(CronofyError, match="locked by another"), store.lock(0.05):
                raise AssertionError
            result.append("refused")

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert result == ["refused"]


# ---- the keyring


def test_the_keyring_holds_tokens_and_a_file_lists_the_account(tmp_path: Path) -> None:
    """The file beside the keyring is for its owner only and has no token; forgetting removes both."""
    ring = MemoryKeyring()
    store = KeyringStore("Ann@example.test", backend=ring, folder=tmp_path)
    assert store.load() is None
    with umask(0):
        store.save(NEW)
    assert KeyringStore("ann@EXAMPLE.test", backend=ring, folder=tmp_path).load() == NEW
    assert "access" not in store.path.read_text()
    assert mode(store.path) == 0o600
    account = find_account("ann", list_accounts(folder=tmp_path, backend=ring))
    assert (account.name, account.kind, account.load()[1]) == ("Ann@example.test", "keyring", NEW)
    store.save(Tokens())
    assert (ring.entries, list_accounts(folder=tmp_path)) == ({}, [])
    store.save(Tokens())


def test_folders_do_not_share_a_keyrings_entries(tmp_path: Path) -> None:
    """Accounts of the same name in two folders have separate keyring entries."""
    ring = MemoryKeyring()
    KeyringStore("ann", backend=ring, folder=tmp_path / "one").save(NEW)
    assert KeyringStore("ann", backend=ring, folder=tmp_path / "two").load() is None


@pytest.mark.parametrize("made", [fail.Keyring, null.Keyring, LockedKeyring, ForgetfulKeyring])
def test_a_keyring_that_cannot_be_used_says_what_to_do(tmp_path: Path, made: Any) -> None:
    """A missing, a locked and a non-storing keyring are detected before an account is listed as stored there."""
    store = KeyringStore("ann", backend=made(), folder=tmp_path)
    with pytest.raises(CronofyError, match='store="file"') as caught:
        store.save(NEW)
    assert "new-access" not in "".join(traceback.format_exception(caught.value))
    assert list_accounts(folder=tmp_path) == []


class BrokenKeyring(MemoryKeyring):
    """A keyring that cannot say whether it can be used, and reports so as an error of its own."""

    @property
    def priority(self) -> float:  # type: ignore[override]
        raise RuntimeError("no session bus")


class UnratedKeyring(MemoryKeyring):
    """A keyring without a priority, as an abstract one."""

    @property
    def priority(self) -> float:  # type: ignore[override]
        raise NotImplementedError


def test_a_keyring_says_itself_whether_it_can_be_used(tmp_path: Path) -> None:
    """One that fails to say so is not used, by its name or by `auto`; one without a priority was chosen, and is."""
    home = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    with pytest.raises(CronofyError, match=r'none is available.*store="file"'):
        make_store("keyring", "ann", home, backend=BrokenKeyring())
    assert isinstance(make_store("auto", "ann", home, backend=BrokenKeyring()), FileStore)
    assert isinstance(make_store("auto", "ann", home, backend=UnratedKeyring()), KeyringStore)


@pytest.mark.parametrize(
    ("priority", "usable", "preferred"),
    [(-1, False, False), (0, False, False), (0.5, True, False), (1, True, True), (1.5, True, True)],
)
def test_a_keyring_is_preferred_where_it_is_safer_than_a_file(
    tmp_path: Path, priority: float, usable: bool, preferred: bool
) -> None:
    """From its priority 1 on it is recommended; above 0 it can be chosen; others cannot be used."""
    home = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    backend = MemoryKeyring()
    backend.priority = priority  # type: ignore[assignment]
    assert isinstance(make_store("auto", "ann", home, backend=backend), KeyringStore if preferred else FileStore)
    if usable:
        assert isinstance(make_store("keyring", "ann", home, backend=backend), KeyringStore)
    else:
        with pytest.raises(CronofyError, match="none is available"):
            make_store("keyring", "ann", home, backend=backend)


def test_a_package_that_finds_no_keyring_says_what_to_do(tmp_path: Path) -> None:
    """An error of the package, whose text may be about anything, is an error of ours with the next step."""

    def raise_error() -> Any:
        raise RuntimeError("planted")

    def importing(_: str) -> Any:
        return SimpleNamespace(get_keyring=raise_error)

    with pytest.raises(CronofyError, match=r'RuntimeError.*store="file"') as caught:
        KeyringStore("ann", folder=tmp_path, importing=importing).load()
    assert "planted" not in "".join(traceback.format_exception(caught.value))


def fail_to_import(name: str) -> Any:
    """Raise ImportError, as a package that is not installed."""
    raise ModuleNotFoundError(f"No module named {name!r}")


def test_a_missing_package_is_named_with_the_line_that_installs_it(tmp_path: Path) -> None:
    """Without keyring, the store and the word "keyring" name the install command, and `auto` uses a file."""
    home = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    with pytest.raises(CronofyError, match=r'pip install "cronofy-frames\[keyring\]"'):
        KeyringStore("ann", folder=tmp_path, importing=fail_to_import).load()
    with pytest.raises(CronofyError, match=r'pip install "cronofy-frames\[keyring\]"'):
        make_store("keyring", "ann", home, importing=fail_to_import)
    assert isinstance(make_store("auto", "ann", home, importing=fail_to_import), FileStore)


def test_an_account_moves_between_file_and_keyring(tmp_path: Path) -> None:
    """Moving to the keyring empties the file; moving to a file warns how to delete the keyring entry."""
    ring = MemoryKeyring()
    file, store = FileStore("ann", folder=tmp_path), KeyringStore("ann", backend=ring, folder=tmp_path)
    file.save(OLD)
    store.save(NEW)
    assert file.load() is None
    assert store.load() == NEW
    with pytest.warns(UserWarning, match=r"cf\.KeyringStore\('ann'\)\.save\(cf\.Tokens\(\)\)"):
        file.save(OLD)
    assert file.load() == OLD
    store.save(Tokens())
    assert (file.load(), ring.entries) == (OLD, {})


# ---- words and names


def test_store_words(tmp_path: Path) -> None:
    """`auto` keeps the account's store, else picks a secure keyring, else a file; choosing a store writes nothing."""
    home = {"CRONOFY_FRAMES_HOME": str(tmp_path / "home"), "CRONOFY_ACCESS_TOKEN": "a"}
    ring = MemoryKeyring()
    assert isinstance(make_store("memory"), MemoryStore)
    env = make_store("env", environment=home)
    assert isinstance(env, EnvironmentStore)
    assert env.load() == Tokens("a")
    assert isinstance(make_store("file", "ann", home), FileStore)
    assert isinstance(make_store("keyring", "ann", home, backend=ring), KeyringStore)
    assert isinstance(make_store("auto", "ann", home, backend=ring), KeyringStore)
    assert isinstance(make_store("auto", "ann", home, backend=LockedKeyring()), FileStore)
    assert isinstance(make_store("auto", "ann", home), FileStore)
    assert not (tmp_path / "home").exists()
    FileStore("ann", environment=home).save(NEW)
    assert isinstance(make_store("auto", "ann", home, backend=ring), FileStore)
    KeyringStore("bob", environment=home, backend=ring).save(NEW)
    assert isinstance(make_store("auto", "bob", home, backend=ring), KeyringStore)
    with pytest.raises(CronofyError, match='store="file"'):
        make_store("keyring", "ann", home, backend=LockedKeyring())
    with pytest.raises(ValueError, match="memory, file, keyring, env, auto"):
        make_store("disk", "ann")
    with pytest.raises(ValueError, match="account="):
        make_store("file")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with four accounts."""
    env = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    FileStore("ann@example.test", environment=env).save(Tokens("1", profile_name="annie@example.test", sub="acc_1"))
    FileStore("anne@example.test", environment=env).save(Tokens("2", sub="acc_2"))
    FileStore("bob@example.test", environment=env).save(Tokens("3", profile_name="shared", sub="acc_3"))
    FileStore("bo", environment=env).save(Tokens("4", profile_name="shared", sub="acc_33"))
    return env


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann@Example.Test", "1"),
        ("annie@example.test", "1"),
        ("acc_2", "2"),
        ("annie", "1"),
        ("ANN", "1"),
        ("anne", "2"),
        ("bo", "4"),
        ("bob", "3"),
        ("acc_3", "3"),
        ("acc_33", "4"),
    ],
)
def test_order_of_names_that_find_an_account(home: dict[str, str], name: str, expected: str) -> None:
    """The account's name is matched before profile name or sub, and these before the part before an @."""
    assert find_account(name, list_accounts(home)).load()[1].access_token == expected


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("shared", "any of bo, bob@example.test"),
        ("eve", "any of Eve@one.test, eve@two.test"),
        *((begun, "Stored are") for begun in ("a", "an", "acc", "acc_", "annie@", "ann@example", "b", "share", "@")),
        ("nobody", "Stored are ann@example.test, anne@example.test, bo, bob@example.test; sign in with"),
        ("", "Stored are"),
    ],
)
def test_ambiguous_and_unknown_names_list_accounts(home: dict[str, str], account: str, message: str) -> None:
    """An ambiguous name lists the candidates, an unknown name lists all accounts; a prefix is not a name."""
    if account == "eve":
        for name in ("eve@two.test", "Eve@one.test"):
            FileStore(name, environment=home).save(NEW)
    with pytest.raises(LookupError, match=message) as caught:
        find_account(account, list_accounts(home))
    assert isinstance(caught.value, UnknownAccount)


def test_an_account_that_cannot_be_read_hides_no_other(home: dict[str, str]) -> None:
    """An account without readable tokens has its own name only; others are still found by their profiles and subs."""
    FileStore("bo", environment=home).path.write_text("planted")
    stored = list_accounts(home)
    assert find_account("shared", stored).name == "bob@example.test"
    assert find_account("annie@example.test", stored).name == "ann@example.test"
    with pytest.raises(LookupError, match="No account is stored as 'acc_33'"):
        find_account("acc_33", stored)


@pytest.mark.parametrize("name", ["ANN@example.test", "annie@example.test", "Acc_1"])
def test_a_whole_name_is_a_name_profile_or_sub(home: dict[str, str], name: str) -> None:
    """Where the whole name is required, case is ignored and the part before the @ is not enough."""
    assert find_account(name, list_accounts(home), whole=True).name == "ann@example.test"
    with pytest.raises(LookupError, match=r"Stored are ann@example\.test.*give the whole name"):
        find_account("annie", list_accounts(home), whole=True)


ODD = "Ann\x1b[2J\nerror: \u202eforged"


def test_names_cannot_write_on_a_terminal(tmp_path: Path) -> None:
    """Account names are shown without control characters, and the shown form finds the account as well."""
    env = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    store = FileStore(ODD, environment=env)
    store.save(Tokens("a", profile_name=ODD, provider_name=ODD, sub=ODD, scope=ODD))
    frame = accounts(environment=env)
    shown = single_line(ODD)
    texts = ["account", "profile_name", "provider_name", "sub", "scope"]
    assert frame[texts].iloc[0].tolist() == [shown] * 5
    FileStore("bob", environment=env).save(NEW)
    printed = [repr(store), repr(KeyringStore(ODD, environment=env)), account_list(list_accounts(env))]
    for attempt in (
        lambda: connect(environment=env),
        lambda: connect(account=ODD + "x", environment=env),
        lambda: logout(environment=env),
    ):
        with pytest.raises(UnknownAccount) as caught:
            attempt()
        printed.append(str(caught.value))
    with ThreadPoolExecutor(1) as pool, store.lock():
        held = pool.submit(lambda: store.lock(0.01).__enter__()).exception()
        assert "locked by another" in str(held)
        printed.append(str(held))
    store.path.write_text("broken")
    printed += accounts(environment=env)["problem"].dropna().tolist()
    assert printed == [single_line(text) for text in printed]
    assert len([text for text in printed if shown in text or repr(ODD)[1:-1] in text]) >= 6
    store.path.unlink()
    store.save(NEW)
    assert logout(shown, environment=env) == ODD


# ---- the frame of accounts


def test_accounts_are_a_frame(home: dict[str, str], ring: MemoryKeyring) -> None:
    """`accounts()` has a sorted row for each account, with its known fields and whether its token can be renewed."""
    ends = datetime(2026, 3, 2, 10, tzinfo=UTC)
    whole = Tokens("a", "r", "read_events", "acc", ends, "eve@x", "google", "c", "s", "https://api-de.cronofy.com")
    KeyringStore("Eve", environment=home).save(whole)
    FileStore("local", environment=home).save(Tokens("a", api_url="http://127.0.0.1:99"))
    frame = accounts(environment=home)
    assert frame["account"].tolist() == [
        "ann@example.test",
        "anne@example.test",
        "bo",
        "bob@example.test",
        "Eve",
        "local",
    ]
    eve = frame.set_index("account").loc["Eve"]
    assert eve.drop("problem").tolist() == ["keyring", "eve@x", "google", "acc", "read_events", "de", ends, True]
    assert frame["data_center"].tolist() == ["us", "us", "us", "us", "de", "127.0.0.1:99"]
    assert frame["renews"].tolist() == [False] * 4 + [True, False]
    assert frame["problem"].isna().all()
    ring.entries.clear()
    frame = accounts(environment=home).set_index("account")
    assert frame.loc["Eve", "problem"].startswith("Eve is listed, but its keyring holds no tokens any more")


def test_the_frame_of_accounts_has_the_same_columns_when_empty(home: dict[str, str], tmp_path: Path) -> None:
    """An empty frame of accounts has the same columns and dtypes."""
    none = accounts(environment={"CRONOFY_FRAMES_HOME": str(tmp_path / "nowhere")})
    assert len(none) == 0
    assert none.dtypes.equals(accounts(environment=home).dtypes)
    assert none.dtypes.astype(str).to_dict() == {
        **dict.fromkeys(["account", "store", "profile_name", "provider_name", "sub", "scope", "data_center"], "str"),
        "expires_at": "datetime64[us, UTC]",
        "renews": "bool",
        "problem": "str",
    }
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_read_is_a_row(home: dict[str, str]) -> None:
    """An unreadable file is a row with its file name and problem, and can be forgotten by that name."""
    path = FileStore("bo", environment=home).path
    path.write_text("planted")
    copy = path.with_name("copy of ann.json")
    copy.write_bytes(FileStore("ann@example.test", environment=home).path.read_bytes())
    copy.chmod(0o600)
    frame = accounts(environment=home)
    bad = frame[frame["problem"].notna()]
    assert sorted(bad["account"]) == sorted([path.stem, copy.stem])
    assert bad["problem"].str.contains("cannot be read as a stored account").all()
    assert bad[["store", "sub", "data_center", "expires_at"]].isna().all(axis=None)
    assert logout(path.stem, environment=home) == path.stem
    assert logout("copy of ann", environment=home) == "copy of ann"
    assert len(accounts(environment=home)) == 3


# ---- other stores


class TwoMethodStore:
    """A token store with only `load` and `save`, as a user may write for a database."""

    def __init__(self) -> None:
        self.text = ""

    def load(self) -> Tokens | None:
        return Tokens.from_dict(json.loads(self.text)) if self.text else None

    def save(self, tokens: Tokens) -> None:
        self.text = "" if tokens.empty else json.dumps(tokens.to_dict())


def test_two_methods_make_a_store() -> None:
    """A store with only `load` and `save` works with connect and logout, and gets tokens as JSON values."""
    store = TwoMethodStore()
    store.save(Tokens("a", "r", sub="acc_1", api_url="https://api-uk.cronofy.com"))
    assert connect(store=store, environment={}).hosts.app == "https://app-uk.cronofy.com"
    assert logout(store=store) == "acc_1"
    assert store.text == ""
    with pytest.raises(LookupError, match="no tokens"):
        logout(store=store)


@pytest.mark.usefixtures("ring")
def test_nothing_secret_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """No repr, str, frame, log, error or traceback of a store contains a token or a secret."""
    caplog.set_level("DEBUG")
    env = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    whole = Tokens("hidden-a", "hidden-r", "read_events", client_id="c", client_secret="hidden-s")
    file, held = FileStore("ann", environment=env), KeyringStore("bob", environment=env)
    memory = MemoryStore(whole)
    values = [whole, file, held, memory, EnvironmentStore({"CRONOFY_ACCESS_TOKEN": "hidden-e"})]
    for store in (file, held):
        store.save(whole)
        values.append(store.load())
        values.append(connect(store=store, environment=env))
    values += [accounts(environment=env).to_csv(), *list_accounts(env)]
    file.path.write_bytes(file.path.read_bytes()[:-20])
    attempts = [
        file.load,
        lambda: KeyringStore("bob", environment=env, backend=LockedKeyring()).save(whole),
        lambda: connect(account="ann", environment=env),
        lambda: Tokens.from_dict({"access_token": [whole.access_token]}),
        lambda: Tokens.from_dict({"expires_at": whole.access_token}),
    ]
    for attempt in attempts:
        with pytest.raises(CronofyError) as caught:
            attempt()
        values += [caught.value, "".join(traceback.format_exception(caught.value))]
    values += [accounts(environment=env).to_csv(), caplog.text, *capsys.readouterr()]
    assert "hidden-" not in "".join(f"{value!r}{value}" for value in values)


# ---- what tokens are made of


@given(
    st.builds(
        Tokens,
        *[st.none() | st.text()] * 4,
        st.none() | st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones()),
        *[st.none() | st.text()] * 6,
    )
)
def test_tokens_become_json_and_come_back(tokens: Tokens) -> None:
    """Tokens survive the trip through JSON text, and unknown keys are ignored."""
    assert Tokens.from_dict(json.loads(json.dumps({**tokens.to_dict(), "new": {"a": [1]}}))) == tokens


@given(st.dictionaries(st.sampled_from(list(Tokens.__slots__)), st.integers() | st.text() | st.lists(st.text())))
def test_anything_else_is_an_error_that_quotes_nothing(known: dict[str, Any]) -> None:
    """Fields of a wrong type are named without their values; valid fields are accepted."""
    invalid = [name for name, value in known.items() if name == "expires_at" or not isinstance(value, str)]
    if not invalid:
        assert Tokens.from_dict(known).to_dict() == known
        return
    with pytest.raises(CronofyError) as caught:
        Tokens.from_dict(known)
    assert str(caught.value).split()[0] in invalid
    assert len(str(caught.value)) < 120


def test_tokens_must_be_a_mapping() -> None:
    """The error names the type of the value."""
    with pytest.raises(CronofyError, match="not a list"):
        Tokens.from_dict([])  # type: ignore[arg-type]


# ---- renewal that processes share


def renewals(served: Served) -> int:
    """Return how often the token was renewed."""
    return sum(line.startswith("POST /oauth/token ") for line in served.lines)


@contextmanager
def serve_expired_token(folder: Path) -> Iterator[tuple[Served, str, str]]:
    """Serve a small office where Ann has signed in and her access token has expired."""
    box = small_box(rate_limit=False)
    with serve(box) as served:
        known = box.tokens("ann@example.test")
        store = FileStore("ann@example.test", folder=folder)
        store.save(
            Tokens(
                known["access_token"],
                known["refresh_token"],
                client_id=box.client_id,
                client_secret=box.client_secret,
                api_url=served.url,
            )
        )
        box.expire(known["access_token"])
        yield served, known["access_token"], known["refresh_token"]
        assert served.errors == []


def test_many_threads_of_many_processes_renew_once(tmp_path: Path) -> None:
    """Eight threads in each of three processes are refused at once: one renews, and no call fails."""
    with serve_expired_token(tmp_path) as (served, old, refresh):
        children = [CONTEXT.Process(target=storing.call_at_once, args=(str(tmp_path), 8)) for _ in range(3)]
        for child in children:
            child.start()
        for child in children:
            child.join(60)
        assert [child.exitcode for child in children] == [0, 0, 0]
        assert renewals(served) == 1
        stored = FileStore("ann@example.test", folder=tmp_path).load()
        assert stored is not None
        assert stored.access_token not in (None, old)
        assert stored.refresh_token == refresh
        assert stored.client_secret is not None
        assert stored.expires_at is not None


def test_clients_of_one_account_renew_once(tmp_path: Path) -> None:
    """Two clients of one process renew once, with a store each or with one shared memory store."""
    for own_store in (True, False):
        with serve_expired_token(tmp_path / str(own_store)) as (served, _, _):
            stores = [FileStore("ann@example.test", folder=tmp_path / str(own_store)) for _ in range(2)]
            memory = MemoryStore(stores[0].load())
            clients = [connect(store=store if own_store else memory, environment={}) for store in stores]
            ready = threading.Barrier(2)

            def call(client: Client, ready: threading.Barrier = ready) -> int:
                ready.wait()
                return len(list(client.list_calendars()))

            with ThreadPoolExecutor(2) as pool:
                assert list(pool.map(call, clients)) == [3, 3]
            for client in clients:
                client.close()
            assert renewals(served) == 1


def test_a_client_of_a_deleted_account_does_not_restore_it(tmp_path: Path) -> None:
    """If the account was logged out elsewhere, the client does not write it back and says how to sign in."""
    env = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    with serve_expired_token(tmp_path) as (served, _, refresh), connect(environment=env) as client:
        assert len(list(client.list_calendars())) == 3
        assert logout(revoke=True, environment=env) == "ann@example.test"
        with pytest.raises(CronofyError, match="needs an access token"):
            client.list_calendars()
        assert list_accounts(env) == []
        store = FileStore("ann@example.test", environment=env)
        store.save(Tokens("a", refresh, client_id=client.client_id))
        with pytest.raises(TokenError, match=r"sign in again: cf\.login\(\), or cronofy-frames login"):
            client.list_calendars()
        assert renewals(served) == 2


def test_an_interrupted_renewal_leaves_no_lock(tmp_path: Path) -> None:
    """When the renewal request fails, the lock is released and the tokens are unchanged."""
    store = FileStore("ann", folder=tmp_path)
    store.save(OLD)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            raise httpx.ReadError("lost")
        return httpx.Response(401)

    client = Client(
        Hosts("https://api.example.test", "https://app.example.test"),
        store=store,
        client_id="c",
        client_secret="s",
        transport=httpx.MockTransport(answer),
    )
    for _ in range(2):
        with pytest.raises(TransportError, match="the renewal of the access token got no response"):
            client.list_calendars()

    def is_locked() -> bool:
        with store.lock(0):
            return True

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(is_locked).result()
    assert store.load() == OLD


FORK = """
import os, signal, sys, threading
import httpx
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.tokens import FileStore, MemoryStore
from cronofy_frames.wire.messages import Hosts

parent, renewing, go_on = os.getpid(), threading.Event(), threading.Event()
told, tell = os.pipe()

def answer(request):
    if request.url.path != "/oauth/token":
        good = request.headers["Authorization"] == "Bearer new"
        if not good and os.getpid() != parent:
            os.write(tell, b"refused")
        return httpx.Response(200 if good else 401, json={"sub": "acc_1"})
    if os.getpid() == parent:
        renewing.set()
        go_on.wait(30)
    return httpx.Response(200, json={"access_token": "new"})

store = MemoryStore() if sys.argv[1] == "memory" else FileStore("ann", folder=sys.argv[1])
store.save(Tokens("old", "r"))
hosts = Hosts("https://api.example.test", "https://app.example.test")
client = Client(hosts, store=store, client_id="c", client_secret="s", transport=httpx.MockTransport(answer))
thread = threading.Thread(target=client.user_info)
thread.start()
renewing.wait(30)
child = os.fork()
if not child:
    signal.alarm(20)
    print(client.user_info()["sub"], flush=True)
    os._exit(0)
os.read(told, 7)
go_on.set()
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

SHARED = """
import os, sys
from cronofy_frames.connecting import connect

client = connect(account="ann@example.test", environment={"CRONOFY_FRAMES_HOME": sys.argv[1]})
client.user_info()
child = os.fork()
if not child:
    print(client.user_info()["sub"], flush=True)
    os._exit(0)
client.user_info()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def run_forking(script: str, argument: str) -> subprocess.CompletedProcess[str]:
    """Run a script that forks while threads run; newer Python versions warn about it."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, argument]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_child_does_not_wait_for_its_parents_threads(tmp_path: Path, kind: str) -> None:
    """A process forked while a thread renews does not inherit the lock, and renews when needed."""
    done = run_forking(FORK, "memory" if kind == "memory" else str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "acc_1\n"), done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_has_connections_of_its_own(tmp_path: Path) -> None:
    """A forked process opens new connections; on a shared one, parent and child would read each other's responses."""
    with serve_expired_token(tmp_path):
        done = run_forking(SHARED, str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "acc_ann\n"), done.stderr


def test_importing_stores_loads_neither_keyring_nor_lock() -> None:
    """Importing the stores does not load the libraries that only saving and locking need."""
    probe = "import sys, cronofy_frames.tokens; print(*{'keyring', 'filelock', 'platformdirs'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
