"""The live check against sandboxes: what they answer agrees with the contract, and what deviates is reported."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

import cronofy_frames as cf
from cronofy_frames.diagnostics.live import LiveReport, check_account
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.faults import Fault, Faults
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts
from cronofy_frames.wire.transport import FaultTransport, InProcessTransport
from tests.command_line import run_command
from tests.small import HOME, small_box

HOST = "https://api.cronofy.com"
Change = Callable[[str, Any, dict[str, str]], None]


class ChangingTransport(httpx.BaseTransport):
    """A sandbox whose answers are changed: path, decoded body and headers, in place."""

    def __init__(self, box: Sandbox, change: Change) -> None:
        self._inner, self._change = InProcessTransport(box), change
        self.bodies: list[Any] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the sandbox's answer, changed."""
        response = self._inner.handle_request(request)
        content = response.read()
        if response.status_code != 200:
            return response
        body, headers = json.loads(content), {"Content-Type": "application/json"}
        self._change(request.url.path, body, headers)
        self.bodies.append(body)
        return httpx.Response(200, json=body, headers=headers)


def client_of(box: Sandbox, change: Change = lambda *_: None, token: str | None = None) -> Client:
    """Return a client of Ann's account whose answers are changed."""
    tokens = Tokens(access_token=token or box.tokens("ann@example.test")["access_token"])
    transport = ChangingTransport(box, change)
    return Client(
        Hosts(HOST, HOST),
        store=MemoryStore(tokens),
        transport=transport,
        clock=cf.connect(sandbox=box).clock,
        retries=False,
    )


def check(box: Sandbox, change: Change = lambda *_: None) -> LiveReport:
    """Run the live check on changed answers."""
    return check_account(client_of(box, change), unauthorized=client_of(box, token="unknown"))


def rich_box(**more: Any) -> Sandbox:
    """Return a sandbox with one of everything that an account has to read."""
    box = small_box(rate_limit=False, **more)
    client = cf.connect(sandbox=box)
    for name in ("own", "gone"):
        client.create_event(HOME, event_id=name, summary=name, start="2026-03-10T09:00:00Z", end="2026-03-10T10:00:00Z")
    client.delete_event(HOME, "gone")
    client.create_notification_channel(callback_url="https://example.test/hook", filters={"only_managed": True})
    monday = {"day": "monday", "start_time": "09:00", "end_time": "17:00"}
    client.upsert_availability_rule(availability_rule_id="work", tzid="Europe/London", weekly_periods=[monday])
    start, end = "2026-03-11T09:00:00Z", "2026-03-11T10:00:00Z"
    client.upsert_available_period(available_period_id="extra", start=start, end=end)
    return box


@pytest.mark.parametrize(
    "make", [lambda: Sandbox(now="2026-03-02T09:00:00Z", rate_limit=False), lambda: rich_box(page_size=2)]
)
def test_the_sandbox_answers_as_the_contract_says(make: Callable[[], Sandbox]) -> None:
    """Nothing differs in a whole office, and nothing in an account with one of everything, in small pages."""
    report = check_account(cf.connect(sandbox=make()))
    assert report.differences == ()
    read = {row["route"] for row in report.data["reads"] if row["statuses"][:1] == [200]}
    assert {"GET /v1/userinfo", "GET /v1/events", "GET /v1/free_busy", "POST /v1/availability"} <= read


def test_a_request_over_the_rate_limit_is_sent_again() -> None:
    """It is no difference; the waits are those before a retry, and the report counts the refusals."""
    slept: list[float] = []
    box = small_box(rate_limit=False, faults=[Fault("status", "GET /v1/events", status=429, times={1, 2})])
    transport = FaultTransport(InProcessTransport(box), Faults(box.faults, Random(0)))
    tokens = MemoryStore(Tokens(access_token=box.access_token))
    client = Client(Hosts(HOST, HOST), store=tokens, transport=transport, clock=box.now, sleep=slept.append)
    report = check_account(client)
    assert (report.differences, report.data["statuses"]["429"], len(slept)) == ((), 2, 2)


def test_nothing_is_written() -> None:
    """Every request reads: all are GET, but for queries of availability."""
    box = rich_box()
    with serve(box) as served:
        with cf.connect(base_url=served.url, access_token=box.access_token) as client:
            check_account(client)
        sent = {" ".join(line.split()[:2]) for line in served.lines}
    assert {line for line in sent if not line.startswith("GET ")} == {"POST /v1/availability"}


