"""Calls whose address Cronofy gives: resources of meeting agents, and the actions of scheduling conversations.

The address must be on the configured host, because a token goes nowhere else. A redirect to a file is followed by hand,
and without any credentials, to whatever host it leads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from cronofy_frames import errors
from cronofy_frames.wire.endpoint import Call, Endpoint
from cronofy_frames.wire.json_body import decode_json
from cronofy_frames.wire.messages import HEADERS, Hosts, UnusableAddressError, origin_of, raise_for_status, read_body

REDIRECTS = (301, 302, 303, 307, 308)
RESOURCE = Endpoint(
    "download_resource",
    "GET",
    "/",
    auth="application",
    repeatable=True,
    docs="/developers/api/meeting-agents/resource-download",
    stage="BETA",
)
SLOTS = Endpoint("conversation_slots", "GET", "/", repeatable=True, stage="ALPHA")
SELECTION = Endpoint(
    "select_conversation_slots", "POST", "/", wrapper="scheduling_conversation", sure="our reading", stage="ALPHA"
)
FILE = Endpoint("the file of a resource", "GET", "/", repeatable=True, sure="our reading")


@dataclass(frozen=True, slots=True)
class Download:
    """The response to a request for a resource: its content, or the address of the file."""

    content: bytes = b""
    url: str = ""


def own_request(url: str, hosts: Hosts, name: str, body: Mapping[str, Any] | None = None) -> httpx.Request:
    """Return a GET request for an address that Cronofy gave, or with a body a POST request.

    Raises
    ------
    TransportError
        The address is not on the configured hosts, or none that can be sent.
    """
    origins = {origin_of(hosts.api), origin_of(hosts.app)}
    if not isinstance(url, str) or origin_of(url) not in origins:
        raise UnusableAddressError(
            f"{name} takes an address on {hosts.api}, so nothing was requested and no secret was sent. Check the "
            "address, and the data_center or base_url of this client.",
            again=False,
        )
    return _request(url, name, body)


def file_request(url: str) -> httpx.Request:
    """Return the request for a file at the address of a redirect; it carries no credentials.

    Raises
    ------
    TransportError
        The address is none of the web, or holds a name and a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise UnusableAddressError("the resource is at an address that is none of the web: read it again.", again=False)
    return _request(url, FILE.name)


def _request(url: str, name: str, body: Mapping[str, Any] | None = None) -> httpx.Request:
    try:
        return httpx.Request("GET" if body is None else "POST", url, headers={**HEADERS, "Accept": "*/*"}, json=body)
    except (httpx.InvalidURL, UnicodeError):
        raise UnusableAddressError(f"{name}: the address cannot be sent. Check it.", again=False) from None


def read_download(response: httpx.Response, call: Call) -> Download:
    """Return the content of a resource, or the address that it redirects to."""
    if response.status_code not in REDIRECTS:
        raise_for_status(response, call)
        return Download(content=response.content)
    url = response.headers.get("Location") or _download_url(response.content)
    if not url:
        raise errors.TransportError(f"{call.endpoint.name} was redirected to no address.", call, again=False)
    return Download(url=str(httpx.URL(str(response.request.url)).join(url)))


def _download_url(content: bytes) -> str | None:
    try:
        body = decode_json(content)
    except ValueError:
        return None
    resource = body.get("resource") if isinstance(body, dict) else None
    url = resource.get("download_url") if isinstance(resource, dict) else None
    return url if isinstance(url, str) else None


class UrlCalls:
    """Methods for addresses that Cronofy gives; the client says how they are sent."""

    def fetch(self, call: Call, request: httpx.Request, read: Callable[[httpx.Response, Call], Any]) -> Any:
        """Send a request with the credentials of its endpoint, with retries, and read the response."""
        raise NotImplementedError

    def fetch_openly(self, call: Call, request: httpx.Request, read: Callable[[httpx.Response, Call], Any]) -> Any:
        """Send a request without credentials, with retries, and read the response."""
        raise NotImplementedError

    def own_hosts(self) -> Hosts:
        """Return the hosts that credentials may be sent to."""
        raise NotImplementedError

    def resource_download_url(self, url: str) -> str:
        """Return the address at which the file of a meeting agent's resource can be fetched for a while (BETA).

        It holds a signature: the address alone opens the file. For files larger than `max_body` of `connect`; else
        see `download_resource`.

        Parameters
        ----------
        url
            The address of the resource, as a callback has it.

        Returns
        -------
        str
            The address, mostly on another host; it takes no credentials.

        Raises
        ------
        TransportError
            The resource is not on the configured host, or does not redirect.
        """
        download = self._resource(url)
        if not download.url:
            raise errors.TransportError("this resource is no redirect: download_resource(url) has its content.")
        return download.url

    def download_resource(self, url: str) -> bytes:
        """Return the file of a meeting agent's resource: a transcript, sound or picture (BETA).

        The client secret is sent to the configured host alone; the redirect to the file is followed without it.

        Source: docs.cronofy.com/developers/api/meeting-agents/resource-download.

        Parameters
        ----------
        url
            The address of the resource, as a callback has it; `cf.meeting_agents` has transcript_url and others.

        Returns
        -------
        bytes
            The content. The format of transcripts is not documented.

        Raises
        ------
        TransportError
            The resource is not on the configured host, or the file is larger than `max_body` of `connect`.
        NotFound
            For an unknown resource.
        """
        download = self._resource(url)
        if not download.url:
            return download.content
        request = file_request(download.url)
        content: bytes = self.fetch_openly(Call(FILE, {}), request, lambda response, call: _content(response, call))
        return content

    def conversation_slots(self, url: str) -> list[dict[str, Any]]:
        """Return the times that a participant of a scheduling conversation can choose from (ALPHA).

        Source: docs.cronofy.com/developers/api-alpha/scheduling-conversations/list-slots.

        Parameters
        ----------
        url
            The address in `possible_actions.slots_list` of the participant.

        Returns
        -------
        list
            `{"slot_id": ..., "start": ..., "end": ...}` each.

        Raises
        ------
        TransportError
            The address is not on the configured host.
        """
        body = self.fetch(Call(SLOTS, {}), own_request(url, self.own_hosts(), SLOTS.name), read_body)
        slots: list[dict[str, Any]] = body["slots"] if isinstance(body, dict) and "slots" in body else []
        return slots

    def select_conversation_slots(self, url: str, slots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Choose times for a participant of a scheduling conversation (ALPHA; the body is our reading).

        Parameters
        ----------
        url
            The address in `possible_actions.slots_select` of the participant.
        slots
            `{"slot_id": ...}` each, of `conversation_slots`.

        Returns
        -------
        dict
            `{"scheduling_conversation": {...}}`.

        Raises
        ------
        Invalid
            For a slot that is not in the list.
        TransportError
            The address is not on the configured host.
        """
        request = own_request(url, self.own_hosts(), SELECTION.name, {"slots": [dict(slot) for slot in slots]})
        conversation: dict[str, Any] = SELECTION.with_wrapper(self.fetch(Call(SELECTION, {}), request, read_body))
        return conversation

    def _resource(self, url: str) -> Download:
        download: Download = self.fetch(
            Call(RESOURCE, {}), own_request(url, self.own_hosts(), RESOURCE.name), read_download
        )
        return download


def _content(response: httpx.Response, call: Call) -> bytes:
    raise_for_status(response, call)
    return response.content
