"""Method of the sandbox with which the recipient of a scheduling request picks a time, as at its link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cronofy_frames.sandbox.model.controls import Controls
from cronofy_frames.sandbox.model.state import SchedulingRequest
from cronofy_frames.sandbox.model.times import normalize_time
from cronofy_frames.sandbox.scheduler.rows import DEFAULT_DURATION, request_row

BASE_URL = "https://app.sandbox.cronofy.test"


class Outcomes(Controls):
    """Base class of the sandbox that settles scheduling requests."""

    def choose_time(
        self,
        scheduling_request_id: str,
        start: datetime,
        *,
        callback_url: str | None = None,
        captured: Mapping[str, str] | None = None,
    ) -> SchedulingRequest:
        """Pick the time of a scheduling request as its recipient would, and notify the callback URL.

        Parameters
        ----------
        scheduling_request_id
            The request; it must be pending.
        start
            The time, with a time zone.
        callback_url
            The address that the dashboard has for webhooks; None sends none.
        captured
            What the link's query or the form adds, such as `{"correlation_id": "case-7"}`; it becomes
            `event.metadata.scheduler`.

        Returns
        -------
        scheduling request
            As the sandbox stores it.
        """
        with self._lock:
            row = self._world.scheduling_requests.get(scheduling_request_id)
            if row is None or row.slot_selection != "pending":
                raise LookupError(f"No scheduling request {scheduling_request_id!r} is pending.")
            length = row.event.get("duration") or DEFAULT_DURATION
            normalized = normalize_time(start)
            assert isinstance(normalized, datetime)
            row.start, row.slot_selection = normalized, "complete"
            row.end = row.start + timedelta(
                hours=int(length.get("hours") or 0), minutes=int(length.get("minutes") or 0)
            )
            if captured:
                row.event = {**row.event, "metadata": _metadata(row.event, captured)}
            self._world.change_count += 1
            if callback_url is not None:
                self._queue_time_chosen(row, callback_url)
        self.send_out()
        return row

    def _queue_time_chosen(self, row: SchedulingRequest, callback_url: str) -> None:
        """Queue the callback: docs /developers/embedded-scheduler/receiving-updates."""
        message = {
            "notification": {"type": "scheduling_request_time_chosen", "triggered_at": self.now()},
            "scheduling_request": request_row(row, BASE_URL),
        }
        self._world.queue_callback(callback_url, message)


def _metadata(event: Mapping[str, Any], captured: Mapping[str, str]) -> dict[str, Any]:
    metadata = dict(event.get("metadata") or {})
    scheduler = metadata.get("scheduler")
    metadata["scheduler"] = {**(scheduler if isinstance(scheduler, dict) else {}), **captured}
    return metadata
