"""The WSGI application that receives push notifications, and what an archive does with them."""

import base64
import hashlib
import hmac
import io
import json
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import httpx
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive.notifications import MOST_BYTES, RETRY_SECONDS, Notifications
from cronofy_frames.archive.push import MOST_URL_CHARACTERS, channel_url, parse_notification, receive
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.transport import CallbackSender
from tests.small import small_box, small_office

START = datetime(2026, 3, 6, 9, tzinfo=UTC)
HOOK = "https://hook.example.test/cronofy"
SECRET = "secret"


class MemoryQueue:
    """A queue of an archive in memory."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels, self.channels = dict(labels), dict[str, str]()
        self.notified: dict[str, datetime | None] = {}

    def require_writable(self) -> None:
        """Do nothing."""

    def by_label(self, clients: Any) -> dict[str, Any]:
        """Return the clients by the labels themselves."""
        return dict(clients) if isinstance(clients, Mapping) else {"": clients}

    def label_of(self, sub: str) -> str | None:
        """Return the label of an account."""
        return self.labels.get(sub)

    def sub_of(self, label: str) -> str | None:
        """Return the account of a label."""
        return next((sub for sub, own in self.labels.items() if own == label), None)

    def sub_of_channel(self, channel_id: str) -> str | None:
        """Return the account of a channel."""
        return self.channels.get(channel_id)

    def add_channels(self, sub: str, channel_ids: Iterable[str]) -> None:
        """Remember channels."""
        self.channels |= dict.fromkeys(channel_ids, sub)

    def add_notified(self, sub: str, changes_since: datetime | None) -> None:
        """Queue an account."""
        self.notified[sub] = changes_since

    def notified_subs(self) -> list[str]:
        """Return the queue."""
        return list(self.notified)


class MemoryArchive:
    """An archive that notes which accounts it was asked to read."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.push = MemoryQueue(labels)
        self.reads: list[list[str]] = []
        self.broken: set[str] = set()
        self.was_read = threading.Event()

    def sync(self, clients: Any) -> pd.DataFrame:
        """Note the labels, and take what was read from the queue."""
        labels = list(clients) if isinstance(clients, Mapping) else [""]
        self.reads.append(labels)
        for sub, label in self.push.labels.items():
            if label in set(labels) - self.broken:
                self.push.notified.pop(sub, None)
        self.was_read.set()
        return pd.DataFrame()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class StillNotifications(Notifications):
    """The application without its thread: a test reads."""

    def start(self) -> None:
        """Start nothing."""


def signed(body: bytes, secret: str = SECRET) -> str:
    """Return the signature of a body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def message(kind: str = "change", *, url: str = f"{HOOK}?sub=acc_ann", channel: str = "chn_1", **more: Any) -> bytes:
    """Return the body of a notification."""
    content = {"notification": {"type": kind, **more}, "channel": {"channel_id": channel, "callback_url": url}}
    return json.dumps(content).encode()


def post(
    app: Notifications, body: bytes, *, header: str | None = None, method: str = "POST", path: str = "/", **more: str
) -> tuple[str, dict[str, str], bytes]:
    """Send a request to an application as a WSGI server does, and return status, headers and body."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_CRONOFY_HMAC_SHA256": signed(body) if header is None else header,
        **more,
    }
    answers: list[Any] = []
    pages = validator(app)(environ, lambda status, headers, _=None: answers.append((status, dict(headers))))  # type: ignore[arg-type,misc,return-value]
    content = b"".join(pages)
    pages.close()  # type: ignore[attr-defined]
    return answers[0][0], answers[0][1], content


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def archive() -> MemoryArchive:
    """An archive of two accounts."""
    return MemoryArchive({"acc_ann": "ann", "acc_bob": "bob"})


@pytest.fixture
def app(archive: MemoryArchive, clock: Clock) -> Notifications:
    """The application of two accounts."""
    clients = {label: cf.connect(access_token="x", client_secret=SECRET, environment={}) for label in ("ann", "bob")}
    return StillNotifications(archive, clients, debounce=5.0, clock=clock)


