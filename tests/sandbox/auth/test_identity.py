"""Identity, calendars, channels, batches, organisations and application calendars of the sandbox."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.world import SandboxSettings, World
from tests.sandbox.caller import (
    GONE,
    HOME,
    LOCKED,
    NOW,
    OUTLOOK,
    WORK,
    Caller,
    at,
    caller,
    event,
    office,
    refusals,
    with_scope,
)

HOOK = "https://app.example.test/hook"


def test_userinfo_of_a_person() -> None:
    """The keys with dots hold authorization, profiles with their calendars, and conferencing profiles."""
    api = caller()
    body = api.get("/v1/userinfo").json
    data = body.pop("cronofy.data")
    assert body == {
        "sub": "acc_jane",
        "email": "jane@example.test",
        "name": "Jane Doe",
        "zoneinfo": "Europe/London",
        "cronofy.type": "account",
    }
    assert data["authorization"] == {"scope": api.get("/v1/account").json["account"]["scope"], "status": "active"}
    assert data["conferencing_profiles"] == []
    google, outlook = data["profiles"]
    assert (google["provider_name"], google["provider_service"], outlook["profile_id"]) == ("google", "gsuite", "pro_x")
    assert [row["calendar_id"] for row in google["profile_calendars"]] == [WORK, HOME, LOCKED, GONE]
    assert set(google["profile_calendars"][0]) == {
        "calendar_id",
        "calendar_name",
        "calendar_readonly",
        "calendar_deleted",
        "calendar_primary",
        "calendar_integrated_conferencing_available",
        "calendar_attachments_available",
        "permission_level",
    }


def test_userinfo_of_a_service_account() -> None:
    """A service account has a domain and a delegated scope, and no profiles."""
    api = caller()
    body = Caller(api.sandbox, api.sandbox.service_account_token).get("/v1/userinfo").json
    assert (body["sub"], body["cronofy.type"]) == ("ser_1", "service_account")
    data = body["cronofy.data"]
    assert data["authorization"]["delegated_scope"] == "read_write"
    assert data["service_account"] == {"provider_name": "google", "domain": "example.test"}
    assert "profiles" not in data


def test_account_has_five_keys_and_wants_its_scope() -> None:
    """The older call returns account_id, email, name, zone and scope; without read_account it is 403."""
    api = caller()
    body = api.get("/v1/account").json["account"]
    assert (body["account_id"], body["default_tzid"]) == ("acc_jane", "Europe/London")
    assert set(body) == {"account_id", "email", "name", "default_tzid", "scope"}
    assert with_scope(api, "read_events").get("/v1/account").status_code == 403
    assert with_scope(api, "free_busy").get("/v1/account").json["account"]["scope"] == "free_busy"


def test_profiles_are_listed() -> None:
    """A connected profile has six keys."""
    first, _ = caller().get("/v1/profiles").json["profiles"]
    assert first == {
        "provider_name": "google",
        "provider_service": "gsuite",
        "profile_id": "pro_g",
        "profile_name": "jane@example.test",
        "profile_connected": True,
        "profile_initial_sync_required": False,
    }


def test_calendars_are_listed_with_deleted_ones() -> None:
    """Every calendar of every profile is listed, with eleven keys."""
    body = caller().get("/v1/calendars").json
    assert body["sub"] == "acc_jane"
    assert [row["calendar_id"] for row in body["calendars"]] == [WORK, HOME, LOCKED, GONE, OUTLOOK]
    assert body["calendars"][0] == {
        "provider_name": "google",
        "profile_id": "pro_g",
        "profile_name": "jane@example.test",
        "calendar_id": WORK,
        "calendar_name": "Work",
        "calendar_readonly": False,
        "calendar_deleted": False,
        "calendar_primary": True,
        "calendar_integrated_conferencing_available": True,
        "calendar_attachments_available": False,
        "permission_level": "unrestricted",
    }


@pytest.mark.parametrize(("scope", "status"), [("list_calendars", 200), ("read_events", 200), ("read_account", 403)])
def test_calendars_want_a_scope(scope: str, status: int) -> None:
    """The default scope of the Ruby client, without list_calendars, is sufficient."""
    assert with_scope(caller(), scope).get("/v1/calendars").status_code == status


def test_calendar_is_made_and_can_be_written_to() -> None:
    """The response is 200 with seven keys; the calendar is then listed and accepts events."""
    api = caller()
    answer = api.post("/v1/calendars", {"profile_id": "pro_g", "name": "Work", "color": "#49BED8"})
    assert answer.status_code == 200
    made = answer.json["calendar"]
    assert set(made) == {
        "provider_name",
        "profile_id",
        "profile_name",
        "calendar_id",
        "calendar_name",
        "calendar_readonly",
        "calendar_deleted",
    }
    assert made["calendar_id"].startswith("cal_g_")
    assert api.write(made["calendar_id"]).status_code == 202
    other = api.post("/v1/calendars", {"profile_id": "pro_g", "name": "Work"}).json["calendar"]
    assert other["calendar_id"] != made["calendar_id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"profile_id": ["errors.required"], "name": ["errors.required"]}),
        ({"profile_id": "pro_g", "name": ""}, {"name": ["errors.required"]}),
        ({"profile_id": "pro_g", "name": 5}, {"name": ["errors.invalid_format"]}),
        ({"profile_id": "pro_g", "name": "x", "color": "blue"}, {"color": ["errors.invalid_format"]}),
        ({"profile_id": "pro_x", "name": "Calendar"}, {"name": ["errors.duplicate_calendar_name"]}),
    ],
)
def test_calendar_that_cannot_be_made_is_refused(body: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Missing and invalid fields, and on Exchange a name in use, are answered with 422."""
    assert refusals(caller().post("/v1/calendars", body)) == expected


