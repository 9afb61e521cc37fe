"""People with a few meetings on a Monday, and short forms of availability queries and their results."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.state import (
    Account,
    AvailabilityRule,
    AvailablePeriod,
    Calendar,
    Event,
    Office,
    Profile,
)
from tests.sandbox.caller import Caller

PATH = "/v1/availability"
DAY = "2026-03-02"  # a Monday


def moment(clock: str, day: str = DAY) -> str:
    """Return a time of that Monday, or of another day, in its wire form."""
    return f"{day}T{clock}:00Z"


def period(text: str, day: str = DAY) -> dict[str, str]:
    """Return `09:00-10:00` as an object with start and end."""
    return dict(zip(("start", "end"), (moment(clock, day) for clock in text.split("-")), strict=True))


def meeting(text: str, *, key: str, **fields: Any) -> Event:
    """Return an event of a person: `10:00-11:00` of that Monday unless start and end are given."""
    times = {"start": datetime.min, "end": datetime.min} if text else {}
    times = {name: datetime.fromisoformat(when) for name, when in period(text).items()} if text else times
    made = datetime(2026, 2, 1, tzinfo=UTC)
    uid = f"evt_{key}_{text}_{len(fields)}_{fields.get('start', '')}"
    base = {"calendar_id": f"cal_{key}", "event_uid": uid, "summary": text, "created": made, "updated": made}
    return Event(**{**base, **times, **fields})


def person(key: str, *busy: str | Event, tzid: str = "Etc/UTC", **fields: Any) -> Account:
    """Return an account with a calendar `cal_a`, another one `cal_a_home`, and meetings in the first."""
    calendars = [Calendar(f"cal_{key}", "Work", tzid=tzid), Calendar(f"cal_{key}_home", "Home", tzid=tzid)]
    events = [meeting(item, key=key) if isinstance(item, str) else item for item in busy]
    profile = Profile(f"pro_{key}", f"{key}@example.test", "google", "gsuite", calendars=calendars)
    attributes = {"email": f"{key}@example.test", "name": key, "profiles": [profile], **fields}
    return Account(f"acc_{key}", events={event.event_uid: event for event in events}, **attributes)


def application(*people: Account, **options: Any) -> Caller:
    """Return a caller with the client secret, for a sandbox with these people."""
    sandbox = Sandbox(office=Office(list(people)), now="2026-03-01T12:00:00Z", rate_limit=False, **options)
    return Caller(sandbox, sandbox.client_secret)


def members(*people: Any) -> list[dict[str, Any]]:
    """Return members; each is a letter or a member with options."""
    return [{"sub": f"acc_{person}"} if isinstance(person, str) else person for person in people]


def member_with(key: str, **options: Any) -> dict[str, Any]:
    """Return one member with options."""
    return {"sub": f"acc_{key}", **options}


def group(*people: Any, required: Any = "all") -> dict[str, Any]:
    """Return a group."""
    return {"members": members(*people), "required": required}


def query(*people: Any, span: str = "09:00-13:00", minutes: int = 30, **more: Any) -> dict[str, Any]:
    """Return the body of a query for all these members on that Monday; a field of None is left out."""
    groups = [person for person in people if isinstance(person, dict) and "members" in person]
    body = {
        "participants": groups or [group(*people)],
        "required_duration": {"minutes": minutes},
        "query_periods": [period(span)],
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def rows(answer: Any) -> list[dict[str, Any]]:
    """Return the only list of a response."""
    assert answer.status_code == 200, answer.text
    (key,) = answer.json
    assert key in ("available_periods", "available_slots")
    return list(answer.json[key])


def opening_texts(api: Caller, *people: Any, **how: Any) -> list[tuple[str, str]]:
    """Return the openings as `09:00-10:00` with the letters of the free members."""
    return [
        (f"{row['start'][11:16]}-{row['end'][11:16]}", "".join(free["sub"][4:] for free in row["participants"]))
        for row in rows(api.post(PATH, query(*people, **how)))
    ]


def spans(api: Caller, *people: Any, **how: Any) -> list[str]:
    """Return the openings as `09:00-10:00`."""
    return [span for span, _ in opening_texts(api, *people, **how)]


def starts(api: Caller, *people: Any, **how: Any) -> list[str]:
    """Return the starts of the slots, by default of overlapping ones."""
    return [span[:5] for span in spans(api, *people, **{"response_format": "overlapping_slots", **how})]


def every(first: str, last: str, minutes: int) -> list[str]:
    """Return the times from the first to the last, both included."""
    start, end = (datetime.fromisoformat(moment(clock)) for clock in (first, last))
    count = int((end - start) / timedelta(minutes=minutes))
    return [f"{start + n * timedelta(minutes=minutes):%H:%M}" for n in range(count + 1)]


TWO = (person("a", "10:00-11:00"), person("b", "11:00-12:00"))


def two(*more: Account, **options: Any) -> Caller:
    """Return a sandbox in which a is busy at ten and b at eleven."""
    return application(*copy.deepcopy(TWO), *more, **options)


RULE = AvailabilityRule(
    "week", "America/New_York", [{"day": "monday", "start_time": "05:00", "end_time": "06:30"}], ["cal_a_home"]
)
OTHER = AvailabilityRule("other", "Etc/UTC", [{"day": "monday", "start_time": "11:30", "end_time": "12:30"}])
ONCE = AvailablePeriod("once", datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 13, tzinfo=UTC))


def keeper(*busy: str | Event, rules: Sequence[AvailabilityRule] = (RULE, OTHER), periods: bool = True) -> Account:
    """Return an account with availability rules and an available period."""
    stored = {rule.availability_rule_id: copy.deepcopy(rule) for rule in rules}
    once = {"once": copy.deepcopy(ONCE)} if periods else {}
    return person("a", *busy, availability_rules=stored, available_periods=once)
