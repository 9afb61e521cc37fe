"""Network checks: proxies, certificates, reachable hosts, and the difference of the clocks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.context import Inputs
from cronofy_frames.diagnostics.probe import ProbeResult
from cronofy_frames.diagnostics.report import Finding, Verdict
from cronofy_frames.diagnostics.variables import is_loopback, public_url
from cronofy_frames.errors import CronofyError
from cronofy_frames.signin import Place
from cronofy_frames.wire.connections import UnusableProxyError

CHECK = "network"
PROBE_PATH = "/v1/userinfo"  # answered with 401 without a token
REFUSALS = (400, 401, 403, 429)
SLOW_CLOCK, WRONG_CLOCK, OWN_CLOCK = 60.0, 300.0, 172_800.0  # seconds

_SET_CLOCK = {
    "linux": "sudo timedatectl set-ntp true",
    "darwin": "sudo sntp -sS time.apple.com",
    "win32": "w32tm /resync",
}


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies in the environment, by variable, without their passwords."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
    return {
        name: public_url(env[name]) + (" with a password" if "@" in env[name] else "")
        for upper in names
        for name in (upper, upper.lower())
        if env.get(name)
    }


def environment_findings(env: Mapping[str, str], place: Place) -> Iterator[Finding]:
    """Yield findings about the proxies and certificates in the environment."""
    by_variable = proxies(env)
    if by_variable:
        text = ", ".join(f"{name} {url}" for name, url in by_variable.items())
        exclusions = [name for name in ("NO_PROXY", "no_proxy") if env.get(name)]
        remark = f"; {exclusions[0]} excludes some hosts" if exclusions else ""
        yield Finding("proxies", "good", f"requests go through {text}{remark}")
    for name, url in by_variable.items():
        if "://" in url and url.partition(":")[0] not in ("http", "https", "socks5", "socks5h"):
            fix = commands.set_variable(place, name, "http://HOST:PORT")
            yield Finding("proxies", "bad", f"{name} is not an address such as http://proxy.example:3128", fix)
    for name, exists, kind in (("SSL_CERT_FILE", Path.is_file, "file"), ("SSL_CERT_DIR", Path.is_dir, "folder")):
        if env.get(name) and not exists(Path(env[name])):
            text = f"{name} is {env[name]}, and there is no such {kind}: no certificate can be checked"
            yield Finding("certificates", "bad", text, commands.unset_variables(place, name))
        elif env.get(name):
            yield Finding("certificates", "good", f"{name} {env[name]} has the trusted certificates")


def cannot_send_finding(error: Exception, place: Place) -> Finding:
    """Return the finding for requests that cannot be sent at all."""
    if isinstance(error, UnusableProxyError) and error.lacks_package:
        fix = commands.pip(place, "httpx[socks]")
        return Finding(CHECK, "bad", "a SOCKS proxy needs a package that is missing", fix)
    text = f"requests cannot be sent at all ({type(error).__name__})"
    fix = "correct HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and SSL_CERT_FILE: one of them cannot be used"
    return Finding(CHECK, "bad", text, fix, kind="cannot send")


def is_foreign(answer: ProbeResult) -> bool:
    """Return whether a response is not the one that Cronofy's API sends to a request without a token."""
    return answer.status not in REFUSALS or answer.html


def host_finding(host: str, result: ProbeResult | Exception, inputs: Inputs, *, api: bool, needed: bool) -> Finding:
    """Return the finding for the probe of a host.

    Parameters
    ----------
    host, result
        The host, and its response or an exception.
    inputs
        Inputs of the run.
    api
        Whether it should answer as Cronofy's API does.
    needed
        Whether nothing works without it.
    """
    severity: Verdict = "bad" if needed else "note"
    address, place = public_url(host), inputs.place
    if isinstance(result, TimeoutError):
        text, fix = (
            f"{address} did not respond within {inputs.timeout:g} s",
            _proxy_fix(inputs.env, host, place) or _online_fix(host),
        )
        return Finding(CHECK, severity, text, fix)
    if isinstance(result, CronofyError) and not isinstance(result, UnusableProxyError):
        reason, fix = _failure(result, host, place, inputs.env)
        return Finding(CHECK, severity, f"{address} cannot be reached: {reason}", fix)
    if isinstance(result, Exception):
        return cannot_send_finding(result, place)
    text = f"{address} responded in {result.seconds * 1000:.0f} ms"
    if result.status == 407:
        fix = commands.set_variable(
            place, next(iter(proxies(inputs.env)), "HTTPS_PROXY"), "http://USER:PASSWORD@HOST:PORT"
        )
        return Finding(CHECK, severity, f"{address} cannot be reached: the proxy wants a user and a password", fix)
    if result.status >= 500:
        text = f"{text}, with {result.status}: it fails, or a server in front of it"
        return Finding(CHECK, severity, text, "try again later; status.cronofy.com says whether it is known")
    if api and is_foreign(result):
        text = f"{text}, with {'a page' if result.html else result.status}: this is not Cronofy's API"
        fix = "check CRONOFY_API_URL and proxies; open any page in a browser, as the network may need a sign-in"
        return Finding(CHECK, severity, text, fix)
    return Finding(CHECK, "good", text)