def test_calendar_wants_a_profile_that_is_there_connected_and_a_scope() -> None:
    """404 for an unknown profile, 423 for a disconnected one, 403 without the scope."""
    api = caller()
    body = {"profile_id": "pro_g", "name": "New"}
    assert api.post("/v1/calendars", {**body, "profile_id": "pro_none"}).status_code == 404
    assert with_scope(api, "read_only").post("/v1/calendars", body).status_code == 403
    api.post("/v1/profiles/pro_g/revoke")
    assert api.post("/v1/calendars", body).status_code == 423


def test_accessible_calendars_are_rooms_and_colleagues() -> None:
    """calendar_type filters; profile_id is required and must be the account's."""
    api = caller()
    rows = api.get("/v1/accessible_calendars", profile_id="pro_g").json["accessible_calendars"]
    assert rows == [
        {"calendar_type": "resource", "email": "room@example.test", "name": "Room"},
        {"calendar_type": "unknown", "email": "omar@example.test", "name": "Omar Said"},
    ]
    only = api.get("/v1/accessible_calendars", profile_id="pro_g", calendar_type="unknown").json
    assert only["accessible_calendars"] == rows[1:]
    assert refusals(api.get("/v1/accessible_calendars")) == {"profile_id": ["errors.required"]}
    assert api.get("/v1/accessible_calendars", profile_id="pro_o").status_code == 404


def test_channel_is_opened_once_and_closed() -> None:
    """The same request returns the same channel; one verification is posted; after closing it is 404."""
    api = caller()
    answer = api.post("/v1/channels", {"callback_url": HOOK})
    assert answer.status_code == 200
    channel = answer.json["channel"]
    assert channel | {"channel_id": ""} == {"channel_id": "", "callback_url": HOOK, "filters": {}}
    assert channel["channel_id"].startswith("chn_")
    defaults = {"callback_url": HOOK, "filters": {"only_managed": False}}
    assert api.post("/v1/channels", defaults).json["channel"] == channel
    assert api.get("/v1/channels").json == {"channels": [channel]}
    (verification,) = api.sandbox.outbox
    assert verification.url == HOOK
    assert verification.json == {"notification": {"type": "verification"}, "channel": channel}
    closed = api.delete(f"/v1/channels/{channel['channel_id']}")
    assert (closed.status_code, closed.data) == (202, b"")
    assert api.delete(f"/v1/channels/{channel['channel_id']}").status_code == 404
    assert api.get("/v1/channels").json == {"channels": []}


