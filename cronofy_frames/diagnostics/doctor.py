"""One look at everything, in the order in which things are needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, TypeVar

from cronofy_frames.diagnostics import credentials, network, runtime, stores, variables
from cronofy_frames.diagnostics.context import Case, Chosen
from cronofy_frames.diagnostics.probe import Answer, Brief, Task
from cronofy_frames.diagnostics.report import CREDENTIALS, Checkup, Finding
from cronofy_frames.diagnostics.variables import SECRETS, passwords_of
from cronofy_frames.errors import CronofyError
from cronofy_frames.signin import Place, check_application, detect_place
from cronofy_frames.wire.messages import Hosts

T = TypeVar("T")


def doctor(
    account: str | None = None,
    *,
    data_center: str | None = None,
    environment: Mapping[str, str] | None = None,
    transport: Any = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    place: Place | None = None,
    timeout: float = 3.0,
) -> Checkup:
    """Look at what is set up, and say what is not, with the exact next step.

    It looks at where this runs, versions, variables, stored accounts, the credentials that `connect` would take,
    the network, the clock, the application, the token and its scope, and the profiles. What is broken is a finding and
    never an error. Nothing is changed; only an access token that has ended is renewed, as with any call. No finding
    shows a token or a secret.

    Parameters
    ----------
    account
        Which stored account, as in `connect`.
    data_center
        us, de, uk, au, ca or sg, as in `connect`.
    environment
        Looked up in place of the process's own.
    transport
        What carries requests, as an httpx.Client takes it; by default the network.
    clock
        The time here.
    place
        Where this runs; by default found out.
    timeout
        Seconds that each answer may take. Nothing is asked twice.

    Returns
    -------
    Checkup
        `findings`, `well` (whether nothing is broken), `next_step` and `frame()`.

    Examples
    --------
    >>> from cronofy_frames.wire.transport import InProcessTransport
    >>> known = {"CRONOFY_ACCESS_TOKEN": box.access_token, "CRONOFY_FRAMES_HOME": str(folder / "nobody")}
    >>> checkup = cf.doctor(environment=known, transport=InProcessTransport(box))
    >>> checkup.well
    True
    >>> checkup.frame().set_index("check").loc["scope", "verdict"]
    'good'
    """
    env = os.environ if environment is None else environment
    case = Case(account, data_center, env, place or detect_place(env), clock, timeout, transport)
    look = _Look()
    chosen = _set_up(case, look)
    _reached(case, chosen, look)
    secrets = {env.get(name, "").strip() for name in SECRETS} | set(passwords_of(env))
    secrets |= set(chosen.secrets()) if chosen is not None else set()
    return Checkup(tuple(one.without(secrets) for one in _once(look.found)), f"client = {case.connecting}")


def _once(found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, but what is broken once, under the check that says why."""
    told: set[str] = set()
    uncertified = False
    for one in found:
        uncertified |= one.check == "certificates" and one.verdict == "bad"
        again = one.found in told or (uncertified and one.found.startswith(network.UNSENT))
        if one.verdict != "bad" or not again:
            yield one
        if one.verdict == "bad":
            told.add(one.found)


class _Look:
    """Collects findings; a look that fails is a finding too, without the words of an error that nobody expected.

    Attributes
    ----------
    found
        The findings so far.
    """

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def at(self, check: str, look: Callable[[], Iterable[Finding]]) -> None:
        """Keep what a look brings."""
        self.found += self.through(check, lambda: list(look())) or []

    def through(self, check: str, look: Callable[[], T]) -> T | None:
        """Return what a look brings; None where it fails."""
        try:
            return look()
        except Exception as error:
            told = f"this could not be looked at: {type(error).__name__}"
            self.found.append(Finding(check, "bad", told, "please report it to the makers of cronofy-frames"))
            return None


def _set_up(case: Case, look: _Look) -> Chosen | None:
    """Look at what is here, and return who would be asked for; nothing is sent."""
    env, place = case.env, case.place
    look.at("place", lambda: [runtime.place_of(place, env)])
    look.at("versions", lambda: runtime.versions(place))
    look.at("widgets", lambda: runtime.widgets(place, env))
    look.at(variables.CHECK, lambda: variables.variables(env, place))
    look.at(network.CHECK, lambda: network.setup(env, place))
    stored = look.through(stores.CHECK, lambda: stores.stored(env)) or stores.Stored()
    look.found += stored.findings
    told, chosen = look.through(CREDENTIALS, lambda: credentials.credentials(case, stored)) or ([], None)
    look.found += told
    return chosen


def _reached(case: Case, chosen: Chosen | None, look: _Look) -> None:
    """Look at what is elsewhere: at first without saying who asks, then at the application and the token."""
    try:
        hosts = Hosts.configured(case.data_center, case.env) if chosen is None else chosen.hosts
    except ValueError:
        return  # what is wrong with it was said
    asked = {"api": _probe(case, hosts, hosts.api, network.ASKED)}
    if hosts.app != hosts.api:
        asked["app"] = _probe(case, hosts, hosts.app, "/")
    came = asked["api"].outcome(case.seconds)
    needed = all(one.fix != credentials.UNBOUND for one in look.found)  # a sandbox needs no network
    look.at(network.CHECK, lambda: [network.reached(hosts.api, came, case, api=True, needed=needed)])
    if not isinstance(came, Answer):
        return  # whatever keeps the one away keeps the other away too
    if "app" in asked:
        page = asked["app"].outcome(case.seconds)
        look.at(network.CHECK, lambda: [network.reached(hosts.app, page, case, api=False, needed=False)])
    look.at("clock", lambda: [network.clocks(came, case.place)])
    if chosen is not None and not network.strange(came):
        _spoken(case, chosen, look)


def _probe(case: Case, hosts: Hosts, host: str, path: str) -> Task[Answer]:
    def ask() -> Answer:
        client = Brief(hosts, seconds=case.seconds, transport=case.transport, clock=case.clock)
        with closing(client):
            return client.reach(host, path)

    return Task(ask)


def _spoken(case: Case, chosen: Chosen, look: _Look) -> None:
    """Ask about the application and with the token, both at once."""

    def known() -> CronofyError | None:
        with chosen.brief(case) as client:
            return check_application(client)

    def who() -> dict[str, Any]:
        with chosen.brief(case) as client:
            return client.user_info()

    # a renewal that is cut short may lose the new token: this one is waited for, if need be when the process ends
    token = Task(who, abandon=False) if not chosen.tokens.empty else None
    application = Task(known) if chosen.application else None
    if application is not None:
        told = application.outcome(case.seconds)
        look.at("application", lambda: [credentials.application(told, chosen.hosts.api)])
    if token is not None:
        came = token.outcome(case.seconds)
        look.at("token", lambda: credentials.token(case, chosen, came))
