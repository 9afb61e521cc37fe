"""From a call to a request, and from a response to a body, a page or an error. No I/O.

Above each rule stands the page of docs.cronofy.com that states it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call

HEADERS = {
    "User-Agent": f"cronofy_frames {version('cronofy-frames')}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}

# /developers/data-centers
DATA_CENTERS = ("us", "de", "uk", "au", "ca", "sg")


BATCH_LIMIT = 50  # /developers/api/batch


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where one data centre is: `api` for calls, `app` for pages that a person opens."""

    api: str
    app: str

    @classmethod
    def of(cls, data_center: str | None) -> Hosts:
        """Return the hosts of a data centre; None is `us`, case does not matter."""
        key = (data_center or "us").strip().lower()
        if key not in DATA_CENTERS:
            hint = " Cronofy's European data centre is de." if key == "eu" else ""
            raise ValueError(f"data_center must be one of {', '.join(DATA_CENTERS)}, not {data_center!r}.{hint}")
        suffix = "" if key == "us" else f"-{key}"
        return cls(f"https://api{suffix}.cronofy.com", f"https://app{suffix}.cronofy.com")

    @classmethod
    def configured(
        cls, data_center: str | None, environment: Mapping[str, str], *, api: str | None = None, app: str | None = None
    ) -> Hosts:
        """Return the hosts that arguments and environment name; an argument counts more than a variable.

        A data centre given as an argument is one of Cronofy's, whatever hosts the environment names.
        """
        center = data_center or environment.get("CRONOFY_DATA_CENTER") or environment.get("CRONOFY_DATA_CENTRE")
        known = cls.of(center)
        named = {} if data_center else environment
        own_api = api or named.get("CRONOFY_API_URL") or known.api
        own_app = app or named.get("CRONOFY_APP_URL") or (own_api if api else known.app)
        for url in (own_api, own_app):
            if not url.startswith(("https://", "http://")):
                raise ValueError(f"a host is an address such as https://api.cronofy.com, not {url!r}.")
            if "@" in urlsplit(url).netloc:
                raise ValueError("a host is an address such as https://api.cronofy.com, without a name and a password.")
        return cls(own_api.rstrip("/"), own_app.rstrip("/"))


def data_center_of(api: str) -> str | None:
    """Return the data centre whose API is at this address; None for other hosts than Cronofy's."""
    return next((name for name in DATA_CENTERS if Hosts.of(name).api == api.rstrip("/")), None)


