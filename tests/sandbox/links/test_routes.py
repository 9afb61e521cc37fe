"""Scheduling links of the sandbox: Real-Time Scheduling, Real-Time Sequencing, Add to Calendar, and their callbacks."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pycronofy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycronofy.exceptions import PyCronofyRequestError
from werkzeug.test import TestResponse

from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.auth import hmac_valid
from cronofy_frames.wire.transport import CallbackSender
from tests.sandbox.bodies import JSON
from tests.sandbox.caller import HOME, LOCKED, NOW, WORK, Caller, at, caller, event, office, refusals

BACK = "https://app.example.test/cb"
DONE, NONE_FIT, NONE_SEEN = (f"https://app.example.test/{name}" for name in ("done", "none-fit", "none-seen"))
THANKS = "https://app.example.test/thanks?a=1"
JANE, OMAR = {"sub": "acc_jane", "calendar_id": WORK}, {"sub": "acc_omar", "calendar_id": "cal_o"}
MORNING = {"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T11:00:00Z"}
BOTH = [{"members": [{"sub": "acc_jane"}, {"sub": "acc_omar"}], "required": "all"}]
ASKED = {"participants": BOTH, "required_duration": {"minutes": 30}, "query_periods": [MORNING]}
LINK = {
    "oauth": {"redirect_uri": BACK},
    "event": {"event_id": "demo", "summary": "Demo & talk", "tzid": "Europe/London"},
    "availability": ASKED,
    "target_calendars": [JANE],
    "callback_urls": {"completed_url": DONE, "no_times_suitable_url": NONE_FIT, "no_times_displayed_url": NONE_SEEN},
}


def meeting(sub: str, sequence_id: str, **fields: Any) -> dict[str, Any]:
    """Return one item of a sequence."""
    return {
        "sequence_id": sequence_id,
        "participants": [{"members": [{"sub": sub}], "required": "all"}],
        "required_duration": {"minutes": 60},
        "event": {"event_id": f"i-{sequence_id}", "summary": f"Talk {sequence_id}"},
        **fields,
    }


SEQUENCE = {
    "sequence": [meeting("acc_jane", "a", ordinal=1), meeting("acc_omar", "b", ordinal=2)],
    "query_periods": [MORNING],
}
SEQUENCING = {
    **LINK,
    "event": {"event_id": "interviews", "summary": "Interviews", "tzid": "Europe/London"},
    "availability": SEQUENCE,
    "target_calendars": [JANE, OMAR],
}
ADDING = {
    "oauth": {"redirect_uri": BACK, "scope": "create_event", "state": "s t"},
    "event": {
        "event_id": "talk",
        "summary": "Talk",
        "start": "2026-03-05T18:00:00Z",
        "end": "2026-03-05T19:00:00Z",
    },
}


@dataclass
class Form:
    """A form of a page with all of its fields."""

    method: str
    fields: list[tuple[str, str, str]] = field(default_factory=list)  # kind, name, value
    labels: dict[str, str] = field(default_factory=dict)  # value -> what a person reads
    legends: list[str] = field(default_factory=list)

    def hidden(self) -> dict[str, str]:
        return {name: value for kind, name, value in self.fields if kind == "hidden"}

    def values(self, kind: str, name: str = "slot") -> list[str]:
        return [value for field, other, value in self.fields if (field, other) == (kind, name)]


class Page(HTMLParser):
    """A parsed page: its forms, its text, and its ARIA roles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.roles: list[str] = []
        self._last: str | None = None
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._tag = tag
        if "role" in values:
            self.roles.append(values["role"])
        if tag == "form":
            self.forms.append(Form(values["method"]))
        elif tag in ("input", "button") and "name" in values:
            kind = values.get("type", "submit")
            self.forms[-1].fields.append((kind, values["name"], values["value"]))
            self._last = values["value"] if kind != "hidden" else None
        elif tag == "option" and "selected" in values:
            self.forms[-1].labels["selected"] = ""

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if not text:
            return
        self.text.append(text)
        if self._tag == "legend":
            self.forms[-1].legends.append(text)
        elif self._last is not None and self.forms:
            self.forms[-1].labels[self._last] = text
            self._last = None
        elif self._tag == "option" and self.forms[-1].labels.get("selected") == "":
            self.forms[-1].labels["selected"] = text

    @property
    def choice(self) -> Form:
        """The form with the times or the calendars."""
        return next(form for form in self.forms if form.method == "post")

    @property
    def times(self) -> list[str]:
        """The labels of the times."""
        kinds = (value for kind in ("radio", "submit") for value in self.choice.values(kind))
        return [self.choice.labels[value] for value in kinds]


def application(*events: Any, **options: Any) -> Caller:
    """Return a caller with the client secret."""
    sandbox = caller(*events, **options).sandbox
    return Caller(sandbox, sandbox.client_secret)


def create_link(api: Caller, path: str = "/v1/real_time_scheduling", **fields: Any) -> dict[str, Any]:
    """Return the response to a valid request; a field of None is left out."""
    base = {"/v1/real_time_scheduling": LINK, "/v1/real_time_sequencing": SEQUENCING, "/v1/add_to_calendar": ADDING}
    body = {name: value for name, value in {**base[path], **fields}.items() if value is not None}
    answer = api.post(path, copy.deepcopy(body))
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def open_page(api: Caller, link: dict[str, Any], **query: str) -> Page:
    """Return the page of a link."""
    answer = api.client.get(urlsplit(link["url"]).path, query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "text/html"), answer.text
    return Page(answer.text)


def send_form(api: Caller, link: dict[str, Any], **data: str) -> TestResponse:
    """Submit a form of a link's page."""
    return api.client.post(urlsplit(link["url"]).path, data=data)


def pick_offer(api: Caller, link: dict[str, Any], words: str, **query: str) -> TestResponse:
    """Submit the offer with this label, with the hidden fields of the form."""
    form = open_page(api, link, **query).choice
    value = next(value for value, label in form.labels.items() if label == words)
    return send_form(api, link, **form.hidden(), slot=value, decision="approve")


def read_status(api: Caller, link: dict[str, Any]) -> dict[str, Any]:
    """Return the status of a link."""
    link_id = link["real_time_scheduling"]["real_time_scheduling_id"]
    answer = api.get(f"/v1/real_time_scheduling/{link_id}")
    assert answer.status_code == 200
    return dict(answer.json["real_time_scheduling"])


