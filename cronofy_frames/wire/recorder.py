"""Recorder of calls, for a dry run or a batch."""

from __future__ import annotations

from typing import Any

from cronofy_frames.text import quantity
from cronofy_frames.wire.api import Api
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import body_of, path_of


class Recorder(Api):
    """Records calls instead of sending them: for a dry run, or to send them as a batch.

    Attributes
    ----------
    calls
        The calls, in order.

    Examples
    --------
    >>> recorder = cf.Recorder()
    >>> recorder.delete_event("cal_1", "order-17")
    >>> recorder.entries()
    [{'method': 'DELETE', 'relative_url': '/v1/calendars/cal_1/events', 'data': {'event_id': 'order-17'}}]
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def send(self, call: Call) -> Any:
        """Record a call, if it can be sent; the result is None."""
        path_of(call), body_of(call)
        self.calls.append(call)

    def __repr__(self) -> str:
        names = ", ".join(sorted({call.endpoint.name for call in self.calls}))
        return f"<Recorder of {quantity(len(self.calls), 'call')}: {names}>"

    def entries(self) -> list[dict[str, Any]]:
        """Return the calls as entries for `Client.batch`.

        Raises
        ------
        ValueError
            A call cannot be in a batch, or acts as an account.
        """
        if refused := sorted({call.endpoint.name for call in self.calls if not call.endpoint.batch}):
            allowed = ", ".join(name for name, endpoint in ENDPOINTS.items() if endpoint.batch)
            raise ValueError(f"a batch takes {allowed}; not {', '.join(refused)}. Send those one by one.")
        if any(call.impersonate for call in self.calls):
            raise ValueError("an entry of a batch has no header of its own: give impersonate to connect() instead.")
        return [
            {"method": call.endpoint.verb, "relative_url": path_of(call), "data": body_of(call)} for call in self.calls
        ]