def test_filters_are_echoed_and_make_another_channel() -> None:
    """Filters that differ from their defaults are returned, and other filters make another channel."""
    api = caller()
    filters = {"calendar_ids": [WORK], "only_managed": True}
    first = api.post("/v1/channels", {"callback_url": HOOK, "filters": filters}).json["channel"]
    second = api.post("/v1/channels", {"callback_url": HOOK}).json["channel"]
    assert first["filters"] == filters
    assert first["channel_id"] != second["channel_id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"callback_url": ["errors.required"]}),
        ({"callback_url": "ftp://x.test"}, {"callback_url": ["errors.invalid_url"]}),
        ({"callback_url": HOOK, "filters": []}, {"filters": ["errors.invalid_format"]}),
        (
            {"callback_url": HOOK, "filters": {"calendar_ids": []}},
            {"filters.calendar_ids": ["errors.invalid_calendar_ids"]},
        ),
        (
            {"callback_url": HOOK, "filters": {"calendar_ids": ["cal_none"]}},
            {"filters.calendar_ids": ["errors.invalid_calendar_ids"]},
        ),
        (
            {"callback_url": HOOK, "filters": {"calendar_ids": 5, "only_managed": "x"}},
            {"filters.calendar_ids": ["errors.invalid_format"], "filters.only_managed": ["errors.must_be_boolean"]},
        ),
    ],
)
def test_wrong_channels_are_refused(body: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """An invalid URL and invalid filters are answered with 422."""
    assert refusals(caller().post("/v1/channels", body)) == expected


def test_there_are_at_most_128_channels() -> None:
    """The 129th channel is refused."""
    api = caller()
    answers = [api.post("/v1/channels", {"callback_url": f"{HOOK}/{n}"}).status_code for n in range(128)]
    assert set(answers) == {200}
    assert refusals(api.post("/v1/channels", {"callback_url": HOOK})) == {"callback_url": ["errors.too_many"]}


def test_channel_wants_read_events_but_for_managed_events() -> None:
    """Without read_events a channel must be only_managed."""
    api = with_scope(caller(), "create_event")
    assert api.post("/v1/channels", {"callback_url": HOOK}).status_code == 403
    managed = {"callback_url": HOOK, "filters": {"only_managed": "true"}}
    assert api.post("/v1/channels", managed).status_code == 200


def test_changes_from_outside_are_told_and_own_writes_are_not() -> None:
    """An external change is posted to the channels whose filters include it; a write by the application is not."""
    api = caller()
    for n, filters in enumerate(({}, {"calendar_ids": [HOME]}, {"only_managed": True})):
        api.post("/v1/channels", {"callback_url": f"{HOOK}/{n}", "filters": filters})
    api.write()
    before = len(api.sandbox.outbox)
    added = api.sandbox.add_external_event("jane", "Dentist", at(5, 9), at(5, 10))
    (body,) = api.sandbox.outbox[before:]
    assert body.url == f"{HOOK}/0"
    assert body.json["notification"] == {"type": "change", "changes_since": "2026-03-04T09:00:00Z"}
    since = body.json["notification"]["changes_since"]
    assert [row["event_uid"] for row in api.events(last_modified=since)] == [added.event_uid]
    api.sandbox.edit_event("jane", api.managed()["event_uid"], summary="Moved by Jane")
    assert [delivery.url for delivery in api.sandbox.outbox[before + 1 :]] == [f"{HOOK}/0", f"{HOOK}/2"]


def test_channels_are_told_of_a_profile_that_was_disconnected() -> None:
    """Revoking a profile posts profile_disconnected once to every channel."""
    api = caller()
    for n, filters in enumerate(({}, {"only_managed": True})):
        api.post("/v1/channels", {"callback_url": f"{HOOK}/{n}", "filters": filters})
    for _ in range(2):
        assert api.post("/v1/profiles/pro_g/revoke").status_code == 202
    deliveries = api.sandbox.outbox[2:]
    assert [delivery.url for delivery in deliveries] == [f"{HOOK}/0", f"{HOOK}/1"]
    assert [delivery.json["notification"] for delivery in deliveries] == [{"type": "profile_disconnected"}] * 2
    assert [delivery.json["channel"] for delivery in deliveries] == api.get("/v1/channels").json["channels"]


def test_callbacks_are_signed_with_the_client_secret() -> None:
    """The header is the Base64 HMAC-SHA256 of the body."""
    api = caller()
    api.post("/v1/channels", {"callback_url": HOOK})
    (delivery,) = api.sandbox.outbox
    digest = hmac.new(api.sandbox.client_secret.encode(), delivery.body, hashlib.sha256).digest()
    assert delivery.headers["Cronofy-HMAC-SHA256"] == base64.b64encode(digest).decode()
    assert delivery.headers["Content-Type"].startswith("application/json")


def test_signature_is_the_documented_one() -> None:
    """The signature equals the example of docs /developers/push-notifications/authentication."""
    world = World(office(), clock=lambda: NOW, seed=0, settings=SandboxSettings())
    world.client_secret = "pDY0Oi7TJSP2hfNmZNkm5"
    assert world.sign(b'{"example":"well-known"}') == "6r2/HjBkqymGegX0wOfifieeUXbbHwtV/LohHS+jv6c="


def test_deliver_is_called_and_its_failure_is_kept() -> None:
    """`deliver` is called after the request; its exception is stored, and it may call the sandbox itself."""
    received: list[str] = []

    def deliver(url: str, _: Any, body: bytes) -> None:
        if url.endswith("down"):
            raise ConnectionError("nobody there")
        received.append(f"{Caller(api.sandbox).get('/v1/channels').status_code} {body[:30]!r}")

    api = caller(deliver=deliver)
    assert api.post("/v1/channels", {"callback_url": HOOK}).status_code == 200
    assert api.post("/v1/channels", {"callback_url": f"{HOOK}/down"}).status_code == 200
    assert len(received) == 1
    assert received[0].startswith("200 ")
    assert [delivery.error for delivery in api.sandbox.outbox] == [None, "ConnectionError: nobody there"]


def entry(
    event_id: Any, *, method: Any = "POST", url: Any = f"/v1/calendars/{WORK}/events", **data: Any
) -> dict[str, Any]:
    """Return one entry of a batch."""
    fields = {
        "event_id": event_id,
        "summary": "B",
        "start": "2026-03-05T10:00:00Z",
        "end": "2026-03-05T11:00:00Z",
        **data,
    }
    return {"method": method, "relative_url": url, "data": fields}


def test_batch_answers_each_entry_in_order() -> None:
    """The response is 207 with a status per entry; valid entries are carried out."""
    api = caller(event("a", at(6, 9), at(6, 10)))
    api.write()
    uid = api.managed()["event_uid"]
    home = "/v1/calendars/cal_g_home%40group/events"
    answer = api.post(
        "/v1/batch",
        {
            "batch": [
                entry("b1"),
                entry("b2", summary=None),
                entry("b3", url="/v1/calendars/cal_none/events"),
                entry("e1", method="DELETE"),
                entry("b4", url=f"{home}/?x=1", include_userinfo=True),
                {
                    "method": "DELETE",
                    "relative_url": f"/v1/calendars/{WORK}/events",
                    "data": {"event_uid": "evt_external_a"},
                },
            ]
        },
    )
    assert answer.status_code == 207
    entries = answer.json["batch"]
    assert [row["status"] for row in entries] == [202, 422, 404, 202, 202, 202]
    assert entries[0] == {"status": 202}
    assert entries[1]["data"]["errors"]["summary"][0]["key"] == "errors.required"
    assert entries[4]["data"]["userinfo"]["sub"] == "acc_jane"
    rows = api.events(include_managed="true", include_deleted="true")
    assert {row.get("event_id"): row["deleted"] for row in rows} == {"b1": False, "b4": False, "e1": True, None: True}
    assert uid in {row["event_uid"] for row in rows}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"relative_url": "/v1/calendars"}, 404),
        ({"relative_url": "/v1/batch"}, 404),
        ({"relative_url": "/v1/nothing"}, 404),
        ({"relative_url": "v1"}, 404),
        ({"relative_url": None}, 422),
        ({"relative_url": 5}, 422),
        ({"method": "GET"}, 422),
        ({"method": None}, 422),
        ({"data": "text"}, 422),
        ({"data": None}, 422),
    ],
)
def test_entry_that_a_batch_does_not_take_fails_alone(changed: dict[str, Any], status: int) -> None:
    """Reads, other calls and invalid entries have a status of their own, and the other entries are carried out."""
    api = caller()
    entries = api.post("/v1/batch", {"batch": [{**entry("b1"), **changed}, entry("b2")]}).json["batch"]
    assert [row["status"] for row in entries] == [status, 202]


