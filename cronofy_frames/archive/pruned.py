"""Up to when events were pruned, so that no later sync brings them back."""

from __future__ import annotations

from cronofy_frames.archive.state import State

_SETTING = "pruned_before"


def pruned_before(state: State) -> int | None:
    """Return the time before which events that ended were deleted, in microseconds; None where none were."""
    saved = state.setting(_SETTING)
    return None if saved is None else int(saved)


def save_pruned(state: State, before: int) -> None:
    """Remember that events that ended before a time, in microseconds, are deleted."""
    state.save_setting(_SETTING, str(max(before, pruned_before(state) or before)))
