"""The sandbox as a WSGI application: routing, credentials, bodies, rate limit, clock and faults."""

from __future__ import annotations

import io
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox import Sandbox, coverage
from cronofy_frames.sandbox.http.route_modules import all_routes
from cronofy_frames.sandbox.http.routes import handles
from cronofy_frames.sandbox.model.state import Calendar, Office
from cronofy_frames.wire.faults import Fault
from tests.sandbox.caller import HOME, NOW, WORK, Caller, at, caller, event, office, refusals


def test_unknown_path_is_404_and_so_is_a_verb_that_a_path_does_not_take() -> None:
    """An unknown path, and a method that a path does not have, are answered with 404 and an empty body."""
    for verb, path in (("GET", "/v1/nothing"), ("PUT", "/v1/events"), ("POST", "/v1/userinfo"), ("GET", "/")):
        answer = caller().ask(verb, path)
        assert (answer.status_code, answer.data) == (404, b"")


def test_slash_at_the_end_does_not_count() -> None:
    """A trailing slash in the path is ignored."""
    assert caller().get("/v1/calendars/").json == caller().get("/v1/calendars").json


def test_ids_in_paths_are_decoded_after_routing() -> None:
    """An id may contain a percent-encoded slash, and an at sign in either form."""
    api = caller()
    api.sandbox.accounts[0].profiles[0].calendars.append(Calendar("cal/odd id@x", "Odd"))
    assert api.write("cal%2Fodd%20id%40x").status_code == 202
    assert api.write(HOME, event_id="e2").status_code == 202
    assert [row["calendar_id"] for row in api.events(only_managed="true")] == ["cal/odd id@x", HOME]


def test_path_is_read_from_path_info_where_a_server_keeps_no_raw_one() -> None:
    """Without RAW_URI and REQUEST_URI the path comes from the decoded PATH_INFO."""
    api = caller()
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/v1/profiles",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "sandbox.test",
        "HTTP_AUTHORIZATION": f"Bearer {api.token}",
    }
    statuses: list[str] = []
    list(api.sandbox(environ, lambda status, *_: statuses.append(status)))
    assert statuses == ["200 OK"]


def test_links_keep_to_the_address_and_mount_point_of_the_request() -> None:
    """`next_page` is an absolute URL with the host and mount point of the request."""
    api = caller(event("a", at(5, 9), at(5, 10)), event("b", at(6, 9), at(6, 10)), page_size=1)
    answer = api.client.get(
        "/v1/events",
        base_url="https://cronofy.example.test/mounted",
        query_string={"tzid": "Etc/UTC"},
        headers={"Authorization": f"Bearer {api.token}"},
    )
    assert answer.json["pages"]["next_page"].startswith("https://cronofy.example.test/mounted/v1/events/pages/")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nobody", "Basic abc", "{client_secret}", "Bearer {client_secret}"]
)
def test_unknown_credentials_are_401_with_nothing_in_it(header: str) -> None:
    """An unknown token, and the client secret in its place, are answered with 401 and an empty body."""
    api = caller()
    credentials = header.format(client_secret=api.sandbox.client_secret)
    answer = api.ask("GET", "/v1/events", headers={"Authorization": credentials})
    assert (answer.status_code, answer.data) == (401, b"")


def test_kinds_of_tokens_are_not_interchangeable() -> None:
    """A service account's token for events, and a person's token for resources, are answered with 403."""
    api = caller()
    service = Caller(api.sandbox, api.sandbox.service_account_token)
    assert service.get("/v1/events", tzid="Etc/UTC").status_code == 403
    assert api.get("/v1/resources").status_code == 403


def test_token_dies_when_its_time_is_over_and_when_told_to() -> None:
    """An access token is answered with 401 from the second of its expiry, and after `expire`."""
    time = [NOW]
    api = caller(now=lambda: time[0], token_life=60)
    assert api.get("/v1/userinfo").status_code == 200
    time[0] += timedelta(seconds=60)
    assert api.get("/v1/userinfo").status_code == 401
    fresh = api.sandbox.tokens("jane")["access_token"]
    assert Caller(api.sandbox, fresh).get("/v1/userinfo").status_code == 200
    api.sandbox.expire(fresh)
    assert Caller(api.sandbox, fresh).get("/v1/userinfo").status_code == 401
    with pytest.raises(LookupError, match="not one of this sandbox"):
        api.sandbox.expire("nobody")


def test_credentials_are_looked_at_before_arguments() -> None:
    """A request with an invalid token and an invalid body is answered with 401."""
    answer = caller().ask("POST", "/v1/channels", data="{", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"{", b"[1]", b"[" * 100_000, b'{"a": 1e999}', b'{"a": "\xff"}', b'"text"'])
