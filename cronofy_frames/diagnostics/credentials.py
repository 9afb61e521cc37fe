"""Whose tokens count, whether Cronofy knows the application and takes the token, and what it is good for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.context import Case, Chosen
from cronofy_frames.diagnostics.network import cannot_send
from cronofy_frames.diagnostics.probe import Task
from cronofy_frames.diagnostics.report import CREDENTIALS, Finding
from cronofy_frames.diagnostics.scope_report import scopes
from cronofy_frames.diagnostics.stores import Stored
from cronofy_frames.diagnostics.variables import APPLICATION, CENTERS, URLS, public_url
from cronofy_frames.errors import (
    ApiError,
    AuthError,
    CronofyError,
    RateLimited,
    ServerError,
    SignInError,
    TokenError,
    TransportError,
    UnknownAccount,
)
from cronofy_frames.text import by_count, quantity
from cronofy_frames.tokens import account_list
from cronofy_frames.wire.messages import DATA_CENTERS, Hosts, data_center_of

UNBOUND = "cf.connect(sandbox=True) to try it without an account; cf.login() to sign in with your own"


def credentials(case: Case, stored: Stored) -> tuple[list[Finding], Chosen | None]:
    """Say what `connect` would take, and return it."""
    if stored.kept is None and not case.by_environment:
        told = "not looked into, as they may be those of a stored account"
        return [Finding(CREDENTIALS, "good", told)], None
    try:
        Hosts.configured(case.data_center, case.env)
    except ValueError as error:
        return [Finding(CREDENTIALS, "bad", str(error), _center_fix(case))], None
    chosen = Task(lambda: Chosen.of(case)).outcome(case.seconds)
    if isinstance(chosen, Exception):
        return [_unconnected(chosen, case, stored)], None
    found = [_source(case, chosen)]
    found += [one for one in (_hidden(case, stored), _renewal(case, chosen), _counts(case, chosen)) if one is not None]
    if (elsewhere := _elsewhere(case, chosen)) is not None:
        return [*found, elsewhere], None
    return found, chosen


def _center_fix(case: Case) -> str:
    """Return what names a data centre that there is."""
    if case.data_center:
        return f"cf.doctor(data_center={DATA_CENTERS[0]!r})"
    name = next((name for name in CENTERS if case.env.get(name)), CENTERS[0])
    meant = "de" if case.env.get(name, "").strip().lower() == "eu" else DATA_CENTERS[0]
    return f"{commands.unsetting(case.place, name)}; or {commands.setting(case.place, name, meant)}"


def _unconnected(error: Exception, case: Case, stored: Stored) -> Finding:
    if isinstance(error, TimeoutError):
        told = f"the tokens could not be read within {case.seconds:g} s"
        return Finding(CREDENTIALS, "bad", told, "unlock the keyring, and answer its question")
    if not isinstance(error, CronofyError):
        return cannot_send(error, case.place)
    if case.account is None and not case.by_environment and len(stored.kept or []) > 1:
        told = f"several accounts are stored, and none is named: {account_list(stored.kept or [])}"
        return Finding(CREDENTIALS, "note", told, commands.doctor((stored.kept or [])[0].name))
    if case.account is None and not case.by_environment and not stored.kept:
        return Finding(CREDENTIALS, "note", "nothing is set up yet, and that is fine", UNBOUND)
    if isinstance(error, UnknownAccount):
        return Finding(
            CREDENTIALS, "bad", str(error), "cf.accounts(), or cronofy-frames accounts, lists those there are"
        )
    return Finding(CREDENTIALS, "bad", str(error), commands.login(account=case.account))


def _source(case: Case, chosen: Chosen) -> Finding:
    host = public_url(chosen.hosts.api)
    if chosen.tokens.empty:
        several = chosen.account is None
        told = f"{case.connecting} takes the application alone, at {host}: it speaks for nobody's calendars"
        return Finding(CREDENTIALS, "note", told, commands.login() if several else chosen.login(case))
    where = f"the stored account {chosen.account} ({chosen.kind})" if chosen.account else "the environment"
    renews = "; it renews itself" if chosen.renews else ""
    return Finding(CREDENTIALS, "good", f"{case.connecting} takes the tokens of {where}, at {host}{renews}")


def _hidden(case: Case, stored: Stored) -> Finding | None:
    if not (case.by_environment and stored.files):
        return None
    there = [name for name in ("CRONOFY_ACCESS_TOKEN", "CRONOFY_REFRESH_TOKEN") if case.env.get(name)]
    count = "the stored account" if stored.files == 1 else f"the {quantity(stored.files, 'stored account')}"
    named = f"cf.connect(account={stored.kept[0].name!r})" if stored.kept else "cf.connect(account=...)"
    told = f"{' and '.join(there)} {by_count(len(there), 'counts', 'count')} before {count}"
    return Finding(
        CREDENTIALS, "note", told, f"if that is not meant: {commands.unsetting(case.place, *there)}; or {named}"
    )


def _renewal(case: Case, chosen: Chosen) -> Finding | None:
    if chosen.renews or chosen.tokens.empty:
        return None
    if chosen.tokens.refresh_token:
        told = "its token does not renew itself, as the application is not known"
        return Finding(CREDENTIALS, "note", told, _application_fix(case, chosen))
    told = "its token does not renew itself, as there is no refresh token"
    return Finding(CREDENTIALS, "note", told, f"when it ends: {chosen.login(case)}")


def _application_fix(case: Case, chosen: Chosen) -> str:
    """Return the lines that make the application known with which a token is renewed."""
    known = (chosen.client_id, chosen.client_secret)
    lack = [
        commands.setting(case.place, name, "...") for name, value in zip(APPLICATION, known, strict=True) if not value
    ]
    env_id = case.env.get(APPLICATION[0], "").strip()
    if env_id and chosen.client_id and env_id != chosen.client_id:
        first = f"{commands.unsetting(case.place, APPLICATION[0])}, which is another application's"
        return f"{first}; {'; '.join(lack)}, of the account's own"
    return "; ".join(lack)


def _counts(case: Case, chosen: Chosen) -> Finding | None:
    """Say that an account's own data centre counts, where the environment names another."""
    own = (chosen.tokens.api_url or "").rstrip("/")
    names = [name for name in (*URLS[:1], *CENTERS) if case.env.get(name)]
    if case.data_center or not (own and names) or Hosts.configured(None, case.env).api == own:
        return None
    name, where = names[0], data_center_of(own) or public_url(own)
    value = case.env[name].strip()
    other = public_url(value) if name in URLS else value
    told = f"the account's own data centre, {where}, counts; {name}={other} is for new sign-ins"
    return Finding(CREDENTIALS, "note", told)