@pytest.mark.parametrize(
    ("body", "header", "status", "outcome"),
    [
        (message(changes_since="2026-03-04T09:24:16Z"), None, 200, "queued"),
        (message("profile_disconnected"), None, 200, "queued"),
        (message("verification"), None, 200, "verification"),
        (message("something_new"), None, 200, "ignored"),
        (b"[]", None, 400, "not JSON"),
        (b"{", None, 400, "not JSON"),
        (b"\xff", None, 400, "not JSON"),
        (b"{}", None, 200, "ignored"),
        (message(), "", 403, "bad signature"),
        (message(), signed(b"another body"), 403, "bad signature"),
        (message(), signed(message(), "another secret"), 403, "bad signature"),
        (message(), f"{signed(b'old')},{signed(message())}", 200, "queued"),
        (message(url=HOOK), None, 200, "unknown channel"),
        (message(url=f"{HOOK}?sub=acc_zoe"), None, 200, "unknown channel"),
        (message(url="http://[x"), None, 200, "unknown channel"),
    ],
)
def test_a_notification_is_answered_by_its_signature_and_kind(
    app: Notifications, body: bytes, header: str | None, status: int, outcome: str
) -> None:
    """Only what Cronofy signed has an effect, and everything that it signed is answered with 200."""
    answer = post(app, body, header=header)
    assert (answer[0][:3], answer[2]) == (str(status), f"{outcome}\n".encode())
    assert app.counts == {outcome: 1}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"method": "GET"}, "405 Method Not Allowed"),
        ({"path": "/other"}, "404 Not Found"),
        ({"CONTENT_LENGTH": ""}, "411 Length Required"),
        ({"CONTENT_LENGTH": str(MOST_BYTES + 1)}, "413 Content Too Large"),
        ({"CONTENT_LENGTH": "9" * 30}, "413 Content Too Large"),
    ],
)
def test_other_requests_are_refused_before_their_body_is_read(
    app: Notifications, archive: MemoryArchive, request_: dict[str, str], status: str
) -> None:
    """Another method, path or size has no effect, and says what is taken."""
    answer = post(app, message(), **request_)  # type: ignore[arg-type]
    assert answer[0] == status
    assert answer[1].get("Allow") == ("POST" if status.startswith("405") else None)
    assert not archive.push.notified
    assert app.counts == {"refused": 1}


def test_many_notifications_are_one_read(app: Notifications, archive: MemoryArchive, clock: Clock) -> None:
    """An account is read some seconds after its first notification, once, and others at their own time."""
    for second in range(4):
        clock.seconds = second
        post(app, message())
    assert app.read_due() == []
    clock.seconds = 4.5
    post(app, message(url=f"{HOOK}?sub=acc_bob"))
    clock.seconds = 5
    assert app.read_due() == ["ann"]
    clock.seconds = 9.5
    assert app.read_due() == ["bob"]
    assert app.read_due() == []
    assert archive.reads == [["ann"], ["bob"]]


def test_an_account_that_could_not_be_read_is_read_again(
    app: Notifications, archive: MemoryArchive, clock: Clock
) -> None:
    """It stays in the queue, and is tried again later."""
    archive.broken = {"ann"}
    post(app, message())
    clock.seconds = 5
    assert app.read_due() == []
    archive.broken = set()
    clock.seconds = 5 + RETRY_SECONDS
    assert app.read_due() == ["ann"]
    assert (app.counts["not read"], app.counts["read"]) == (1, 1)


def test_a_queue_that_cannot_be_written_is_an_error_of_the_server(app: Notifications, archive: MemoryArchive) -> None:
    """Cronofy is told that the notification was not stored."""
    archive.push.labels = None  # type: ignore[assignment]
    assert post(app, message())[0].startswith("500")
    assert app.counts == {"failed": 1}


def test_channels_of_others_are_looked_up_once(clock: Clock) -> None:
    """A channel that this package did not open is found in the lists of the accounts, which are not read each time."""
    box = small_box()
    client = cf.connect(sandbox=box)
    channel = client.create_notification_channel(callback_url=HOOK)["channel"]
    sub = client.user_info()["sub"]
    archive = MemoryArchive({sub: ""})
    app = StillNotifications(archive, client, clock=clock)

    def send(channel_id: str) -> None:
        body = message(url=HOOK, channel=channel_id)
        assert post(app, body, header=signed(body, box.client_secret))[0] == "200 OK"

    send(channel["channel_id"])
    assert app.read_due() == [""]
    requests = cf.usage()["calls"].sum()
    send("chn_unknown")
    assert app.read_due() == []
    assert cf.usage()["calls"].sum() == requests
    assert archive.reads == [[""]]


