"""Accounts that are ready while another commit is written are committed together, each whole or not at all."""

import threading
from collections.abc import Callable, Sequence

import pytest

from cronofy_frames.archive.commits import Commit, CommitQueue

Append = Callable[[Sequence[Commit]], None]


class Table:
    """A table whose first commit goes on when some accounts wait.

    Attributes
    ----------
    commits
        The accounts of each commit.
    """

    def __init__(self, waiting: int, check: Append = lambda _: None) -> None:
        self.commits: list[list[str]] = []
        self._waiting, self._check = waiting, check
        self.queue = CommitQueue(self.append, lambda commit: any(commit.sub in names for names in self.commits))

    def append(self, commits: Sequence[Commit]) -> None:
        """Commit rows."""
        while self.queue.waiting < self._waiting:
            threading.Event().wait(0.001)
        self._waiting = 0
        self._check(commits)
        self.commits.append([commit.sub for commit in commits])

    def run(self, names: Sequence[str]) -> dict[str, BaseException | None]:
        """Commit accounts in threads, and return their errors."""
        errors: dict[str, BaseException | None] = dict.fromkeys(names)

        def commit(name: str) -> None:
            try:
                self.queue.commit(None, name, 1)
            except BaseException as error:
                errors[name] = error

        threads = [threading.Thread(target=commit, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors


def test_accounts_that_wait_are_one_commit() -> None:
    """While the first account is written, the others wait, and then come together."""
    table = Table(waiting=5)
    assert set(table.run("abcde").values()) == {None}
    assert len(table.commits) == 2
    assert sorted(table.commits[0] + table.commits[1]) == list("abcde")
    assert len(table.commits[0]) == 1
    assert table.queue.waiting == 0


def test_an_account_that_cannot_be_written_fails_alone() -> None:
    """The others of its commit are written, and it raises its error."""

    def check(commits: Sequence[Commit]) -> None:
        if any(commit.sub == "bad" for commit in commits):
            raise OSError("no room")

    table = Table(waiting=3, check=check)
    errors = table.run(["a", "bad", "c"])
    assert str(errors.pop("bad")) == "no room"
    assert set(errors.values()) == {None}
    assert sorted(name for names in table.commits for name in names) == ["a", "c"]


def test_what_a_failed_commit_has_written_is_not_written_again() -> None:
    """A commit that was written and then raised is there once."""
    table = Table(waiting=2)

    def append(commits: Sequence[Commit]) -> None:
        table.append(commits)
        raise OSError("too late")

    table.queue._append = append
    assert set(table.run("ab").values()) == {None}
    assert sorted(name for names in table.commits for name in names) == ["a", "b"]


def test_a_thread_that_is_killed_leaves_the_others_to_go_on() -> None:
    """What it was about to write for others is written by the next one; its own is not."""
    killed: list[str] = []

    def check(commits: Sequence[Commit]) -> None:
        if not killed:
            killed.append(commits[0].sub)
            raise KeyboardInterrupt

    table = Table(waiting=3, check=check)
    errors = table.run("abc")
    assert [name for name, error in errors.items() if isinstance(error, KeyboardInterrupt)] == killed
    assert sorted(name for names in table.commits for name in names) == sorted(set("abc") - set(killed))


def test_a_thread_that_is_killed_after_a_commit_has_not_lost_it() -> None:
    """What it had written for others is there once."""
    table = Table(waiting=3)

    def append(commits: Sequence[Commit]) -> None:
        table.append(commits)
        if len(table.commits) == 2:
            raise KeyboardInterrupt

    table.queue._append = append
    errors = table.run("abc")
    assert sum(isinstance(error, KeyboardInterrupt) for error in errors.values()) == 1
    assert sorted(name for names in table.commits for name in names) == ["a", "b", "c"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_single_account_waits_for_nothing(count: int) -> None:
    """Commits one after the other are commits of their own."""
    table = Table(waiting=0)
    for number in range(count):
        table.queue.commit(None, str(number), 1)
    assert table.commits == [[str(number)] for number in range(count)]