def managed_events(api: Caller, person: str = "jane", **query: str) -> list[dict[str, Any]]:
    """Return the managed events in a person's calendars."""
    return Caller(api.sandbox, api.sandbox.tokens(person)["access_token"]).events(only_managed="true", **query)


def posted_callbacks(api: Caller, url: str = DONE) -> list[Any]:
    """Return the bodies posted to a URL, after checking their signatures."""
    sent = [delivery for delivery in api.sandbox.outbox if delivery.url == url]
    secret = api.sandbox.client_secret
    assert all(hmac_valid(delivery.headers["Cronofy-HMAC-SHA256"], delivery.body, secret) for delivery in sent)
    return [delivery.json for delivery in sent]


def test_link_is_made_in_all_the_forms_that_clients_read() -> None:
    """`url` is in the object and at the top level and ends with the token; status and event are returned."""
    created = create_link(application())
    link = created["real_time_scheduling"]
    assert link["real_time_scheduling_id"].startswith("sch_")
    assert link["url"] == created["url"]
    assert link["status"] == "open"
    assert link["event"] == {**LINK["event"], "event_private": False}
    assert urlsplit(created["url"]).path.startswith("/rts/")


def test_status_is_found_by_token_and_by_id() -> None:
    """A link is found by token and by id; an unknown one, and one of another kind, is 404; no token is 422."""
    api = application()
    link = create_link(api)
    token = link["url"].rsplit("/", 1)[-1]
    by_token = api.get("/v1/real_time_scheduling", token=token)
    assert by_token.json == {"real_time_scheduling": link["real_time_scheduling"]}
    assert read_status(api, link) == link["real_time_scheduling"]
    sequence = create_link(api, "/v1/real_time_sequencing")["url"].rsplit("/", 1)[-1]
    for unknown in ("nothing", sequence):
        assert api.get("/v1/real_time_scheduling", token=unknown).status_code == 404
        assert api.get(f"/v1/real_time_scheduling/{unknown}").status_code == 404
    assert refusals(api.get("/v1/real_time_scheduling")) == {"token": ["errors.required"]}


def test_page_lists_the_free_times_by_day() -> None:
    """The page has a fieldset per day, a labelled radio button per time, and the time zone."""
    busy = event("busy", at(5, 9, 30), at(5, 10))
    later = {"start": "2026-03-06T10:00:00Z", "end": "2026-03-06T10:30:00Z"}
    api = application(busy)
    page = open_page(api, create_link(api, availability={**ASKED, "query_periods": [MORNING, later]}))
    assert page.choice.legends == ["Thursday 5 March 2026", "Friday 6 March 2026"]
    assert page.times == ["09:00 to 09:30", "10:00 to 10:30", "10:30 to 11:00", "10:00 to 10:30"]
    assert len(page.choice.values("radio")) == 4
    assert page.forms[0].labels["selected"] == "Europe/London"


def test_times_are_in_the_visitors_zone() -> None:
    """The time zone is the visitor's, else the link's, else the event's, else UTC; an unknown one is ignored."""
    api = application()
    link = create_link(api, tzid="Asia/Tokyo")
    assert open_page(api, link).times[0] == "18:00 to 18:30"
    assert open_page(api, link, tzid="America/New_York").times[0] == "04:00 to 04:30"
    assert open_page(api, link, tzid="Mars/Olympus").times[0] == "18:00 to 18:30"
    assert open_page(api, create_link(api, event={"event_id": "e", "summary": "s"})).times[0] == "09:00 to 09:30"
    assert open_page(api, link, tzid="Pacific/Kiritimati").choice.legends == [
        "Thursday 5 March 2026",
        "Friday 6 March 2026",
    ]


@pytest.mark.parametrize(("hour_format", "first"), [("h", "2:30 pm to 3:00 pm"), ("H", "14:30 to 15:00")])
def test_hours_are_as_asked_for(hour_format: str, first: str) -> None:
    """Times have twelve hours with `h`, twenty-four with `H`."""
    api = application()
    link = create_link(api, formatting={"hour_format": hour_format}, tzid="Asia/Kolkata")
    assert open_page(api, link).times[0] == first


def test_hours_that_come_twice_are_told_apart() -> None:
    """On a day when clocks change, each time has the abbreviation of its time zone."""
    api = application(now="2026-10-24T09:00:00Z")
    night = {"start": "2026-10-25T00:00:00Z", "end": "2026-10-25T02:00:00Z"}
    link = create_link(api, availability={**ASKED, "query_periods": [night], "required_duration": {"minutes": 60}})
    assert open_page(api, link).times == ["01:00 BST to 01:00 GMT", "01:00 GMT to 02:00 GMT"]


def test_picked_time_is_booked() -> None:
    """Submitting a time writes the event, completes the link, posts the signed callback and redirects."""
    api = application()
    created = create_link(api, redirect_urls={"completed_url": THANKS})
    answer = pick_offer(api, created, "10:00 to 10:30", tzid="Europe/Paris")
    assert (answer.status_code, answer.location) == (302, THANKS)
    (event,) = managed_events(api, localized_times="true")
    assert event["calendar_id"] == WORK
    assert (event["event_id"], event["summary"]) == ("demo", "Demo & talk")
    assert event["start"] == {"time": "2026-03-05T09:00:00Z", "tzid": "Europe/London"}
    assert event["end"] == {"time": "2026-03-05T09:30:00Z", "tzid": "Europe/London"}
    when = {name: event[name] for name in ("start", "end")}
    link = read_status(api, created)
    assert link["status"] == "completed"
    assert link["event"] == {**LINK["event"], "event_private": False, **when}
    assert posted_callbacks(api) == [
        {
            "event": link["event"],
            "participants": [{"sub": "acc_jane"}, {"sub": "acc_omar"}],
            "user": {"tzid": "Europe/Paris"},
        }
    ]


def test_without_a_redirect_the_page_says_when() -> None:
    """Without a redirect URL the page shows day, time and time zone, also later; the event is written once."""
    api = application()
    link = create_link(api)
    stale = open_page(api, link).choice
    first = pick_offer(api, link, "09:30 to 10:00")
    again = open_page(api, link)
    late = send_form(api, link, **stale.hidden(), slot=stale.values("radio")[0])
    for text in (Page(first.text).text, again.text, Page(late.text).text):
        assert "Thursday 5 March 2026, 09:30 to 10:00" in text
        assert "Times are in Europe/London." in text
    assert again.forms == []
    assert len(managed_events(api)) == len(posted_callbacks(api)) == 1


