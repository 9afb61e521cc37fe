"""The journal: what was sent and what was answered, whatever happens."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cronofy_frames.errors import FrameError
from cronofy_frames.writing.apply.journal import HEAD, Journal, RunInfo
from cronofy_frames.writing.apply.journal_state import EntryResponse
from cronofy_frames.writing.plan.plans import Step
from tests.writes import event

HERE = {"application": "app", "accounts": {"": "acc_ann"}}


def step(position: int, event_id: str = "a", **more: object) -> Step:
    """Return a step that creates an event."""
    return Step(position, position + 2, "create", None, "create_event", event(event_id, **more))


def begin(book: Journal, operation_name: str = "apply", plan: str = "p") -> None:
    """Begin a run."""
    run = RunInfo(
        operation=operation_name,
        plan_id=plan,
        kind="events",
        tz="UTC",
        names=["row"],
        made_for=HERE,
        compared=True,
        started_at="2026-03-04T09:00:00+00:00",
    )
    book.begin_run(run)


def journal_bytes(path: Path) -> bytes:
    """Return the journal of a run of two rows, of which the first was answered."""
    with Journal(path) as book:
        begin(book)
        book.record_batch([step(0, "a", summary="Zoë\u2028\n"), step(1, "b")])
        book.record_responses({0: EntryResponse(202, None, 1)})
        book.end_run()
    return path.read_bytes()


def test_the_state_has_responses_and_histories(tmp_path: Path) -> None:
    """Responses are by plan and position, and calls by the event they wrote to."""
    journal_bytes(tmp_path / "j")
    with Journal(tmp_path / "j") as book:
        state = book.state
    assert state.responses == {"p": {0: EntryResponse(202, None, 1), 1: EntryResponse(None, None, 1)}}
    assert [target[-1] for target in state.histories] == ["a", "b"]
    assert all(history.effective for history in state.histories.values())
    assert (state.made_for, state.runs, state.batches) == (HERE, 1, 1)


def test_every_line_is_synchronised_before_anything_else(tmp_path: Path) -> None:
    """Each line is written and then synchronised; a short write is continued."""
    done: list[str] = []

    def put(file: int, content: bytes) -> int:
        done.append("put")
        return os.write(file, content[:100])

    with Journal(tmp_path / "j", put=put, sync=lambda _: done.append("sync")) as book:
        begin(book)
        assert done[-1] == "sync"
        book.record_batch([step(0)])
        assert done[-1] == "sync"
        book.record_responses({0: EntryResponse(202, None, 1)})
    assert done.count("sync") == 4  # one of them of the folder of the new file
    assert (tmp_path / "j").read_bytes().startswith(HEAD)
    with Journal(tmp_path / "j") as book:
        assert book.state.responses["p"][0].accepted


@given(cut=st.integers(0, 2_000))
def test_a_journal_cut_off_anywhere_can_continue(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Complete lines count, the rest is ignored, and another run can follow."""
    path = tmp_path_factory.mktemp("cut") / "j"
    whole = journal_bytes(path)
    cut = min(cut, len(whole))
    path.write_bytes(whole[:cut])
    complete = [line for line in whole[:cut].split(b"\n") if line.endswith(b"}")]
    with Journal(path) as book:
        answered = [response for response in book.state.responses.get("p", {}).values() if response.accepted]
        assert len(answered) == sum(b'"is":"answer"' in line for line in complete)
        begin(book)
        book.record_batch([step(1, "b")])
        book.record_responses({1: EntryResponse(202, None, book.state.batches)})
    with Journal(path) as book:
        assert book.state.responses["p"][1].accepted
        assert (
            len([response for response in book.state.responses["p"].values() if response.accepted]) == len(answered) + 1
        )


