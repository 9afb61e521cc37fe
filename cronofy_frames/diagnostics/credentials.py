"""Credential checks: which tokens connect() would use, and whether Cronofy accepts the application and the token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.context import Credentials, Inputs
from cronofy_frames.diagnostics.network import cannot_send_finding
from cronofy_frames.diagnostics.probe import BackgroundTask
from cronofy_frames.diagnostics.report import CREDENTIALS, Finding
from cronofy_frames.diagnostics.scope_report import scope_findings
from cronofy_frames.diagnostics.stores import StoredReport
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
from cronofy_frames.signin import application_fix
from cronofy_frames.text import by_count, quantity
from cronofy_frames.tokens import account_list
from cronofy_frames.wire.messages import DATA_CENTERS, Hosts, data_center_of

NOT_SET_UP = "cf.connect(sandbox=True) to try it without an account; cf.login() to sign in with your own"


def credential_findings(inputs: Inputs, stored: StoredReport) -> tuple[list[Finding], Credentials | None]:
    """Return findings about the credentials that connect() would pick, and the credentials."""
    if stored.accounts is None and not inputs.uses_environment_tokens:
        text = "not checked, as they may be those of a stored account"
        return [Finding(CREDENTIALS, "good", text)], None
    try:
        Hosts.from_configuration(inputs.data_center, inputs.env)
    except ValueError as error:
        return [Finding(CREDENTIALS, "bad", str(error), _center_fix(inputs))], None
    selected = BackgroundTask(lambda: Credentials.of(inputs)).outcome(inputs.timeout)
    if isinstance(selected, Exception):
        return [_connect_failure(selected, inputs, stored)], None
    findings = [_source_finding(inputs, selected)]
    findings += [
        finding
        for finding in (
            _shadowed_accounts(inputs, stored),
            _no_renewal(inputs, selected),
            _own_data_center(inputs, selected),
        )
        if finding is not None
    ]
    if (mismatch := _wrong_data_center(inputs, selected)) is not None:
        return [*findings, mismatch], None
    return findings, selected


def _center_fix(inputs: Inputs) -> str:
    """Return how to name an existing data centre."""
    if inputs.data_center:
        return f"cf.doctor(data_center={DATA_CENTERS[0]!r})"
    name = next((name for name in CENTERS if inputs.env.get(name)), CENTERS[0])
    suggested = "de" if inputs.env.get(name, "").strip().lower() == "eu" else DATA_CENTERS[0]
    return f"{commands.unset_variables(inputs.place, name)}; or {commands.set_variable(inputs.place, name, suggested)}"


def _connect_failure(error: Exception, inputs: Inputs, stored: StoredReport) -> Finding:
    if isinstance(error, TimeoutError):
        text = f"the tokens could not be read within {inputs.timeout:g} s"
        return Finding(CREDENTIALS, "bad", text, "unlock the keyring, and answer its prompt")
    if not isinstance(error, CronofyError):
        return cannot_send_finding(error, inputs.place)
    if inputs.account is None and not inputs.uses_environment_tokens and len(stored.accounts or []) > 1:
        text = f"several accounts are stored, and none is named: {account_list(stored.accounts or [])}"
        return Finding(CREDENTIALS, "note", text, commands.doctor((stored.accounts or [])[0].name))
    if inputs.account is None and not inputs.uses_environment_tokens and not stored.accounts:
        return Finding(CREDENTIALS, "note", "nothing is set up yet, which is fine", NOT_SET_UP, kind="not set up")
    if isinstance(error, UnknownAccount):
        return Finding(
            CREDENTIALS, "bad", str(error), "cf.accounts(), or cronofy-frames accounts, lists the stored ones"
        )
    return Finding(CREDENTIALS, "bad", str(error), commands.login(account=inputs.account))


def _source_finding(inputs: Inputs, selected: Credentials) -> Finding:
    host = public_url(selected.hosts.api)
    if selected.tokens.empty:
        is_unnamed = selected.account is None
        text = f"{inputs.connect_call} uses the application alone, at {host}: it has no access to calendars"
        return Finding(CREDENTIALS, "note", text, commands.login() if is_unnamed else selected.login(inputs))
    source = f"the stored account {selected.account} ({selected.kind})" if selected.account else "the environment"
    renews = "; they are renewed automatically" if selected.renews else ""
    return Finding(CREDENTIALS, "good", f"{inputs.connect_call} uses the tokens of {source}, at {host}{renews}")


def _shadowed_accounts(inputs: Inputs, stored: StoredReport) -> Finding | None:
    if not (inputs.uses_environment_tokens and stored.files):
        return None
    names = [name for name in ("CRONOFY_ACCESS_TOKEN", "CRONOFY_REFRESH_TOKEN") if inputs.env.get(name)]
    count = "the stored account" if stored.files == 1 else f"the {quantity(stored.files, 'stored account')}"
    connect_call = f"cf.connect(account={stored.accounts[0].name!r})" if stored.accounts else "cf.connect(account=...)"
    text = f"{' and '.join(names)} {by_count(len(names), 'takes', 'take')} precedence over {count}"
    return Finding(
        CREDENTIALS,
        "note",
        text,
        f"if that is not intended: {commands.unset_variables(inputs.place, *names)}; or {connect_call}",
    )


def _no_renewal(inputs: Inputs, selected: Credentials) -> Finding | None:
    if selected.renews or selected.tokens.empty:
        return None
    if selected.tokens.refresh_token:
        text = "its token cannot be renewed, as the application is not known"
        return Finding(CREDENTIALS, "note", text, _application_fix(inputs, selected))
    text = "its token cannot be renewed, as there is no refresh token"
    return Finding(CREDENTIALS, "note", text, f"when it expires: {selected.login(inputs)}")


def _application_fix(inputs: Inputs, selected: Credentials) -> str:
    """Return the commands that set the application with which the token is renewed."""
    values = (selected.client_id, selected.client_secret)
    lines = [
        commands.set_variable(inputs.place, name, "...")
        for name, value in zip(APPLICATION, values, strict=True)
        if not value
    ]
    env_id = inputs.env.get(APPLICATION[0], "").strip()
    if env_id and selected.client_id and env_id != selected.client_id:
        unset = f"{commands.unset_variables(inputs.place, APPLICATION[0])}, which belongs to another application"
        return f"{unset}; {'; '.join(lines)}, of the account's application"
    return "; ".join(lines)


def _own_data_center(inputs: Inputs, selected: Credentials) -> Finding | None:
    """Return a finding if the environment names another data centre than the account's, which is used."""
    own_api = (selected.tokens.api_url or "").rstrip("/")
    names = [name for name in (*URLS[:1], *CENTERS) if inputs.env.get(name)]
    if inputs.data_center or not (own_api and names) or Hosts.from_configuration(None, inputs.env).api == own_api:
        return None
    name, own_name = names[0], data_center_of(own_api) or public_url(own_api)
    value = inputs.env[name].strip()
    other = public_url(value) if name in URLS else value
    text = f"the account's own data centre, {own_name}, is used; {name}={other} is for new sign-ins"
    return Finding(CREDENTIALS, "note", text)


