"""Environment variables: which are set, misspelled, malformed, or contradict each other.

Findings name variables but not their values, except data centres, and addresses without passwords.
"""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.report import Finding
from cronofy_frames.signin import Place
from cronofy_frames.wire.messages import DATA_CENTERS, Hosts

CENTERS = ("CRONOFY_DATA_CENTER", "CRONOFY_DATA_CENTRE")
URLS = ("CRONOFY_API_URL", "CRONOFY_APP_URL", "CRONOFY_REDIRECT_URI")
TOKENS = ("CRONOFY_ACCESS_TOKEN", "CRONOFY_REFRESH_TOKEN")
APPLICATION = ("CRONOFY_CLIENT_ID", "CRONOFY_CLIENT_SECRET")
SECRETS = (*TOKENS, "CRONOFY_CLIENT_SECRET")
KNOWN = (*TOKENS, *APPLICATION, *CENTERS, *URLS, "CRONOFY_FRAMES_HOME")

CHECK = "variables"

# synonyms, whose spelling is too different for a comparison of letters
_ALIASES = {
    "REGION": "CRONOFY_DATA_CENTER",
    "DC": "CRONOFY_DATA_CENTER",
    "TOKEN": "CRONOFY_ACCESS_TOKEN",
    "SECRET": "CRONOFY_CLIENT_SECRET",
    "APIKEY": "CRONOFY_CLIENT_SECRET",
    "HOST": "CRONOFY_API_URL",
    "URL": "CRONOFY_API_URL",
    "BASEURL": "CRONOFY_API_URL",
    "HOME": "CRONOFY_FRAMES_HOME",
}
_STRIPPED = ("CRONOFY_ACCESS_TOKEN", *CENTERS)  # read without the spaces around them