def test_body_that_is_no_json_object_is_422(body: bytes) -> None:
    """Malformed JSON, and JSON that is not an object, are answered with 422 on the field `body`."""
    answer = caller().ask("POST", "/v1/channels", data=body, content_type="application/json")
    assert refusals(answer) == {"body": ["errors.invalid_format"]}


def test_null_body_is_none() -> None:
    """A JSON null means no arguments."""
    answer = caller().ask("POST", "/v1/channels", data=b"null", content_type="application/json")
    assert refusals(answer) == {"callback_url": ["errors.required"]}


def test_bodies_may_be_forms() -> None:
    """Brackets in a form mean the objects and arrays of JSON."""
    api = caller()
    form = {
        "event_id": "f1",
        "summary": "Form",
        "start[time]": "2026-03-05T10:00:00Z",
        "start[tzid]": "Europe/Paris",
        "end": "2026-03-05T11:00:00Z",
        "reminders[][minutes]": ["5", "10"],
        "event_private": "true",
    }
    assert api.ask("POST", f"/v1/calendars/{WORK}/events", data=form).status_code == 202
    row = api.managed(localized_times="true")
    assert (row["start"]["tzid"], row["event_private"]) == ("Europe/Paris", True)
    stored = api.sandbox.accounts[0].events[row["event_uid"]]
    assert stored.write_only["reminders"] == [{"minutes": 5}, {"minutes": 10}]


def test_claimed_content_encoding_is_not_believed() -> None:
    """The Content-Encoding header is ignored, as the official C# client sends one that its body does not have."""
    header = {"Content-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"}
    answer = caller().ask("POST", "/v1/channels", json={"callback_url": "https://x.test/h"}, headers=header)
    assert answer.status_code == 200


def test_get_may_carry_an_empty_json_object() -> None:
    """A GET with the body `{}`, as the official Python client sends it, is answered."""
    assert caller().ask("GET", "/v1/calendars", json={}).status_code == 200


def test_head_answers_without_a_body() -> None:
    """HEAD returns the headers of GET without a body."""
    answer = caller().ask("HEAD", "/v1/calendars")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length == caller().get("/v1/calendars").content_length


def test_body_that_ends_too_early_is_400() -> None:
    """A request whose body breaks off is answered with 400."""
    api = caller()
    environ = {
        "REQUEST_METHOD": "POST",
        "RAW_URI": "/v1/channels",
        "PATH_INFO": "/v1/channels",
        "wsgi.input": io.BytesIO(b"{"),
        "CONTENT_LENGTH": "100",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "sandbox.test",
    }
    statuses: list[str] = []
    list(api.sandbox(environ, lambda status, *_: statuses.append(status)))
    assert statuses == ["400 Bad Request"]


def test_rate_limit_counts_seconds_and_minutes() -> None:
    """The 51st request within a second and the 501st within a minute get 429 with an empty body."""
    time = [0.0]
    api = Caller(Sandbox(now=NOW, office=office(), tick=lambda: time[0]))
    first = [api.get("/v1/profiles").status_code for _ in range(51)]
    assert first == [200] * 50 + [429]
    for second in range(1, 10):
        time[0] = float(second)
        assert [api.get("/v1/profiles").status_code for _ in range(50)] == [200] * 50
    time[0] = 10.0
    answer = api.get("/v1/profiles")
    assert (answer.status_code, answer.data) == (429, b"")
    time[0] = 60.0
    assert api.get("/v1/profiles").status_code == 200


def test_rate_limit_does_not_hold_in_process() -> None:
    """A request that the in-process transport marks is not counted."""
    api = Caller(Sandbox(now=NOW, office=office(), tick=lambda: 0.0))
    marked = {"cronofy_frames.in_process": True}
    assert {api.ask("GET", "/v1/profiles", environ_overrides=marked).status_code for _ in range(60)} == {200}


def test_same_seed_gives_the_same_tokens_and_ids() -> None:
    """Tokens are 32 ASCII characters, derived from the seed alone."""
    first, same, other = (Sandbox(now=NOW, office=office(), seed=seed) for seed in (0, 0, 1))
    named = ("client_id", "client_secret", "access_token", "refresh_token", "service_account_token")
    tokens = [getattr(first, name) for name in named]
    assert tokens == [getattr(same, name) for name in named]
    assert set(tokens).isdisjoint(getattr(other, name) for name in named)
    assert len(set(tokens)) == 5
    assert all(len(token) == 32 and token.isascii() and token.isalnum() for token in tokens)