def wire_value(value: Any) -> Any:
    """Return a value as the wire writes it.

    Dates, times and durations are translated, also inside lists and mappings; arrays of pandas and
    numpy become lists; everything else passes as it is.

    Raises
    ------
    ValueError
        For a datetime without a zone, and for a missing value such as NaT or NaN.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # numpy's texts are no plain ones
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if (isinstance(value, float) and not math.isfinite(value)) or type(value).__name__ == "NAType":
        raise ValueError(f"{value} is a missing value, which the wire cannot say: leave the argument out.")
    if isinstance(value, Mapping):
        return {str(key): wire_value(one) for key, one in value.items()}
    if hasattr(value, "tolist"):
        return wire_value(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [wire_value(one) for one in value]
    if isinstance(value, int | float):
        return value
    raise ValueError(
        f"the wire takes texts, numbers, Booleans, dates, times with a zone, durations, lists and mappings; not a "
        f"{type(value).__name__}."
    )


def _time(value: datetime) -> str:
    # /developers/api/data-types: UTC with Z, whole seconds; other fractions are rejected
    if value != value:  # pandas' NaT is a datetime, and the only one that differs from itself
        raise ValueError("NaT is a missing time, which the wire cannot say: leave the argument out.")
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(
            f"{value.isoformat(sep=' ')} has no time zone, so it names no instant. Say which zone it is in: "
            'value.replace(tzinfo=ZoneInfo("Europe/London")), or pandas.Timestamp(value, tz="Europe/London").'
        )
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def _duration(value: timedelta) -> dict[str, int]:
    # /developers/api/data-types: hours and minutes, nothing finer
    if value != value:  # as above
        raise ValueError("NaT is a missing duration, which the wire cannot say: leave the argument out.")
    minutes, rest = divmod(value, timedelta(minutes=1))
    if rest:
        raise ValueError(f"{value} is no whole number of minutes, and Cronofy's durations are.")
    return {"minutes": int(minutes)}


def path_of(call: Call) -> str:
    """Return the path of a call, ids quoted; `@` stays readable."""
    filled = {}
    for name in call.endpoint.in_path:
        value = call.arguments.get(name)
        if not isinstance(value, str) or not value.strip() or value in (".", ".."):
            raise ValueError(f"{call.endpoint.name} needs {name}: a text such as an id, not {value!r}.")
        filled[name] = quote(value, safe="@")
    return call.endpoint.path.format_map(filled)


def body_of(call: Call) -> dict[str, Any]:
    """Return what a call says beside its path, in wire values, with what its endpoint always says."""
    in_path = call.endpoint.in_path
    said = {name: wire_value(value) for name, value in call.arguments.items() if name not in in_path}
    if call.endpoint.name == "batch" and len(said.get("batch") or ()) > BATCH_LIMIT:
        raise ValueError(
            f"a batch takes up to {BATCH_LIMIT} entries, not {len(said['batch'])}; nothing was sent. "
            f"Send them in several batches of {BATCH_LIMIT}."
        )
    return {**said, **call.endpoint.fixed}


def query_of(said: Mapping[str, Any]) -> str:
    """Return a query string: arrays as `key[]=` repeated, Booleans as `true` and `false`."""
    pairs: list[tuple[str, str]] = []
    for name, value in said.items():
        if isinstance(value, list):
            if not value:
                raise ValueError(f"{name} is empty, which would mean all of them: leave it out, or name at least one.")
            pairs += [(f"{name}[]", _text(one)) for one in value]
        else:
            pairs.append((name, _text(value)))
    return urlencode(pairs)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        raise ValueError(f"a query takes plain values, not {dict(value)!r}.")
    return "" if value is None else str(value)


def request_of(call: Call, host: str) -> httpx.Request:
    """Return the request that a call makes: a query for GET, a JSON body for all others, DELETE too."""
    url = host + path_of(call)
    said = body_of(call)
    if call.endpoint.verb == "GET":
        if next_page := said.pop("next_page", None):
            return page_request(merged(str(next_page), said), host)
        return httpx.Request("GET", url + ("?" + query_of(said) if said else ""), headers=HEADERS)
    content = msgspec.json.encode(said)
    headers = {**HEADERS, "Content-Type": "application/json; charset=utf-8"}
    return httpx.Request(call.endpoint.verb, url, headers=headers, content=content)


def merged(url: str, said: Mapping[str, Any]) -> str:
    """Return a next page's address with further options in its query, as the official Node SDK does."""
    if not said:
        return url
    return url + ("&" if urlsplit(url).query else "?") + query_of(said)


def page_request(url: str, host: str) -> httpx.Request:
    """Return the request for a next page, if it is on the host that gave it.

    A token goes to the configured host and to no other.
    """
    if _origin(url) != _origin(host):
        raise errors.TransportError(
            f"the next page is on another host than {host}, so it was not asked for and no token was sent there. "
            "Read again from the start; if it happens again, check base_url and data_center.",
            again=False,
        )
    return httpx.Request("GET", url, headers=HEADERS)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


class _Pages(msgspec.Struct):
    current: int | None = None
    total: int | None = None
    next_page: str | None = None


class _Paged(msgspec.Struct):
    pages: _Pages | None = None


