"""Faults to be injected between client and server, to see what becomes of the work.

Plain data and the choice of when; what a fault does to a connection is for the transport (in process)
and for the served sandbox to say, so that the sandbox itself stays honest.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["status", "html", "truncate", "drop before", "drop after", "slow"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind
        status: answered with `status` and an empty body, and the request is not carried out.
        html: the same, with an HTML page as the body.
        truncate: carried out, but the body breaks off in the middle.
        drop before: the connection is lost, and the request is not carried out.
        drop after: carried out, and the connection is lost before the answer.
        slow: carried out, and answered after `seconds`.
    route
        Only requests whose `VERB /path` starts with this; "" is every request.
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
                if not asked.startswith(fault.route):
                    continue
                self._seen[n] += 1
                if fault.times and self._seen[n] not in fault.times:
                    continue
                if fault.share < 1 and self._random.random() >= fault.share:
                    continue
                chosen = chosen or fault
        return chosen
