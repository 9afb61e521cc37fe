"""Fault injection between client and server: which request suffers which fault.

Plain data, and the choice of the requests. The effect of a fault on a connection is in the transport (in process)
and in the served sandbox, so that the sandbox application itself has no faults.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["status", "html", "truncate", "short", "drop before", "drop after", "slow"]

BATCH = "/v1/batch"
NO_ENTRIES = b'{"batch": []}'  # a batch after `split_faulty` when every entry is faulty


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the requests that suffer it.

    Attributes
    ----------
    kind
        status: answered with `status` and an empty body, and the request is not carried out.
        html: the same, with an HTML page as the body.
        truncate: carried out, but the body ends in the middle.
        short: a batch is carried out, but the response lacks its last entry.
        drop before: the connection is lost, and the request is not carried out.
        drop after: carried out, and the connection is lost before the response.
        slow: carried out, and answered after `seconds`.
    route
        Only requests whose `VERB /path` starts with this; "" is every request. With `entry` before it, as in
        `entry POST /v1/calendars/`, it is the entries of a batch, each answered with `status` (of kind status) and not
        carried out.
    times
        Which of those requests, counted from 1; empty is all.
    share
        The share of those that fails, from 0 to 1, drawn at random.
    status, retry_after, seconds
        Details of the kind. An expired page token is a status 404 on `GET /v1/events/pages/`.
    """

    kind: Kind
    route: str = ""
    times: Collection[int] = ()
    share: float = 1.0
    status: int = 503
    retry_after: int | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind is one of {', '.join(get_args(Kind))}; not {self.kind!r}.")
        if not 0 <= self.share <= 1 or isinstance(self.times, int):
            raise ValueError("share is from 0 to 1, and times is a collection of numbers such as {1, 3}.")
        if self.route.startswith("entry") and self.kind != "status":
            raise ValueError(f"entries of a batch take faults of kind status, not {self.kind}.")


class Faults:
    """Chooses the fault, if any, for each request.

    Parameters
    ----------
    faults
        The first one that fits a request is chosen.
    random
        Random numbers for `Fault.share`; anything with a method `random`.
    """

    def __init__(self, faults: Iterable[Fault], random: Any) -> None:
        self._faults = tuple(faults)
        self._counts = [0] * len(self._faults)
        self._random = random
        self._lock = threading.Lock()

    def pick(self, verb: str, path: str) -> Fault | None:
        """Return the fault for this request, or None, and count the request."""
        request = f"{verb} {path}"
        chosen = None
        with self._lock:
            for n, fault in enumerate(self._faults):
                if not request.startswith(fault.route) or (request.startswith("entry ") and not fault.route):
                    continue
                self._counts[n] += 1
                if fault.times and self._counts[n] not in fault.times:
                    continue
                if fault.share < 1 and self._random.random() >= fault.share:
                    continue
                chosen = chosen or fault
        return chosen

    def split_faulty(self, body: bytes) -> tuple[bytes, dict[int, int]]:
        """Split a batch into the entries to send and the injected status of the others, by index."""
        if not any(fault.route.startswith("entry") for fault in self._faults):
            return body, {}
        try:
            entries = json.loads(body)["batch"]
            routes = [(f"entry {entry['method']}", str(entry["relative_url"])) for entry in entries]
        except (ValueError, KeyError, TypeError):
            return body, {}  # not a batch: the server refuses it
        faults = {position: self.pick(verb, path) for position, (verb, path) in enumerate(routes)}
        statuses = {position: fault.status for position, fault in faults.items() if fault is not None}
        rest = [entry for position, entry in enumerate(entries) if position not in statuses]
        return json.dumps({"batch": rest}).encode(), statuses


def merge_batch_answers(answer: bytes, statuses: Mapping[int, int], *, short: bool = False) -> bytes:
    """Return the response to a batch with the injected statuses at their indexes; `short` drops the last entry."""
    entries = json.loads(answer)["batch"] if answer else []
    for position in sorted(statuses):
        entries.insert(position, {"status": statuses[position]})
    return json.dumps({"batch": entries[:-1] if short else entries}).encode()