_paged = msgspec.json.Decoder(_Paged)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer, still as bytes.

    Attributes
    ----------
    content
        The bytes of the body, known to be whole JSON.
    next_page
        The address of the next page; None on the last.
    current, total
        The number of this page and of all, where the answer says so.
    requests
        How many requests it took.
    """

    content: bytes
    next_page: str | None = None
    current: int | None = None
    total: int | None = None
    requests: int = 1


def read_body(response: httpx.Response, call: Call) -> Any:
    """Return the decoded body of a good answer, None for an empty one."""
    raise_for(response, call)
    if not response.content.strip():
        return None
    try:
        return decoded(response.content)
    except ValueError as broken:
        raise not_json(response, call) from broken


def decoded(content: bytes) -> Any:
    """Return JSON decoded; half characters, where a provider cut a text in two, are let through.

    Raises
    ------
    ValueError
        When it is not JSON.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(content.decode("utf-8", errors="replace"))


def read_page(response: httpx.Response, call: Call) -> Page:
    """Return a good answer as a page: checked to be whole, not decoded."""
    raise_for(response, call)
    try:
        pages = _paging(response.content)
    except ValueError as broken:
        raise not_json(response, call) from broken
    return Page(response.content, pages.next_page or None, pages.current, pages.total)


def _paging(content: bytes) -> _Pages:
    try:
        return _paged.decode(content).pages or _Pages()
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = decoded(content)
    said = body.get("pages") if isinstance(body, dict) else None
    told = said if isinstance(said, dict) else {}
    url, current, total = (told.get(name) for name in ("next_page", "current", "total"))
    return _Pages(
        current if isinstance(current, int) else None,
        total if isinstance(total, int) else None,
        url if isinstance(url, str) else None,
    )


def not_json(response: httpx.Response, call: Call) -> errors.TransportError:
    """Return the error for a good status with a body that is no JSON, or breaks off."""
    name, kind = call.endpoint.name, response.headers.get("Content-Type", "")
    if response.content.lstrip()[:1] == b"<":
        message = (
            f"{name} was answered {response.status_code} with an HTML page instead of JSON. "
            "Something between here and Cronofy answered: check base_url, proxies and sign-in pages of the network."
        )
        return errors.TransportError(message, call, again=False)
    return errors.TransportError(
        f"the answer to {name} broke off or is not JSON ({len(response.content)} bytes, {kind or 'no content type'}). "
        "Call again; if it happens again, check proxies between here and Cronofy.",
        call,
    )


def raise_for(response: httpx.Response, call: Call) -> None:
    """Raise the error that a status stands for; 2xx raises none."""
    # /developers/api/error-codes
    status = response.status_code
    if 200 <= status < 300:
        return
    body = errors.discreet(_lenient(response.content), _sent(response, call))
    wait = retry_after(response)
    if status == 429:
        raise errors.RateLimited(status, body, call, wait)
    if status >= 500:
        raise errors.ServerError(status, body, call, wait)
    if status == 400 and call.endpoint.path.startswith("/oauth/token"):
        raise errors.TokenError(status, body, call)
    kinds: dict[int, type[errors.ApiError]] = {
        401: errors.AuthError,
        402: errors.PaymentRequired,
        403: errors.Forbidden,
        404: errors.NotFound,
        422: errors.Invalid,
        423: errors.Locked,
    }
    raise kinds.get(status, errors.ApiError)(status, body, call)


def _sent(response: httpx.Response, call: Call) -> list[str]:
    """Return the secrets that a call was sent with: proxies quote what they refuse, and errors quote bodies."""
    asked = response._request  # the public name raises where there is none
    header = asked.headers.get("Authorization", "") if asked is not None else ""
    return [header.removeprefix("Bearer "), *call.secrets]


def _lenient(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return decoded(content)
    except ValueError:
        return content.decode("utf-8", errors="replace")


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` asks for, None where it is absent or unreadable.

    Both forms of RFC 9110 are read; a date counts from the answer's own `Date`, so that no clock here matters.
    """
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    then, now = _http_date(text), _http_date(response.headers.get("Date", ""))
    if then is None or now is None:
        return None
    return max(0.0, (then - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