def test_batch_has_one_to_fifty_entries() -> None:
    """An empty batch, more than fifty entries and entries that are not objects are refused."""
    api = caller()
    assert api.post("/v1/batch", {"batch": [entry(f"b{n}") for n in range(50)]}).status_code == 207
    for body in ({}, {"batch": []}):
        assert refusals(api.post("/v1/batch", body)) == {"batch": ["errors.required"]}
    fifty_one = {"batch": [entry(f"b{n}") for n in range(51)]}
    assert refusals(api.post("/v1/batch", fifty_one)) == {"batch": ["errors.too_many"]}
    for batch in ("text", [5], {"a": 1}):
        assert refusals(api.post("/v1/batch", {"batch": batch})) == {"batch": ["errors.invalid_format"]}


def test_batch_entries_need_their_scopes() -> None:
    """An entry without its scope has the status 403."""
    api = with_scope(caller(), "read_only")
    assert api.post("/v1/batch", {"batch": [entry("b1")]}).json == {"batch": [{"status": 403}]}


def authorization(email: str = "omar@example.test", **fields: Any) -> dict[str, Any]:
    """Return a request for a person's calendars."""
    return {"email": email, "callback_url": HOOK, "scope": "read_write", **fields}


def service(api: Caller) -> Caller:
    """Return a caller with the service account's token for the same sandbox."""
    return Caller(api.sandbox, api.sandbox.service_account_token)


