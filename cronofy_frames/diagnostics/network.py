"""Whether Cronofy can be reached from here, through which proxies, and whether the clocks agree."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.context import Case
from cronofy_frames.diagnostics.probe import Answer
from cronofy_frames.diagnostics.report import Finding, Verdict
from cronofy_frames.diagnostics.variables import public_url
from cronofy_frames.errors import CronofyError
from cronofy_frames.signin import Place

CHECK = "network"
ASKED = "/v1/userinfo"  # without a token, to which Cronofy answers 401
REFUSALS = (400, 401, 403, 429)
UNSENT = "requests cannot be sent at all"
SLOW_CLOCK, WRONG_CLOCK = 60.0, 300.0  # seconds

_SET_CLOCK = {
    "linux": "sudo timedatectl set-ntp true",
    "darwin": "sudo sntp -sS time.apple.com",
    "win32": "w32tm /resync",
}


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that are set, without their passwords."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return {
        name: public_url(env[name]) + (" with a password" if "@" in env[name] else "")
        for upper in names
        for name in (upper, upper.lower())
        if env.get(name)
    }


def setup(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    """Say what the environment says about proxies and certificates."""
    known = proxies(env)
    if known:
        told = ", ".join(f"{name} {url}" for name, url in known.items())
        beside = [name for name in ("NO_PROXY", "no_proxy") if env.get(name)]
        past = f"; {beside[0]} sends some past them" if beside else ""
        yield Finding("proxies", "good", f"requests go through {told}{past}")
    for name, url in known.items():
        if "://" in url and url.partition(":")[0] not in ("http", "https", "socks5", "socks5h"):
            fix = commands.setting(place, name, "http://HOST:PORT")
            yield Finding("proxies", "bad", f"{name} is no address such as http://proxy.example:3128", fix)
    for name, there, what in (("SSL_CERT_FILE", Path.is_file, "file"), ("SSL_CERT_DIR", Path.is_dir, "folder")):
        if env.get(name) and not there(Path(env[name])):
            told = f"{name} names {env[name]}, and there is no such {what}: no certificate can be checked"
            yield Finding("certificates", "bad", told, commands.unsetting(place, name))
        elif env.get(name):
            yield Finding("certificates", "good", f"{name} {env[name]} says whom to trust")


def cannot_send(error: Exception, place: Place) -> Finding:
    """Say why requests cannot be sent at all."""
    if isinstance(error, ImportError):
        fix = commands.pip(place, "httpx[socks]")
        return Finding(CHECK, "bad", "a SOCKS proxy needs a package that is missing", fix)
    told = f"{UNSENT} ({type(error).__name__})"
    return Finding(CHECK, "bad", told, "mend HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE: one cannot be used")


def strange(answer: Answer) -> bool:
    """Say whether an answer is none that Cronofy's API gives to somebody without a token."""
    return answer.status not in REFUSALS or answer.html


def reached(host: str, came: Answer | Exception, case: Case, *, api: bool, needed: bool) -> Finding:
    """Say what came of a first request to a host.

    Parameters
    ----------
    host, came
        Which, and what it answered or why it did not.
    case
        What is looked into.
    api
        Whether it is to answer as Cronofy's API does.
    needed
        Whether nothing goes without it.
    """
    bad: Verdict = "bad" if needed else "note"
    who, place = public_url(host), case.place
    if isinstance(came, TimeoutError):
        told, fix = f"{who} did not answer within {case.seconds:g} s", _by_proxy(case.env, host, place) or _open(host)
        return Finding(CHECK, bad, told, fix)
    if isinstance(came, CronofyError):
        why, fix = _reason(came, host, place, case.env)
        return Finding(CHECK, bad, f"{who} cannot be reached: {why}", fix)
    if isinstance(came, Exception):
        return cannot_send(came, place)
    told = f"{who} answered in {came.seconds * 1000:.0f} ms"
    if came.status == 407:
        fix = commands.setting(place, next(iter(proxies(case.env)), "HTTPS_PROXY"), "http://USER:PASSWORD@HOST:PORT")
        return Finding(CHECK, bad, f"{who} cannot be reached: the proxy wants a user and a password", fix)
    if came.status >= 500:
        told = f"{told}, with {came.status}: it fails, or what stands before it"
        return Finding(CHECK, bad, told, "try again later; status.cronofy.com says whether it is known")
    if api and strange(came):
        told = f"{told}, with {'a page' if came.html else came.status}: something else answers than Cronofy's API"
        fix = "check CRONOFY_API_URL and proxies; open any page in a browser here, in case the network wants a sign-in"
        return Finding(CHECK, bad, told, fix)
    return Finding(CHECK, "good", told)


