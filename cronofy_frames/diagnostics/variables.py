"""The variables that are set: which count, which are misspelt, and which contradict each other.

The law of this file: names of variables are said, values are not, but for data centres and addresses without passwords.
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

# other words for the same, too far from it for a comparison of letters
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
_FORGIVEN = ("CRONOFY_ACCESS_TOKEN", *CENTERS)  # blanks around these are taken away when they are read


def variables(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    """Say which variables are set, and what is wrong with them."""
    there = [f"{name}{_shown(name, env[name])}" for name in KNOWN if env.get(name)]
    yield Finding(CHECK, "good", f"set: {', '.join(there)}" if there else "no variable of CRONOFY_ is set")
    yield from _misspelt(env, place)
    yield from _wrapped(env, place)
    yield from _addresses(env, place)
    yield from _contradictions(env, place)


def public_url(url: str) -> str:
    """Return an address without what may be a secret in it: user, password, and query."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return f"{scheme}{parts.hostname or ''}{port}{parts.path}"


def passwords_of(env: Mapping[str, str]) -> Iterator[str]:
    """Yield the passwords that stand in addresses."""
    for value in env.values():
        if "@" in value and "//" in value:
            try:
                yield urlsplit(value).password or ""
            except ValueError:
                continue


def _shown(name: str, value: str) -> str:
    if name in CENTERS:
        return f" ({value.strip()})" if value.strip().lower() in DATA_CENTERS else ""
    return f" ({public_url(value.strip())})" if name in URLS else ""


def _misspelt(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in sorted(env):
        meant = _meant(name)
        if meant is None or not env[name]:
            continue
        fix = f"{commands.setting(place, meant, '...')}, and {commands.unsetting(place, name)}"
        if env.get(meant):
            yield Finding(CHECK, "note", f"{name} is not read; {meant} is, and is set", commands.unsetting(place, name))
        else:
            yield Finding(CHECK, "bad", f"{name} is not read: {meant} is, and is not set", fix)


def _meant(name: str) -> str | None:
    """Return the variable that a misspelt one was meant to be."""
    if name in KNOWN or not name.upper().startswith("CRONOFY"):
        return None
    core = _core(name)
    if core in _ALIASES:
        return _ALIASES[core]
    cores = {_core(one): one for one in KNOWN}
    near = difflib.get_close_matches(core, cores, 1, 0.8)
    return cores[near[0]] if near else None


def _core(name: str) -> str:
    return name.upper().removeprefix("CRONOFY").replace("_", "").replace("-", "")


def _wrapped(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in KNOWN:
        value = env.get(name, "")
        plain = value.strip()
        quoted = len(plain) > 1 and (plain[0] in "\"'" or plain[-1] in "\"'")
        if quoted or (plain != value and name not in _FORGIVEN):
            what = "quotes" if quoted else "blanks or line breaks"
            fix = commands.setting(place, name, "...") + f", without the {what}"
            yield Finding(CHECK, "bad", f"{name} has {what} around its value, which are taken for a part of it", fix)
        elif plain != value:
            fix = commands.setting(place, name, "...") + ", without them"
            yield Finding(CHECK, "note", f"{name} has blanks or line breaks around its value", fix)


def _addresses(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    for name in URLS[:2]:
        value = env.get(name, "").strip()
        try:
            parts = urlsplit(value)
            scheme, host = parts.scheme, parts.hostname or ""
        except ValueError:
            scheme, host = "", ""
        if value and (scheme not in ("http", "https") or not host):
            own = commands.unsetting(place, name)
            fix = f"{commands.setting(place, name, 'https://...')}, or {own} for Cronofy's own"
            yield Finding(CHECK, "bad", f"{name} is no address such as https://api.cronofy.com", fix)
        elif scheme == "http" and not _here(host):
            fix = commands.setting(place, name, f"https://{host}")
            yield Finding(CHECK, "bad", f"{name} is no https: tokens would travel for all to read", fix)


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _contradictions(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    yield from _centers(env, place)
    api, app = (env.get(name, "").strip().rstrip("/") for name in URLS[:2])
    if api and not app:
        opens = _app(env) or Hosts.of(None).app
        own = next((one.app for one in map(Hosts.of, DATA_CENTERS) if one.api == api), api)
        if own != opens:
            told = f"CRONOFY_API_URL is set without CRONOFY_APP_URL: cf.login() opens {opens}, which is another place's"
            yield Finding(CHECK, "note", told, commands.setting(place, "CRONOFY_APP_URL", public_url(own)))
    if app and not api:
        told = "CRONOFY_APP_URL is set without CRONOFY_API_URL: people sign in at one place, and tokens go to another"
        yield Finding(CHECK, "note", told, commands.setting(place, "CRONOFY_API_URL", "..."))
    ident, secret = (bool(env.get(name)) for name in APPLICATION)
    if ident != secret:
        there, lacks = APPLICATION if ident else APPLICATION[::-1]
        told = f"{there} is set without {lacks}: with tokens that are stored without it, neither renews them"
        yield Finding(CHECK, "note", told, commands.setting(place, lacks, "..."))


def _app(env: Mapping[str, str]) -> str:
    try:
        return Hosts.of(next((env[name] for name in CENTERS if env.get(name)), None)).app
    except ValueError:
        return ""


def _centers(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    given = {name: env[name].strip().lower() for name in CENTERS if env.get(name)}
    for name, value in given.items():
        if value not in DATA_CENTERS:
            hint = "; Cronofy's European one is de" if value == "eu" else ""
            told = f"{name} is none of the data centres {', '.join(DATA_CENTERS)}{hint}"
            fix = f"{commands.unsetting(place, name)}; or {commands.setting(place, name, 'de' if hint else 'us')}"
            yield Finding(CHECK, "bad", told, fix)
    if len(set(given.values())) > 1:
        told = "CRONOFY_DATA_CENTER and CRONOFY_DATA_CENTRE differ; the first counts"
        yield Finding(CHECK, "note", told, commands.unsetting(place, CENTERS[1]))
    center = next((value for value in given.values() if value in DATA_CENTERS), None)
    api = env.get("CRONOFY_API_URL", "").strip().rstrip("/")
    if center and api and api != Hosts.of(center).api:
        told = f"CRONOFY_API_URL counts, and is not the host of the data centre {center} that is set beside it"
        yield Finding(CHECK, "note", told, commands.unsetting(place, "CRONOFY_API_URL"))