@pytest.mark.parametrize("content", [b"summary,start\n", b"{}\n", b'{"is":"run"}\n', b"\x00\xff"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nothing is ever appended to a file that is no journal."""
    (tmp_path / "j").write_bytes(content)
    with pytest.raises(FrameError, match="no journal"), Journal(tmp_path / "j"):
        pass
    assert (tmp_path / "j").read_bytes() == content


def test_a_line_that_was_changed_is_noticed(tmp_path: Path) -> None:
    """A broken line in the middle comes from no crash, and the journal is refused."""
    lines = journal_bytes(tmp_path / "j").split(b"\n")
    (tmp_path / "j").write_bytes(b"\n".join([*lines[:3], lines[3][:20], *lines[4:]]))
    with pytest.raises(FrameError, match="line 4"), Journal(tmp_path / "j"):
        pass
    (tmp_path / "j").write_bytes(b"\n".join([*lines[:2], *lines[4:]]))
    with pytest.raises(FrameError, match="damaged"), Journal(tmp_path / "j"):
        pass


@pytest.mark.parametrize("value", [None, [], {}, [[]], "x", 5, -1.5, True], ids=str)
def test_a_value_of_another_type_is_no_journal(tmp_path: Path, value: object) -> None:
    """Whatever has replaced a value, the journal is refused or read, and no other error leaves it."""
    path = tmp_path / "j"
    lines = journal_bytes(path).split(b"\n")
    refused = set()
    for number, text in enumerate(lines[:-1]):
        line = json.loads(text)
        for name in line:
            path.write_bytes(
                b"\n".join([*lines[:number], json.dumps({**line, name: value}).encode(), *lines[number + 1 :]])
            )
            try:
                with Journal(path) as book:
                    assert len(book.state.histories) == 2
            except FrameError:
                refused.add(name)
    assert {"is", "call", "arguments"} <= refused


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("text", [b"[]", b"5", b'"is"', b'["is"]', b"null", b'{"a":1}', b'{"is":"wish"}'])
def test_a_line_that_is_no_line_of_a_journal_is_refused(tmp_path: Path, number: int, text: bytes) -> None:
    """Other JSON in the place of a line, in front of lines that stand on it, is damage."""
    path = tmp_path / "j"
    lines = journal_bytes(path).split(b"\n")
    lines[number] = text
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(FrameError, match="no journal, or a damaged one"), Journal(path):
        pass
    assert path.read_bytes() == b"\n".join(lines)


def test_a_plan_is_resumed_directly_after_itself_only(tmp_path: Path) -> None:
    """The same plan again continues; after another plan it is applied a second time, which an undo takes first."""
    with Journal(tmp_path / "j") as book:
        for plan in ("p", "p", "q", "p"):
            begin(book, plan=plan)
    with Journal(tmp_path / "j") as book:
        assert [(plan.number, plan.plan) for plan in book.state.applied] == [(1, "p"), (2, "q"), (3, "p")]


def test_a_missing_first_run_is_damage(tmp_path: Path) -> None:
    """A call that belongs to no run cannot be undone."""
    lines = journal_bytes(tmp_path / "j").split(b"\n")
    (tmp_path / "j").write_bytes(b"\n".join([lines[0], *lines[2:]]))
    with pytest.raises(FrameError, match="refers to a line that is missing"), Journal(tmp_path / "j"):
        pass


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    """A journal of a newer version is not read."""
    (tmp_path / "j").write_bytes(journal_bytes(tmp_path / "j").replace(b'"version":2', b'"version":3', 1))
    with pytest.raises(FrameError, match="newer"), Journal(tmp_path / "j"):
        pass


def test_one_process_at_a_time(tmp_path: Path) -> None:
    """A second writer is refused at once, and can continue when the first is done."""
    with Journal(tmp_path / "j") as book:
        begin(book)
        with pytest.raises(FrameError, match="another process"), Journal(tmp_path / "j"):
            pass
    with Journal(tmp_path / "j") as book:
        assert book.state.runs == 1


def test_titles_are_readable_in_the_file(tmp_path: Path) -> None:
    """A title in any script is in the file as it is, so that a search finds it."""
    with Journal(tmp_path / "j") as book:
        begin(book)
        book.record_batch([step(0, summary="Tag der offenen Tür")])
    assert "Tag der offenen Tür" in (tmp_path / "j").read_text("utf-8")


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """The mode is 0600 from the first byte, and no file is created if nothing is written."""
    with Journal(tmp_path / "j"):
        pass
    assert list(tmp_path.iterdir()) == []
    journal_bytes(tmp_path / "j")
    assert list(tmp_path.iterdir()) == [tmp_path / "j"]
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o600
    modes: list[int] = []

    def put(file: int, content: bytes) -> int:
        modes.append(stat.S_IMODE(os.fstat(file).st_mode))
        return os.write(file, content)

    with Journal(tmp_path / "k", put=put) as book:
        begin(book)
    assert modes[0] == 0o600


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error names the folder and what to do."""
    with pytest.raises(FileNotFoundError, match="create it"), Journal(tmp_path / "none" / "j"):
        pass


def test_what_was_undone_is_forgotten(tmp_path: Path) -> None:
    """After an undo that finished nothing is left to undo."""
    journal_bytes(tmp_path / "j")
    with Journal(tmp_path / "j") as book:
        begin(book, "undo")
        book.record_batch([step(0)])
        book.record_responses({0: EntryResponse(202, None, 2)})
    with Journal(tmp_path / "j") as book:
        assert [answer.status for answer in (book.state.undo.responses if book.state.undo else {}).values()] == [202]
        begin(book, "undo")
        book.end_run()
    with Journal(tmp_path / "j") as book:
        assert (book.state.histories, book.state.responses, book.state.undo) == ({}, {}, None)
        assert book.state.runs == 3


def test_a_journal_of_the_first_version_can_continue(tmp_path: Path) -> None:
    """Its undo was of all plans; from the first new run on, only this version reads the file."""
    path = tmp_path / "j"
    lines = journal_bytes(path).replace(b'"version":2', b'"version":1').splitlines()
    old_undo = json.dumps({**json.loads(lines[1]), "run": 2, "what": "undo"}).encode()
    path.write_bytes(b"\n".join([*lines, old_undo, b'{"is":"end","run":2}', b""]))
    with Journal(path) as book:
        assert (book.state.version, book.state.histories, book.state.undo) == (1, {}, None)
        begin(book)
        book.record_batch([step(0, "a")])
    with Journal(path) as book:
        assert book.state.version == 2
        assert [plan.number for plan in book.state.applied] == [1, 2]
        assert [target[-1] for target in book.state.histories] == ["a"]


@pytest.mark.parametrize("content", [None, b"", b"theirs"])
def test_a_symbolic_link_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Whether its target is missing, empty or another file, nothing is written through a link."""
    target = tmp_path / "theirs"
    if content is not None:
        target.write_bytes(content)
    (tmp_path / "j").symlink_to(target)
    with pytest.raises(FrameError, match="symbolic link"), Journal(tmp_path / "j"):
        pass
    assert (target.read_bytes() if target.exists() else None) == content


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_or_device_is_refused_and_stays(tmp_path: Path) -> None:
    """What is no plain file holds nothing that an undo could read, and is neither opened, changed nor removed."""
    path = tmp_path / "j"
    os.mkfifo(path, 0o644)
    before = path.stat()
    with pytest.raises(FrameError, match=r"j is no plain file.*give a file"), Journal(path):
        pass
    assert path.stat() == before
    with pytest.raises(FrameError, match="no plain file"), Journal("/dev/null"):
        pass
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize(("number", "raises"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_file_system_that_cannot_synchronise_folders_is_used(tmp_path: Path, number: int, raises: bool) -> None:
    """That a file system never synchronises folders is no error; a failure of the disk is one."""

    def sync(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(number, "the folder cannot be synchronised")

    with Journal(tmp_path / "j", sync=sync) as book:
        if raises:
            with pytest.raises(OSError, match="repeat with the same journal"):
                begin(book)
        else:
            begin(book)
    with Journal(tmp_path / "j") as book:
        assert book.state.runs == 1
