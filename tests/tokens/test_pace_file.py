"""The file in which processes share when requests were sent."""

import logging
import os
import shutil
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from cronofy_frames.connecting import connect
from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.tokens.pace_file import OLD, PaceFile, pace_file, remove_old
from tests.small import small_box

SCRIPT = """
import sys
import cronofy_frames as cf
with cf.connect(access_token=sys.argv[1], client_id="paced", base_url=sys.argv[2]) as client:
    for _ in range(40):
        client.user_info()
"""

RESERVE = """
import sys
from pathlib import Path
from cronofy_frames.tokens.pace_file import PaceFile
from cronofy_frames.wire.pacing import Pacer
file = PaceFile(Path(sys.argv[1]), seconds=600)
pacer = Pacer((45, 450), clock=lambda: 0.0, sleep=lambda _: None, shared=file)
print(*(pacer.wait() for _ in range(40)))
"""


def appended(file: PaceFile, letter: bytes) -> bytes:
    """Add a letter to the file, and return the content before."""
    contents = []
    file.exchange(lambda content: contents.append(content) or content + letter)  # type: ignore[func-returns-value]
    return contents[0]


def test_the_content_is_changed(tmp_path: Path) -> None:
    """Each exchange gets what the one before has written; the file and its folder are private, whatever the umask."""
    file = PaceFile(tmp_path / "pace" / "a.pace")
    before = os.umask(0)
    try:
        assert [appended(file, b"x"), appended(file, b"y"), appended(file, b"z")] == [b"", b"x", b"xy"]
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    file.exchange(lambda _: b"s")
    assert file.path.read_bytes() == b"s"


def test_a_file_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    """Wrong permissions are mended without a word, as nothing in it is secret."""
    file = PaceFile(tmp_path / "a.pace")
    file.path.touch(0o644)
    appended(file, b"x")
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_folder_that_was_deleted_is_created_again(tmp_path: Path) -> None:
    """Without one there is an error, and the next exchange has a new file."""
    file = PaceFile(tmp_path / "pace" / "a.pace")
    appended(file, b"x")
    shutil.rmtree(file.path.parent)
    with pytest.raises(FileNotFoundError):
        appended(file, b"y")
    assert [appended(file, b"y"), appended(file, b"z")] == [b"", b"y"]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """Nothing is written through a link."""
    file = PaceFile(tmp_path / "a.pace")
    file.path.symlink_to(tmp_path / "other")
    with pytest.raises(CronofyError, match="symbolic link"):
        appended(file, b"x")
    assert not (tmp_path / "other").exists()


def test_a_lock_that_is_not_released_is_not_waited_for_long(tmp_path: Path) -> None:
    """While another process holds the file, an exchange ends with an error after its time."""
    waits: list[float] = []
    held, waiting = PaceFile(tmp_path / "a.pace"), PaceFile(tmp_path / "a.pace", seconds=0.5, sleep=waits.append)

    def fails_within(content: bytes) -> bytes:
        with pytest.raises(CronofyError, match=r"within 0\.5 s"):
            appended(waiting, b"x")
        return content

    held.exchange(fails_within)
    assert sum(waits) == pytest.approx(0.5)
    appended(waiting, b"x")


def test_files_have_no_name_and_no_secret(tmp_path: Path) -> None:
    """The name of a file is a hash of application and data centre, which differs for each."""
    environment = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    files = [
        pace_file(host, application, environment)
        for host in ("https://api.cronofy.com", "https://api-de.cronofy.com")
        for application in ("client-id-1", "client-id-2")
    ]
    paths = [file.path for file in files if file is not None]
    assert len(set(paths)) == 4
    assert all(path.parent == tmp_path / "pace" and "client" not in path.name for path in paths)


def test_files_of_yesterday_are_deleted(tmp_path: Path) -> None:
    """A file that was not used for a day is deleted, and others are not."""
    old, new = tmp_path / "old.pace", tmp_path / "new.pace"
    old.touch()
    new.touch()
    os.utime(old, (0, time.time() - OLD - 60))
    remove_old(tmp_path)
    assert not old.exists()
    assert new.exists()


def test_a_home_that_cannot_be_written_only_costs_the_share_of_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests are sent, and one warning says that those of other processes do not count."""
    (tmp_path / "home").write_text("a file where the folder would be")
    environment = {"CRONOFY_FRAMES_HOME": str(tmp_path / "home")}
    box = small_box()
    with (
        serve(box) as served,
        connect(
            access_token=box.access_token, client_id=tmp_path.name, base_url=served.url, environment=environment
        ) as client,
    ):
        for _ in range(3):
            client.user_info()
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "only the requests of this process" in warnings[0].getMessage()


def test_without_a_home_folder_nothing_is_shared() -> None:
    """The process paces its own requests, and nothing is written anywhere."""
    assert pace_file("https://api.example.test", "app", {"CRONOFY_FRAMES_HOME": "~nobody_at_all/x"}) is None


def run_together(script: str, *arguments: str, home: Path) -> list[str]:
    """Return what three processes print that run a script at the same time, and that all succeed."""
    environment = {**os.environ, "CRONOFY_FRAMES_HOME": str(home)}
    command = [sys.executable, "-c", script, *arguments]
    runs = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    return outputs


def test_processes_share_the_times_at_which_they_may_send(tmp_path: Path) -> None:
    """With clocks that stand still, each of 120 requests goes at a time of its own, all the same time apart."""
    outputs = run_together(RESERVE, str(tmp_path / "a.pace"), home=tmp_path)
    times = sorted(float(text) for output in outputs for text in output.split())
    assert len(times) == 120
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) == pytest.approx(max(gaps))


def test_clients_of_one_application_share_a_file(tmp_path: Path, box: Sandbox) -> None:
    """Three processes that send at once are all served, and count their requests in the same file."""
    with serve(box) as served:
        run_together(SCRIPT, box.access_token, served.url, home=tmp_path)
    assert len(list((tmp_path / "pace").glob("*.pace"))) == 1