def _failure(error: BaseException, host: str, place: Place, env: Mapping[str, str]) -> tuple[str, str]:
    """Return why a host cannot be reached, and what to do; the texts of the causes are not quoted."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    names = {type(error_in_chain).__name__ for error_in_chain in chain}
    chain_text = " ".join(str(error_in_chain) for error_in_chain in chain)
    proxy = _proxy_fix(env, host, place)
    if "CERTIFICATE_VERIFY_FAILED" in chain_text:
        ca = env.get("REQUESTS_CA_BUNDLE") or env.get("CURL_CA_BUNDLE") or "/path/to/your/company-ca.pem"
        fix = commands.set_variable(place, "SSL_CERT_FILE", ca)
        return "its certificate is not trusted, as behind a proxy that inspects traffic", fix
    if "SSLError" in names or "SSL:" in chain_text:
        return "it does not use TLS", f"check whether {public_url(host)} should begin with http://, and check proxies"
    if "ProxyError" in names:
        return "the proxy refused the connection", proxy or "check the system's proxy settings"
    if "gaierror" in names:
        return f"{_proxy_prefix(env, host)}its name cannot be resolved", proxy or _online_fix(host)
    if "ConnectTimeout" in names or "ReadTimeout" in names:
        return f"{_proxy_prefix(env, host)}there was no response in time", proxy or _online_fix(host)
    if "ConnectionRefusedError" in names:
        return (
            f"{_proxy_prefix(env, host)}the connection was refused",
            proxy or f"start what should run at {public_url(host)}, or correct CRONOFY_API_URL",
        )
    return type(chain[1] if len(chain) > 1 else error).__name__, proxy or _online_fix(host)


def _proxy_prefix(env: Mapping[str, str], host: str) -> str:
    """Return a prefix that names the proxy of a host; "" without one, or where hosts may be excluded from it."""
    if env.get("NO_PROXY") or env.get("no_proxy"):
        return ""
    variables = (f"{urlsplit(host).scheme.upper()}_PROXY", "ALL_PROXY")
    used_proxies = [(name, url) for name, url in proxies(env).items() if name.upper() in variables]
    return f"the proxy in {used_proxies[0][0]}, {used_proxies[0][1]}: " if used_proxies else ""


def _proxy_fix(env: Mapping[str, str], host: str, place: Place) -> str:
    by_variable = proxies(env)
    if not by_variable:
        return ""
    exclusion = commands.set_variable(place, "NO_PROXY", urlsplit(host).hostname or "api.cronofy.com")
    return f"check that the proxy in {' and '.join(by_variable)} works; or exclude the host from it: {exclusion}"


def _online_fix(host: str) -> str:
    return f"check that this machine is online: curl -sI {public_url(host)}; behind a proxy, set HTTPS_PROXY"


def clock_finding(answer: ProbeResult, url: str, place: Place) -> Finding:
    """Return the finding for the difference between the local clock and the server's.

    A server on this computer that is days away has a clock of its own, as a sandbox may.
    """
    try:
        server_time = parsedate_to_datetime(answer.date)
        difference = (answer.at - server_time).total_seconds()
    except (TypeError, ValueError):
        text = "the response has no date, so the local clock could not be compared"
        return Finding("clock", "note", text, "compare it with time.is")
    if abs(difference) > OWN_CLOCK and is_loopback(urlsplit(url).hostname or ""):
        text = f"the server on this computer has a clock of its own: {server_time:%Y-%m-%d %H:%M}"
        return Finding("clock", "good", text)
    if abs(difference) <= SLOW_CLOCK:
        return Finding("clock", "good", f"within {max(2, round(abs(difference)))} s of Cronofy's")
    distance = f"{abs(difference) / 60:.0f} min" if abs(difference) < 7200 else f"{abs(difference) / 3600:.0f} h"
    text = f"the local clock is {distance} {'fast' if difference > 0 else 'slow'}; tokens and windows depend on it"
    return Finding("clock", "bad" if abs(difference) > WRONG_CLOCK else "note", text, _clock_fix(place))


def _clock_fix(place: Place) -> str:
    """Return how to set the clock."""
    if not place.near:
        return "ask the administrator of this machine to set its clock (ntp)"
    return _SET_CLOCK.get(sys.platform, "set it from the network (ntp)")
