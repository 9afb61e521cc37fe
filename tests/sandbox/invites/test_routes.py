"""Smart invites of the sandbox: their JSON, their iCalendar text, and the answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pycronofy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.sandbox.invites.ics import clean_text, invite_text
from cronofy_frames.sandbox.model.state import Event, Invite, Invitee
from tests.sandbox.bodies import invalid_variants, is_documented
from tests.sandbox.caller import NOW, Caller, application, at, caller, office, refusals
from tests.zone_rules import onsets

HOOK = "https://app.example.test/invites"
BOB, EVE = "bob@example.test", "eve@example.test"
EVENT = {
    "summary": "Board",
    "description": "Plans; and more,\nplans",
    "start": {"time": "2026-04-02T09:30:00Z", "tzid": "Europe/London"},
    "end": {"time": "2026-04-02T10:00:00Z", "tzid": "Europe/London"},
    "location": {"description": "Room", "lat": "51.5", "long": "-0.00001"},
    "url": "https://app.example.test/board?a=1;b=2",
    "reminders": [{"minutes": 10}, {"minutes": 1500}],
    "event_private": True,
}
INVITE = {
    "method": "request",
    "smart_invite_id": "i1",
    "recipient": {"email": BOB},
    "callback_url": HOOK,
    "event": EVENT,
    "organizer": {"name": 'The "App"'},
}


def invite(api: Caller, **fields: Any) -> dict[str, Any]:
    """Return the response to an invite; a field of None is left out."""
    body = {name: value for name, value in {**INVITE, **fields}.items() if value is not None}
    answer = api.post("/v1/smart_invites", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def invite_all(api: Caller, *emails: str, **fields: Any) -> dict[str, Any]:
    """Return the response to an invite to several recipients."""
    return invite(api, recipient=None, recipients=[{"email": email} for email in emails], **fields)


def read_status(api: Caller, email: str | None = BOB) -> dict[str, Any]:
    """Return the status of an invite."""
    query = {"smart_invite_id": "i1"} | ({} if email is None else {"recipient_email": email})
    answer = api.get("/v1/smart_invites", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def parse_calendar(body: dict[str, Any]) -> tuple[Any, Any]:
    """Return the calendar of a response, and its event, parsed by the iCalendar library."""
    calendar = icalendar.Calendar.from_ical(body["attachments"]["icalendar"])
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_invite_is_answered_in_the_documented_shape() -> None:
    """The recipient is pending, times are UTC with their tzid, and a calendar is attached."""
    event = {name: EVENT[name] for name in ("summary", "description", "start", "end")} | {
        "location": {"description": "Room"}
    }
    body = invite(application(), event=event, organizer=None)
    text = body["attachments"].pop("icalendar")
    assert body == {
        "recipient": {"email": BOB, "status": "pending"},
        "smart_invite_id": "i1",
        "callback_url": HOOK,
        "method": "request",
        "event": event,
        "attachments": {},
    }
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")


def test_event_is_echoed_as_it_was_given() -> None:
    """The response has every field of the event that was given, and no other."""
    assert invite(application())["event"] == EVENT
    bare = {"summary": "Bare", "start": "2026-04-02", "end": "2026-04-03"}
    body = invite(application(), event=bare, callback_url=None)
    assert body["event"] == {
        "summary": "Bare",
        "start": {"time": "2026-04-02", "tzid": "Etc/UTC"},
        "end": {"time": "2026-04-03", "tzid": "Etc/UTC"},
    }
    assert "callback_url" not in body


def test_times_of_the_csharp_client_are_read() -> None:
    """Times with a space, as the C# client writes them, are accepted."""
    place = {"time": "2014-08-05 15:30:00Z", "tzid": "Etc/UTC"}
    body = invite(application(), event={"summary": "Test Summary", "start": place, "end": place})
    assert body["event"]["start"] == {"time": "2014-08-05T15:30:00Z", "tzid": "Etc/UTC"}


