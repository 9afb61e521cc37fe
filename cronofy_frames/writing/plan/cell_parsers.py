"""One cell of a sheet -> one value of the wire, or what was expected instead.

Shapes and limits: docs.cronofy.com/developers/api/events/upsert-event. `OMITTED` is what is not said and so not sent;
None is sent, as null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
import numpy.typing as npt

from cronofy_frames.wire.endpoint import OMITTED

Read = Callable[[Any], Any]

Cells = npt.NDArray[np.object_]
"""A value for each row; `OMITTED` or None where there is none."""

LONGEST_SUMMARY = 1024
LONGEST_DESCRIPTION = 4096
MOST_REMINDERS = 5
LARGEST = 2**31 - 1  # an Integer has 32 bits: docs.cronofy.com/developers/api/data-types

TRANSPARENCIES = ("opaque", "transparent")
EXTENDED_TRANSPARENCIES = ("opaque", "transparent", "working_elsewhere", "tentative", "out_of_office")
FREQUENCIES = ("daily", "weekly", "monthly", "yearly")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_LOCALE = re.compile(r"[A-Za-z]{2}")
_WHOLE = re.compile(r"\d{1,10}")
_UNTIL = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?", re.ASCII)


class Unfit(ValueError):
    """A cell that cannot be used.

    Attributes
    ----------
    expected
        What should stand there.
    came
        The part of the cell that is wrong; `OMITTED` where it is all of it.
    """

    def __init__(self, expected: str, came: Any = OMITTED) -> None:
        super().__init__(expected)
        self.expected = expected
        self.came = came


def text_of(value: Any) -> str:
    """Read a text; whole numbers are texts that a spreadsheet has misread."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit("a text")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value)
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise Unfit("a text that can be written as UTF-8") from None
    return text


def text_up_to(longest: int) -> Read:
    """Return a reader of texts of so many characters."""

    def read(value: Any) -> str:
        text = text_of(value)
        if len(text) > longest:
            raise Unfit(f"at most {longest} characters", f"{len(text)} characters")
        return text

    return read


def said_text(value: Any) -> Any:
    """Read a text that cannot be emptied: a blank one is not said."""
    text = text_of(value).strip()
    return text or OMITTED


def identifier(value: Any) -> str:
    """Read the application's own id of an event."""
    text = text_of(value)
    if not text.strip():
        raise Unfit("an id, or a cell without a value for one that is derived", "blank text")
    if text.startswith("evt_external_"):
        raise Unfit("an id of your own: this is an event_uid, which goes into that column")
    return text


def period_identifier(value: Any) -> str:
    """Read the application's own id of an available period."""
    text = text_of(value)
    if not re.fullmatch(r"[ -~]{1,64}", text):
        raise Unfit("an id of 1 to 64 ASCII characters")
    return text


def boolean(value: Any) -> Any:
    """Read a Boolean, real or in words."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if isinstance(value, str | int | float) else None
    if word in ("true", "yes", "1", "1.0"):
        return True
    if word in ("false", "no", "0", "0.0"):
        return False
    if word == "":
        return OMITTED
    raise Unfit("True or False")


def choice(words: Collection[str]) -> Read:
    """Return a reader of one of several words; `unknown`, which reads give, says nothing."""

    def read(value: Any) -> Any:
        word = value.strip().casefold() if isinstance(value, str) else None
        if word in words:
            return word
        if word in ("", "unknown"):
            return OMITTED
        raise Unfit(f"one of {', '.join(words)}")

    return read


def matching(pattern: re.Pattern[str], words: str) -> Read:
    """Return a reader of texts of a certain form."""

    def read(value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else None
        if text == "":
            return OMITTED
        if text is None or not pattern.fullmatch(text):
            raise Unfit(words)
        return text

    return read


color = matching(_COLOR, "a colour such as #49BED8")
locale = matching(_LOCALE, "two letters, such as en")


def degrees(most: int) -> Read:
    """Return a reader of degrees, which the wire has as text."""

    def read(value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            return OMITTED
        try:
            number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            number = None
        if number is None or not -most <= number <= most:
            raise Unfit(f"degrees from -{most} to {most}")
        return f"{number:.10f}".rstrip("0").rstrip(".")

    return read


def address(value: Any) -> str:
    """Read an address with a scheme."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        good = bool(urlsplit(text).scheme) and not re.search(r"\s", text) and text_of(text) == text
    except ValueError:
        good = False
    if not good:
        raise Unfit("an address such as https://example.org/agenda")
    return text


def removable_address(value: Any) -> str | None:
    """Read an address; a blank one removes it."""
    return None if isinstance(value, str) and not value.strip() else address(value)


def web_address(value: Any) -> str:
    """Read an address that a webhook can go to."""
    text = address(value)
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise Unfit("an http or https address", value)
    return text