def exchange(api: Caller, code: str) -> Any:
    """Return the response to a code that came by callback."""
    body = {
        "client_id": api.sandbox.client_id,
        "client_secret": api.sandbox.client_secret,
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": HOOK,
    }
    return api.client.post("/oauth/token", json=body)


def test_delegated_access_comes_by_callback() -> None:
    """The callback has a code for the callback URL; revoking the service account ends the grant."""
    api = service(caller())
    answer = api.post("/v1/service_account_authorizations", authorization(state="s1"))
    assert (answer.status_code, answer.data) == (202, b"")
    (delivery,) = api.sandbox.outbox
    assert (delivery.url, delivery.json["authorization"]["state"]) == (HOOK, "s1")
    tokens = exchange(api, delivery.json["authorization"]["code"]).json
    assert (tokens["sub"], tokens["scope"], tokens["expires_in"]) == ("acc_omar", "read_write", 3600)
    omar = Caller(api.sandbox, tokens["access_token"])
    wish = {"permissions": [{"calendar_id": "cal_o", "permission_level": "unrestricted"}]}
    assert omar.post("/v1/permissions", wish).json == {"permissions_request": {"accepted": True}}
    client = {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}
    api.client.post("/oauth/token/revoke", json={**client, "sub": "ser_1"})
    assert omar.get("/v1/profiles").status_code == 401
    assert Caller(api.sandbox).get("/v1/profiles").status_code == 200


def test_authorization_of_a_stranger_is_denied_by_callback() -> None:
    """For an unknown e-mail address the callback has an error with a key."""
    api = service(caller())
    assert api.post("/v1/service_account_authorizations", authorization("no@example.test")).status_code == 202
    (delivery,) = api.sandbox.outbox
    assert delivery.json["authorization"]["error"] == "access_denied"
    assert {"error_key", "error_description"} <= set(delivery.json["authorization"])
    assert "code" not in delivery.json["authorization"]


def test_many_authorizations_at_once() -> None:
    """The list form has one to fifty entries and cannot be mixed with the single form."""
    api, path = service(caller()), "/v1/service_account_authorizations"
    name = "service_account_authorizations"
    emails = ("jane@example.test", "omar@example.test")
    assert api.post(path, {name: [authorization(email) for email in emails]}).status_code == 202
    assert ["code" in delivery.json["authorization"] for delivery in api.sandbox.outbox] == [True, True]
    assert refusals(api.post(path, {name: []})) == {name: ["errors.required"]}
    assert refusals(api.post(path, {name: [authorization()] * 51})) == {name: ["errors.too_many"]}
    assert refusals(api.post(path, {name: [authorization()], **authorization()})) == {name: ["errors.not_supported"]}
    invalid = {name: [authorization(), {"email": "x", "scope": "read_minds"}]}
    assert refusals(api.post(path, invalid)) == {
        f"{name}[1].email": ["errors.invalid_email"],
        f"{name}[1].callback_url": ["errors.required"],
        f"{name}[1].scope": ["errors.not_supported"],
    }
    assert len(api.sandbox.outbox) == 2


def test_single_authorization_names_what_is_missing() -> None:
    """A request without email has the error `errors.required`."""
    errors = refusals(service(caller()).post("/v1/service_account_authorizations", {}))
    assert errors == {name: ["errors.required"] for name in ("email", "callback_url", "scope")}


def test_resources_are_the_service_account_s() -> None:
    """Resources have an address and a name."""
    rooms = service(caller()).get("/v1/resources").json
    assert rooms == {"resources": [{"email": "room@example.test", "name": "Room"}]}