def _wrong_data_center(inputs: Inputs, selected: Credentials) -> Finding | None:
    """Return a finding if `data_center` is not that of the account; nothing is sent then."""
    own_api = selected.tokens.api_url
    if not own_api:
        return None
    if selected.hosts.api != own_api.rstrip("/"):
        text = f"the account belongs to {public_url(own_api)}, not to the data centre given: nothing was sent"
        return Finding(CREDENTIALS, "bad", text, f"{commands.connect(inputs.account, None)}, without data_center")
    return None


def application_finding(error: Exception | None, hosts: Hosts) -> Finding:
    """Return the finding about whether the data centre knows the application."""
    address = public_url(hosts.api)
    if error is None:
        return Finding("application", "good", f"{address} knows client_id and client_secret")
    if isinstance(error, SignInError) and error.reason == "application":
        text = f"{address} knows no application with this client_id and client_secret"
        return Finding("application", "bad", text, application_fix(hosts))
    return Finding("application", "note", f"it could not be checked: {_short_text(error)}", "cf.doctor() again, later")


def token_findings(inputs: Inputs, selected: Credentials, result: dict[str, Any] | Exception) -> Iterator[Finding]:
    """Yield findings about the token: whether it works, its scope and its profiles."""
    if isinstance(result, Exception):
        yield _token_failure(inputs, selected, result)
    else:
        yield from _working_token(inputs, selected, _as_dict(result))


