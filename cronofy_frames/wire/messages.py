"""HTTP messages: calls to requests, and responses to bodies, pages or errors. No I/O.

A comment above each rule names the page of docs.cronofy.com that states it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec

from cronofy_frames import errors
from cronofy_frames.redaction import redact
from cronofy_frames.text import single_line
from cronofy_frames.wire.endpoint import Call, impersonation_header, placeholders
from cronofy_frames.wire.json_body import decode_json
from cronofy_frames.wire.retries import answered_at, retry_after
from cronofy_frames.wire.values import wire_value

HEADERS = {
    "User-Agent": f"cronofy_frames {version('cronofy-frames')}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}

# /developers/data-centers
DATA_CENTERS = ("us", "de", "uk", "au", "ca", "sg")


BATCH_LIMIT = 50  # /developers/api/batch
MOST_URL_CHARACTERS = 65_536  # of the HTTP library


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts of one data centre: `api` for calls, `app` for pages that a user opens."""

    api: str
    app: str

    @classmethod
    def of(cls, data_center: str | None) -> Hosts:
        """Return the hosts of a data centre; None is `us`, and case does not matter."""
        key = (data_center or "us").strip().lower()
        if key not in DATA_CENTERS:
            hint = " Cronofy's European data centre is de." if key == "eu" else ""
            raise ValueError(f"data_center must be one of {', '.join(DATA_CENTERS)}, not {data_center!r}.{hint}")
        suffix = "" if key == "us" else f"-{key}"
        return cls(f"https://api{suffix}.cronofy.com", f"https://app{suffix}.cronofy.com")

    @classmethod
    def from_configuration(
        cls, data_center: str | None, environment: Mapping[str, str], *, api: str | None = None, app: str | None = None
    ) -> Hosts:
        """Return the hosts that arguments and environment variables name; an argument wins over a variable.

        With `data_center` as an argument, hosts in the environment are ignored.
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


def either_spelling(data_center: str | None, data_centre: str | None) -> str | None:
    """Return the data centre, which two arguments of one meaning may name.

    Raises
    ------
    ValueError
        They name different ones.
    """
    if data_center and data_centre and data_center != data_centre:
        raise ValueError(
            f"data_center and data_centre are the same argument: give one, not {data_center!r} and {data_centre!r}."
        )
    return data_center or data_centre


def data_center_of(api: str) -> str | None:
    """Return the data centre with this API address; None for a host that is not Cronofy's."""
    return next((name for name in DATA_CENTERS if Hosts.of(name).api == api.rstrip("/")), None)


def path_of(call: Call) -> str:
    """Return the path of a call with its ids quoted; `@` stays readable.

    Raises
    ------
    ValueError
        For an id that is not a text, or empty.
    """
    filled = {}
    for name in placeholders(call.path):
        value = call.arguments.get(name)
        if not isinstance(value, str) or not value.strip() or value in (".", ".."):
            raise ValueError(f"{call.endpoint.name} needs {name}: a text such as an id, not {value!r}.")
        filled[name] = quote(value, safe="@")
    return call.path.format_map(filled)


def body_of(call: Call) -> dict[str, Any]:
    """Return the wire arguments of a call that are not in its path, with those that its endpoint always sends."""
    in_path = placeholders(call.path)
    arguments = {name: wire_value(value) for name, value in call.arguments.items() if name not in in_path}
    if call.endpoint.name == "batch" and len(arguments.get("batch") or ()) > BATCH_LIMIT:
        raise ValueError(
            f"a batch takes up to {BATCH_LIMIT} entries, not {len(arguments['batch'])}; nothing was sent. "
            f"Send them in several batches of {BATCH_LIMIT}."
        )
    return {**arguments, **call.endpoint.fixed}


def query_of(arguments: Mapping[str, Any]) -> str:
    """Return a query string: a list repeats `key[]=`, and Booleans are `true` and `false`."""
    pairs: list[tuple[str, str]] = []
    for name, value in arguments.items():
        if isinstance(value, list):
            if not value:
                raise ValueError(
                    f"{single_line(name)} is empty, which would mean all: leave it out, or give at least one."
                )
            pairs += [(f"{name}[]", _query_text(item)) for item in value]
        else:
            pairs.append((name, _query_text(value)))
    return urlencode(pairs)


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        raise ValueError(f"a query string takes plain values, not {dict(value)!r}.")
    return "" if value is None else str(value)