def test_without_a_seed_tokens_differ_and_ids_do_not() -> None:
    """The office and its ids are those of seed 0; what gives access differs with every sandbox."""
    first, other, seeded = Sandbox(now=NOW), Sandbox(now=NOW), Sandbox(now=NOW, seed=0)
    secret = ("client_secret", "admin_api_key", "access_token", "refresh_token", "service_account_token")
    for name in secret:
        assert len({getattr(box, name) for box in (first, other, seeded)}) == 3, name
    assert first.client_id == other.client_id == seeded.client_id
    assert [account.sub for account in first.accounts] == [account.sub for account in seeded.accounts]
    events = [list(box.accounts[0].events) for box in (first, other, seeded)]
    assert events[0] == events[1] == events[2]


@pytest.mark.parametrize("row", [row["route"] for row in coverage() if not row["route"].startswith("GET ")])
def test_an_empty_array_as_body_is_an_empty_object(row: str) -> None:
    """The official PHP client sends one where it has no arguments; the answer is that to `{}`."""
    method, _, path = row.partition(" ")
    answers = []
    for body in (b"{}", b" [] "):
        api = Caller(Sandbox(now=NOW, office=office(), seed=0))
        path_args = re.sub(r"{\w+}", "x", path)
        answer = api.ask(method, path_args, data=body, content_type="application/json")
        answers.append((answer.status_code, answer.get_data()))
    assert answers[0] == answers[1]


def test_other_arrays_as_body_are_refused() -> None:
    """An array with something in it is no object."""
    answer = Caller(Sandbox(now=NOW, office=office())).ask("POST", "/v1/channels", json=[1])
    assert answer.status_code == 422


def test_readings_of_what_clients_send_are_listed_as_ours() -> None:
    """`coverage` shows them at the routes that they bear on, marked UNCONFIRMED."""
    noted = {row["route"]: " ".join(row["assumptions"]) for row in coverage()}
    assert "refresh_token" in noted["POST /oauth/token/revoke"]
    assert all(("empty JSON array" in text) == (not route.startswith("GET ")) for route, text in noted.items())
    assert all("UNCONFIRMED" in text for text in noted.values() if text)


@pytest.mark.parametrize("name", ["acc_omar", "OMAR@example.test", "omar said", "Omar"])
def test_people_are_found_by_what_they_are_called(name: str) -> None:
    """`tokens` accepts an e-mail address, a name, a first name or a sub, in any case."""
    sandbox = Sandbox(now=NOW, office=office())
    omar = Caller(sandbox, sandbox.tokens(name)["access_token"])
    assert omar.get("/v1/userinfo").json["sub"] == "acc_omar"


def test_error_for_a_stranger_lists_the_people() -> None:
    """The error for an unknown name lists the accounts."""
    with pytest.raises(LookupError, match=r"'Nobody'.*Jane Doe <jane@example.test>, Omar Said"):
        Sandbox(now=NOW, office=office()).tokens("Nobody")


def test_tokens_of_somebody_whose_grants_were_all_revoked_are_new() -> None:
    """`tokens` returns valid tokens even after all grants of an account were revoked."""
    api = caller()
    api.sandbox.revoke(api.sandbox.refresh_token)
    assert api.get("/v1/userinfo").status_code == 401
    assert Caller(api.sandbox, api.sandbox.tokens("jane")["access_token"]).get("/v1/userinfo").status_code == 200
    with pytest.raises(LookupError, match="not one of this sandbox, or was revoked"):
        api.sandbox.revoke("jane")


