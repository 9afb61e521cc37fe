"""The sandbox as a WSGI application: Cronofy's API, answered from memory.

It is as strict as the documentation, and as lenient as official clients need. `coverage()` lists its routes, and how
sure each contract is. An unknown path, and a method that a path does not have, are both answered with 404.
"""

from __future__ import annotations

import secrets
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from werkzeug.exceptions import HTTPException
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request as HttpRequest

from cronofy_frames.caller import caller_level
from cronofy_frames.sandbox.agents.runs import AgentRuns
from cronofy_frames.sandbox.http.body import parse_body, repeated_names
from cronofy_frames.sandbox.http.fields import ErrorResponse, nest_pairs
from cronofy_frames.sandbox.http.limits import RateLimiter
from cronofy_frames.sandbox.http.routes import Request, Response, RouteSpec, check_credentials
from cronofy_frames.sandbox.http.routing import match_route, raw_path
from cronofy_frames.sandbox.ics.source import IcsSource, load_ics
from cronofy_frames.sandbox.invites.inbox import Inbox
from cronofy_frames.sandbox.model.state import Account, Office
from cronofy_frames.sandbox.model.triggers import queue_due_triggers
from cronofy_frames.sandbox.model.world import Deliver, Delivery, SandboxSettings, World
from cronofy_frames.sandbox.scheduler.outcomes import Outcomes
from cronofy_frames.text import quantity, single_line
from cronofy_frames.wire.faults import Fault

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from cronofy_frames.sandbox.ics.parsing import IcsFile

Now = datetime | str | Callable[[], datetime] | None


class Sandbox(Inbox, Outcomes, AgentRuns):
    """An embedded Cronofy: a WSGI application with a made-up office, or with your own calendar.

    Parameters
    ----------
    now
        The current time in the sandbox: None for the real time, a fixed time (aware, or ISO text, which is UTC if it
        has no time zone), or a callable that returns the time.
    page_size
        Rows per page of events and free/busy.
    ics
        A calendar in iCalendar form, to use in place of the made-up office: a path, bytes, text, or a file object.
        What cannot be read as written is counted in a warning and listed in `problems`. If none of its events can be
        seen from today and no `now` is given, the clock is set to a day from which they can.
    zone
        The zone of times in `ics` that have none, if the file names none; by default UTC, with an entry in `problems`.
    seed
        The office, ids and tokens are derived from it; the same seed gives the same. None is the office and the ids of
        seed 0 with tokens and secrets of its own, which differ with every sandbox: others cannot guess them.
    rate_limit
        Whether to answer with 429 above 50 requests per second and 500 per minute; never in process.
    faults
        Faults to inject. The sandbox only stores them; transports and `serve` apply them.
    deliver
        Delivers a callback, called with URL, headers and body after a request is answered. None delivers nothing; the
        callbacks are in `outbox` in any case.
    token_life
        Seconds that an access token is valid; that of a service account at most 1800.
    strict_window
        Whether `to` beyond 201 days ahead is refused with 422, or reduced to that.
    renew_early
        Whether a refresh returns a new access token while the old one is valid for another ten minutes.
    office
        Accounts to start with, in place of the made-up ones.
    tick
        Returns monotonic seconds, for the rate limit.

    Attributes
    ----------
    client_id, client_secret
        Credentials of the one application that the sandbox knows.
    admin_api_key
        The key that creates applications.
    access_token, refresh_token
        Tokens of the first person's account; `tokens` returns those of the others.
    service_account_token
        An access token of the service account.
    outbox
        All callbacks so far.
    problems
        Parts of the .ics file that could not be read.
    faults
        The faults to inject.

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
        ics: IcsSource | None = None,
        zone: str | None = None,
        seed: int | None = None,
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
        clock = _make_clock(now)
        if office is None and ics is not None:
            file = _parse_ics(ics, zone)
            clock = clock if now is not None else _clock_for_ics(file)
            office = _office_from_ics(file, clock())
        elif zone is not None:
            raise ValueError("zone= is for the times of an .ics file: give ics=, or leave it out.")
        elif office is None:
            office = _seeded_office(clock(), seed or 0)
        if not any(account.kind == "account" for account in office.accounts):
            raise ValueError("The office has no person: at least one account must be of kind 'account'.")
        settings = SandboxSettings(page_size, token_life, strict_window, renew_early)
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.problems = office.problems
        secret_seed = secrets.randbits(128) if seed is None else seed
        self._world = World(office, clock=clock, seed=seed or 0, settings=settings, secret_seed=secret_seed)
        self._lock = threading.RLock()
        self._rate_limiter = RateLimiter(tick) if rate_limit else None
        self._deliver = deliver
        self.client_id, self.client_secret = self._world.client_id, self._world.client_secret
        self.admin_api_key = self._world.admin_api_key
        person = self._world.people()[0]
        service = next(account for account in self._world.accounts if account.kind == "service_account")
        self.access_token, self.refresh_token = self.tokens(person.sub).values()
        self.service_account_token = self.tokens(service.sub)["access_token"]

    def __repr__(self) -> str:
        return f"<Sandbox with {len(self._world.people())} people at {self.now():%Y-%m-%d %H:%M}Z>"

    @property
    def accounts(self) -> list[Account]:
        """All accounts of the sandbox: people, service accounts, application calendars."""
        return self._world.accounts

    @property
    def outbox(self) -> Sequence[Delivery]:
        """All callbacks so far, the earliest first; with the event triggers that are due by the sandbox's clock."""
        self.send_out()
        return self._world.outbox

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            http_request = HttpRequest(environ)
            body = http_request.get_data()  # read to the end in any case: the connection may carry another request
            response = self._dispatch(http_request, body, raw_path(environ))
        except ErrorResponse as error:
            response = Response(error.status, error.body, headers=_error_headers(error))
            response.html = error.text
        except HTTPException:  # werkzeug cannot parse the request
            response = Response(400)
        self.send_out()
        return _send_response(response, start_response, head=environ["REQUEST_METHOD"] == "HEAD")

    def _dispatch(self, http_request: HttpRequest, body: bytes, path: str) -> Response:
        """Find the route of a request, apply the rate limit and call the handler."""
        match = match_route(http_request.method, path)
        if match is None:
            raise ErrorResponse(404)
        spec, path_args = match
        with self._lock:
            if spec.auth != "browser" and not self._is_within_rate(http_request):
                raise ErrorResponse(429)
            queue_due_triggers(self._world)  # before the request moves or deletes their events
            return self._call_handler(spec, path_args, http_request, body)

    def _is_within_rate(self, http_request: HttpRequest) -> bool:
        in_process = bool(http_request.environ.get("cronofy_frames.in_process"))
        return self._rate_limiter is None or in_process or self._rate_limiter.try_request()

    def _call_handler(
        self, spec: RouteSpec, path_args: dict[str, str], http_request: HttpRequest, body: bytes
    ) -> Response:
        """Check the credentials, parse the arguments and call the handler."""
        pairs = list(http_request.args.items(multi=True))
        request = Request(
            self._world,
            path_args,
            {},
            f"{http_request.scheme}://{http_request.host}{http_request.root_path.rstrip('/')}",
            bearer=_bearer_token(http_request.headers.get("Authorization", "")),
            repeated=repeated_names(pairs),
            impersonate=http_request.headers.get("Cronofy-Impersonate") or None,
        )
        check_credentials(request, spec.auth)
        # An empty query parameter counts as missing: official clients send them.
        query = nest_pairs((name, value) for name, value in pairs if value != "")
        request.arguments = {**query, **parse_body(body, http_request.mimetype, oauth="/oauth/" in spec.route)}
        if http_request.method not in ("GET", "HEAD"):
            self._world.change_count += 1
        return spec.handler(request)


