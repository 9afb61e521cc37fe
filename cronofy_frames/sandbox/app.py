"""The sandbox as a WSGI application: a Cronofy that answers from memory.

Strict where the documentation is, lenient where official clients need it; what it answers, and how sure that
is, stands in `coverage()`. A path that is not there, and a verb that a path does not take, are both 404.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from werkzeug.exceptions import HTTPException
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request

from cronofy_frames.sandbox.auth import admin, consent, elements, identity, oauth, organisation, redirect_pages
from cronofy_frames.sandbox.availability import bookable, periods, rules
from cronofy_frames.sandbox.availability import routes as availability_routes
from cronofy_frames.sandbox.events import attachments, calendars, channels, read, write
from cronofy_frames.sandbox.http import batch
from cronofy_frames.sandbox.http.body import read_body, repeated_names
from cronofy_frames.sandbox.http.fields import Refused, nest
from cronofy_frames.sandbox.http.limits import RateLimit
from cronofy_frames.sandbox.http.routes import Answer, Question, Reply, authorise
from cronofy_frames.sandbox.http.routing import find, raw_path
from cronofy_frames.sandbox.invites import routes as invite_routes
from cronofy_frames.sandbox.invites.inbox import Inbox
from cronofy_frames.sandbox.links import pages as link_pages
from cronofy_frames.sandbox.links import routes as link_routes
from cronofy_frames.sandbox.model.state import Account, Office
from cronofy_frames.sandbox.model.world import Deliver, Delivery, Manners, World
from cronofy_frames.text import quantity
from cronofy_frames.wire.faults import Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HANDLERS = (
    admin,
    attachments,
    availability_routes,
    batch,
    bookable,
    calendars,
    channels,
    consent,
    elements,
    identity,
    invite_routes,
    link_pages,
    link_routes,
    oauth,
    organisation,
    periods,
    read,
    redirect_pages,
    rules,
    write,
)
"""The modules that fill the table of answers."""

Now = datetime | str | Callable[[], datetime] | None
ICS = bytes | str | Path | None


class Sandbox(Inbox):
    """A Cronofy of one's own: a WSGI application over people who are made up, or over your own calendar.

    Parameters
    ----------
    now
        The time in the sandbox: the real one, one that stands still (aware, or ISO text, which means UTC where it
        has no zone), or a callable that gives it.
    page_size
        Rows on a page of events and free/busy.
    ics
        A calendar in iCalendar form, or the path of one, in place of the made-up office. What cannot be read is
        counted in a warning and listed in `problems`; where nothing in it can be seen from today and no `now` is
        given, the clock is set to a day from which it can.
    seed
        Ids and tokens are derived from it; the same seed gives the same.
    rate_limit
        Whether 50 requests a second and 500 a minute are enforced with 429; never in process.
    faults
        What goes wrong on the way; the sandbox only keeps them, transports and `serve` apply them.
    deliver
        Sends a callback: called with URL, headers and body when a request is answered. None sends nothing; what
        would have been sent is in `outbox` either way.
    token_life
        Seconds that an access token lasts; a service account's at most 1800.
    strict_window
        Whether `to` beyond 201 days ahead is refused with 422, or cut to that.
    renew_early
        Whether a refresh gives a new access token while the old one lasts another ten minutes.
    office
        People to begin with, in place of the made-up ones.
    tick
        Seconds that only grow, for the rate limit.

    Attributes
    ----------
    client_id, client_secret
        The one application that the sandbox knows.
    admin_api_key
        The key with which applications are made.
    access_token, refresh_token
        What the first person's account was given at the start; `tokens` has those of the others.
    service_account_token
        An access token of the service account.
    outbox
        Every callback so far.
    problems
        What the .ics file had that could not be read.
    faults
        The faults as given.

    Examples
    --------
    >>> import cronofy_frames as cf
    >>> sandbox = cf.Sandbox(now="2026-03-04T09:00:00Z")
    >>> sandbox.now().isoformat()
    '2026-03-04T09:00:00+00:00'
    """

    def __init__(
        self,
        *,
        now: Now = None,
        page_size: int = 100,
        ics: ICS = None,
        seed: int = 0,
        rate_limit: bool = True,
        faults: Iterable[Fault] = (),
        deliver: Deliver | None = None,
        token_life: int = 3600,
        strict_window: bool = True,
        renew_early: bool = True,
        office: Office | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        if page_size < 1 or token_life < 1:
            raise ValueError("page_size and token_life must be at least 1.")
        clock = _clock(now)
        if office is None and ics is not None:
            name, data = _ics(ics)
            clock = clock if now is not None else _clock_for(data, name)
            people = _read(data, name, clock())
        else:
            people = office if office is not None else _seeded(clock(), seed)
        if not any(account.kind == "account" for account in people.accounts):
            raise ValueError("The office has nobody in it: at least one account must be of kind 'account'.")
        manners = Manners(page_size, token_life, strict_window, renew_early)
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.problems = people.problems
        self._world = World(people, clock=clock, seed=seed, manners=manners)
        self._lock = threading.RLock()
        self._limit = RateLimit(tick) if rate_limit else None
        self._deliver = deliver
        self.client_id, self.client_secret = self._world.client_id, self._world.client_secret
        self.admin_api_key = self._world.admin_api_key
        first = self._world.people()[0]
        service = next(one for one in self._world.accounts if one.kind == "service_account")
        self.access_token, self.refresh_token = self.tokens(first.sub).values()
        self.service_account_token = self.tokens(service.sub)["access_token"]

    def __repr__(self) -> str:
        return f"<Sandbox with {len(self._world.people())} people at {self.now():%Y-%m-%d %H:%M}Z>"

    @property
    def accounts(self) -> list[Account]:
        """Everybody in the sandbox: people, service accounts, application calendars."""
        return self._world.accounts

    @property
    def outbox(self) -> Sequence[Delivery]:
        """Every callback so far, the earliest first."""
        return self._world.outbox

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            request = Request(environ)
            body = request.get_data()  # wholly, whatever the answer: the connection may carry another request
            reply = self._reply(request, body, raw_path(environ))
        except Refused as refused:
            reply = Reply(refused.status, refused.body, headers=_plain(refused))
            reply.html = refused.text
        except HTTPException:  # a request that is no HTTP
            reply = Reply(400)
        self.send_out()
        return _respond(reply, start_response, head=environ["REQUEST_METHOD"] == "HEAD")

    def _reply(self, request: Request, body: bytes, path: str) -> Reply:
        found = find(request.method, path)
        if found is None:
            raise Refused(404)
        answer, places = found
        with self._lock:
            if answer.auth != "browser" and not self._allowed(request):
                raise Refused(429)
            return self._answered(answer, places, request, body)

    def _allowed(self, request: Request) -> bool:
        in_process = request.environ.get("cronofy_frames.in_process")
        return self._limit is None or bool(in_process) or self._limit.allows()

    def _answered(self, answer: Answer, places: dict[str, str], request: Request, body: bytes) -> Reply:
        """Let the handler answer: credentials first, then the arguments."""
        pairs = list(request.args.items(multi=True))
        question = Question(
            self._world,
            places,
            {},
            f"{request.scheme}://{request.host}{request.root_path.rstrip('/')}",
            bearer=_bearer(request.headers.get("Authorization", "")),
            repeated=repeated_names(pairs),
        )
        authorise(question, answer.auth)
        # An empty query parameter is none, as official clients send them.
        query = nest((name, value) for name, value in pairs if value != "")
        question.given = {**query, **read_body(body, request.mimetype, oauth=path_is_oauth(answer.route))}
        if request.method not in ("GET", "HEAD"):
            self._world.changes += 1
        return answer.handler(question)


def path_is_oauth(route: str) -> bool:
    """Say whether a route speaks RFC 6749's errors."""
    return "/oauth/" in route