def test_what_the_sandbox_assumes_is_listed_beside_what_was_seen() -> None:
    """Of the sandbox itself all that can be seen agrees; what cannot be seen by reading says so."""
    listed = check(rich_box(page_size=2)).assumptions()
    assert set(listed["result"]) == {"agrees", "not seen"}
    seen = listed[listed["result"] == "agrees"].set_index("question")
    assert seen.loc["Which total of pages has a list without rows?", ["assumed", "seen"]].tolist() == ["1.", "1"]
    assert seen.loc["What happens to a read to more than 201 days ahead?", "seen"] == "422"
    assert seen.loc["Which fields has a deleted event?", "seen"] == "no other field"
    assert seen.loc["Which body has a 401?", "seen"] == "empty"
    assert len(seen) == 17


def test_an_assumption_that_does_not_hold_differs() -> None:
    """An account that shortens a window that is too long, and whose deleted events keep their titles."""

    def change(_: str, body: Any, __: dict[str, str]) -> None:
        for row in body.get("events", []):
            if row.get("deleted"):
                row["summary"] = "gone"

    box = rich_box(strict_window=False)
    listed = check(box, change).assumptions().set_index("question")
    assert listed.loc["What happens to a read to more than 201 days ahead?", ["seen", "result"]].tolist() == [
        "200",
        "differs",
    ]
    assert listed.loc["Which fields has a deleted event?", "result"] == "differs"


def on_events(function: Callable[[dict[str, Any]], None]) -> Change:
    """Return a change of the first event of each page."""

    def change(path: str, body: Any, _: dict[str, str]) -> None:
        if path.startswith("/v1/events") and body["events"]:
            function(body["events"][0])

    return change


def set_pages(**values: Any) -> Change:
    """Return a change of the `pages` of each page of events; None removes a key."""

    def change(path: str, body: Any, _: dict[str, str]) -> None:
        if path.startswith("/v1/events"):
            body["pages"] |= values
            body["pages"] = {name: value for name, value in body["pages"].items() if value is not None}

    return change


def add_header(_: str, __: Any, headers: dict[str, str]) -> None:
    """Add a header about the rate limit to each answer."""
    headers["X-RateLimit-Remaining"] = "49"


DEVIATIONS: dict[str, tuple[Change, tuple[str, str, str, str]]] = {
    "unknown key": (
        on_events(lambda row: row.update(importance={"level": 3})),
        ("unknown key", "events[].importance", "", "object"),
    ),
    "unknown key in an object": (
        on_events(lambda row: row["options"].update(move=True)),
        ("unknown key", "events[].options.move", "", "boolean"),
    ),
    "missing key": (
        on_events(lambda row: row.pop("event_uid")),
        ("missing key", "events[].event_uid", "text", ""),
    ),
    "null where something always is": (
        on_events(lambda row: row.update(event_uid=None)),
        ("type", "events[].event_uid", "text", "null"),
    ),
    "wrong type": (
        on_events(lambda row: row.update(recurring="yes")),
        ("type", "events[].recurring", "boolean", "text"),
    ),
    "wrong type of a time": (
        on_events(lambda row: row.update(updated=1772614800)),
        ("type", "events[].updated", "time", "integer"),
    ),
    "wrong type in a list": (
        on_events(lambda row: row.update(attendees=["ann@example.test"])),
        ("type", "events[].attendees[]", "object", "text"),
    ),
    "new value": (
        on_events(lambda row: row.update(status="postponed")),
        ("value", "events[].status", "tentative, confirmed, cancelled, unknown", "postponed"),
    ),
    "rate limit header": (add_header, ("header", "x-ratelimit-remaining", "no header about the rate limit", "")),
    "page numbers": (set_pages(current=1), ("paging", "pages.current", "counts from 1", "does not")),
    "no next page": (
        set_pages(next_page=None),
        ("paging", "pages.next_page", "present before the last page", "absent"),
    ),
    "next page of another host": (
        set_pages(next_page="https://elsewhere.test/v1/events/pages/x"),
        ("paging", "pages.next_page", "an address that can be read", "UnusableAddressError"),
    ),
    "next page without end": (
        set_pages(total=1),
        ("paging", "pages.next_page", "absent on the last page", "present"),
    ),
    "no pages": (
        lambda _, body, __: body.pop("pages", None) and None,
        ("missing key", "pages", "object", ""),
    ),
    "no list": (
        lambda _, body, __: body.pop("calendars", None) and None,
        ("missing key", "calendars", "list", ""),
    ),
    "another body": (
        lambda path, body, _: body["cronofy.data"].update(profiles={}) if path == "/v1/userinfo" else None,
        ("type", "cronofy.data.profiles", "list", "object"),
    ),
}


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_reported(name: str) -> None:
    """With its path, and types or values; in the frame, in the file and in the text alike."""
    change, expected = DEVIATIONS[name]
    report = check(rich_box(page_size=2), change)
    rows = report.frame()[["kind", "path", "expected", "seen"]].itertuples(index=False, name=None)
    assert expected in list(rows)
    assert expected[1] in repr(report)
    assert (report.frame()["count"] > 0).all()