def _reason(error: BaseException, host: str, place: Place, env: Mapping[str, str]) -> tuple[str, str]:
    """Return why a host cannot be reached, and what to do; the words of the errors below are not quoted."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    names = {type(one).__name__ for one in chain}
    said = " ".join(str(one) for one in chain)
    proxy = _by_proxy(env, host, place)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        ca = env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE") or "/path/to/your/company-ca.pem"
        fix = commands.setting(place, "SSL_CERT_FILE", ca)
        return "its certificate is not trusted, as behind a company's proxy that reads along", fix
    if "SSLError" in names or "SSL:" in said:
        return "it does not speak TLS", f"check that {public_url(host)} begins with https:// rightly, and proxies"
    if "ProxyError" in names:
        return "the proxy refuses", proxy or "check the system's proxy settings"
    if "gaierror" in names:
        return f"{_via(env, host)}its name is not known here", proxy or _open(host)
    if "ConnectTimeout" in names or "ReadTimeout" in names:
        return f"{_via(env, host)}no answer came in time", proxy or _open(host)
    if "ConnectionRefusedError" in names:
        return (
            f"{_via(env, host)}nothing listens there",
            proxy or f"start what should run at {public_url(host)}, or mend CRONOFY_API_URL",
        )
    return type(chain[1] if len(chain) > 1 else error).__name__, proxy or _open(host)


def _via(env: Mapping[str, str], host: str) -> str:
    """Return which proxy is the one that fails, where requests to a host go through one; not where some go past."""
    if env.get("NO_PROXY") or env.get("no_proxy"):
        return ""
    used = (f"{urlsplit(host).scheme.upper()}_PROXY", "ALL_PROXY")
    known = [(name, url) for name, url in proxies(env).items() if name.upper() in used]
    return f"the proxy in {known[0][0]}, {known[0][1]}: " if known else ""


def _by_proxy(env: Mapping[str, str], host: str, place: Place) -> str:
    known = proxies(env)
    if not known:
        return ""
    around = commands.setting(place, "NO_PROXY", urlsplit(host).hostname or "api.cronofy.com")
    return f"check that the proxy in {' and '.join(known)} is up; or go past it: {around}"


def _open(host: str) -> str:
    return f"check that this machine is online: curl -sI {public_url(host)}; behind a proxy, set HTTPS_PROXY"


def clocks(answer: Answer, place: Place) -> Finding:
    """Compare the clock here with the one that answered: tokens and windows are counted by the clock."""
    try:
        there = parsedate_to_datetime(answer.date)
        apart = (answer.at - there).total_seconds()
    except (TypeError, ValueError):
        told = "the answer has no date, so that the clock here could not be compared"
        return Finding("clock", "note", told, "compare it with time.is")
    if abs(apart) <= SLOW_CLOCK:
        return Finding("clock", "good", f"within {max(2, round(abs(apart)))} s of Cronofy's")
    far = f"{abs(apart) / 60:.0f} min" if abs(apart) < 7200 else f"{abs(apart) / 3600:.0f} h"
    told = f"the clock here is {far} {'fast' if apart > 0 else 'slow'}, and tokens and windows are counted by it"
    return Finding("clock", "bad" if abs(apart) > WRONG_CLOCK else "note", told, _set_clock(place))


def _set_clock(place: Place) -> str:
    """Return the line that sets the clock."""
    if not place.near:
        return "have whoever runs this machine set its clock (ntp)"
    return _SET_CLOCK.get(sys.platform, "set it by the network (ntp)")