def test_calendar_says_what_the_invite_says() -> None:
    """Parsed by the iCalendar library, every property has the value of the request."""
    calendar, event = parse_calendar(invite(application()))
    assert (calendar["METHOD"], calendar["VERSION"]) == ("REQUEST", "2.0")
    assert event.start == datetime(2026, 4, 2, 10, 30, tzinfo=ZoneInfo("Europe/London"))
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event.end - event.start == timedelta(minutes=30)
    assert event["DTSTAMP"].dt == NOW
    assert event["SUMMARY"] == "Board"
    assert event["DESCRIPTION"] == "Plans; and more,\nplans"
    assert event["LOCATION"] == "Room"
    assert (event["GEO"].latitude, event["GEO"].longitude) == (51.5, -0.00001)
    assert event["URL"] == EVENT["url"]
    assert [event[name] for name in ("CLASS", "STATUS", "TRANSP", "SEQUENCE")] == ["PRIVATE", "CONFIRMED", "OPAQUE", 0]
    assert event["ORGANIZER"].params["CN"] == 'The "App"'
    assert event["ORGANIZER"].startswith("mailto:")
    assert event["ATTENDEE"] == f"mailto:{BOB}"
    assert (event["ATTENDEE"].params["PARTSTAT"], event["ATTENDEE"].params["RSVP"]) == ("NEEDS-ACTION", "TRUE")
    alarms = [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")]
    assert alarms == [timedelta(minutes=-10), timedelta(minutes=-1500)]


@pytest.mark.parametrize(
    "tzid",
    ["Europe/London", "Europe/Dublin", "America/Havana", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Tokyo"],
)
def test_zone_is_described_beside_the_event(tzid: str) -> None:
    """The VTIMEZONE has the offsets of the event's time zone over the year of the event."""
    event = {**EVENT, "start": {**EVENT["start"], "tzid": tzid}, "end": {**EVENT["end"], "tzid": tzid}}
    calendar, read = parse_calendar(invite(application(), event=event))
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == read["DTSTART"].params["TZID"] == tzid
    own, real = zone.to_tz(lookup_tzid=False), ZoneInfo(tzid)
    for hours in range(0, 365 * 24, 12):
        local = datetime(2026, 1, 1, 6) + timedelta(hours=hours)
        assert local.replace(tzinfo=own).utcoffset() == local.replace(tzinfo=real).utcoffset(), local


def test_clocks_change_by_the_clock_that_ends() -> None:
    """The onset of each observance is in the local time before it: RFC 5545, 3.6.5."""
    calendar, _ = parse_calendar(invite(application()))
    (zone,) = calendar.walk("VTIMEZONE")
    summer = [onset for part in zone.walk("DAYLIGHT") for onset in onsets(part)]
    winter = [onset for part in zone.walk("STANDARD") for onset in onsets(part)]
    assert datetime(2026, 3, 29, 1) in summer
    assert datetime(2026, 10, 25, 2) in winter


@pytest.mark.parametrize("year", ["0002", "9998"])
@pytest.mark.parametrize("tzid", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"])
def test_invites_reach_the_ends_of_the_calendar(year: str, tzid: str) -> None:
    """The first and the last year of the wire are accepted."""
    ends = {"start": f"{year}-01-01T00:00:00Z", "end": f"{year}-12-31T23:59:59Z", "tzid": tzid}
    body = invite(application(), event={"summary": "s", **ends})
    assert f"TZID={tzid}:" in body["attachments"]["icalendar"]


@pytest.mark.parametrize(
    "start",
    [
        {"time": "2026-04-02T09:30:00Z", "tzid": "Etc/UTC"},
        {"time": "2026-10-25T01:30:00Z", "tzid": "Europe/London"},
    ],
)
def test_time_that_a_zone_cannot_say_is_utc(start: dict[str, str]) -> None:
    """UTC, and the second of two equal local times, are written with Z and without VTIMEZONE."""
    calendar, event = parse_calendar(invite(application(), event={"summary": "s", "start": start, "end": start}))
    assert event["DTSTART"].to_ical().endswith(b"Z")
    assert event.start == datetime.fromisoformat(start["time"])
    assert "DTEND" not in event
    assert calendar.walk("VTIMEZONE") == []


def test_long_event_is_utc() -> None:
    """An event of thousands of years is written in UTC."""
    ends = {"start": "0002-01-02T00:00:00Z", "end": "9998-12-30T00:00:00Z", "tzid": "Europe/London"}
    calendar, event = parse_calendar(invite(application(), event={"summary": "s", **ends}))
    assert event["DTEND"].to_ical() == b"99981230T000000Z"
    assert calendar.walk("VTIMEZONE") == []


def test_whole_days_are_dates() -> None:
    """An all-day event has VALUE=DATE, an exclusive end and no time zone, and is transparent."""
    event = {"summary": "Day off", "start": "2026-04-02", "end": "2026-04-04", "tzid": "Europe/London"}
    calendar, read = parse_calendar(invite(application(), event=event))
    assert (read.start, read.end) == (date(2026, 4, 2), date(2026, 4, 4))
    assert read["DTSTART"].params["VALUE"] == "DATE"
    assert read["TRANSP"] == "TRANSPARENT"
    assert calendar.walk("VTIMEZONE") == []


def test_start_and_end_may_be_in_two_zones() -> None:
    """Start and end in different time zones have a VTIMEZONE each."""
    flight = {
        "summary": "Flight",
        "start": {"time": "2026-04-02T13:00:00Z", "tzid": "America/New_York"},
        "end": {"time": "2026-04-02T20:00:00Z", "tzid": "Europe/London"},
    }
    calendar, event = parse_calendar(invite(application(), event=flight))
    assert event.end - event.start == timedelta(hours=7)
    assert {zone["TZID"] for zone in calendar.walk("VTIMEZONE")} == {"America/New_York", "Europe/London"}


def test_place_that_is_none_on_earth_is_not_written() -> None:
    """GEO is written only with both coordinates, within their limits."""
    for location in ({"lat": "91", "long": "0"}, {"lat": "1"}, {"description": "", "lat": "", "long": ""}):
        _, event = parse_calendar(invite(application(), event={**EVENT, "location": location}))
        assert "GEO" not in event
        assert "LOCATION" not in event


def test_organizer_may_have_an_address() -> None:
    """The organizer's address is written if it is given."""
    _, event = parse_calendar(invite(application(), organizer={"name": "Ann", "email": "ann@example.test"}))
    assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:ann@example.test", "Ann")


def test_same_invite_again_is_no_change() -> None:
    """The same request again keeps UID and SEQUENCE."""
    time = [NOW]
    api = application(now=lambda: time[0])
    _, first = parse_calendar(invite(api))
    time[0] += timedelta(hours=1)
    _, second = parse_calendar(invite(api))
    assert (second["UID"], second["SEQUENCE"]) == (first["UID"], 0)
    assert second["DTSTAMP"].dt == NOW + timedelta(hours=1)
    assert second["LAST-MODIFIED"].dt == NOW


def test_each_change_raises_the_sequence() -> None:
    """Another summary, organizer or recipient, a cancellation and its end raise SEQUENCE; the UID stays."""
    api = application()
    bodies = [
        invite_all(api, BOB),
        invite_all(api, BOB, event={**EVENT, "summary": "New"}),
        invite_all(api, BOB, event={**EVENT, "summary": "New"}, organizer={"name": "Else"}),
        invite_all(api, EVE, event={**EVENT, "summary": "New"}, organizer=None),
        invite_all(api, BOB, method="cancel", event=None),
        invite_all(api, BOB, method="cancel", event=None),
        invite_all(api, BOB, event={**EVENT, "summary": "New"}),
    ]
    events = [parse_calendar(row)[1] for row in bodies]
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2, 3, 4, 4, 5]
    assert len({event["UID"] for event in events}) == 1
    assert events[3]["ORGANIZER"].params["CN"] == "Else"
    assert [entry["email"] for entry in bodies[3]["recipients"]] == [BOB, EVE]


def test_invites_of_one_id_to_two_people_are_two() -> None:
    """An invite is identified by its id and address, in any case."""
    api = application()
    uids = [parse_calendar(invite(api, recipient={"email": email}))[1]["UID"] for email in (BOB, EVE, BOB.upper())]
    assert uids[0] == uids[2] != uids[1]
    api.sandbox.answer_invite("i1", BOB, "accepted")
    assert (read_status(api)["recipient"]["status"], read_status(api, EVE)["recipient"]["status"]) == (
        "accepted",
        "pending",
    )


def test_callback_left_out_stays() -> None:
    """A request without callback_url and organizer keeps them."""
    api = application()
    invite(api)
    body = invite(api, callback_url=None, organizer=None)
    assert body["callback_url"] == HOOK
    assert parse_calendar(body)[1]["SEQUENCE"] == 0


def test_cancellation_is_a_calendar_too() -> None:
    """A cancellation is METHOD:CANCEL with the same UID and event and no alarms."""
    api = application()
    _, before = parse_calendar(invite(api))
    body = invite(api, method="cancel", event=None, callback_url=None, organizer=None)
    assert (body["method"], body["event"], body["callback_url"]) == ("cancel", EVENT, HOOK)
    calendar, event = parse_calendar(body)
    assert (calendar["METHOD"], event["STATUS"], event["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    assert event["ATTENDEE"] == f"mailto:{BOB}"
    assert event.walk("VALARM") == []
    assert read_status(api)["method"] == "cancel"


def test_one_of_several_can_be_removed() -> None:
    """The others get a new calendar, the removed recipient a cancellation."""
    api = application()
    created = invite_all(api, BOB, EVE)
    assert created["recipients"] == [{"email": BOB, "status": "pending"}, {"email": EVE, "status": "pending"}]
    assert "recipient" not in created
    api.sandbox.answer_invite("i1", EVE, "accepted")
    body = {"method": "remove", "smart_invite_id": "i1", "recipient": {"email": EVE.upper()}}
    answer = api.post("/v1/smart_invites", body)
    assert answer.json["method"] == "remove"
    assert answer.json["recipients"] == [{"email": BOB, "status": "pending"}]
    _, event = parse_calendar(answer.json)
    assert (event["ATTENDEE"], event["SEQUENCE"]) == (f"mailto:{BOB}", 1)
    removed = answer.json["attachments"]["removed"]
    assert removed["email"] == EVE
    (gone,) = icalendar.Calendar.from_ical(removed["icalendar"]).walk("VEVENT")
    assert (gone["ATTENDEE"], gone["STATUS"], gone["UID"]) == (f"mailto:{EVE}", "CANCELLED", event["UID"])
    assert read_status(api, None)["replies"] == []
    assert api.post("/v1/smart_invites", body).status_code == 404
    last = api.post("/v1/smart_invites", {**body, "recipient": {"email": BOB}})
    assert refusals(last) == {"recipient": ["errors.not_supported"]}


def test_recipient_named_twice_is_one() -> None:
    """Addresses are compared without case."""
    assert len(invite_all(application(), BOB, EVE, BOB.upper())["recipients"]) == 2


def test_status_has_replies_and_no_attachments() -> None:
    """An invite without answers has a pending recipient and no replies."""
    api = application()
    body = invite(api)
    del body["attachments"]
    assert read_status(api) == {**body, "replies": []}


def test_invite_to_several_is_found_without_an_address_and_by_each() -> None:
    """The address may be left out, or be that of any recipient."""
    api = application()
    invite_all(api, BOB, EVE)
    assert read_status(api, None) == read_status(api, EVE) == read_status(api, BOB)
    assert api.get("/v1/smart_invites", smart_invite_id="i1", recipient_email="x@example.test").status_code == 404


@pytest.mark.parametrize("address", ["a+b@example.test", "a%2Bb@example.test", "a%2Bb%40example.test"])
def test_plus_in_an_address_need_not_be_encoded(address: str) -> None:
    """A plus in the query may be unencoded, as the Ruby client sends it."""
    api = application()
    invite(api, recipient={"email": "a+b@example.test"})
    answer = api.ask("GET", f"/v1/smart_invites?smart_invite_id=i1&recipient_email={address}")
    assert answer.json["recipient"]["email"] == "a+b@example.test"


def test_answer_reaches_status_and_callback() -> None:
    """An answer with comment and proposal is stored on the recipient, is a reply, and is posted with its signature."""
    sent: list[tuple[str, Any, bytes]] = []
    api = application(deliver=lambda url, headers, body: sent.append((url, headers, body)))
    invite(api)
    api.sandbox.answer_invite(
        "i1", BOB, "tentative", comment="Later?", proposal=(at(3, 9, month=4), at(3, 10, month=4))
    )
    entry = {
        "email": BOB,
        "status": "tentative",
        "comment": "Later?",
        "proposal": {
            "start": {"time": "2026-04-03T10:00:00+01:00", "tzid": "Europe/London"},
            "end": {"time": "2026-04-03T11:00:00+01:00", "tzid": "Europe/London"},
        },
    }
    created = read_status(api)
    assert (created["recipient"], created["replies"]) == (entry, [entry])
    ((url, headers, body),) = sent
    signed = hmac.new(api.sandbox.client_secret.encode(), body, hashlib.sha256).digest()
    assert (url, headers["Cronofy-HMAC-SHA256"]) == (HOOK, base64.b64encode(signed).decode())
    (delivery,) = api.sandbox.outbox
    assert delivery.json == {
        "notification": {"type": "smart_invite"},
        "smart_invite": {
            "smart_invite_id": "i1",
            "callback_url": HOOK,
            "recipient": entry,
            "reply": entry,
            "replies": [entry],
        },
    }


def test_last_answer_counts() -> None:
    """A second answer of a person replaces the first, with the address in any case."""
    api = application()
    invite_all(api, BOB, EVE)
    api.sandbox.answer_invite("i1", BOB, "declined", comment="No")
    api.sandbox.answer_invite("i1", BOB.upper(), "accepted")
    body = read_status(api, None)
    assert body["recipients"] == [{"email": BOB, "status": "accepted"}, {"email": EVE, "status": "pending"}]
    assert [reply["status"] for reply in body["replies"]] == ["accepted"]
    _, event = parse_calendar(invite_all(api, BOB))
    assert [entry.params["PARTSTAT"] for entry in event["ATTENDEE"]] == ["ACCEPTED", "NEEDS-ACTION"]


def test_whom_it_was_passed_on_to_is_a_reply_alone() -> None:
    """The answer of another person is a reply, and the recipient stays pending."""
    api = application()
    invite(api)
    assert api.sandbox.answer_invite("i1", EVE, "accepted").status == "accepted"
    body = read_status(api)
    assert body["recipient"] == {"email": BOB, "status": "pending"}
    assert body["replies"] == [{"email": EVE, "status": "accepted"}]


def test_new_time_asks_again() -> None:
    """Another start resets answers to pending; another summary does not."""
    api = application()
    invite(api)
    api.sandbox.answer_invite("i1", BOB, "accepted")
    assert invite(api, event={**EVENT, "summary": "New"})["recipient"]["status"] == "accepted"
    moved = {**EVENT, "start": {"time": "2026-04-02T09:00:00Z", "tzid": "Europe/London"}}
    assert invite(api, event=moved)["recipient"]["status"] == "pending"
    assert read_status(api)["replies"] == []


def test_answer_without_a_callback_is_kept_alone() -> None:
    """Without a callback_url nothing is posted."""
    api = application()
    invite(api, callback_url=None)
    api.sandbox.answer_invite("i1", BOB, "accepted")
    assert list(api.sandbox.outbox) == []
    assert read_status(api)["recipient"]["status"] == "accepted"


def test_answer_that_is_none_is_refused() -> None:
    """An unknown invite or status, and an id that two invites have, raise an error that names it."""
    api = application()
    with pytest.raises(LookupError, match="'i1'"):
        api.sandbox.answer_invite("i1", BOB, "accepted")
    invite(api)
    invite(api, recipient={"email": EVE})
    with pytest.raises(LookupError, match="2 smart invites"):
        api.sandbox.answer_invite("i1", "x@example.test", "accepted")
    with pytest.raises(ValueError, match="pending"):
        api.sandbox.answer_invite("i1", BOB, "pending")
    with pytest.raises(ValueError, match="zone"):
        api.sandbox.answer_invite("i1", BOB, "accepted", proposal=(datetime(2026, 4, 2), datetime(2026, 4, 3)))
    assert read_status(api)["replies"] == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"smart_invite_id": ""}, {"smart_invite_id": ["errors.required"]}),
        ({"smart_invite_id": 5}, {"smart_invite_id": ["errors.invalid_format"]}),
        ({"method": "send"}, {"method": ["errors.not_recognized"]}),
        ({"recipient": None}, {"recipient": ["errors.required"]}),
        ({"recipient": BOB}, {"recipient": ["errors.invalid_format"]}),
        ({"recipient": {"email": "bob"}}, {"recipient.email": ["errors.invalid_email"]}),
        ({"recipients": []}, {"recipients": ["errors.not_supported", "errors.required"]}),
        ({"recipient": None, "recipients": []}, {"recipients": ["errors.required"]}),
        ({"recipient": None, "recipients": [BOB]}, {"recipients": ["errors.invalid_format"]}),
        ({"recipient": None, "recipients": [{}]}, {"recipients[0].email": ["errors.required"]}),
        ({"callback_url": "ftp://x.test"}, {"callback_url": ["errors.invalid_url"]}),
        ({"organizer": {}}, {"organizer.name": ["errors.required"]}),
        ({"organizer": {"name": "n", "email": "e"}}, {"organizer.email": ["errors.invalid_email"]}),
        ({"event": None}, {"event": ["errors.required"]}),
        ({"event": {}}, {f"event.{name}": ["errors.required"] for name in ("summary", "start", "end")}),
        ({"event": {**EVENT, "end": "2026-04-01"}}, {"event.end": ["errors.invalid_time_pair"]}),
        ({"event": {**EVENT, "tzid": "Mars/Olympus"}}, {"event.tzid": ["errors.tzid_unrecognized"]}),
        ({"event": {**EVENT, "reminders": [{}]}}, {"event.reminders[0].minutes": ["errors.required"]}),
        ({"method": "remove", "recipient": None, "recipients": [{"email": BOB}]},
         {"recipients": ["errors.not_supported"]}),
    ],
)  # fmt: skip
def test_wrong_invite_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error, and nothing is stored."""
    api = application()
    assert refusals(api.post("/v1/smart_invites", {**INVITE, **changed})) == expected
    assert api.get("/v1/smart_invites", smart_invite_id="i1", recipient_email=BOB).status_code == 404


def test_invite_that_is_not_there_is_404() -> None:
    """An unknown invite is 404 for every call, and a read needs an id."""
    api = application()
    body = {"smart_invite_id": "i1", "recipient": {"email": BOB}}
    for method in ("cancel", "remove"):
        assert api.post("/v1/smart_invites", {**body, "method": method}).status_code == 404
    assert api.get("/v1/smart_invites", smart_invite_id="i1").status_code == 404
    assert refusals(api.get("/v1/smart_invites")) == {"smart_invite_id": ["errors.required"]}


def test_invites_are_the_application_s_own() -> None:
    """Without the client secret the response is 401, and a person's token is refused."""
    sandbox = application().sandbox
    for token, code in (("", 401), ("wrong", 401), (sandbox.admin_api_key, 401), (sandbox.access_token, 403)):
        for verb in ("GET", "POST"):
            answer = Caller(sandbox, token).ask(verb, "/v1/smart_invites", json=INVITE)
            assert (answer.status_code, answer.data) == (code, b"")


