"""A small office made by hand, and a caller that sends requests to a sandbox in process."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from werkzeug.test import Client, TestResponse

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.state import Account, Calendar, Event, Office, Profile

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
WORK, HOME, LOCKED, GONE, OUTLOOK = "cal_g_work", "cal_g_home@group", "cal_g_locked", "cal_g_gone", "cal_x_work"


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 3) -> datetime:
    """Return a time in 2026, UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def event(uid: str, start: date, end: date, **fields: Any) -> Event:
    """Return an external event in the work calendar, created and updated on 1 March by default."""
    defaults = {"calendar_id": WORK, "summary": uid, "created": at(1), "updated": at(1), **fields}
    return Event(event_uid=f"evt_external_{uid}", start=start, end=end, **defaults)


def office(*events: Event) -> Office:
    """Return two people, Jane with three profiles' worth of calendars, and a service account with a room."""
    jane = Account(
        "acc_jane",
        email="jane@example.test",
        name="Jane Doe",
        zoneinfo="Europe/London",
        profiles=[
            Profile(
                "pro_g",
                "jane@example.test",
                "google",
                "gsuite",
                calendars=[
                    Calendar(
                        WORK, "Work", calendar_primary=True, permission_level="unrestricted",
                        calendar_integrated_conferencing_available=True,
                    ),
                    Calendar(HOME, "Home"),
                    Calendar(LOCKED, "Holidays", calendar_readonly=True),
                    Calendar(GONE, "Old", calendar_deleted=True),
                ],
            ),
            Profile("pro_x", "jane@corp.test", "exchange", "office365", calendars=[Calendar(OUTLOOK, "Calendar")]),
        ],
        events={event.event_uid: event for event in events},
    )  # fmt: skip
    omar = Account(
        "acc_omar",
        email="omar@example.test",
        name="Omar Said",
        zoneinfo="Asia/Tokyo",
        profiles=[Profile("pro_o", "omar@example.test", "apple", "icloud", calendars=[Calendar("cal_o", "Omar")])],
    )
    rooms = Account(
        "ser_1",
        kind="service_account",
        email="it@example.test",
        name="IT",
        domain="example.test",
        resources=[{"email": "room@example.test", "name": "Room"}],
    )
    return Office([jane, omar, rooms])


class Caller:
    """Sends requests to a sandbox in process, with a token."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self.sandbox = sandbox
        self.token = sandbox.access_token if token is None else token
        self.client = Client(sandbox)

    def ask(self, verb: str, path: str, **how: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **how.pop("headers", {})}
        return self.client.open(path, method=verb, headers=headers, **how)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.ask("POST", path, json=body)

    def delete(self, path: str, body: Any = None) -> TestResponse:
        return self.ask("DELETE", path, json=body)

    def events(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.get("/v1/events", tzid="Etc/UTC", **query)
        assert answer.status_code == 200, answer.text
        return answer.json["events"]

    def uids(self, **query: Any) -> list[str]:
        return [event["event_uid"].removeprefix("evt_external_") for event in self.events(**query)]

    def write(self, calendar_id: str = WORK, **fields: Any) -> TestResponse:
        body = {
            "event_id": "e1",
            "summary": "Fitting",
            "start": "2026-03-05T10:00:00Z",
            "end": "2026-03-05T11:00:00Z",
            **fields,
        }
        return self.post(f"/v1/calendars/{calendar_id}/events", body)

    def managed(self, **query: Any) -> dict[str, Any]:
        (only,) = self.events(only_managed="true", **query)
        return only


def caller(*events: Event, **options: Any) -> Caller:
    """Return a caller with Jane's token, for a sandbox with these events at nine on 4 March 2026."""
    return Caller(Sandbox(now=options.pop("now", NOW), office=office(*events), rate_limit=False, **options))


def with_scope(api: Caller, scope: str) -> Caller:
    """Return a caller with a token of Jane's for a scope, authorized on the consent page."""
    sandbox = api.sandbox
    parameters = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": "https://app.example.test/cb",
        "scope": scope,
        "decision": "approve",
        "account": "acc_jane",
    }
    code = api.client.post("/oauth/authorize", data=parameters).location.partition("code=")[2]
    client = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    arguments = {"grant_type": "authorization_code", "code": code, "redirect_uri": parameters["redirect_uri"], **client}
    return Caller(sandbox, api.client.post("/oauth/token", json=arguments).json["access_token"])


def refusals(answer: TestResponse) -> dict[str, list[str]]:
    """Return the error keys of a 422 response by field."""
    assert answer.status_code == 422, (answer.status, answer.text)
    assert all(error["description"] for listed in answer.json["errors"].values() for error in listed)
    return {name: [error["key"] for error in listed] for name, listed in answer.json["errors"].items()}


def application(**options: Any) -> Caller:
    """Return a caller with the client secret."""
    sandbox = caller(**options).sandbox
    return Caller(sandbox, sandbox.client_secret)
