"""A small office whose clock moves, for tests of the archive."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from cronofy_frames.archive import Archive
from cronofy_frames.connecting import connect
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import InProcessTransport
from tests.small import NOW, small_office

ANN = "ann@example.test"
VOLATILE = ["updated", "options_delete", "options_update", "options_change_participation_status"]


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **time: float) -> datetime:
        """Move the clock, and return the time that it had."""
        before = self.now
        self.now += timedelta(**time)
        return before


class Office:
    """The small office, Ann's client and an archive.

    Attributes
    ----------
    clock, box, client, archive
        Its clock, the sandbox, Ann's client, and an archive in a new folder.
    """

    def __init__(self, folder: Path, **own: object) -> None:
        self.clock = Clock()
        self.box = Sandbox(**{"office": small_office(), "now": self.clock, **own})
        self.client = connect(sandbox=self.box)
        self.folder = folder / "team.archive"
        self.archive = Archive(self.folder)

    def add(self, summary: str, *, days: float = 1, **fields: object) -> str:
        """Add an hour to Ann's calendar, so many days from now, and return its uid."""
        start = self.clock.now + timedelta(days=days)
        return self.box.add_external_event(ANN, summary, start, start + timedelta(hours=1), **fields).event_uid

    def edit(self, uid: str, **fields: object) -> None:
        """Change an event."""
        self.box.edit_event(ANN, uid, **fields)

    def remove(self, uid: str) -> None:
        """Delete an event, which leaves a tombstone."""
        self.box.remove_event(ANN, uid)

    def purge(self, uid: str) -> None:
        """Make an event vanish without a tombstone."""
        del self.box.account(ANN).events[uid]

    def sync(self, **options: object) -> dict[str, object]:
        """Sync Ann's account, and return the row of the report."""
        return self.archive.sync(self.client, **options).iloc[0].to_dict()

    def read(self, client: Client | None = None, **options: object) -> pd.DataFrame:
        """Read the window of today as it is, without what changes without a change of an event."""
        from cronofy_frames.frames.reading import read_events

        day = self.clock.now.astimezone(UTC).date()
        start, end = day - timedelta(days=42), day + timedelta(days=201)
        return plain(read_events(client or self.client, start, end, **options))

    def known(self, day: datetime | None = None, **options: object) -> pd.DataFrame:
        """Return the archive's events in the window of a day, as it was known at that time."""
        moment = day or self.clock.now
        date = moment.astimezone(UTC).date()
        start, end = date - timedelta(days=42), date + timedelta(days=201)
        as_of = {} if day is None else {"as_of": day + timedelta(minutes=1)}
        return plain(self.archive.events(start, end, **as_of, **options))


def plain(events: pd.DataFrame) -> pd.DataFrame:
    """Return events without the columns that change without a change of an event."""
    frame = events.drop(columns=VOLATILE)
    frame.attrs = {}
    return frame


def texts_of(archive: Archive) -> str:
    """Return all that an archive answers, and the bytes of all its files, in lower case."""
    answers = [archive.events(), archive.changes(), archive.calendars(), archive.sql("from versions")]
    files = [path.read_bytes().decode("utf-8", "replace") for path in archive.folder.rglob("*") if path.is_file()]
    return "\n".join([*(frame.to_csv() for frame in answers), *files]).lower()


@contextmanager
def office(folder: Path, **own: object) -> Iterator[Office]:
    """Give an office, and close its archive."""
    made = Office(folder, **own)
    try:
        yield made
    finally:
        made.archive.close()


class Edited:
    """A WSGI application that edits the pages of events of another one.

    Parameters
    ----------
    app
        The other application.
    edit
        Called with the path, the query and the decoded body of each response; returns the body to send.
    """

    def __init__(self, app: Sandbox, edit: Callable[[str, str, Any], Any]) -> None:
        self._app, self._edit = app, edit

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Answer one request."""
        started: list[Any] = []
        content = b"".join(self._app(environ, lambda *head: started.extend(head)))
        status, headers = started[:2]
        if content and status.startswith("200"):
            body = self._edit(environ["PATH_INFO"], environ["QUERY_STRING"], json.loads(content))
            content = json.dumps(body).encode()
        start_response(status, [(name, value) for name, value in headers if name.lower() != "content-length"])
        return [content]


def edited_client(box: Sandbox, edit: Callable[[str, str, Any], Any]) -> Client:
    """Return a client of a sandbox's first person whose answers are edited."""
    tokens = Tokens(access_token=box.access_token)
    transport = InProcessTransport(Edited(box, edit))
    return Client(Hosts.of(None), store=MemoryStore(tokens), transport=transport, clock=box.now)


def client_without_next_page(box: Sandbox, parameter: str = "") -> Client:
    """Return a client whose reads of events with a parameter end after their first page, though more are announced."""

    def without_next(path: str, query: str, body: Any) -> Any:
        if path == "/v1/events" and parameter in query:
            body["pages"].pop("next_page", None)
        return body

    return edited_client(box, without_next)
