"""What cannot be read of an archive is never taken for nothing: damaged files, and parts of days."""

import random
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.archive.sync import ArchiveWarning
from cronofy_frames.sandbox import Sandbox
from tests.archiving import Office


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of one person, which no test changes."""
    folder = tmp_path_factory.mktemp("whole") / "team.archive"
    with cf.Archive(folder) as archive:
        archive.sync(cf.connect(sandbox=Sandbox(now="2026-03-02T09:00:00Z")))
    return folder


def state_files(folder: Path) -> list[Path]:
    """Return the files of the state."""
    return list(folder.glob("state.sqlite*"))


def replace_state(folder: Path, content: bytes) -> None:
    """Write something else in place of the state."""
    for path in state_files(folder):
        path.unlink()
    (folder / "state.sqlite").write_bytes(content)


def cut(path: Path, size: int) -> None:
    """Leave the beginning of a file."""
    path.write_bytes(path.read_bytes()[:size])


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no versions": (lambda folder: shutil.rmtree(folder / "versions"), "versions is missing, .* from a copy"),
    "no log": (lambda folder: shutil.rmtree(folder / "versions" / "_delta_log"), "versions is missing"),
    "an empty state": (lambda folder: replace_state(folder, b""), "its versions are not: restore the folder"),
    "no state": (lambda folder: [path.unlink() for path in state_files(folder)], "exists and is not an archive"),
    "another state": (lambda folder: replace_state(folder, b"x" * 5000), "cannot be used .*restore the folder"),
    "half a state": (
        lambda folder: replace_state(folder, (folder / "state.sqlite").read_bytes()[:9000]),
        "cannot be used .*restore the folder|exists and is not an archive",
    ),
    "half a log": (
        lambda folder: cut(max((folder / "versions" / "_delta_log").glob("*.json")), 20),
        "the log of .* cannot be read .*restore the folder",
    ),
    "a lost file": (lambda folder: next((folder / "versions").glob("*.parquet")).unlink(), r"archive.check\(\) names"),
    "half a file": (lambda folder: cut(next((folder / "versions").glob("*.parquet")), 200), r"archive.check\(\) names"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_archive_is_not_an_empty_one(whole: Path, tmp_path: Path, name: str) -> None:
    """Opening it or reading from it fails, with what to do."""
    folder = tmp_path / "team.archive"
    shutil.copytree(whole, folder)
    damage, text = DAMAGES[name]
    damage(folder)
    with pytest.raises(cf.FrameError, match=text) as caught:
        cf.Archive(folder).events()
    assert "\n" not in str(caught.value)


def test_versions_of_an_older_copy_are_said_and_read_again(team: Office, tmp_path: Path) -> None:
    """As of a folder that was copied during a sync; the archive is whole after the next one."""
    team.sync()
    shutil.copytree(team.folder / "versions", tmp_path / "older")
    team.clock.move(hours=1)
    team.add("Late", days=100)
    team.sync()
    team.archive.close()
    shutil.rmtree(team.folder / "versions")
    shutil.copytree(tmp_path / "older", team.folder / "versions")
    with cf.Archive(team.folder) as archive:
        problems = archive.check().set_index("check")["problem"]
        assert re.search("versions of acc_ann are older .* of 1 sync are missing.*one copy", problems["index"])
        with pytest.warns(ArchiveWarning, match="those of 1 sync are missing.*read again"):
            report = archive.sync(team.client)
        assert report["new"].tolist() == [1]
        assert archive.check()["ok"].all()
        assert archive.sync(team.client)["new"].tolist() == [0]


def test_a_full_disk_is_no_damage(team: Office) -> None:
    """The error says that room is missing, and the next sync with room has all."""
    state = team.archive._store.state
    with state.transaction() as connection:
        connection.execute("pragma max_page_count = 1")
    for day in range(100):
        team.add(f"event {day}", days=day)
    with pytest.raises(cf.FrameError, match=r"team.archive cannot be written \(the disk is full\): see .* has room"):
        team.sync()
    with state.transaction() as connection:
        connection.execute("pragma max_page_count = 100000")
    team.sync()
    assert len(team.archive.events()) == len(team.read())


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to write more than so many bytes of a file, as it refuses all on a full disk."""
    import resource  # Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="this system has no limit on the size of files")
@pytest.mark.parametrize("name", ["sync", "compact", "forget"])
def test_versions_that_find_no_room_are_no_damage(team: Office, name: str) -> None:
    """Each command says that the folder cannot be written, and works once it can."""
    texts = random.Random(1)
    for number in range(2):
        people = [{"email": "bob@example.test", "display_name": "Bob", "status": "accepted"}]
        team.add(f"event {number}", description=texts.randbytes(400_000).hex(), attendees=people)
        if number == 0 or name != "sync":
            team.sync()
    act = {
        "sync": team.sync,
        "compact": team.archive.compact,
        "forget": lambda: team.archive.forget(email="bob@example.test"),
    }[name]
    with largest_file(500_000), pytest.raises(cf.FrameError, match=r"team.archive cannot be written \(.*has room"):
        act()
    assert len(team.archive.events()) == (5 if name == "sync" else 6)
    act()
    assert team.archive.check()["ok"].all()
    assert len(team.archive.events()) == 6
    assert team.sync(full=True)["changed"] == 0


def test_an_archive_without_a_sync_may_lack_its_versions(tmp_path: Path) -> None:
    """As where a process was killed while it created the folder."""
    cf.Archive(tmp_path / "new").close()
    shutil.rmtree(tmp_path / "new" / "versions")
    assert len(cf.Archive(tmp_path / "new").events()) == 0


@pytest.mark.parametrize("query", [None, 5, "", "  ", ["select 1"]])
def test_a_query_is_a_text(whole: Path, query: Any) -> None:
    """Anything else, and an empty one, is no question with an empty answer."""
    with pytest.raises(cf.FrameError, match="query is a query in SQL, such as"):
        cf.Archive(whole).sql(query)


@pytest.mark.parametrize("params", ["Maya", 5, b"x"])
def test_params_of_a_query_are_a_list_or_a_mapping(whole: Path, params: Any) -> None:
    """A text would be as many values as it has letters."""
    with pytest.raises(cf.FrameError, match=r"params is a list for `\?` or a mapping for `\$name`: give \["):
        cf.Archive(whole).sql("select count(*) from events where summary = ?", params)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (("2026-01-19 10:00", "2026-01-19 11:00"), [("2026-01-19 10:00", "2026-01-19 11:00", True)]),
        (("2026-01-18 10:00", "2026-01-18 11:00"), [("2026-01-18 10:00", "2026-01-18 11:00", False)]),
        (
            ("2026-01-18 10:00", "2026-01-20 11:00"),
            [("2026-01-18 10:00", "2026-01-19 00:00", False), ("2026-01-19 00:00", "2026-01-20 11:00", True)],
        ),
        (
            ("2026-09-18 10:00", "2026-09-19 11:00"),
            [("2026-09-18 10:00", "2026-09-19 00:00", True), ("2026-09-19 00:00", "2026-09-19 11:00", False)],
        ),
    ],
)
def test_coverage_of_parts_of_days(whole: Path, window: tuple[str, str], expected: list[tuple[str, str, bool]]) -> None:
    """The rows are the whole window and no more."""
    coverage = cf.Archive(whole).coverage(*window)
    times = [coverage[name].dt.strftime("%Y-%m-%d %H:%M") for name in ("start", "end")]
    assert list(zip(*times, coverage["known"], strict=True)) == expected