def test_one_click_is_enough_where_it_was_asked_for() -> None:
    """With no_confirm each time is a button, and there is no Confirm button."""
    api = application()
    link = create_link(api, selection_mode="no_confirm")
    form = open_page(api, link).choice
    assert form.values("radio") == form.values("submit", "decision") == []
    buttons = form.values("submit")
    assert [form.labels[value] for value in buttons][:2] == ["09:00 to 09:30", "09:30 to 10:00"]
    assert send_form(api, link, **form.hidden(), slot=buttons[1]).status_code == 200
    assert [row["start"] for row in managed_events(api)] == ["2026-03-05T09:30:00Z"]


def test_time_that_was_taken_meanwhile_is_not_booked_twice() -> None:
    """A time that is no longer free is refused with 409 and no longer offered; another time can be chosen."""
    api = application()
    link = create_link(api)
    form = open_page(api, link).choice
    api.sandbox.add_external_event("omar", "Dentist", at(5, 9), at(5, 9, 30))
    answer = send_form(api, link, **form.hidden(), slot=form.values("radio")[0], decision="approve")
    page = Page(answer.text)
    assert answer.status_code == 409
    assert page.roles == ["alert"]
    assert "That time is no longer available. Please choose another one." in page.text
    assert page.times == ["09:30 to 10:00", "10:00 to 10:30", "10:30 to 11:00"]
    assert (managed_events(api), posted_callbacks(api), read_status(api, link)["status"]) == ([], [], "open")
    assert pick_offer(api, link, "10:30 to 11:00").status_code == 200


def test_two_visitors_cannot_book_one_time_at_two_links() -> None:
    """An event written by one link makes the time busy for the other."""
    api = application()
    first = create_link(api)
    second = create_link(api, event={**LINK["event"], "event_id": "other"})
    form = open_page(api, second).choice
    pick_offer(api, first, "09:00 to 09:30")
    assert send_form(api, second, **form.hidden(), slot=form.values("radio")[0]).status_code == 409
    assert open_page(api, second).times[0] == "09:30 to 10:00"


def test_only_what_was_shown_can_be_picked() -> None:
    """A free time that the page has not shown is refused."""
    api = application()
    link = create_link(api)
    shown = open_page(api, link).choice.values("radio")[0]
    start = int(shown.partition("@")[2])
    for slot in (f"0@{start + 60}", "0@x", "@", "1@1 2@2", f"{shown} {shown}", "9" * 400):
        assert send_form(api, link, slot=slot).status_code == 409
    assert send_form(api, link).status_code == 400
    assert managed_events(api) == []


def test_nothing_is_picked_closer_than_the_notice() -> None:
    """Times earlier than minimum_notice are not offered, and are refused when submitted."""
    clock = [NOW]
    api = application(now=lambda: clock[0])
    today = {"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T12:00:00Z"}
    link = create_link(
        api, availability={**ASKED, "query_periods": [today]}, minimum_notice={"hours": 1, "minutes": 30}
    )
    page = open_page(api, link)
    assert page.times == ["10:30 to 11:00", "11:00 to 11:30", "11:30 to 12:00"]
    clock[0] += timedelta(minutes=1)
    assert pick_offer(api, link, "11:00 to 11:30").status_code == 200
    other = create_link(api, availability={**ASKED, "query_periods": [today]}, minimum_notice={"hours": 2})
    form = open_page(api, other).choice
    clock[0] += timedelta(minutes=30)
    assert send_form(api, other, slot=form.values("radio")[0]).status_code == 409


def test_the_past_is_not_offered() -> None:
    """Times in the past are not offered and do not count for max_results."""
    api = application(now="2026-03-05T09:40:00Z")
    link = create_link(api, availability={**ASKED, "max_results": 1})
    assert open_page(api, link).times == ["10:00 to 10:30"]


def test_query_may_ask_for_starts_and_for_times_that_overlap() -> None:
    """query_slots and overlapping_slots are offered as they are, periods as slots."""
    api = application()
    starts = [{"start": "2026-03-05T09:05:00Z"}, {"start": "2026-03-05T09:15:00Z"}]
    slots = {name: value for name, value in ASKED.items() if name != "query_periods"} | {"query_slots": starts}
    assert open_page(api, create_link(api, availability=slots)).times == ["09:05 to 09:35", "09:15 to 09:45"]
    over = {**ASKED, "response_format": "overlapping_slots", "start_interval": {"minutes": 60}}
    long = {**over, "required_duration": {"minutes": 90}, "start_interval": {"minutes": 30}}
    assert open_page(api, create_link(api, availability=long)).times == ["09:00 to 10:30", "09:30 to 11:00"]
    assert len(open_page(api, create_link(api, availability={**ASKED, "response_format": "periods"})).times) == 4
    link = create_link(api, availability=slots)
    assert pick_offer(api, link, "09:15 to 09:45").status_code == 200


def test_nothing_to_show_is_told_once() -> None:
    """A page without times says so, and calls no_times_displayed_url the first time."""
    api = application(event("retreat", at(5), at(6)))
    link = create_link(api)
    for _ in range(2):
        page = open_page(api, link)
        assert "There are no times to choose from at the moment." in page.text
        assert [form.method for form in page.forms] == ["get"]
    (message,) = posted_callbacks(api, NONE_SEEN)
    assert message == {"real_time_scheduling": read_status(api, link), "user": {"tzid": "Europe/London"}}


def test_visitor_can_say_that_no_time_suits() -> None:
    """The button calls no_times_suitable_url, and the link stays open."""
    api = application()
    link = create_link(api)
    form = open_page(api, link).forms[-1]
    assert form.labels["none"] == "None of these suit me"
    answer = send_form(api, link, **form.hidden(), decision=form.values("submit", "decision")[0])
    assert "We have passed on that no time suits you." in Page(answer.text).text
    (message,) = posted_callbacks(api, NONE_FIT)
    assert message["real_time_scheduling"]["status"] == read_status(api, link)["status"] == "open"


def test_nothing_is_posted_where_no_address_was_given() -> None:
    """Only the given callback URLs are called; callback_url is the old name of completed_url."""
    api = application()
    silent = create_link(api, callback_urls=None)
    form = open_page(api, silent).forms[-1]
    send_form(api, silent, **form.hidden(), decision="none")
    pick_offer(api, silent, "09:00 to 09:30")
    assert list(api.sandbox.outbox) == []
    event = {**LINK["event"], "event_id": "e2"}
    pick_offer(api, create_link(api, callback_urls={}, callback_url=DONE, event=event), "10:00 to 10:30")
    assert len(posted_callbacks(api)) == 1