def test_clock_takes_a_time_a_text_a_function_or_nothing() -> None:
    """`now` may be a fixed time, ISO text, a function that returns the time, or None for the real time."""
    assert Sandbox(now=NOW, office=office()).now() == NOW
    assert Sandbox(now="2026-03-04", office=office()).now() == at(4)
    assert Sandbox(now="2026-03-04T10:00:00.9+01:00", office=office()).now() == NOW
    assert Sandbox(now=lambda: NOW, office=office()).now() == NOW
    assert abs(Sandbox(office=office()).now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_arguments_that_make_no_sense_are_refused() -> None:
    """A time without a time zone, an empty page and an office without people raise ValueError."""
    with pytest.raises(ValueError, match="zone"):
        Sandbox(now=datetime(2026, 3, 4), office=office())
    with pytest.raises(ValueError, match="page_size"):
        Sandbox(page_size=0, office=office())
    with pytest.raises(ValueError, match="no person"):
        Sandbox(office=Office([]))
    with pytest.raises(ValueError, match="needs a time zone"):
        Sandbox(now=NOW, office=office(event("a", datetime(2026, 3, 4), datetime(2026, 3, 4))))


def test_office_without_a_service_account_gets_one() -> None:
    """An office without a service account gets one."""
    people = Office(office().accounts[:1])
    sandbox = Sandbox(now=NOW, office=people)
    userinfo = Caller(sandbox, sandbox.service_account_token).get("/v1/userinfo").json
    assert userinfo["cronofy.data"]["service_account"]["domain"] == "example.test"


def test_made_up_office_has_people_and_events() -> None:
    """The seeded office has at least four people, each with events."""
    sandbox = Sandbox(now=NOW)
    people = [account for account in sandbox.accounts if account.kind == "account"]
    assert len(people) >= 4
    assert Caller(sandbox).get("/v1/events", tzid="Etc/UTC").json["events"]
    assert repr(sandbox) == f"<Sandbox with {len(people)} people at 2026-03-04 09:00Z>"


ICS = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//x//y//EN\r
BEGIN:VEVENT\r
UID:1\r
DTSTAMP:20260301T000000Z\r
DTSTART:20260305T100000Z\r
DTEND:20260305T110000Z\r
SUMMARY:From a file\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_own_calendar_takes_the_place_of_the_office(tmp_path: Any) -> None:
    """An .ics file, as bytes, text, a path or a file object, replaces the seeded office."""
    path = tmp_path / "mine.ics"
    path.write_bytes(ICS)
    sources = (ICS, bytearray(ICS), ICS.decode(), ICS.decode().replace("\r\n", "\n"), path, str(path))
    for ics in (*sources, io.BytesIO(ICS), io.StringIO(ICS.decode())):
        sandbox = Sandbox(now=NOW, ics=ics)
        rows = Caller(sandbox).get("/v1/events", tzid="Etc/UTC").json["events"]
        assert [row["summary"] for row in rows] == ["From a file"]
        assert sandbox.problems == []


@pytest.mark.parametrize("ics", [b"", b"no calendar", "summary,start\nA,2026-03-04\n", "{}\n", Path("/")], ids=range(5))
def test_what_is_no_calendar_is_refused_with_the_next_step(ics: Any) -> None:
    """The error is one of this package, and says what to give."""
    with pytest.raises(CronofyError, match=r"give (that|an \.ics) file"):
        Sandbox(now=NOW, ics=ics)


def test_times_without_a_zone_are_in_the_zone_that_is_given() -> None:
    """Without zone= they are read as UTC, with a problem that names it; without a file zone= has no meaning."""
    floating = ICS.replace(b"00Z\r\nDTEND", b"00\r\nDTEND").replace(b"110000Z", b"110000")
    with pytest.warns(UserWarning, match=r"Sandbox\.problems"):
        unzoned = Sandbox(now=NOW, ics=floating)
    assert "zone=" in unzoned.problems[0]["problem"]
    berlin = Sandbox(now=NOW, ics=floating, zone="Europe/Berlin")
    assert berlin.problems == []
    starts = [Caller(box).get("/v1/events", tzid="Etc/UTC").json["events"][0]["start"] for box in (unzoned, berlin)]
    assert starts == ["2026-03-05T10:00:00Z", "2026-03-05T09:00:00Z"]
    with pytest.raises(ValueError, match="zone="):
        Sandbox(now=NOW, zone="Europe/Berlin")


def test_faults_are_kept_and_not_applied() -> None:
    """The WSGI application stores the faults and does not apply them."""
    api = caller(faults=[Fault("status")])
    assert api.sandbox.faults == (Fault("status"),)
    assert api.get("/v1/profiles").status_code == 200


def test_coverage_lists_every_route_with_its_sureness() -> None:
    """`coverage` lists every route with the source of its contract."""
    rows = coverage()
    assert [row["route"] for row in rows] == list(all_routes())
    assert {row["sureness"] for row in rows} == {"documented", "from SDKs", "our reading"}
    assert {"GET /v1/events", "POST /v1/calendars/{calendar_id}/events"} <= {row["route"] for row in rows}


def test_a_route_is_answered_once() -> None:
    """A second handler for a route, and an unknown kind of credentials, raise ValueError."""
    with pytest.raises(ValueError, match="GET /v1/events"):
        handles("GET /v1/events")
    with pytest.raises(ValueError, match="nonsense"):
        handles("GET /v1/other", auth="nonsense")


def test_many_threads_at_once_lose_nothing() -> None:
    """Concurrent writes of several threads are all stored."""
    api = caller()

    def work(number: int) -> None:
        for n in range(10):
            Caller(api.sandbox).write(event_id=f"{number}-{n}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(api.events(only_managed="true")) == 50
