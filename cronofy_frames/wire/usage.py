"""Counts of the requests of all clients of the process, by application and endpoint."""

from __future__ import annotations

import threading
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from cronofy_frames.wire.credentials import after_fork

ENDPOINT = "cronofy_frames.endpoint"
"""Extension of a request with the name of its endpoint; renewals of tokens have none."""

RENEWAL = "refresh_access_token"
"""Name for the requests that renew a token during another call."""


@dataclass(slots=True)
class EndpointUsage:
    """Counts of one endpoint.

    Attributes
    ----------
    calls
        The number of calls; each page of a list is one.
    retries
        The number of further requests after errors.
    waited
        Seconds that all threads waited for the rate limiter and before retries.
    size
        Bytes of the decompressed responses.
    """

    calls: int = 0
    retries: int = 0
    waited: float = 0.0
    size: int = 0

    def add(self, *, calls: int = 0, retries: int = 0, waited: float = 0.0, size: int = 0) -> None:
        """Add to the counts."""
        self.calls += calls
        self.retries += retries
        self.waited += waited
        self.size += size

    def since(self, before: EndpointUsage) -> EndpointUsage:
        """Return the difference to earlier counts."""
        return EndpointUsage(
            self.calls - before.calls,
            self.retries - before.retries,
            self.waited - before.waited,
            self.size - before.size,
        )


class Usage:
    """Counters of requests, for all threads."""

    def __init__(self) -> None:
        self._by_endpoint: dict[tuple[str, str], EndpointUsage] = {}
        self._threads = threading.local()
        self._renew_lock()
        after_fork(self, Usage._renew_lock)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def add(
        self, application: str, endpoint: str, *, calls: int = 0, retries: int = 0, waited: float = 0.0, size: int = 0
    ) -> None:
        """Add to the counts of an endpoint."""
        with self._lock:
            counts = self._by_endpoint.setdefault((application, endpoint), EndpointUsage())
            counts.add(calls=calls, retries=retries, waited=waited, size=size)
        self._counts_of_thread().add(calls=calls, retries=retries, waited=waited, size=size)

    def _counts_of_thread(self) -> EndpointUsage:
        if not hasattr(self._threads, "counts"):
            self._threads.counts = EndpointUsage()
        counts: EndpointUsage = self._threads.counts
        return counts

    def of_thread(self) -> EndpointUsage:
        """Return the counts of this thread, over all endpoints."""
        return replace(self._counts_of_thread())

    def counts(self, *, reset: bool = False) -> dict[tuple[str, str], EndpointUsage]:
        """Return the counts by application and endpoint, sorted; with `reset`, set them to zero."""
        with self._lock:
            counts = {key: replace(self._by_endpoint[key]) for key in sorted(self._by_endpoint)}
            if reset:
                self._by_endpoint.clear()
        return counts


USAGE = Usage()
"""The usage of this process."""


class Meter:
    """Counters of the requests of one client.

    Parameters
    ----------
    usage
        The counters of all clients.
    application
        The client_id; empty without one.
    """

    def __init__(self, usage: Usage, application: str) -> None:
        self._usage, self._application = usage, application
        self._of_thread = threading.local()

    @property
    def requests(self) -> int:
        """The number of requests of this thread: pages, retries and renewals."""
        return getattr(self._of_thread, "requests", 0)

    def count_request(self, extensions: MutableMapping[str, Any], waited: float) -> None:
        """Count a request by its extensions, and the seconds waited for the rate limiter; a renewal is a call."""
        self._of_thread.requests = self.requests + 1
        endpoint = extensions.get(ENDPOINT)
        calls = int(endpoint is None)
        self._usage.add(self._application, endpoint or RENEWAL, calls=calls, waited=waited)

    def count_call(self, endpoint: str) -> None:
        """Count a call."""
        self._usage.add(self._application, endpoint, calls=1)

    def count_retry(self, endpoint: str, waited: float) -> None:
        """Count a retry, and the seconds waited before it."""
        self._usage.add(self._application, endpoint, retries=1, waited=waited)

    def count_response(self, endpoint: str, size: int) -> None:
        """Count the bytes of a response."""
        self._usage.add(self._application, endpoint, size=size)