def _elsewhere(case: Case, chosen: Chosen) -> Finding | None:
    """Say where the data centre that was given is not the account's: nothing is sent then."""
    own = chosen.tokens.api_url
    if not own:
        return None
    if chosen.hosts.api != own.rstrip("/"):
        told = f"the account belongs to {public_url(own)}, and not to the data centre that was given: nothing was sent"
        return Finding(CREDENTIALS, "bad", told, f"{commands.connecting(case.account, None)}, without data_center")
    return None


def application(error: Exception | None, host: str) -> Finding:
    """Say whether the data centre knows the application."""
    who = public_url(host)
    if error is None:
        return Finding("application", "good", f"{who} knows client_id and client_secret")
    if isinstance(error, SignInError) and error.reason == "application":
        words = str(error).split(". ", 1)
        return Finding("application", "bad", words[0], words[-1])
    return Finding("application", "note", f"it could not be found out: {_brief(error)}", "cf.doctor() again, later")


def token(case: Case, chosen: Chosen, came: dict[str, Any] | Exception) -> Iterator[Finding]:
    """Say whether the token works, and what it is good for."""
    if isinstance(came, Exception):
        yield _refused(case, chosen, came)
    else:
        yield from _works(case, chosen, _mapping(came))


def _refused(case: Case, chosen: Chosen, error: Exception) -> Finding:
    host = public_url(chosen.hosts.api)
    again = chosen.login(case)
    if isinstance(error, TimeoutError):
        return Finding("token", "bad", f"{host} did not answer within {case.seconds:g} s", "cf.doctor() again, later")
    if isinstance(error, TokenError) and error.error == "invalid_client":
        told = "the access token has ended, and cannot be renewed with this application"
        return Finding("token", "bad", told, f"mend client_id and client_secret; or {again}")
    if isinstance(error, TokenError):
        told = "the authorization has ended: it was revoked, or its refresh token was replaced"
        return Finding("token", "bad", told, again)
    if isinstance(error, AuthError):
        if chosen.tokens.refresh_token and not chosen.application:
            told = f"{host} does not take the access token, and without the application it cannot be renewed"
            return Finding("token", "bad", told, _application_fix(case, chosen))
        told = f"{host} does not take the access token: it has ended, was revoked, or is another data centre's"
        return Finding("token", "bad", told, again)
    if isinstance(error, RateLimited | ServerError | TransportError):
        return Finding("token", "note", f"it could not be tried: {_brief(error)}", "cf.doctor() again, in a minute")
    return Finding("token", "bad", f"it does not work: {_brief(error)}", again)