def test_each_target_calendar_gets_the_event() -> None:
    """By default the event is written into every target calendar, with all of its fields."""
    api = application()
    extra = {"description": "d", "location": {"description": "Room"}, "event_private": True, "reminders": []}
    link = create_link(api, target_calendars=[JANE, OMAR], event={**LINK["event"], **extra})
    pick_offer(api, link, "09:00 to 09:30")
    (hers,), (his,) = managed_events(api), managed_events(api, "omar")
    assert [row["event_id"] for row in (hers, his)] == ["demo", "demo"]
    assert his["location"] == {"description": "Room"}
    assert hers["event_private"] is True
    assert hers["attendees"] == []


def test_without_target_calendars_nothing_is_written() -> None:
    """Without target calendars nothing is written, the link is completed and the callback is posted."""
    api = application()
    link = create_link(api, target_calendars=[])
    pick_offer(api, link, "09:00 to 09:30")
    assert read_status(api, link)["status"] == "completed"
    assert len(posted_callbacks(api)) == 1
    assert managed_events(api) == managed_events(api, "omar") == []


def test_single_event_goes_to_one_organizer_and_invites_the_others() -> None:
    """With event_creation single the first free target gets the event and invites the other free ones."""
    api = application()
    either = [{"members": [{"sub": "acc_jane"}, {"sub": "acc_omar"}], "required": 1}]
    targets = [
        {**JANE, "event": {"summary": "Jane's"}, "attendee": {"email": "jane@example.test", "display_name": "Jane"}},
        {**OMAR, "event": {"summary": "Omar's"}, "attendee": {"email": "omar@example.test"}},
    ]
    event = {**LINK["event"], "attendees": {"invite": [{"email": "guest@example.test"}]}}
    fields = {"event_creation": "single", "target_calendars": targets, "event": event}
    pick_offer(api, create_link(api, availability={**ASKED, "participants": either}, **fields), "09:00 to 09:30")
    (row,) = managed_events(api)
    assert row["summary"] == "Jane's"
    assert [guest["email"] for guest in row["attendees"]] == ["guest@example.test", "omar@example.test"]
    assert managed_events(api, "omar") == []
    api.sandbox.add_external_event("jane", "Dentist", at(5, 10), at(5, 11))
    fields["event"] = {**event, "event_id": "second"}
    pick_offer(api, create_link(api, availability={**ASKED, "participants": either}, **fields), "10:00 to 10:30")
    (row,) = managed_events(api, "omar")
    assert row["summary"] == "Omar's"
    assert [guest["email"] for guest in row["attendees"]] == ["guest@example.test"]


def test_event_that_cannot_be_written_is_not_written_anywhere() -> None:
    """If one of the calendars cannot be written to, nothing is written, and the page says so."""
    api = application()
    link = create_link(api, target_calendars=[JANE, OMAR])
    (omar,) = api.sandbox.account("omar").profiles
    omar.profile_connected = False
    answer = pick_offer(api, link, "09:00 to 09:30")
    assert answer.status_code == 409
    assert "The event could not be written to the calendar, and nothing was booked." in Page(answer.text).text
    assert (managed_events(api), posted_callbacks(api), read_status(api, link)["status"]) == ([], [], "open")


def test_event_needs_the_owners_leave_to_write() -> None:
    """If the owner has granted no write scope, nothing is written, and the page says so."""
    people = office()
    people.accounts[1].scope = "read_events"
    sandbox = Sandbox(now=NOW, office=people)
    api = Caller(sandbox, sandbox.client_secret)
    link = create_link(api, target_calendars=[JANE, OMAR])
    assert pick_offer(api, link, "09:00 to 09:30").status_code == 409
    assert (managed_events(api), posted_callbacks(api)) == ([], [])


def test_person_who_took_back_the_authorization_is_free_no_more() -> None:
    """A link for a person whose grants were revoked shows no times and books none."""
    api = application()
    link = create_link(api)
    form = open_page(api, link).choice
    api.sandbox.revoke(api.sandbox.tokens("omar")["refresh_token"])
    assert [shown.method for shown in open_page(api, link).forms] == ["get"]
    assert send_form(api, link, slot=form.values("radio")[0]).status_code == 409


def test_disabled_link_shows_its_message() -> None:
    """The message is shown as plain text with line breaks, nothing can be chosen, and disabling again is accepted."""
    api = application()
    link = create_link(api)
    form = open_page(api, link).choice
    path = f"/v1/real_time_scheduling/{link['real_time_scheduling']['real_time_scheduling_id']}/disable"
    for _ in range(2):
        answer = api.post(path, {"display_message": "Too late,\n<b>sorry</b>."})
        assert answer.status_code == 200
        assert answer.json == {"real_time_scheduling": {**link["real_time_scheduling"], "status": "disabled"}}
    page = open_page(api, link)
    assert page.forms == []
    assert page.text[-3:-1] == ["Too late,", "<b>sorry</b>."]
    late = send_form(api, link, **form.hidden(), slot=form.values("radio")[0])
    assert "Too late," in Page(late.text).text
    assert managed_events(api) == []


def test_message_is_needed_and_has_an_end() -> None:
    """An unknown link is 404; no message, one of more than 500 characters, and a completed link are 422."""
    api = application()
    link = create_link(api)
    path = f"/v1/real_time_scheduling/{link['real_time_scheduling']['real_time_scheduling_id']}/disable"
    assert api.post("/v1/real_time_scheduling/sch_x/disable", {"display_message": "x"}).status_code == 404
    assert refusals(api.post(path, {})) == {"display_message": ["errors.required"]}
    assert refusals(api.post(path, {"display_message": "x" * 501})) == {"display_message": ["errors.too_long"]}
    pick_offer(api, link, "09:00 to 09:30")
    completed = refusals(api.post(path, {"display_message": "x" * 500}))
    assert completed == {"real_time_scheduling_id": ["errors.already_completed"]}
    assert read_status(api, link)["status"] == "completed"


