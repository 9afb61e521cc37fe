"""The accounts that were notified, and whose channel is whose, in the state of an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from cronofy_frames.archive.state import State
from cronofy_frames.archive.times import micros
from cronofy_frames.frames.accounts import Clients, clients_by_label
from cronofy_frames.wire.client import Client


def _now() -> datetime:
    return datetime.now(UTC)


class StateQueue:
    """The queue of an archive, which all processes share.

    Parameters
    ----------
    state
        The state of the archive.
    clock
        The time; None is that of this computer.
    by_label
        Returns clients by their labels as the archive stores them.
    """

    def __init__(
        self,
        state: State,
        clock: Callable[[], datetime] | None = None,
        by_label: Callable[[Clients], dict[str, Client]] | None = None,
    ) -> None:
        self._state, self._clock, self._by_label = state, clock or _now, by_label

    def by_label(self, clients: Clients) -> dict[str, Client]:
        """Return clients by their labels as the archive stores them; that of a single client is empty.

        Raises
        ------
        ValueError
            Labels are none that an archive can store.
        """
        if self._by_label is None:
            return {label or "": client for label, client in clients_by_label(clients).items()}
        return self._by_label(clients)

    def label_of(self, sub: str) -> str | None:
        """Return the label of an account, empty for one without; None where the archive does not know the account."""
        row = self._state.row("select label from accounts where sub = ?", (sub,))
        return None if row is None else row[0]

    def require_writable(self) -> None:
        """Raise unless the archive can be written.

        Raises
        ------
        FrameError
            It cannot.
        """
        self._state.require_writable()

    def sub_of(self, label: str) -> str | None:
        """Return the account of a label; None where it was never read."""
        row = self._state.row("select sub from accounts where label = ?", (label,))
        return None if row is None else row[0]

    def sub_of_channel(self, channel_id: str) -> str | None:
        """Return the account of a channel; None where it is not known."""
        row = self._state.row("select sub from channels where channel_id = ?", (channel_id,))
        return None if row is None else row[0]

    def add_channels(self, sub: str, channel_ids: Iterable[str]) -> None:
        """Remember the channels of an account."""
        rows = [(channel_id, sub) for channel_id in channel_ids]
        with self._state.transaction() as connection:
            connection.executemany("insert or replace into channels values (?, ?)", rows)

    def notified_subs(self) -> list[str]:
        """Return the accounts that have to be read, the one that waits longest first."""
        return [sub for (sub,) in self._state.rows("select sub from notified order by notified_at")]

    def add_notified(self, sub: str, changes_since: datetime | None) -> None:
        """Remember that an account has to be read, from the earliest of its times on."""
        since = None if changes_since is None else micros(changes_since)
        with self._state.transaction() as connection:
            connection.execute(
                "insert into notified values (?, ?, ?) on conflict do update set "
                "changes_since = min(coalesce(changes_since, excluded.changes_since), "
                "coalesce(excluded.changes_since, changes_since)), "
                # each notification has another time, by which a sync knows whether it was there when it began
                "notified_at = max(notified_at + 1, excluded.notified_at)",
                (sub, since, micros(self._clock())),
            )


def notification_times(state: State, sub: str) -> tuple[int | None, int] | None:
    """Return since when an account changed, and when that was notified, in microseconds; None where it was not."""
    row = state.row("select changes_since, notified_at from notified where sub = ?", (sub,))
    return None if row is None else (row[0], row[1])