def test_invites_may_be_forms() -> None:
    """A form with brackets is accepted like JSON."""
    api = application()
    form = {
        "smart_invite_id": "i1",
        "recipients[][email]": [BOB, EVE],
        "event[summary]": "Form",
        "event[start]": "2026-04-02T09:30:00Z",
        "event[end]": "2026-04-02T10:00:00Z",
        "event[reminders][][minutes]": "5",
    }
    answer = api.ask("POST", "/v1/smart_invites", data=form)
    assert [entry["email"] for entry in answer.json["recipients"]] == [BOB, EVE]
    assert answer.json["event"]["reminders"] == [{"minutes": 5}]


# icalendar reads an escaped backslash before N as if the N were escaped
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=100).filter(lambda text: "\\N" not in text)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(
    ["Europe/Dublin", "America/Havana", "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kolkata", "EST5EDT", "UTC"]
)


@settings(max_examples=60)
@given(text=TEXT, start=MOMENTS, zone=ZONES, length=st.timedeltas(timedelta(0), timedelta(days=900)))
def test_no_text_and_no_time_is_lost_in_a_calendar(text: str, start: datetime, zone: str, length: timedelta) -> None:
    """Any summary, time zone and time is read back unchanged from the iCalendar text."""
    start = start.replace(microsecond=0)
    end = start + timedelta(seconds=length // timedelta(seconds=1))
    event = Event("", "u@x", start, end, text, created=NOW, updated=NOW, start_tzid=zone, end_tzid=zone)
    event.description = event.summary
    made = Invite("i", event, [Invitee(BOB)], organizer={"name": text})
    text_ = invite_text(made, cancel=False, now=NOW)
    assert all(len(line.encode()) <= 75 for line in text_.split("\r\n"))
    _, read = parse_calendar({"attachments": {"icalendar": text_}})
    assert (read["SUMMARY"], read["DESCRIPTION"]) == (clean_text(text), clean_text(text))
    assert read.start == start
    assert read.start.astimezone(UTC) == start
    assert read.end.astimezone(UTC) == end


SEVERAL = {name: value for name, value in INVITE.items() if name != "recipient"} | {"recipients": [{"email": BOB}]}
REMOVAL = {"method": "remove", "smart_invite_id": "i1", "recipient": {"email": BOB}}


@settings(max_examples=200)
@given(
    body=invalid_variants(INVITE)
    | invalid_variants(SEVERAL)
    | invalid_variants({**INVITE, "method": "cancel"})
    | invalid_variants(REMOVAL),
    query=st.dictionaries(
        st.sampled_from(["smart_invite_id", "recipient_email", "smart_invite_id[]", "recipient_email[a]"]), TEXT
    ),
)  # fmt: skip
def test_no_value_in_an_invite_breaks_it(body: dict[str, Any], query: dict[str, str]) -> None:
    """Any value in any field gets a documented response."""
    sandbox = Sandbox(now=NOW, office=office(), rate_limit=False)
    api = Caller(sandbox, sandbox.client_secret)
    invite(api)
    assert is_documented(api.post("/v1/smart_invites", body))
    assert is_documented(api.get("/v1/smart_invites", **query))
    assert read_status(api)["replies"] == []


def test_official_python_client_invites() -> None:
    """Its upsert, to one and to several, its read and its cancellation are accepted."""
    sandbox = caller().sandbox
    with serve(sandbox) as served:
        client = pycronofy.Client(sandbox.client_id, sandbox.client_secret)
        client.request_handler.base_url = served.url
        event = {"summary": "P", "start": at(5, 9), "end": at(5, 10)}
        body = client.upsert_smart_invite("p1", {"email": "a+b@example.test"}, dict(event), organizer={"name": "App"})
        assert body["attachments"]["icalendar"]
        sandbox.answer_invite("p1", "a+b@example.test", "declined")
        assert client.get_smart_invite("p1", "a+b@example.test")["recipient"]["status"] == "declined"
        assert client.cancel_smart_invite("p1", {"email": "a+b@example.test"})["method"] == "cancel"
        several = client.upsert_smart_invite("p2", [{"email": BOB}, {"email": EVE}], dict(event), callback_url=HOOK)
        assert len(several["recipients"]) == 2
        assert client.get_smart_invite("p2", None)["replies"] == []
        assert client.cancel_smart_invite("p2", [{"email": BOB}])["method"] == "cancel"
    assert served.errors == []