def _make_clock(now: Now) -> Callable[[], datetime]:
    if now is None:
        return lambda: datetime.now(UTC)
    if isinstance(now, str):
        return _fixed_clock(_parse_now(now))
    return now if callable(now) else _fixed_clock(now)


def _parse_now(text: str) -> datetime:
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"now is a time such as 2026-03-02T09:00:00Z, not {text!r}.") from None
    return now if now.tzinfo is not None else now.replace(tzinfo=UTC)


def _fixed_clock(now: datetime) -> Callable[[], datetime]:
    if now.tzinfo is None:
        raise ValueError("now must have a time zone, as in datetime(2026, 3, 4, 9, tzinfo=UTC).")
    return lambda: now


def _seeded_office(now: datetime, seed: int) -> Office:
    # Imported here because public holidays load slowly, and an .ics file does not need them.
    from cronofy_frames.sandbox.seed.office import seed_office

    return seed_office(now, seed=seed)


def _parse_ics(ics: IcsSource, zone: str | None) -> IcsFile:
    """Return the parsed calendar, which is parsed once for the clock and for the office."""
    from cronofy_frames.sandbox.ics.parsing import parse_file

    name, data = load_ics(ics)
    return parse_file(data, name=name, zone=zone)


def _clock_for_ics(file: IcsFile) -> Callable[[], datetime]:
    """Return the real clock, or one moved to a day at which events of the file can be read."""
    from cronofy_frames.sandbox.ics.reader import suggest_now

    real = datetime.now(UTC)
    shift = suggest_now(file, real) - real.replace(microsecond=0)
    if not shift:
        return lambda: datetime.now(UTC)
    _warn(
        f"{file.name} has no events between 42 days ago and 201 days ahead: the sandbox's clock is set to "
        f"{real + shift:%Y-%m-%d}."
    )
    return lambda: datetime.now(UTC) + shift


def _office_from_ics(file: IcsFile, now: datetime) -> Office:
    from cronofy_frames.sandbox.ics.reader import office_of

    office = office_of(file, now)
    if count := len(office.problems):
        _warn(f"{quantity(count, 'thing')} in {file.name} could not be read as written: Sandbox.problems lists them.")
    return office


def _warn(text: str) -> None:
    warnings.warn(single_line(text), stacklevel=caller_level())


def _bearer_token(header: str) -> str | None:
    scheme, _, token = header.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _error_headers(error: ErrorResponse) -> dict[str, str]:
    return {} if error.text is None else {"Content-Type": "text/plain; charset=utf-8"}


def _send_response(response: Response, start_response: StartResponse, *, head: bool) -> list[bytes]:
    """Send status and headers; return the body, which is empty for a HEAD request."""
    headers = dict(response.headers)
    if response.html is not None:
        payload = response.html.encode()
        headers.setdefault("Content-Type", "text/html; charset=utf-8")
    elif response.body is not None:
        payload = msgspec.json.encode(response.body)
        headers["Content-Type"] = "application/json; charset=utf-8"
    else:
        payload = b""
    headers["Content-Length"] = str(len(payload))
    if "Location" in headers:  # headers are ASCII, a redirect URI may not be
        headers["Location"] = iri_to_uri(headers["Location"])
    start_response(f"{response.status} {HTTPStatus(response.status).phrase}", list(headers.items()))
    return [b"" if head else payload]