def request_of(call: Call, host: str) -> httpx.Request:
    """Return the request of a call: a query string for GET, a JSON body for all others, DELETE too."""
    url = host + path_of(call)
    arguments, headers = body_of(call), impersonation_header(call.impersonate)
    if call.endpoint.verb == "GET":
        if next_page := arguments.pop("next_page", None):
            return page_request(add_query(str(next_page), arguments), host, call.impersonate)
        query = "?" + query_of(arguments) if arguments else ""
        return _request("GET", url + query, call.endpoint.name, headers=headers)
    headers |= {"Content-Type": "application/json; charset=utf-8"}
    content = _json_content(arguments)
    if content is None:
        raise ValueError(f"an argument of {call.endpoint.name} has half a character (a lone surrogate): correct it.")
    return _request(call.endpoint.verb, url, call.endpoint.name, headers=headers, content=content)


def _json_content(arguments: Mapping[str, Any]) -> bytes | None:
    """Return arguments as JSON; None for text that UTF-8 cannot encode, which an exception would quote."""
    try:
        return msgspec.json.encode(arguments)
    except UnicodeEncodeError:
        return None


def _request(verb: str, url: str, name: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Request:
    """Return a request.

    Raises
    ------
    TransportError
        The address is none that can be sent.
    """
    try:
        return httpx.Request(verb, url, headers={**HEADERS, **(headers or {})}, **more)
    except (httpx.InvalidURL, UnicodeError):
        reason = (
            f"it has {len(url):,} characters" if len(url) > MOST_URL_CHARACTERS else "it has characters that none has"
        )
    raise UnusableAddressError(
        f"{name} cannot be requested: its address cannot be sent, because {reason}. Check the ids in it.", again=False
    )


def add_query(url: str, arguments: Mapping[str, Any]) -> str:
    """Return the address of a next page with more arguments in its query, as the official Node SDK does."""
    if not arguments:
        return url
    return url + ("&" if urlsplit(url).query else "?") + query_of(arguments)


def page_request(url: str, host: str, impersonate: str | None = None) -> httpx.Request:
    """Return the request for a next page, which must be on the configured host: a token goes nowhere else.

    Raises
    ------
    TransportError
        The page is on another host.
    """
    if (origin := origin_of(url)) is None:
        raise UnusableAddressError(
            "the address of the next page is none, so it was not requested. Read again from the start; if it happens "
            "again, check base_url, and the proxies of the network.",
            again=False,
        )
    if origin != origin_of(host):
        raise UnusableAddressError(
            f"the next page is on another host than {host}, so it was not requested and no token was sent there. "
            "Read again from the start; if it happens again, check base_url and data_center.",
            again=False,
        )
    return _request("GET", url, "the next page", headers=impersonation_header(impersonate))


def origin_of(url: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of an address; None for a text that is no address."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


class UnusableAddressError(errors.TransportError):
    """An address to which no request can be sent, or to which none may be sent."""


class NoTokenError(errors.TransportError):
    """The response to a token call has no access token."""


class _PageLinks(msgspec.Struct):
    current: int | None = None
    total: int | None = None
    next_page: str | None = None


class _PageWithLinks(msgspec.Struct):
    pages: _PageLinks | None = None


_page_links_decoder = msgspec.json.Decoder(_PageWithLinks)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a response, as bytes.

    Attributes
    ----------
    content
        The body, known to be complete JSON.
    next_page
        The address of the next page; None on the last.
    current, total
        The number of this page and of all pages; None where the response does not say.
    requests
        How many requests it took.
    answered_at
        The time at the server; None where that is not known.
    """

    content: bytes
    next_page: str | None = None
    current: int | None = None
    total: int | None = None
    requests: int = 1
    answered_at: datetime | None = None


def read_body(response: httpx.Response, call: Call) -> Any:
    """Return the decoded body of a successful response, None for an empty one; raise for any other."""
    raise_for_status(response, call)
    if not response.content.strip():
        return None
    try:
        return decode_json(response.content)
    except ValueError as broken:
        raise not_json_error(response, call) from broken


def require_token(body: Any, call: Call) -> None:
    """Raise an error if the response to a token call has no access token."""
    if not (isinstance(body, dict) and isinstance(body.get("access_token"), str) and body["access_token"]):
        name = call.endpoint.name
        message = f"the response to {name} has no access token: check base_url, and the proxies of the network."
        raise NoTokenError(message, call, again=False)


def require_object(body: Any, call: Call) -> None:
    """Raise an error if a response is not an object."""
    if not isinstance(body, dict):
        message = f"the response to {call.endpoint.name} has no sub: it is no object. Check base_url and the proxies."
        raise errors.TransportError(message, call, again=False)


def read_page(response: httpx.Response, call: Call) -> Page:
    """Return a successful response as a page: checked to be complete JSON, not decoded; raise for any other."""
    raise_for_status(response, call)
    try:
        pages = _page_links(response.content)
    except ValueError as broken:
        raise not_json_error(response, call) from broken
    return Page(response.content, pages.next_page or None, pages.current, pages.total, 1, answered_at(response))


def _page_links(content: bytes) -> _PageLinks:
    try:
        return _page_links_decoder.decode(content).pages or _PageLinks()
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = decode_json(content)
    arguments = body.get("pages") if isinstance(body, dict) else None
    pages = arguments if isinstance(arguments, dict) else {}
    url, current, total = (pages.get(name) for name in ("next_page", "current", "total"))
    return _PageLinks(
        current if isinstance(current, int) else None,
        total if isinstance(total, int) else None,
        url if isinstance(url, str) else None,
    )


def not_json_error(response: httpx.Response, call: Call) -> errors.TransportError:
    """Return the error for a successful status with a body that is not JSON, or is incomplete."""
    name, kind = call.endpoint.name, response.headers.get("Content-Type", "")
    if response.content.lstrip()[:1] == b"<":
        message = (
            f"{name} was answered {response.status_code} with an HTML page instead of JSON. It may come from a proxy "
            "or a sign-in page of the network: check those, and base_url."
        )
        return errors.TransportError(message, call, again=False)
    return errors.TransportError(
        f"the response to {name} is incomplete or not JSON ({len(response.content)} bytes, "
        f"{kind or 'no content type'}). Call again; if it happens again, check the proxies of the network.",
        call,
    )


def raise_for_status(response: httpx.Response, call: Call) -> None:
    """Raise the error for the status of a response; 2xx raises none."""
    # /developers/api/error-codes
    status = response.status_code
    if 200 <= status < 300:
        return
    body = redact(_readable_body(response.content), _sent_secrets(response, call))
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


def _sent_secrets(response: httpx.Response, call: Call) -> list[str]:
    """Return the secrets that were sent: proxies quote requests that they refuse, and errors quote bodies."""
    try:
        header = response.request.headers.get("Authorization", "")
    except RuntimeError:  # httpx raises it for a response without a request
        header = ""
    return [header.removeprefix("Bearer "), *call.secrets]


def _readable_body(content: bytes) -> Any:
    if not content.strip():
        return None
    try:
        return decode_json(content)
    except ValueError:
        return content.decode("utf-8", errors="replace")


def no_response_error(call: Call, request: httpx.Request, cause: httpx.RequestError) -> errors.TransportError:
    """Return the error for a request without a response; the failed request may be the renewal of the token."""
    is_renewal = cause.request.url.path != request.url.path
    subject = "the renewal of the access token" if is_renewal else call.endpoint.name
    cannot_be_sent = isinstance(cause, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    detail = "" if isinstance(cause, httpx.LocalProtocolError) else f": {str(cause).rstrip('.')}"
    return errors.TransportError(
        f"{subject} got no response from {request.url.host}: {type(cause).__name__}{detail}. "
        "Check the network and proxies, and base_url or data_center.",
        call,
        again=not is_renewal and not cannot_be_sent,  # a refresh token may be used up although no response came
    )
