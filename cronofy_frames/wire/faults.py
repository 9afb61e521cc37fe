"""Faults to be injected between client and server, to see what becomes of the work.

Plain data and the choice of when; what a fault does to a connection is for the transport (in process)
and for the served sandbox to say, so that the sandbox itself stays honest.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["status", "html", "truncate", "short", "drop before", "drop after", "slow"]

BATCH = "/v1/batch"
NO_ENTRIES = b'{"batch": []}'  # what `strike` leaves of a batch of which nothing is left


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind
        status: answered with `status` and an empty body, and the request is not carried out.
        html: the same, with an HTML page as the body.
        truncate: carried out, but the body breaks off in the middle.
        short: a batch is carried out, but the answer lacks its last entry.
        drop before: the connection is lost, and the request is not carried out.
        drop after: carried out, and the connection is lost before the answer.
        slow: carried out, and answered after `seconds`.
    route
        Only requests whose `VERB /path` starts with this; "" is every request. With `entry` before it, as in
        `entry POST /v1/calendars/`, it is the entries of a batch, each answered with `status` (of kind status) and not
        carried out.
    times
        Which of those requests, counted from 1; empty is every one.
    share
        Of those, the share that fails, from 0 to 1, drawn by `random`.
    status, retry_after, seconds
        What the kind needs. An expired page token is a status 404 on `GET /v1/events/pages/`.
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
    """Chooses the fault, if any, for each request that passes.

    Parameters
    ----------
    faults
        The first that fits a request is the one that happens.
    random
        Draws for `Fault.share`; anything with a method `random`.
    """

    def __init__(self, faults: Iterable[Fault], random: Any) -> None:
        self._faults = tuple(faults)
        self._seen = [0] * len(self._faults)
        self._random = random
        self._lock = threading.Lock()

    def pick(self, verb: str, path: str) -> Fault | None:
        """Return the fault that befalls this request, or None."""
        asked = f"{verb} {path}"
        chosen = None
        with self._lock:
            for n, fault in enumerate(self._faults):
                if not asked.startswith(fault.route) or (asked.startswith("entry ") and not fault.route):
                    continue
                self._seen[n] += 1
                if fault.times and self._seen[n] not in fault.times:
                    continue
                if fault.share < 1 and self._random.random() >= fault.share:
                    continue
                chosen = chosen or fault
        return chosen

    def strike(self, body: bytes) -> tuple[bytes, dict[int, int]]:
        """Return a batch without the entries that a fault befalls, and the status of each of these by its place."""
        if not any(fault.route.startswith("entry") for fault in self._faults):
            return body, {}
        try:
            entries = json.loads(body)["batch"]
            named = [(f"entry {one['method']}", str(one["relative_url"])) for one in entries]
        except (ValueError, KeyError, TypeError):
            return body, {}  # no batch: whoever answers says so
        picked = {place: self.pick(verb, path) for place, (verb, path) in enumerate(named)}
        struck = {place: fault.status for place, fault in picked.items() if fault is not None}
        rest = [entry for place, entry in enumerate(entries) if place not in struck]
        return json.dumps({"batch": rest}).encode(), struck


def rejoined(answer: bytes, struck: Mapping[int, int], *, short: bool = False) -> bytes:
    """Return the answer to a batch with the entries that were struck in their places; short of the last, if so."""
    entries = json.loads(answer)["batch"] if answer else []
    for place in sorted(struck):
        entries.insert(place, {"status": struck[place]})
    return json.dumps({"batch": entries[:-1] if short else entries}).encode()
