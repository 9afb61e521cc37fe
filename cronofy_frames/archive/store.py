"""The two parts of an archive's folder: the state in SQLite, and the Delta table of versions.

The rule of its times: all are those of the server. What a sync stores has the time of the server's answers, and so do
the versions that it reads. Between syncs, now is the time of this computer, corrected by how far the server's clock was
ahead of it at the last sync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cronofy_frames.archive.engines import engine
from cronofy_frames.archive.folder_names import require_readable_name, require_writable_name
from cronofy_frames.archive.leases import Lease, LeaseOwner
from cronofy_frames.archive.migrations import MIGRATIONS
from cronofy_frames.archive.privacy import ArchivePrivacy
from cronofy_frames.archive.state import State
from cronofy_frames.archive.versions import SCHEMA, Versions
from cronofy_frames.errors import FrameError

Step = Callable[[str], None]

MOST_FILES = 64
"""From so many files on, a sync makes few of them, as each costs a read about a millisecond."""

KEEP_HOURS = 1
"""For how long files stay that are not needed any more, for processes that began to read before."""

ONE_SECOND = timedelta(seconds=1)
"""Answers have whole seconds, so that a difference is not known better."""

COLUMNS = ",".join(SCHEMA.names)
"""The columns of versions, as they are remembered to be filled."""

COMPACTION = "compaction"
"""What the lease is for under which files of versions are replaced; no account has such a sub."""


def no_step(_name: str) -> None:
    """Do nothing at a step."""


class Store:
    """An archive's folder, which is created where there is none.

    Parameters
    ----------
    folder
        The folder.
    tz
        The zone of the archive; None is that which it has, and UTC for a new one.
    clock
        The time now; None is that of the server, as the last sync knew it.
    step
        Called with the name of each step of a sync, and of a replacement of versions, for tests.
    pseudonyms, keep_domain, drop
        As of `ArchivePrivacy`.

    Attributes
    ----------
    state, versions
        Its parts.
    tz
        Its zone.
    privacy
        What is left out or replaced before anything is stored.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tz: str | None = None,
        clock: Callable[[], datetime] | None = None,
        step: Step = no_step,
        pseudonyms: bytes | str | None = None,
        keep_domain: bool | None = None,
        drop: Iterable[str] | str = (),
    ) -> None:
        for name in ("deltalake", "duckdb"):
            engine(name)
        require_readable_name(folder)
        self.folder, self._clock, self.step = folder, clock, step
        self.state, self.versions = State(folder), Versions(folder)
        self._owner = LeaseOwner(folder)
        is_new = not self.state.exists
        if is_new:
            self._create_folder()
        if not self.state.exists or not self._is_current():
            self._migrate()
        if not self.versions.exists and self.state.row("select 1 from reads"):
            raise FrameError(
                f"{self.versions.folder} is missing, which has the versions that were synced: restore the folder from "
                "a copy, or begin a new archive."
            )
        self.tz = self.state.settle_zone(tz)
        self.privacy = ArchivePrivacy(self.state, pseudonyms=pseudonyms, keep_domain=keep_domain, drop=drop)
        if not self.versions.exists:
            with self.state.transaction():  # one process at a time
                self.versions.create()
        if is_new:
            self.state.save_setting("columns", COLUMNS)

    def _is_current(self) -> bool:
        return self.state.check_schema() == len(MIGRATIONS)

    def _migrate(self) -> None:
        # versions first: another process may be creating both, the state before them
        if self.versions.exists and self.state.exists and not self.state.check_schema():
            raise FrameError(
                f"the state of {self.folder} is empty, and its versions are not: restore the folder from a copy."
            )
        self.state.migrate()

    def _create_folder(self) -> None:
        is_used = self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir()))
        if is_used and not self.state.exists:  # else another process has begun it just now
            raise FrameError(
                f"{self.folder} exists and is not an archive: give the folder of an archive, or the name of a new one."
            )
        require_writable_name(self.folder)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise FrameError(
                f"{self.folder} cannot be created ({error.strerror or error}): give a folder that you may write."
            ) from error

    def now(self) -> datetime:
        """Return the time now: that of the clock of the archive, else that of the server."""
        return datetime.now(UTC) + self._skew() if self._clock is None else self._clock()

    def _skew(self) -> timedelta:
        return timedelta(microseconds=int(self.state.setting("skew") or 0))

    def save_skew(self, skew: timedelta) -> None:
        """Remember how far the server's clock is ahead of this computer's, unless that is known to a second."""
        if abs(skew - self._skew()) > ONE_SECOND:
            self.state.save_setting("skew", str(skew // timedelta(microseconds=1)))

    def lease(self, sub: str = COMPACTION) -> Lease:
        """Return the lease of an account; without one, that under which files of versions may be replaced."""
        return Lease(self.state, self._owner, sub)

    @contextmanager
    def all_leases(self) -> Iterator[None]:
        """Hold the leases of all accounts and that of compaction, so that nothing else is written meanwhile.

        Raises
        ------
        FrameError
            A sync is running, or the folder cannot be written.
        """
        self.state.require_writable()
        subs = [sub for (sub,) in self.state.rows("select sub from accounts")]
        held: list[Lease] = []
        try:
            for sub in (COMPACTION, *subs):
                lease = self.lease(sub)
                if not lease.acquire():
                    raise FrameError("a sync of this archive is running: do this afterwards.")
                held.append(lease)
            yield
        finally:
            for lease in held:
                lease.release()

    def compact_if_many(self, most: int = MOST_FILES) -> None:
        """Compact the table of versions where it has many files, unless another process does so."""
        lease = self.lease()
        if not self.versions.has_many_files(most) or not lease.acquire():
            return
        try:
            self.versions.compact(KEEP_HOURS)
        finally:
            lease.release()

    def close(self) -> None:
        """End the leases and connections."""
        self._owner.close()
        self.state.close()