PRIVATE_KEYS = {"bob@example.test": 1, "Bob": 1, "bob_miller": {"secret": "Bob's own"}, "k8273": "x"}


def make_private(_: str, body: Any, __: dict[str, str]) -> None:
    """Put personal data where no contract has any: in keys, in values of enumerations, in objects."""
    for row in body.get("events", []):
        row |= PRIVATE_KEYS
        row["status"] = "bob_miller"
        row["transparency"] = "bob@example.test"
        row["summary"] = "Dinner with Bob Miller"
        row["recurrence"] = {"note": "Bob's birthday"}


def texts_of(value: Any) -> Iterator[str]:
    """Yield all texts in a body, and the keys that the API does not have."""
    if isinstance(value, dict):
        yield from PRIVATE_KEYS.keys() & value.keys()
        for entry in value.values():
            yield from texts_of(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts_of(entry)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize(
    "make", [lambda: Sandbox(now="2026-03-02T09:00:00Z", rate_limit=False), lambda: rich_box(page_size=2)]
)
def test_no_text_of_the_account_is_in_the_file(make: Callable[[], Sandbox], tmp_path: Path) -> None:
    """Of all that was answered only values of enumerations and words of the API are in the file."""
    box = make()
    person = next(iter(cf.connect(sandbox=box).user_info()["email"].split(" ")))
    client = client_of(box, make_private, token=box.tokens(person)["access_token"])
    report = check_account(client)
    data = json.loads(report.save(tmp_path / "live.json").read_text())
    for row in data["assumptions"]:  # the texts of the sandbox itself
        del row["question"], row["assumed"]
    content = json.dumps(data)
    transport = client._transport
    assert isinstance(transport, ChangingTransport)
    answered = {text for body in transport.bodies for text in texts_of(body)}
    known = {value for row in report.data["enumerations"] for value in row["values"]} | {"x", "1", "true", "false"}
    leaked = sorted(
        text for text in answered - known if text and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", content)
    )
    assert leaked == []
    assert not re.search("bob|miller|dinner|example|acc_|cal_|evt_|pro_", content, re.IGNORECASE)
    hidden = report.frame()
    assert set(hidden["seen"][hidden["kind"] == "value"]) == {"(hidden)"}


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    """`doctor --live --report` checks the account of the environment, and writes what it found."""
    box = rich_box()
    with serve(box) as served:
        environment = {
            "CRONOFY_API_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.access_token,
            "CRONOFY_FRAMES_HOME": str(tmp_path / "home"),
        }
        done = run_command("doctor", "--live", "--report", "live.json", folder=tmp_path, **environment)
    assert "0 differences from the contract" in done.stdout.decode()
    assert b"wrote" in done.stderr
    data = json.loads((tmp_path / "live.json").read_text())
    assert (data["format"], data["differences"]) == ("cronofy-frames live check 1", [])
    refused = run_command("doctor", "--report", "live.json", folder=tmp_path)
    assert (refused.returncode, b"--report needs --live" in refused.stderr) == (2, True)


def test_an_account_that_cannot_be_read_is_not_checked(tmp_path: Path) -> None:
    """Without an account there is a note, and no report."""
    known = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    report = cf.doctor(environment=known, transport=InProcessTransport(small_box()), live=True)
    assert report.live is None
    assert report.frame().set_index("check").loc["live", "verdict"] == "note"


def test_the_live_tests_run_against_a_served_sandbox() -> None:
    """The test for a real account runs with the variables of tests/live/README.md."""
    box = Sandbox(rate_limit=False)
    words = ("tests/live", "-k", "contract", "--allowed-hosts=.*", "-p", "no:cacheprovider", "-q", "-n0")
    with serve(box) as served:
        environment = {
            "PATH": "/usr/bin:/bin",
            "CRONOFY_API_URL": served.url,
            "CRONOFY_ACCESS_TOKEN": box.access_token,
        }
        command = [sys.executable, "-m", "pytest", *words]
        done = subprocess.run(command, capture_output=True, env=environment, cwd=Path(__file__).parents[3], timeout=300)
    assert b"1 passed" in done.stdout, done.stdout.decode()
