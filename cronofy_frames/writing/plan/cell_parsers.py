"""Cell parsers: the value of one cell as a value of the wire, or `InvalidCellError` with what was expected.

Formats and limits: docs.cronofy.com/developers/api/events/upsert-event. `OMITTED` stands for a field that is not set
and not sent; None is sent, as null.
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

Parser = Callable[[Any], Any]
"""From a cell that is not missing to its value; raises `InvalidCellError`."""

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
_DIGITS = re.compile(r"\d{1,10}")
_UNTIL = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))?", re.ASCII)


class InvalidCellError(ValueError):
    """A cell that cannot be used.

    Attributes
    ----------
    expected
        What the cell should hold.
    actual
        The part of the cell that is wrong; `OMITTED` for the whole cell.
    """

    def __init__(self, expected: str, actual: Any = OMITTED) -> None:
        super().__init__(expected)
        self.expected = expected
        self.actual = actual


# text and ids


def parse_text(value: Any) -> str:
    """Return a text; a number is a text that a spreadsheet has converted."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidCellError("a text")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value)
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise InvalidCellError("a text that can be written as UTF-8") from None
    return text


def text_parser(longest: int) -> Parser:
    """Return a parser of texts with a maximum length."""

    def parse(value: Any) -> str:
        text = parse_text(value)
        if len(text) > longest:
            raise InvalidCellError(f"at most {longest} characters", f"{len(text)} characters")
        return text

    return parse


def parse_nonblank_text(value: Any) -> Any:
    """Return a text without spaces around it; a blank one sets nothing."""
    text = parse_text(value).strip()
    return text or OMITTED


def parse_event_id(value: Any) -> str:
    """Return the application's own id of an event."""
    text = parse_text(value)
    if not text.strip():
        raise InvalidCellError("an id, or a missing value to derive one", "blank text")
    if text.startswith("evt_external_"):
        raise InvalidCellError("an id of your own; an event_uid belongs in the column event_uid")
    return text


def parse_period_id(value: Any) -> str:
    """Return the application's own id of an available period."""
    text = parse_text(value)
    if not re.fullmatch(r"[ -~]{1,64}", text):
        raise InvalidCellError("an id of 1 to 64 ASCII characters")
    return text


# values of a fixed form


def parse_boolean(value: Any) -> Any:
    """Return a Boolean from True/False, 0/1 or yes/no."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold() if isinstance(value, str | int | float) else None
    if word in ("true", "yes", "1", "1.0"):
        return True
    if word in ("false", "no", "0", "0.0"):
        return False
    if word == "":
        return OMITTED
    raise InvalidCellError("True or False")


def choice_parser(words: Collection[str]) -> Parser:
    """Return a parser of one of several words; `unknown`, which reads return, sets nothing."""

    def parse(value: Any) -> Any:
        word = value.strip().casefold() if isinstance(value, str) else None
        if word in words:
            return word
        if word in ("", "unknown"):
            return OMITTED
        raise InvalidCellError(f"one of {', '.join(words)}")

    return parse


def pattern_parser(pattern: re.Pattern[str], expected: str) -> Parser:
    """Return a parser of texts that match a pattern."""

    def parse(value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else None
        if text == "":
            return OMITTED
        if text is None or not pattern.fullmatch(text):
            raise InvalidCellError(expected)
        return text

    return parse


parse_color = pattern_parser(_COLOR, "a colour such as #49BED8")
parse_locale = pattern_parser(_LOCALE, "two letters, such as en")


def degrees_parser(limit: int) -> Parser:
    """Return a parser of degrees, which the wire has as text."""

    def parse(value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            return OMITTED
        try:
            number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        except (ValueError, OverflowError):
            number = None
        if number is None or not -limit <= number <= limit:
            raise InvalidCellError(f"degrees from -{limit} to {limit}")
        return f"{number:.10f}".rstrip("0").rstrip(".")

    return parse


def parse_url(value: Any) -> str:
    """Return a URL with a scheme."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        is_url = bool(urlsplit(text).scheme) and not re.search(r"\s", text) and parse_text(text) == text
    except ValueError:
        is_url = False
    if not is_url:
        raise InvalidCellError("an address such as https://example.org/agenda")
    return text


def parse_removable_url(value: Any) -> str | None:
    """Return a URL; None, which removes it, for a blank text."""
    return None if isinstance(value, str) and not value.strip() else parse_url(value)


def parse_web_url(value: Any) -> str:
    """Return a URL that a webhook can be sent to."""
    text = parse_url(value)
    if urlsplit(text).scheme not in ("http", "https") or not urlsplit(text).hostname:
        raise InvalidCellError("an http or https address", value)
    return text


def parse_reminders(value: Any) -> list[dict[str, int]]:
    """Return reminders from minutes before the start: a number, several, or JSON."""
    expected = f"up to {MOST_REMINDERS} whole numbers of minutes, such as 10, 30"
    if isinstance(value, str) and not value.lstrip().startswith("["):
        minutes: Any = re.split(r"[,;\s]+", value.strip()) if value.strip() else []
    else:
        minutes = parse_json(value, expected)
    items = minutes if isinstance(minutes, list) else [minutes]
    if len(items) > MOST_REMINDERS:
        raise InvalidCellError(expected, f"{len(items)} of them")
    return [
        {"minutes": _parse_minutes(item.get("minutes") if isinstance(item, dict) else item, expected)} for item in items
    ]


def _parse_minutes(value: Any, expected: str) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    return parse_integer(value, 0, expected)