def test_pages_of_links_that_are_not_there_are_404() -> None:
    """An unknown token, and one of another kind, lead to a 404 page."""
    api = application()
    token = create_link(api)["url"].rsplit("/", 1)[-1]
    for path in ("/rts/x", f"/sequencing/{token}", f"/add_to_calendar/{token}"):
        for answer in (api.client.get(path), api.client.post(path)):
            assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_nothing_of_a_request_becomes_markup() -> None:
    """Summary, message and names are escaped."""
    api = application()
    api.sandbox.account("jane").name = "<script>n</script>"
    evil = {"event_id": "<script>e</script>", "summary": "<script>s</script>"}
    path = urlsplit(create_link(api, event=evil)["url"]).path
    assert "<script>" not in api.client.get(path, query_string={"tzid": "<script>"}).text
    adding = create_link(api, "/v1/add_to_calendar", event={**ADDING["event"], **evil})
    text = api.client.get(urlsplit(adding["url"]).path).text
    assert "<script>" not in text
    assert "&lt;script&gt;n" in text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"oauth": None}, {"oauth": ["errors.required"]}),
        ({"oauth": {"redirect_uri": "x"}}, {"oauth.redirect_uri": ["errors.invalid_url"]}),
        ({"event": None}, {"event": ["errors.required"]}),
        ({"event": {"summary": "s"}}, {"event.event_id": ["errors.required"]}),
        ({"event": {"event_id": "e"}}, {"event.summary": ["errors.required"]}),
        ({"event": {**LINK["event"], "tzid": "Mars"}}, {"event.tzid": ["errors.tzid_unrecognized"]}),
        ({"target_calendars": [], "event": {"event_id": "e"}}, {"event.summary": ["errors.required"]}),
        ({"availability": None}, {"availability": ["errors.required"]}),
        (
            {"availability": {**ASKED, "required_duration": None}},
            {"availability.required_duration": ["errors.required"]},
        ),
        (
            {"availability": {**ASKED, "participants": [{"members": [{"sub": "acc_x"}], "required": "all"}]}},
            {"availability.participants": ["errors.not_recognized"]},
        ),
        ({"target_calendars": [{"sub": "acc_jane"}]}, {"target_calendars[0].calendar_id": ["errors.required"]}),
        ({"target_calendars": [{**JANE, "sub": "x"}]}, {"target_calendars[0].sub": ["errors.not_recognized"]}),
        (
            {"target_calendars": [JANE, {**JANE, "calendar_id": LOCKED}]},
            {"target_calendars[1].calendar_id": ["errors.not_recognized"]},
        ),
        (
            {"target_calendars": [{**JANE, "attendee": {"email": "x"}}]},
            {"target_calendars[0].attendee.email": ["errors.invalid_email"]},
        ),
        (
            {"event_creation": "single", "target_calendars": [{**JANE, "event": {"url": "x"}}]},
            {"target_calendars[0].event.url": ["errors.invalid_format"]},
        ),
        (
            {"event": {**LINK["event"], "conferencing": {"profile_id": "pro_x"}}},
            {"event.conferencing.profile_id": ["errors.not_recognized"]},
        ),
        ({"event_creation": "both"}, {"event_creation": ["errors.not_recognized"]}),
        ({"callback_url": "x"}, {"callback_url": ["errors.invalid_url"]}),
        ({"callback_urls": {"completed_url": "x"}}, {"callback_urls.completed_url": ["errors.invalid_url"]}),
        ({"redirect_urls": {"completed_url": "x"}}, {"redirect_urls.completed_url": ["errors.invalid_url"]}),
        ({"minimum_notice": {"minutes": -1}}, {"minimum_notice.minutes": ["errors.must_be_integer"]}),
        ({"minimum_notice": {}}, {"minimum_notice.minutes": ["errors.required"]}),
        ({"selection_mode": "x"}, {"selection_mode": ["errors.not_recognized"]}),
        ({"formatting": {"hour_format": "x"}}, {"formatting.hour_format": ["errors.not_recognized"]}),
        ({"tzid": "Mars"}, {"tzid": ["errors.tzid_unrecognized"]}),
    ],
)
def test_wrong_links_are_refused(fields: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error with its path, and no link is created."""
    api = application()
    body = {name: value for name, value in {**LINK, **fields}.items() if value is not None}
    assert refusals(api.post("/v1/real_time_scheduling", body)) == expected
    assert api.sandbox._world.links == {}


def test_sequence_is_offered_whole_and_written_item_by_item() -> None:
    """An offer has a time for every meeting; each meeting is written to the calendars of its members."""
    api = application()
    created = create_link(api, "/v1/real_time_sequencing")
    link = created["real_time_sequencing"]
    assert link["real_time_sequencing_id"].startswith("seq_")
    assert (link["status"], link["url"]) == ("open", created["url"])
    page = open_page(api, created)
    assert page.choice.legends == ["Thursday 5 March 2026"]
    assert page.times == ["09:00 to 10:00 Talk a; 10:00 to 11:00 Talk b"]
    answer = pick_offer(api, created, page.times[0])
    assert "Thursday 5 March 2026, 10:00 to 11:00 Talk b" in Page(answer.text).text
    (hers,), (his,) = managed_events(api), managed_events(api, "omar")
    assert (hers["event_id"], hers["summary"], hers["start"]) == ("i-a", "Talk a", "2026-03-05T09:00:00Z")
    assert (his["event_id"], his["summary"], his["start"]) == ("i-b", "Talk b", "2026-03-05T10:00:00Z")
    (message,) = posted_callbacks(api)
    zone = {"tzid": "Europe/London"}
    assert message["event"]["start"] == {"time": "2026-03-05T09:00:00Z", **zone}
    assert message["event"]["end"] == {"time": "2026-03-05T11:00:00Z", **zone}
    assert message["participants"] == [{"sub": "acc_jane"}, {"sub": "acc_omar"}]
    assert message["user"] == zone
    assert message["sequence"][1] == {
        "sequence_id": "b",
        "start": {"time": "2026-03-05T10:00:00Z", **zone},
        "end": {"time": "2026-03-05T11:00:00Z", **zone},
        "participants": [{"sub": "acc_omar"}],
        "event": {"event_id": "i-b", "summary": "Talk b"},
    }


def test_event_creation_means_nothing_to_a_sequence() -> None:
    """event_creation is ignored for a sequence."""
    api = application()
    link = create_link(api, "/v1/real_time_sequencing", event_creation="single")
    pick_offer(api, link, open_page(api, link).times[0])
    assert [row["event_id"] for row in (*managed_events(api), *managed_events(api, "omar"))] == ["i-a", "i-b"]


def test_calendar_of_somebody_in_no_item_gets_them_all() -> None:
    """A target whose owner takes part in no meeting gets all of them."""
    api = application()
    items = [meeting("acc_jane", name, ordinal=n) for n, name in enumerate("ab")]
    link = create_link(api, "/v1/real_time_sequencing", availability={**SEQUENCE, "sequence": items})
    pick_offer(api, link, open_page(api, link).times[0])
    assert [row["summary"] for row in managed_events(api, "omar")] == ["Talk a", "Talk b"]


def test_sequence_over_several_days_names_them() -> None:
    """A meeting on another day than the first shows its day."""
    api = application()
    items = [
        meeting("acc_jane", "a", query_periods=[{"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T10:00:00Z"}]),
        meeting("acc_omar", "b", query_periods=[{"start": "2026-03-06T09:00:00Z", "end": "2026-03-06T10:00:00Z"}]),
    ]
    week = [{"start": "2026-03-05T00:00:00Z", "end": "2026-03-07T00:00:00Z"}]
    link = create_link(api, "/v1/real_time_sequencing", availability={"sequence": items, "query_periods": week})
    assert open_page(api, link).times == ["09:00 to 10:00 Talk a; Friday 6 March 2026, 09:00 to 10:00 Talk b"]


def test_sequence_that_lost_a_time_is_not_booked() -> None:
    """A sequence is refused if one of its times is no longer free or too early; another one can be booked."""
    clock = [NOW]
    api = application(now=lambda: clock[0])
    wide = {**SEQUENCE, "query_periods": [{"start": "2026-03-05T09:00:00Z", "end": "2026-03-05T13:00:00Z"}]}
    link = create_link(api, "/v1/real_time_sequencing", availability=wide, minimum_notice={"hours": 1})
    form = open_page(api, link).choice
    slots = form.values("radio")
    api.sandbox.add_external_event("omar", "Dentist", at(5, 10), at(5, 10, 30))
    taken = send_form(api, link, slot=slots[0])
    assert taken.status_code == 409
    assert managed_events(api) == managed_events(api, "omar") == posted_callbacks(api) == []
    clock[0] = at(5, 9)
    assert all(words >= "10:00" for words in open_page(api, link).times)
    assert send_form(api, link, slot=slots[1]).status_code == 409
    clock[0] = at(4, 10)
    assert send_form(api, link, slot=slots[-1]).status_code == 200
    assert len(managed_events(api)) == len(managed_events(api, "omar")) == 1


def test_what_was_shown_and_is_free_can_be_picked_whatever_is_offered_now() -> None:
    """An offer that was shown and is still free can be booked even if it is no longer offered."""
    api = application()
    link = create_link(api)
    form = open_page(api, link).choice
    api.sandbox.add_external_event("jane", "Short call", at(5, 9), at(5, 9, 10))
    assert open_page(api, link).times == ["09:10 to 09:40", "09:40 to 10:10", "10:10 to 10:40"]
    assert send_form(api, link, slot=form.values("radio")[1]).status_code == 200
    assert [row["start"] for row in managed_events(api)] == ["2026-03-05T09:30:00Z"]
    api = application(event("Dentist", at(5, 10), at(5, 10, 30)))
    wide = {**SEQUENCE, "query_periods": [{"start": "2026-03-05T08:00:00Z", "end": "2026-03-05T13:00:00Z"}]}
    wide["sequence"] = [meeting("acc_omar", "a", ordinal=1), meeting("acc_jane", "b", ordinal=2)]
    link = create_link(api, "/v1/real_time_sequencing", availability=wide, target_calendars=[JANE])
    page = open_page(api, link)
    shown = page.choice.values("radio")[page.times.index("09:00 to 10:00 Talk a; 10:30 to 11:30 Talk b")]
    api.sandbox.remove_event("jane", "evt_external_Dentist")
    assert "09:00 to 10:00 Talk a; 10:00 to 11:00 Talk b" in open_page(api, link).times
    assert send_form(api, link, slot=shown).status_code == 200
    assert [row["start"] for row in managed_events(api)] == ["2026-03-05T10:30:00Z"]


def test_sequence_is_disabled_like_a_single_time() -> None:
    """Disabling is 200, the page shows the message, and the id of another kind of link is 404."""
    api = application()
    link = create_link(api, "/v1/real_time_sequencing")
    path = f"/v1/real_time_sequencing/{link['real_time_sequencing']['real_time_sequencing_id']}/disable"
    answer = api.post(path, {"display_message": "Filled."})
    assert answer.json == {"real_time_sequencing": {**link["real_time_sequencing"], "status": "disabled"}}
    assert "Filled." in open_page(api, link).text
    other = create_link(api)["real_time_scheduling"]["real_time_scheduling_id"]
    refused = api.post(f"/v1/real_time_sequencing/{other}/disable", {"display_message": "x"})
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("availability", "expected"),
    [
        (None, {"availability": ["errors.required"]}),
        ({**SEQUENCE, "sequence": []}, {"availability.sequence": ["errors.required"]}),
        (
            {**SEQUENCE, "sequence": [meeting("acc_jane", "a", event="x")]},
            {"availability.sequence[0].event": ["errors.invalid_format"]},
        ),
        (
            {**SEQUENCE, "sequence": [meeting("acc_jane", "a", event={"url": "x"})]},
            {"availability.sequence[0].event.url": ["errors.invalid_format"]},
        ),
        (
            {**SEQUENCE, "sequence": [meeting("acc_jane", name, event=None) for name in "ab"]},
            {"availability.sequence[1].event.event_id": ["errors.duplicate"]},
        ),
    ],
)
def test_wrong_sequences_are_refused(availability: Any, expected: dict[str, list[str]]) -> None:
    """Each invalid field of an item has an error, and two items must not have one event_id."""
    api = application()
    assert refusals(api.post("/v1/real_time_sequencing", {**SEQUENCING, "availability": availability})) == expected


def test_event_is_added_to_the_calendar_that_was_picked() -> None:
    """The page offers all writable calendars; the browser is redirected with the state."""
    api = application()
    link = create_link(api, "/v1/add_to_calendar")
    assert set(link) == {"url"}
    page = open_page(api, link)
    assert "Thursday 5 March 2026, 18:00 to 19:00 (Etc/UTC)" in page.text
    values = page.choice.values("radio", "account")
    assert [page.choice.labels[value] for value in values] == [
        "Jane Doe: Work",
        "Jane Doe: Home",
        "Jane Doe: Calendar",
        "Omar Said: Omar",
    ]
    answer = send_form(api, link, account=values[1], decision="approve")
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.location).query) == {"state": ["s t"]}
    (row,) = managed_events(api)
    assert (row["event_id"], row["calendar_id"], row["start"]) == ("talk", HOME, "2026-03-05T18:00:00Z")


def test_adding_can_be_cancelled_and_must_name_a_calendar() -> None:
    """Cancel redirects with access_denied; no calendar, or one that is not offered or not writable, adds nothing."""
    api = application()
    link = create_link(api, "/v1/add_to_calendar")
    value = open_page(api, link).choice.values("radio", "account")[0]
    cancelled = send_form(api, link, account=value, decision="deny")
    assert parse_qs(urlsplit(cancelled.location).query) == {"state": ["s t"], "error": ["access_denied"]}
    assert send_form(api, link, decision="approve").status_code == 400
    assert send_form(api, link, decision="approve", account=f"acc_jane {LOCKED}").status_code == 400
    api.sandbox.revoke(api.sandbox.tokens("omar")["refresh_token"])
    assert send_form(api, link, decision="approve", account="acc_omar cal_o").status_code == 409
    assert managed_events(api) == managed_events(api, "omar") == []


def test_adding_without_an_address_says_what_was_done() -> None:
    """Without a redirect_uri a page is shown; target_calendars limit the choice; all-day events show days."""
    api = application()
    event = {"event_id": "off", "summary": "Off", "start": "2026-03-05", "end": "2026-03-07"}
    link = create_link(api, "/v1/add_to_calendar", oauth=None, event=event, target_calendars=[OMAR])
    page = open_page(api, link)
    assert "Thursday 5 March 2026 to Friday 6 March 2026" in page.text
    (value,) = page.choice.values("radio", "account")
    assert "The event is in the calendar" in Page(send_form(api, link, account=value, decision="approve").text).text
    assert [row["start"] for row in managed_events(api, "omar")] == ["2026-03-05"]
    assert "Nothing was added" in Page(send_form(api, link, account=value, decision="deny").text).text


def test_times_of_an_event_to_add_are_needed() -> None:
    """The event of Add to Calendar needs start and end."""
    api = application()
    answer = api.post("/v1/add_to_calendar", {**ADDING, "event": LINK["event"]})
    assert refusals(answer) == {"event.start": ["errors.required"], "event.end": ["errors.required"]}


MAKING = ("/v1/real_time_scheduling", "/v1/real_time_sequencing", "/v1/add_to_calendar")
BODIES = dict(zip(MAKING, (LINK, SEQUENCING, ADDING), strict=True))


@pytest.mark.parametrize("path", MAKING)
@pytest.mark.parametrize("header", ["Bearer undefined", "Bearer ", "", None, "Basic eA=="])
def test_credentials_in_the_body_are_enough(path: str, header: str | None) -> None:
    """Client credentials in the body are sufficient, with any Authorization header, or none."""
    api = application()
    client = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    headers = {} if header is None else {"Authorization": header}
    answer = api.client.post(path, json={**BODIES[path], **client}, headers=headers)
    assert answer.status_code == 200, answer.text
    refused = api.client.post(path, json={**BODIES[path], **client, "client_secret": "x"}, headers=headers)
    assert (refused.status_code, refused.data) == (401, b"")


@pytest.mark.parametrize("path", MAKING)
def test_users_token_beside_credentials_is_not_looked_at(path: str) -> None:
    """A person's token alone is 401; beside client credentials it is ignored."""
    person = caller()
    assert person.post(path, BODIES[path]).status_code == 401
    client = {"client_id": person.sandbox.client_id, "client_secret": person.sandbox.client_secret}
    assert person.post(path, {**BODIES[path], **client}).status_code == 200


def test_disabling_takes_credentials_in_the_body_and_status_the_secret_alone() -> None:
    """Disabling accepts client credentials in the body; reading requires the secret as bearer."""
    api = application()
    link = create_link(api)
    path = f"/v1/real_time_scheduling/{link['real_time_scheduling']['real_time_scheduling_id']}"
    client = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    assert api.client.get(path).status_code == 401
    assert api.client.post(f"{path}/disable", json={"display_message": "x"}).status_code == 401
    assert api.client.post(f"{path}/disable", json={"display_message": "x", **client}).status_code == 200


def test_misspelt_availability_of_a_sequence_is_understood() -> None:
    """`availablity`, as the official C# client spells it, is accepted."""
    api = application()
    link = create_link(api, "/v1/real_time_sequencing", availability=None, availablity=SEQUENCE)
    assert len(open_page(api, link).times) == 1


def test_times_with_a_space_are_read() -> None:
    """Times in .NET's "u" format, as the official C# client writes them, are accepted."""
    api = application()
    spaced = {name: text.replace("T", " ") for name, text in MORNING.items()}
    assert len(open_page(api, create_link(api, availability={**ASKED, "query_periods": [spaced]})).times) == 4


def test_nulls_and_empty_objects_are_as_good_as_nothing() -> None:
    """`start_interval: null` and `buffer: {}`, as the official Python client sends them, count as missing."""
    api = application()
    empty = {"start_interval": None, "buffer": {}}
    periods = {"available_periods": ASKED["query_periods"], "query_periods": None}
    assert (
        len(open_page(api, create_link(api, availability={**ASKED, **empty, **periods}, minimum_notice=None)).times)
        == 4
    )
    items = [{**item, **empty} for item in SEQUENCE["sequence"]]
    link = create_link(api, "/v1/real_time_sequencing", availability={**SEQUENCE, "sequence": items})
    assert len(open_page(api, link).times) == 1


@pytest.fixture
def official() -> Iterator[tuple[pycronofy.Client, Caller]]:
    """The official client of a served sandbox, and a caller for the same sandbox."""
    api = application()
    with serve(api.sandbox) as served:
        client = pycronofy.Client(client_id=api.sandbox.client_id, client_secret=api.sandbox.client_secret)
        client.request_handler.base_url = served.url
        client.app_base_url = served.url
        yield client, api


def test_official_client_schedules(official: tuple[pycronofy.Client, Caller]) -> None:
    """It creates a link, reads it by token and id before and after a choice, and cannot disable it then."""
    client, api = official
    availability = {
        "participants": {"members": ["acc_jane"]},
        "required_duration": 30,
        "available_periods": [{"start": at(5, 9), "end": at(5, 11)}],
        "max_results": 2,
    }
    link = client.real_time_scheduling(
        availability, {"redirect_uri": BACK}, LINK["event"], [JANE], minimum_notice=60, callback_url=DONE
    )
    link_id = link["real_time_scheduling"]["real_time_scheduling_id"]
    token = link["url"].rsplit("/", 1)[-1]
    for status in (
        client.get_real_time_scheduling_status(token=token),
        client.get_real_time_scheduling_status(real_time_scheduling_id=link_id),
    ):
        assert status["real_time_scheduling"] == link["real_time_scheduling"]
    assert open_page(api, link).times == ["09:00 to 09:30", "09:30 to 10:00"]
    pick_offer(api, link, "09:30 to 10:00")
    done = client.get_real_time_scheduling_status(token=token)["real_time_scheduling"]
    assert done["status"] == "completed"
    assert done["event"]["start"] == {"time": "2026-03-05T09:30:00Z", "tzid": "Europe/London"}
    with pytest.raises(PyCronofyRequestError, match="422"):
        client.disable_real_time_scheduling_link(link_id, "Too late.")


def test_official_client_disables(official: tuple[pycronofy.Client, Caller]) -> None:
    """It disables an open link."""
    client, api = official
    availability = {**ASKED, "available_periods": [MORNING]}
    link = client.real_time_scheduling(copy.deepcopy(availability), {"redirect_uri": BACK}, LINK["event"])
    link_id = link["real_time_scheduling"]["real_time_scheduling_id"]
    closed = client.disable_real_time_scheduling_link(link_id, "Closed.")
    assert closed["real_time_scheduling"]["status"] == "disabled"
    assert "Closed." in open_page(api, link).text


def test_official_client_makes_sequences(official: tuple[pycronofy.Client, Caller]) -> None:
    """It creates a sequencing link, whose first offer can be booked."""
    client, api = official
    items = [meeting("acc_jane", "a", ordinal=1), meeting("acc_omar", "b", ordinal=2)]
    availability = {"sequence": items, "available_periods": [{"start": at(5, 9), "end": at(5, 11)}]}
    link = client.real_time_sequencing(
        availability, {"redirect_uri": BACK}, SEQUENCING["event"], [JANE, OMAR], minimum_notice={"minutes": 5}
    )
    assert link["real_time_sequencing"]["url"] == link["url"]
    pick_offer(api, link, open_page(api, link).times[0])
    assert [row["summary"] for row in managed_events(api)] == ["Talk a"]


NAMES = sorted({*LINK, *ADDING, "redirect_urls", "callback_url", "minimum_notice", "formatting", "tzid", "slot"})
KEYS = (
    *("event_id", "summary", "sequence", "participants", "members", "sub", "query_periods", "event", "attendees"),
    *("required_duration", "minutes", "query_slots", "start", "completed_url", "tzid", "required", "email"),
)
NESTED = st.recursive(
    JSON,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(
    path=st.sampled_from(MAKING), fields=st.dictionaries(st.sampled_from(NAMES), NESTED, max_size=3), words=st.text()
)
def test_no_value_anywhere_breaks_a_link(path: str, fields: dict[str, Any], words: str) -> None:
    """Any value in a request is refused, or makes a link whose page can be opened and submitted."""
    api = application()
    answer = api.post(path, {**BODIES[path], **fields})
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        page = urlsplit(answer.json["url"]).path
        shown = api.client.get(page, query_string={"tzid": words})
        assert shown.status_code == 200
        for form in Page(shown.text).forms:
            slots = [*form.values("radio"), *form.values("radio", "account"), words]
            data = {"slot": slots[0], "account": slots[0], "tzid": words, "decision": "approve"}
            assert api.client.post(page, data=data).status_code in (200, 302, 400, 409)


@settings(max_examples=100)
@given(
    part=st.sampled_from(["availability", "event", "oauth", "callback_urls", "target"]),
    name=st.sampled_from(
        ["participants", "query_periods", "start_interval", "buffer", "attendees", "location", "event"]
    ),
    value=NESTED,
)
def test_no_value_within_a_part_breaks_a_link(part: str, name: str, value: Any) -> None:
    """Any value within a valid request is refused, or makes a link whose page can be used."""
    api = application()
    body = copy.deepcopy(LINK) | {"event_creation": "single"}
    ({"target": body["target_calendars"][0]} | body)[part][name] = value
    answer = api.post("/v1/real_time_scheduling", body)
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 200:
        form = open_page(api, answer.json).choice
        slot = (form.values("radio") or ["x"])[0]
        assert send_form(api, answer.json, slot=slot, decision="approve").status_code in (200, 409)


def test_receiver_that_takes_its_time_holds_up_nobody() -> None:
    """The request is answered before a slow callback is delivered, which arrives signed."""
    goes_on, arrived = threading.Event(), threading.Event()
    heard: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            goes_on.wait(20)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.headers["Cronofy-HMAC-SHA256"], body))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *_: object) -> None:
            """Print no log lines."""

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    postman = CallbackSender()
    try:
        sandbox = Sandbox(now=NOW, office=office(), deliver=postman)
        api = Caller(sandbox, sandbox.client_secret)
        hook = f"http://127.0.0.1:{receiver.server_port}/done"
        pick_offer(api, create_link(api, callback_urls={"completed_url": hook}), "09:00 to 09:30")
        assert len(managed_events(api)) == 1
        assert heard == []  # the receiver still waits, the calls do not
        goes_on.set()
        assert arrived.wait(20)
    finally:
        goes_on.set()
        postman.close()
        receiver.shutdown()
        thread.join()
        receiver.server_close()
    ((signature, body),) = heard
    assert hmac_valid(signature, body, sandbox.client_secret)
    assert [delivery.error for delivery in sandbox.outbox] == [None]