def _brief(error: Exception) -> str:
    """Return an error in a few words; an answer's body is not quoted, for it may say anything."""
    if isinstance(error, ApiError):
        return f"it was answered {error.status}"
    return str(error) if isinstance(error, CronofyError) else type(error).__name__


def _works(case: Case, chosen: Chosen, who: dict[str, Any]) -> Iterator[Finding]:
    data = _mapping(who.get("cronofy.data"))
    authorization = _mapping(data.get("authorization"))
    name = who.get("email") or who.get("name") or who.get("sub") or "somebody"
    kind = str(who.get("cronofy.type", "account")).replace("_", " ")
    told = f"it works, for the {kind} {name}; {_lasts(case, chosen)}"
    yield Finding("token", "good", told)
    status = authorization.get("status", "active")
    if status != "active":
        yield Finding("token", "bad", f"the authorization is {status}, not active", chosen.login(case))
    scope = authorization.get("scope") or chosen.tokens.scope
    yield from scopes(str(scope or ""), kind, chosen, case)
    yield from _profiles(case, data)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lasts(case: Case, chosen: Chosen) -> str:
    now, after = case.clock(), chosen.store.load() or chosen.tokens
    renewed = after.access_token != chosen.tokens.access_token
    first = "it had ended and was renewed just now, " if renewed else ""
    if after.expires_at is None:
        return f"{first}when it ends is not known"
    if after.expires_at <= now:
        return f"{first}it should have ended {_span(now, after.expires_at)} ago" + _then(chosen)
    return f"{first}it ends in {_span(after.expires_at, now)}{_then(chosen)}"


def _then(chosen: Chosen) -> str:
    return " and renews itself" if chosen.renews else ""


def _span(later: datetime, earlier: datetime) -> str:
    apart = later - earlier
    if apart < timedelta(hours=2):
        return f"{apart / timedelta(minutes=1):.0f} min"
    return f"{apart / timedelta(hours=1):.0f} h" if apart < timedelta(days=2) else f"{apart.days} days"


def _profiles(case: Case, data: dict[str, Any]) -> Iterator[Finding]:
    for one in filter(None, map(_mapping, data.get("profiles") or [])):
        name = f"{one.get('provider_name')} {one.get('profile_name')}"
        if one.get("profile_connected") is False:
            told = f"{name} is not connected any more: what is read of it is old"
            page = f"cf.read_profiles({case.connecting}).set_index('profile_id').loc[{one.get('profile_id')!r}]"
            yield Finding("profiles", "bad", told, f"link it again: cf.authorize({page}['profile_relink_url'])")
        elif one.get("profile_initial_sync_required"):
            told = f"{name} was not read in full yet: calendars and events may be missing"
            yield Finding("profiles", "note", told, "wait some minutes, and cf.doctor() again")
        else:
            yield Finding("profiles", "good", f"{name} is connected")
    for one in filter(None, map(_mapping, data.get("conferencing_profiles") or [])):
        if one.get("profile_connected") is False:
            told = f"conferences of {one.get('provider_name')} {one.get('profile_name')} are not connected any more"
            page = f"{case.connecting}.conferencing_service_authorizations(redirect_uri='http://127.0.0.1:8765/')"
            fix = f"cf.authorize({page}['authorization_request']['url'], redirect_uri='http://127.0.0.1:8765/')"
            yield Finding("profiles", "note", told, fix)