def _token_failure(inputs: Inputs, selected: Credentials, error: Exception) -> Finding:
    host = public_url(selected.hosts.api)
    again = selected.login(inputs)
    if isinstance(error, TimeoutError):
        return Finding(
            "token", "bad", f"{host} did not respond within {inputs.timeout:g} s", "cf.doctor() again, later"
        )
    if isinstance(error, TokenError) and error.error == "invalid_client":
        text = "the access token has expired, and cannot be renewed with this application"
        return Finding("token", "bad", text, f"correct client_id and client_secret; or {again}")
    if isinstance(error, TokenError):
        text = "the authorization has ended: it was revoked, or its refresh token was replaced"
        return Finding("token", "bad", text, again)
    if isinstance(error, AuthError):
        if selected.tokens.refresh_token and not selected.has_application:
            text = f"{host} does not accept the access token, and without the application it cannot be renewed"
            return Finding("token", "bad", text, _application_fix(inputs, selected))
        text = (
            f"{host} does not accept the access token: it has expired, was revoked, or belongs to another data centre"
        )
        return Finding("token", "bad", text, again)
    if isinstance(error, RateLimited | ServerError | TransportError):
        return Finding(
            "token", "note", f"it could not be checked: {_short_text(error)}", "cf.doctor() again, in a minute"
        )
    return Finding("token", "bad", f"it does not work: {_short_text(error)}", again)


def _short_text(error: Exception) -> str:
    """Return an error as a short text; the body of a response is not quoted."""
    if isinstance(error, ApiError):
        return f"it was answered {error.status}"
    return str(error) if isinstance(error, CronofyError) else type(error).__name__


def _working_token(inputs: Inputs, selected: Credentials, user_info: dict[str, Any]) -> Iterator[Finding]:
    data = _as_dict(user_info.get("cronofy.data"))
    authorization = _as_dict(data.get("authorization"))
    name = user_info.get("email") or user_info.get("name") or user_info.get("sub") or "an unknown account"
    kind = str(user_info.get("cronofy.type", "account")).replace("_", " ")
    text = f"it works, for the {kind} {name}; {_lifetime(inputs, selected)}"
    yield Finding("token", "good", text)
    status = authorization.get("status", "active")
    if status != "active":
        yield Finding("token", "bad", f"the authorization is {status}, not active", selected.login(inputs))
    scope = authorization.get("scope") or selected.tokens.scope
    yield from scope_findings(str(scope or ""), kind, selected, inputs)
    yield from _profile_findings(inputs, data)


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lifetime(inputs: Inputs, selected: Credentials) -> str:
    now, tokens = inputs.clock(), selected.store.load() or selected.tokens
    renewed = tokens.access_token != selected.tokens.access_token
    prefix = "it had expired and was renewed now, " if renewed else ""
    if tokens.expires_at is None:
        return f"{prefix}its expiry is not known"
    if tokens.expires_at <= now:
        return f"{prefix}it should have expired {_duration_text(now, tokens.expires_at)} ago" + _renewal_remark(
            selected
        )
    return f"{prefix}it expires in {_duration_text(tokens.expires_at, now)}{_renewal_remark(selected)}"


def _renewal_remark(selected: Credentials) -> str:
    return " and is renewed automatically" if selected.renews else ""


def _duration_text(later: datetime, earlier: datetime) -> str:
    difference = later - earlier
    if difference < timedelta(hours=2):
        return f"{difference / timedelta(minutes=1):.0f} min"
    return f"{difference / timedelta(hours=1):.0f} h" if difference < timedelta(days=2) else f"{difference.days} days"


def _profile_findings(inputs: Inputs, data: dict[str, Any]) -> Iterator[Finding]:
    for profile in filter(None, map(_as_dict, data.get("profiles") or [])):
        name = f"{profile.get('provider_name')} {profile.get('profile_name')}"
        if profile.get("profile_connected") is False:
            text = f"{name} is not connected any more: its data are outdated"
            page = f"cf.read_profiles({inputs.connect_call}).set_index('profile_id').loc[{profile.get('profile_id')!r}]"
            yield Finding("profiles", "bad", text, f"link it again: cf.authorize({page}['profile_relink_url'])")
        elif profile.get("profile_initial_sync_required"):
            text = f"{name} is not fully synchronised yet: calendars and events may be missing"
            yield Finding("profiles", "note", text, "wait some minutes, and call cf.doctor() again")
        else:
            yield Finding("profiles", "good", f"{name} is connected")
    for profile in filter(None, map(_as_dict, data.get("conferencing_profiles") or [])):
        if profile.get("profile_connected") is False:
            name = f"{profile.get('provider_name')} {profile.get('profile_name')}"
            text = f"the conferencing of {name} is not connected any more"
            page = f"{inputs.connect_call}.conferencing_service_authorizations(redirect_uri='http://127.0.0.1:8765/')"
            fix = f"cf.authorize({page}['authorization_request']['url'], redirect_uri='http://127.0.0.1:8765/')"
            yield Finding("profiles", "note", text, fix)