def test_callback_that_may_not_leave_this_machine_spoils_nothing() -> None:
    """If a callback cannot be delivered, the request is answered, and the outbox has the error."""
    postman = CallbackSender()
    sandbox = Sandbox(now=NOW, office=office(), deliver=postman)
    api = Caller(sandbox, sandbox.client_secret)
    assert pick_offer(api, create_link(api), "09:00 to 09:30").status_code == 200
    postman.close()
    (delivery,) = sandbox.outbox
    assert delivery.error is not None
    assert delivery.error.startswith("PermissionError: callbacks go to this machine only")


def test_deletion_from_outside_is_told_and_a_booking_is_not() -> None:
    """Channels are notified of a deletion by the owner, not of a booking by the application."""
    api = application()
    person = Caller(api.sandbox, api.sandbox.tokens("jane")["access_token"])
    person.post("/v1/channels", {"callback_url": DONE})
    link = create_link(api, callback_urls=None)
    pick_offer(api, link, "09:00 to 09:30")
    (verification,) = posted_callbacks(api)
    assert verification["notification"] == {"type": "verification"}
    (row,) = managed_events(api)
    api.sandbox.remove_event("jane", row["event_uid"])
    change = posted_callbacks(api)[-1]
    assert change["notification"] == {"type": "change", "changes_since": "2026-03-04T09:00:00Z"}
    assert change["channel"] == verification["channel"]