def test_the_sandbox_notifies_the_application() -> None:
    """Channels are opened once with the account in their address; an edit is queued, an own write is not."""
    box = Sandbox(office=small_office(), now="2026-03-04T09:00:00Z")
    client = cf.connect(sandbox=box)
    sub = client.user_info()["sub"]
    archive = MemoryArchive({sub: "ann"})
    app = StillNotifications(archive, {"ann": client, "zoe": client}, clock=Clock())
    assert (app.subscribe(HOOK), app.subscribe(HOOK)) == (1, 1)
    assert cf.read_channels(client)["callback_url"].tolist() == [f"{HOOK}?sub={sub}"]
    box.add_external_event("ann@example.test", summary="New", start=START, end=START.replace(hour=10))
    client.create_event(
        calendar_id="cal_ann_home",
        event_id="own",
        summary="Own",
        description="",
        start="2026-03-06T09:00:00Z",
        end="2026-03-06T10:00:00Z",
    )
    box.send_out()
    for delivery in box.outbox:
        assert post(app, delivery.body, header=delivery.headers["Cronofy-HMAC-SHA256"])[0] == "200 OK"
    assert app.counts == {"verification": 1, "queued": 1}
    assert archive.push.notified == {sub: datetime(2026, 3, 4, 9, tzinfo=UTC)}


class SilentHandler(WSGIRequestHandler):
    """A handler of requests that prints nothing."""

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def test_a_served_sandbox_notifies_a_served_application() -> None:
    """Over real connections: an edit in the sandbox reads the account, in the application's own thread."""
    sender = CallbackSender()
    box = Sandbox(office=small_office(), now="2026-03-04T09:00:00Z", deliver=sender)
    client = cf.connect(sandbox=box)
    archive = MemoryArchive({client.user_info()["sub"]: ""})
    app = Notifications(archive, client, path="/hook", debounce=0)
    with make_server("127.0.0.1", 0, app, handler_class=SilentHandler) as server, serve(box) as served:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        app.subscribe(url)
        assert httpx.get(f"{served.url}/v1/channels").status_code == 401
        box.add_external_event("ann@example.test", summary="New", start=START, end=START.replace(hour=10))
        box.send_out()
        assert archive.was_read.wait(30)
        server.shutdown()
        thread.join()
    app.close()
    sender.close()
    assert archive.reads == [[""]]
    assert not archive.push.notified


def test_what_was_queued_before_is_read_when_the_application_starts(archive: MemoryArchive) -> None:
    """A restart loses nothing that was queued, and closing twice is no error."""
    archive.push.notified = {"acc_ann": None}
    app = Notifications(archive, {"ann": cf.connect(sandbox=small_box())})
    app.start()
    assert archive.was_read.wait(30)
    app.close()
    app.close()
    app.start()
    assert archive.reads == [["ann"]]


def test_a_client_without_a_secret_is_refused(archive: MemoryArchive) -> None:
    """Without it no signature can be checked; the message says how to give it."""
    client = cf.connect(access_token="x", environment={})
    with pytest.raises(ValueError, match=r"client of ann has none: connect\(client_secret"):
        cf.notifications(archive, {"ann": client})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.test/", "https://x.test/?sub=a%2Fb"),
        ("https://x.test/h?k=1&sub=old", "https://x.test/h?k=1&sub=a%2Fb"),
    ],
)
def test_the_address_of_a_channel_has_the_account(url: str, expected: str) -> None:
    """Other parameters stay, and the account is read from it again."""
    assert channel_url(url, "a/b") == expected
    notification = parse_notification(message(url=expected))
    assert notification is not None
    assert notification.sub == "a/b"


@pytest.mark.parametrize(
    ("url", "problem"), [("x.test/hook", "address such as"), (f"https://x.test/{'a' * MOST_URL_CHARACTERS}", "shorter")]
)
def test_an_address_that_cronofy_would_not_take_is_refused(url: str, problem: str) -> None:
    """Before any channel is opened, with what to do."""
    with pytest.raises(ValueError, match=problem):
        channel_url(url, "acc_1")


@pytest.mark.parametrize("text", ["yesterday", "2026-03-04T09:00:00", 5, None])
def test_a_time_that_cannot_be_read_is_no_time(archive: MemoryArchive, text: Any) -> None:
    """The account is queued all the same."""
    body = message(changes_since=text)
    assert receive(archive.push, signed(body), body, ["other", SECRET]).outcome == "queued"
    assert archive.push.notified == {"acc_ann": None}
