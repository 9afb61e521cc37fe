"""Sandboxes of an .ics file on the command line: their notes, and their clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cronofy_frames.cli.base import MOST_NOTES, print_note
from cronofy_frames.cli.base import UTC as UTC_NAME
from cronofy_frames.cli.option_names import messages_name_options

if TYPE_CHECKING:
    from typing import Any

    from cronofy_frames.sandbox import Sandbox

DAYS_BACK = 42
DAYS_AHEAD = 201


def open_sandbox(since: str | None = None, tz: str | None = None, **options: Any) -> Sandbox:
    """Return a sandbox, and print what could not be read as written in its .ics file."""
    from cronofy_frames.sandbox import Sandbox

    if now := _clock_for(since, tz):
        options["now"] = now
    with messages_name_options():
        box = Sandbox(**options)
    for problem in box.problems[:MOST_NOTES]:
        print_note(_problem_text(problem))
    if (more := len(box.problems) - MOST_NOTES) > 0:
        print_note(f"and {more} more")
    return box


def _clock_for(since: str | None, tz: str | None) -> datetime | None:
    """Return a time at which a day that is out of reach today can be read; None if it can today."""
    from cronofy_frames.frames.bounds import instant

    start = None if since is None else instant(since, tz or UTC_NAME, "the first day")
    today = datetime.now(UTC)
    if start is None or today - timedelta(days=DAYS_BACK) <= start <= today + timedelta(days=DAYS_AHEAD):
        return None
    now: datetime = (start + timedelta(days=DAYS_BACK - 1)).to_pydatetime()
    print_note(f"the sandbox's clock is set to {now:%Y-%m-%d}, because Cronofy reads {DAYS_BACK} days back.")
    return now


def _problem_text(problem: dict[str, str]) -> str:
    """Return a problem in words: the component, its title or id, and how it was read."""
    name = " ".join(filter(None, [problem["component"], problem.get("summary") or problem["uid"]]))
    return f"{name}: {problem['problem']}"