def parse_integer(value: Any, least: int, expected: str) -> int:
    """Return an integer of at least `least`, within 32 bits as the wire has it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
        raise InvalidCellError(expected, value)
    return value


def parse_json(value: Any, expected: str) -> Any:
    """Return JSON, given as text or as Python's own lists and mappings."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidCellError(expected)
    try:
        return msgspec.json.decode(value if isinstance(value, str) else msgspec.json.encode(value))
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError):
        raise InvalidCellError(expected) from None


def unless_blank(parser: Parser) -> Parser:
    """Return a parser for which a blank text sets nothing."""

    def parse(value: Any) -> Any:
        return OMITTED if isinstance(value, str) and not value.strip() else parser(value)

    return parse


def parse_any_json(value: Any) -> Any:
    """Return any JSON, for fields whose format is not documented."""
    return parse_json(value, "JSON")


def parse_objects(value: Any, expected: str) -> list[dict[str, Any]]:
    """Return a JSON list of objects."""
    items = parse_json(value, expected)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidCellError(expected)
    return items


def parse_attachments(value: Any) -> list[dict[str, Any]]:
    """Return attachments, named by the ids that `create_attachment` returned."""
    expected = 'a JSON list such as [{"attachment_id": "att_1"}]'
    items = parse_objects(value, expected)
    if not all(isinstance(item.get("attachment_id"), str) and item["attachment_id"] for item in items):
        raise InvalidCellError(expected)
    return items


def parse_subscriptions(value: Any) -> list[dict[str, Any]]:
    """Return the webhooks of an event."""
    expected = 'a JSON list such as [{"type": "webhook", "uri": "https://...", "interactions": [{"type": "..."}]}]'
    items = parse_objects(value, expected)
    for item in items:
        if item.get("type") != "webhook":
            raise InvalidCellError("subscriptions of the type webhook", item.get("type"))
        parse_web_url(item.get("uri"))
        for name in ("interactions", "transitions"):
            if name in item:
                parse_objects(item[name], expected)
        for transition in item.get("transitions", ()):
            offset = transition.get("offset")
            moments = [transition[name] for name in ("before", "after") if transition.get(name) is not None]
            if len(moments) != 1 or moments[0] not in ("event_start", "event_end") or not isinstance(offset, dict):
                raise InvalidCellError(
                    'transitions such as {"before": "event_start", "offset": {"minutes": 30}}: before or after, and '
                    "event_start or event_end",
                    transition,
                )
            parse_integer(offset.get("minutes"), 0, "an offset in whole minutes")
    return items


def parse_meeting_agent(value: Any) -> Any:
    """Return the profile of a meeting agent: cronofy for yes, none for no."""
    text = value.strip().lower() if isinstance(value, str) else value
    if text in ("cronofy", "none"):
        return text
    try:
        sends = parse_boolean(value)
    except InvalidCellError:
        raise InvalidCellError("yes or no (cronofy or none)") from None
    return sends if sends is OMITTED else "cronofy" if sends else "none"


def parse_recurrence(value: Any) -> dict[str, Any]:
    """Return the rule of a series; a recurrence without rules ends the series."""
    expected = 'JSON such as {"rules": [{"frequency": "weekly", "count": 10}]}'
    recurrence = parse_json(value, expected)
    if not isinstance(recurrence, dict) or not isinstance(recurrence.get("rules"), list):
        raise InvalidCellError(expected)
    if len(recurrence["rules"]) > 1 or not all(isinstance(rule, dict) for rule in recurrence["rules"]):
        raise InvalidCellError("at most one rule", f"{len(recurrence['rules'])} rules")
    if recurrence.get("exceptions"):
        raise InvalidCellError("a recurrence without exceptions, whose shape is not documented")
    for rule in recurrence["rules"]:
        _check_rule(rule)
    return recurrence


def _check_rule(rule: dict[str, Any]) -> None:
    if rule.get("frequency") not in FREQUENCIES:
        raise InvalidCellError(f"a frequency, one of {', '.join(FREQUENCIES)}", rule.get("frequency"))
    for name in ("interval", "count"):
        if rule.get(name) is not None and not (type(rule[name]) is int and 1 <= rule[name] <= LARGEST):
            raise InvalidCellError(f"a whole {name} of at least 1", rule[name])
    if rule.get("until") is not None:
        _check_until(rule["until"])
        if rule.get("count") is not None:
            raise InvalidCellError("count or until, not both", "both")
    if rule.get("by_day") not in (None, []):
        _check_days(rule["by_day"], rule["frequency"])


def _check_until(until: Any) -> None:
    match = _UNTIL.fullmatch(until) if isinstance(until, str) else None
    try:
        time = None if match is None else datetime.fromisoformat(until) if match[2] else date.fromisoformat(match[1])
    except ValueError:
        time = None
    if time is None or not 1900 <= time.year <= 9998:
        raise InvalidCellError("until as a date such as 2026-12-31, or a time such as 2026-12-31T09:00:00Z", until)


def _check_days(days: Any, frequency: str) -> None:
    """Check by_day: weekdays for a weekly rule, weekdays with their place in the month for a monthly one."""
    if not isinstance(days, list) or frequency not in ("weekly", "monthly"):
        raise InvalidCellError("by_day as a list, and frequency weekly or monthly", days)
    for day in days:
        name, nth = (day.get("day"), day.get("nth_of_period")) if isinstance(day, dict) else (day, None)
        is_valid = (nth is None) if frequency == "weekly" else type(nth) is int and nth in (-1, 1, 2, 3, 4, 5)
        if name not in WEEKDAYS or not is_valid:
            raise InvalidCellError("weekdays such as monday; with monthly objects with day and nth_of_period", day)