def reminders(value: Any) -> list[dict[str, int]]:
    """Read minutes before the start: a number, several, or JSON."""
    wanted = f"up to {MOST_REMINDERS} whole numbers of minutes, such as 10, 30"
    if isinstance(value, str) and not value.lstrip().startswith("["):
        minutes: Any = re.split(r"[,;\s]+", value.strip()) if value.strip() else []
    else:
        minutes = json_of(value, wanted)
    listed = minutes if isinstance(minutes, list) else [minutes]
    if len(listed) > MOST_REMINDERS:
        raise Unfit(wanted, f"{len(listed)} of them")
    return [{"minutes": _minutes(one.get("minutes") if isinstance(one, dict) else one, wanted)} for one in listed]


def _minutes(value: Any, wanted: str) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    return whole(value, 0, wanted)


def whole(value: Any, least: int, wanted: str) -> int:
    """Return a whole number of at least so many, as the wire can hold it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise Unfit(wanted, value)
    return value


def json_of(value: Any, wanted: str) -> Any:
    """Read JSON, from text or from Python's own lists and mappings."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit(wanted)
    try:
        return msgspec.json.decode(value if isinstance(value, str) else msgspec.json.encode(value))
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise Unfit(wanted) from None


def blank_or(read: Read) -> Read:
    """Return a reader to which blank text says nothing."""

    def unless_blank(value: Any) -> Any:
        return OMITTED if isinstance(value, str) and not value.strip() else read(value)

    return unless_blank


def anything(value: Any) -> Any:
    """Read JSON whose shape is not known."""
    return json_of(value, "JSON")


def objects(value: Any, wanted: str) -> list[dict[str, Any]]:
    """Read a JSON list of objects."""
    listed = json_of(value, wanted)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Unfit(wanted)
    return listed


def attachments(value: Any) -> list[dict[str, Any]]:
    """Read what is attached, by ids that `create_attachment` gave."""
    wanted = 'a JSON list such as [{"attachment_id": "att_1"}]'
    listed = objects(value, wanted)
    if not all(isinstance(one.get("attachment_id"), str) and one["attachment_id"] for one in listed):
        raise Unfit(wanted)
    return listed


def subscriptions(value: Any) -> list[dict[str, Any]]:
    """Read webhooks on an event."""
    wanted = 'a JSON list such as [{"type": "webhook", "uri": "https://...", "interactions": [{"type": "..."}]}]'
    listed = objects(value, wanted)
    for one in listed:
        if one.get("type") != "webhook":
            raise Unfit("subscriptions of the type webhook", one.get("type"))
        web_address(one.get("uri"))
        for name in ("interactions", "transitions"):
            if name in one:
                objects(one[name], wanted)
        for transition in one.get("transitions", ()):
            offset = transition.get("offset")
            if not isinstance(transition.get("before"), str) or not isinstance(offset, dict):
                raise Unfit('transitions such as {"before": "event_start", "offset": {"minutes": 30}}', transition)
            whole(offset.get("minutes"), 0, "an offset in whole minutes")
    return listed


def recurrence(value: Any) -> dict[str, Any]:
    """Read the rule of a series; one without rules ends it."""
    wanted = 'JSON such as {"rules": [{"frequency": "weekly", "count": 10}]}'
    told = json_of(value, wanted)
    if not isinstance(told, dict) or not isinstance(told.get("rules"), list):
        raise Unfit(wanted)
    if len(told["rules"]) > 1 or not all(isinstance(rule, dict) for rule in told["rules"]):
        raise Unfit("at most one rule", f"{len(told['rules'])} rules")
    if told.get("exceptions"):
        raise Unfit("a recurrence without exceptions, whose shape is not documented")
    for rule in told["rules"]:
        _check_rule(rule)
    return told


def _check_rule(rule: dict[str, Any]) -> None:
    if rule.get("frequency") not in FREQUENCIES:
        raise Unfit(f"a frequency, one of {', '.join(FREQUENCIES)}", rule.get("frequency"))
    for name in ("interval", "count"):
        if rule.get(name) is not None and not (type(rule[name]) is int and 1 <= rule[name] <= LARGEST):
            raise Unfit(f"a whole {name} of at least 1", rule[name])
    if rule.get("until") is not None:
        _check_until(rule["until"])
        if rule.get("count") is not None:
            raise Unfit("count or until, not both", "both")
    if rule.get("by_day") not in (None, []):
        _check_days(rule["by_day"], rule["frequency"])


def _check_until(until: Any) -> None:
    found = _UNTIL.fullmatch(until) if isinstance(until, str) else None
    try:
        read = None if found is None else datetime.fromisoformat(until) if found[2] else date.fromisoformat(found[1])
    except ValueError:
        read = None
    if read is None or not 1900 <= read.year <= 9998:
        raise Unfit("until as a date such as 2026-12-31, or a time such as 2026-12-31T09:00:00Z", until)


def _check_days(days: Any, frequency: str) -> None:
    """Days of the week with weekly; with monthly each with its place in the month."""
    if not isinstance(days, list) or frequency not in ("weekly", "monthly"):
        raise Unfit("by_day as a list, and frequency weekly or monthly", days)
    for day in days:
        name, nth = (day.get("day"), day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
        placed = (nth is None) if frequency == "weekly" else type(nth) is int and nth in (-1, 1, 2, 3, 4, 5)
        if name not in WEEKDAYS or not placed:
            raise Unfit("weekdays such as monday; with monthly objects with day and nth_of_period", day)