def variables(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    """Yield findings about the variables of this package."""
    set_variables = [f"{name}{_public_value(name, env[name])}" for name in KNOWN if env.get(name)]
    yield Finding(
        CHECK, "good", f"set: {', '.join(set_variables)}" if set_variables else "no variable of CRONOFY_ is set"
    )
    yield from _misspelled_variables(env, place)
    yield from _wrapped_values(env, place)
    yield from _bad_addresses(env, place)
    yield from _contradictions(env, place)


def public_url(url: str) -> str:
    """Return an address without the parts that may be secret: user, password and query."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an invalid address"
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return f"{scheme}{parts.hostname or ''}{port}{parts.path}"


def passwords_of(env: Mapping[str, str]) -> Iterator[str]:
    """Yield the passwords in addresses."""
    for value in env.values():
        if "@" in value and "//" in value:
            try:
                yield urlsplit(value).password or ""
            except ValueError:
                continue


def _public_value(name: str, value: str) -> str:
    if name in CENTERS:
        return f" ({value.strip()})" if value.strip().lower() in DATA_CENTERS else ""
    return f" ({public_url(value.strip())})" if name in URLS else ""


def _misspelled_variables(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in sorted(env):
        intended = _intended_variable(name)
        if intended is None or not env[name]:
            continue
        fix = f"{commands.set_variable(place, intended, '...')}, and {commands.unset_variables(place, name)}"
        if env.get(intended):
            yield Finding(
                CHECK, "note", f"{name} is not read; {intended} is, and is set", commands.unset_variables(place, name)
            )
        else:
            yield Finding(CHECK, "bad", f"{name} is not read: {intended} is, and is not set", fix)


def _intended_variable(name: str) -> str | None:
    """Return the variable for which a misspelled one was intended; None if there is none."""
    if name in KNOWN or not name.upper().startswith("CRONOFY"):
        return None
    key = _comparable_name(name)
    if key in _ALIASES:
        return _ALIASES[key]
    by_key = {_comparable_name(known): known for known in KNOWN}
    matches = difflib.get_close_matches(key, by_key, 1, 0.8)
    return by_key[matches[0]] if matches else None


def _comparable_name(name: str) -> str:
    return name.upper().removeprefix("CRONOFY").replace("_", "").replace("-", "")


def _wrapped_values(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in KNOWN:
        value = env.get(name, "")
        plain = value.strip()
        quoted = len(plain) > 1 and (plain[0] in "\"'" or plain[-1] in "\"'")
        if quoted or (plain != value and name not in _STRIPPED):
            wrapping = "quotes" if quoted else "spaces or line breaks"
            fix = commands.set_variable(place, name, "...") + f", without the {wrapping}"
            yield Finding(CHECK, "bad", f"{name} has {wrapping} around its value, which become part of it", fix)
        elif plain != value:
            fix = commands.set_variable(place, name, "...") + ", without them"
            yield Finding(CHECK, "note", f"{name} has spaces or line breaks around its value", fix)


def _bad_addresses(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in URLS[:2]:
        value = env.get(name, "").strip()
        try:
            parts = urlsplit(value)
            scheme, host = parts.scheme, parts.hostname or ""
        except ValueError:
            scheme, host = "", ""
        if value and (scheme not in ("http", "https") or not host):
            own = commands.unset_variables(place, name)
            fix = f"{commands.set_variable(place, name, 'https://...')}, or {own} for Cronofy's own"
            yield Finding(CHECK, "bad", f"{name} is not an address such as https://api.cronofy.com", fix)
        elif scheme == "http" and not is_loopback(host):
            fix = commands.set_variable(place, name, f"https://{host}")
            yield Finding(CHECK, "bad", f"{name} is not https: tokens would be sent unencrypted", fix)


def is_loopback(host: str) -> bool:
    """Return whether a host is this computer."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _contradictions(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    yield from _centers(env, place)
    api, app = (env.get(name, "").strip().rstrip("/") for name in URLS[:2])
    if api and not app:
        opens = _app_host(env) or Hosts.of(None).app
        expected = next((hosts.app for hosts in map(Hosts.of, DATA_CENTERS) if hosts.api == api), api)
        if expected != opens:
            text = f"CRONOFY_API_URL is set without CRONOFY_APP_URL: cf.login() opens {opens}, another host"
            yield Finding(CHECK, "note", text, commands.set_variable(place, "CRONOFY_APP_URL", public_url(expected)))
    if app and not api:
        text = "CRONOFY_APP_URL is set without CRONOFY_API_URL: the sign-in and the API would be on different hosts"
        yield Finding(CHECK, "note", text, commands.set_variable(place, "CRONOFY_API_URL", "..."))
    has_id, has_secret = (bool(env.get(name)) for name in APPLICATION)
    if has_id != has_secret:
        present, missing = APPLICATION if has_id else APPLICATION[::-1]
        text = f"{present} is set without {missing}: neither can renew tokens that are stored without it"
        yield Finding(CHECK, "note", text, commands.set_variable(place, missing, "..."))


def _app_host(env: Mapping[str, str]) -> str:
    try:
        return Hosts.of(next((env[name] for name in CENTERS if env.get(name)), None)).app
    except ValueError:
        return ""


def _centers(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    centers = {name: env[name].strip().lower() for name in CENTERS if env.get(name)}
    for name, value in centers.items():
        if value not in DATA_CENTERS:
            hint = "; Cronofy's European one is de" if value == "eu" else ""
            text = f"{name} is not one of the data centres {', '.join(DATA_CENTERS)}{hint}"
            suggested = commands.set_variable(place, name, "de" if hint else "us")
            fix = f"{commands.unset_variables(place, name)}; or {suggested}"
            yield Finding(CHECK, "bad", text, fix)
    if len(set(centers.values())) > 1:
        text = "CRONOFY_DATA_CENTER and CRONOFY_DATA_CENTRE differ; the first is used"
        yield Finding(CHECK, "note", text, commands.unset_variables(place, CENTERS[1]))
    center = next((value for value in centers.values() if value in DATA_CENTERS), None)
    api = env.get("CRONOFY_API_URL", "").strip().rstrip("/")
    if center and api and api != Hosts.of(center).api:
        text = f"CRONOFY_API_URL is used, but is not the host of the data centre {center} that is also set"
        yield Finding(CHECK, "note", text, commands.unset_variables(place, "CRONOFY_API_URL"))
