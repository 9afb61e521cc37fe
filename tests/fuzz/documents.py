"""Documents to mutate, and the mutations: what a fuzzer does, with hypothesis in the place of its engine."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
"""Examples of each document in the suite; `make fuzz` tries many more."""

TOKENS = (
    *(b"", b"null", b"{}", b"[]", b"true", b"-1", b"1e999", b"9" * 400, b"0" * 50, b'"', b"\\", b"\\ud800", b"\x00"),
    *(b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\n\n", b";", b",", b":", b"=", b"[" * 2_000, b"{" * 2_000, b"a" * 5_000),
    *(b"99999999999999999999", b"0000-00-00", b"9999-12-31T23:59:59Z", b"24:00", b"Etc/Nowhere", b"FREQ=SECONDLY"),
)


@st.composite
def mutated(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return a document with some pieces cut out, exchanged or replaced."""
    content = whole
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(0, len(content))))
        end = min(len(content), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(TOKENS) | st.binary(max_size=8) | st.just(content[:end][-30:]))
        content = content[:start] + piece + content[end:]
    return content


def document(whole: bytes) -> st.SearchStrategy[bytes]:
    """Return documents: mutations of one, its beginnings, and any bytes."""
    cut = st.integers(0, len(whole)).map(lambda length: whole[:length])
    return mutated(whole) | cut | st.binary(max_size=200)


def fuzz_settings() -> Callable[..., Callable[..., None]]:
    """Return the settings of these tests."""
    return settings(max_examples=EXAMPLES)


PAGE = json.dumps(
    {
        "pages": {"current": 1, "total": 1},
        "events": [
            {
                "calendar_id": "cal_1",
                "event_uid": "evt_1",
                "summary": "Review",
                "start": {"time": "2026-03-04T09:00:00Z", "tzid": "Europe/London"},
                "end": {"time": "2026-03-04T10:00:00Z", "tzid": "Europe/London"},
                "attendees": [{"email": "a@example.org", "status": "accepted"}],
                "location": {"description": "Room 1", "lat": "51.5", "long": "-0.1"},
                "recurring": False,
                "options": {"delete": True},
            },
            {"calendar_id": "cal_1", "event_uid": "evt_2", "start": "2026-03-09", "end": "2026-03-12"},
        ],
    }
).encode()

ERROR = json.dumps({"errors": {"summary": [{"key": "errors.required", "description": "required"}]}}).encode()

SHEET = (
    b"Title,Date,Start time,End time,Guests,All day,tzid\r\n"
    b'Kick-off,2026-04-03,9:00 AM,10:30 AM,"a@example.org; Bob <b@example.org>",no,Europe/London\r\n'
    b"Offsite,2026-04-06,,,,yes,\r\n"
)

ROWS = json.dumps([{"summary": "A", "start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z"}]).encode()

ICS = b"\r\n".join(
    [
        *(b"BEGIN:VCALENDAR", b"VERSION:2.0", b"PRODID:-//x//EN", b"BEGIN:VTIMEZONE", b"TZID:Ours", b"BEGIN:STANDARD"),
        *(b"DTSTART:16010101T030000", b"TZOFFSETFROM:+0200", b"TZOFFSETTO:+0100"),
        *(b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", b"END:STANDARD", b"END:VTIMEZONE"),
        *(b"BEGIN:VEVENT", b"UID:1", b"DTSTAMP:20260101T000000Z", b"SUMMARY:Weekly\\, every", b" day"),
        *(b"DTSTART;TZID=Ours:20260302T090000", b"DTEND;TZID=Ours:20260302T093000", b"RRULE:FREQ=WEEKLY;COUNT=5"),
        *(b"EXDATE;TZID=Ours:20260309T090000", b"ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:a@example.org"),
        *(b"END:VEVENT", b"BEGIN:VEVENT", b"UID:1", b"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Ours:20260316T090000"),
        *(b"DTSTART;TZID=Ours:20260316T100000", b"DURATION:PT1H", b"END:VEVENT", b"END:VCALENDAR", b""),
    ]
)