def test_delegated_authorization_goes_through_a_profile() -> None:
    """The response is 202, and a code comes by callback; an unknown profile is 404."""
    api = caller()
    body = {**authorization(), "profile_id": "pro_g"}
    assert api.post("/v1/delegated_authorizations", body).status_code == 202
    assert exchange(api, api.sandbox.outbox[0].json["authorization"]["code"]).json["sub"] == "acc_omar"
    assert api.post("/v1/delegated_authorizations", {**body, "profile_id": "pro_o"}).status_code == 404
    assert set(refusals(api.post("/v1/delegated_authorizations", {}))) == {
        "profile_id",
        "email",
        "callback_url",
        "scope",
    }


def application_calendar(sandbox: Sandbox, **fields: Any) -> Any:
    """Return the response to a request for an application calendar, which needs no token."""
    body = {
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "application_calendar_id": "desk-1",
        **fields,
    }
    return caller_without_token(sandbox).post("/v1/application_calendars", body)


def caller_without_token(sandbox: Sandbox) -> Caller:
    """Return a caller without a token."""
    return Caller(sandbox, "")


def test_application_calendar_is_a_whole_account() -> None:
    """It has its own sub and one primary calendar hosted by Cronofy, and events can be written and read."""
    sandbox = caller().sandbox
    answer = application_calendar(sandbox)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    body = answer.json
    assert set(body) == {
        "token_type",
        "access_token",
        "expires_in",
        "refresh_token",
        "scope",
        "application_calendar_id",
        "sub",
        "linking_profile",
    }
    assert body["sub"].startswith("apc_")
    api = Caller(sandbox, body["access_token"])
    (calendar,) = api.get("/v1/calendars").json["calendars"]
    assert (calendar["provider_name"], calendar["calendar_primary"]) == ("cronofy", True)
    assert api.write(calendar["calendar_id"]).status_code == 202
    assert api.managed()["event_id"] == "e1"
    info = api.get("/v1/userinfo").json
    assert (info["cronofy.type"], info["application_calendar_id"]) == ("application_calendar", "desk-1")
    assert not {"email", "name", "zoneinfo"} & set(info)
    account = api.get("/v1/account")
    assert (account.status_code, account.mimetype) == (403, "text/plain")


def test_application_calendar_is_the_same_the_second_time() -> None:
    """The same id returns the same account and token, another id another account."""
    sandbox = caller().sandbox
    first = application_calendar(sandbox).json
    assert application_calendar(sandbox).json == first
    assert application_calendar(sandbox, application_calendar_id="desk-2").json["sub"] != first["sub"]
    sandbox.revoke(first["refresh_token"])
    again = application_calendar(sandbox).json
    assert (again["sub"], again["refresh_token"] == first["refresh_token"]) == (first["sub"], False)


def test_application_calendar_wants_a_client_and_an_id() -> None:
    """Wrong client credentials are 401, a missing id is 422."""
    sandbox = caller().sandbox
    assert application_calendar(sandbox, client_secret="wrong").status_code == 401
    assert refusals(application_calendar(sandbox, application_calendar_id="")) == {
        "application_calendar_id": ["errors.required"]
    }


def test_application_calendar_invites_nobody() -> None:
    """Events of an application calendar cannot have attendees."""
    sandbox = caller().sandbox
    api = Caller(sandbox, application_calendar(sandbox).json["access_token"])
    calendar_id = api.get("/v1/calendars").json["calendars"][0]["calendar_id"]
    answer = api.write(calendar_id, attendees={"invite": [{"email": "a@x.test"}]})
    assert refusals(answer) == {"attendees": ["errors.event.cannot_set_attendees"]}


def test_office_of_other_times_is_brought_to_utc() -> None:
    """Times with fractions of a second and other offsets are returned in whole seconds of UTC."""
    paris = timezone(timedelta(hours=1))
    start = datetime(2026, 3, 5, 10, 0, 0, 999, tzinfo=paris)
    api = caller(event("a", start, start + timedelta(hours=1), earlier_times=[(start, start)], updated=start))
    (row,) = api.events()
    assert (row["start"], row["end"], row["updated"]) == (
        "2026-03-05T09:00:00Z",
        "2026-03-05T10:00:00Z",
        "2026-03-05T09:00:00Z",
    )
    assert api.sandbox.account("jane").events["evt_external_a"].start.tzinfo is UTC