def _clock(now: Now) -> Callable[[], datetime]:
    if now is None:
        return lambda: datetime.now(UTC)
    if callable(now):
        return now
    if isinstance(now, str):
        try:
            read = datetime.fromisoformat(now)
        except ValueError:
            raise ValueError(f"now is a time such as 2026-03-02T09:00:00Z, not {now!r}.") from None
        fixed = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    else:
        fixed = now
    if fixed.tzinfo is None:
        raise ValueError("now must have a zone, as in datetime(2026, 3, 4, 9, tzinfo=UTC).")
    return lambda: fixed


def _seeded(now: datetime, seed: int) -> Office:
    # public holidays take a while to load, and an .ics file needs none
    from cronofy_frames.sandbox.seed.office import seed_office

    return seed_office(now, seed=seed)


def _ics(ics: bytes | str | Path) -> tuple[str, bytes]:
    if isinstance(ics, bytes):
        return "calendar", ics
    path = Path(ics).expanduser()
    return path.stem, path.read_bytes()


def _clock_for(data: bytes, name: str) -> Callable[[], datetime]:
    """Return the real clock, or one set to a day at which the file's events can be read."""
    from cronofy_frames.sandbox.ics.reader import suggest_now

    real = datetime.now(UTC)
    shift = suggest_now(data, real) - real.replace(microsecond=0)
    if not shift:
        return lambda: datetime.now(UTC)
    _note(
        f"{name} has no events between 42 days ago and 201 days ahead: the sandbox's clock is set to "
        f"{real + shift:%Y-%m-%d}."
    )
    return lambda: datetime.now(UTC) + shift


def _read(data: bytes, name: str, now: datetime) -> Office:
    from cronofy_frames.sandbox.ics.reader import read_ics

    office = read_ics(data, name=name, now=now)
    if count := len(office.problems):
        _note(f"{quantity(count, 'thing')} in {name} could not be read as written: Sandbox.problems lists them.")
    return office


def _note(text: str) -> None:
    warnings.warn(text, stacklevel=5)


def _bearer(header: str) -> str | None:
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _plain(refused: Refused) -> dict[str, str]:
    return {} if refused.text is None else {"Content-Type": "text/plain; charset=utf-8"}


def _respond(reply: Reply, start_response: StartResponse, *, head: bool) -> list[bytes]:
    headers = dict(reply.headers)
    if reply.html is not None:
        payload = reply.html.encode()
        headers.setdefault("Content-Type", "text/html; charset=utf-8")
    elif reply.body is not None:
        payload = msgspec.json.encode(reply.body)
        headers["Content-Type"] = "application/json; charset=utf-8"
    else:
        payload = b""
    headers["Content-Length"] = str(len(payload))
    if "Location" in headers:  # a header is ASCII, an address that somebody gave may not be
        headers["Location"] = iri_to_uri(headers["Location"])
    start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(headers.items()))
    return [b"" if head else payload]
