"""Invalid and hostile requests, derived from the table of endpoints, over a real socket."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cronofy_frames.wire.api  # noqa: F401 -- declares the endpoints
from cronofy_frames.sandbox import Sandbox, Served, coverage, serve
from cronofy_frames.sandbox.http.routing import match_route
from cronofy_frames.wire.endpoint import ENDPOINTS, Endpoint, placeholders
from tests.calls import CALLS, Case
from tests.small import HOME, NOW, READONLY, WORK, small_box, small_office

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ALLOWED = {200, 202, 207, 401, 402, 403, 404, 422, 423, 429}
"""What docs.cronofy.com/developers/api/error-codes lists; 400 is for tokens alone."""
PAGES = {200, 302, 303, 400, 404, 409}
"""What a page for people may say."""

TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "text/plain",
    "image/png",
    "json",
    "",
    None,
)
IDS = (
    "",
    ".",
    "..",
    "...",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%2F",
    "a%2Fb",
    "%252F",
    "%",
    "%zz",
    "%00",
    "%0d%0aX-Injected:%201",
    "%ff%fe",
    "%ed%a0%80",
    "%E2%80%AE%F0%9F%93%85",
    "%C3%A9",
    "\xc3\xa9",
    "%20",
    "+",
    "a;b=c",
    "a,b",
    "{id}",
    "{0}",
    "%3Cscript%3E",
    "-1",
    "0",
    "null",
    "undefined",
    "pages",
    "disable",
    "registrations",
    "x" * 20_000,
    "%E2%82%AC" * 2_000,
    WORK,
    quote(WORK, safe=""),
    HOME,
    READONLY,
    "pro_ann",
    "acc_ann",
    "evt_external_review",
)
TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e\U0001f4c5",
    "x" * 5_000,
    "null",
    "true",
    "2026-03-05",
    "2026-02-30",
    "2026-03-05T12:00:00Z",
    "2026-03-05T12:00:00.5Z",
    "2026-03-05T25:61:00Z",
    "2026-03-05T12:00:00+99:99",
    "2026-W10-4",
    "0001-01-01",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31",
    "9999-12-31T23:59:59-12:00",
    "24:00",
    "00:00",
    "Europe/London",
    "Europe",
    "../../etc/passwd",
    "Europe/London\x00",
    "localtime",
    "http://[",
    "http://127.0.0.1:99999/",
    "http://\u2100.test/",
    "javascript:alert(1)",
    "https://example.test/?a=%zz#f",
    "a@b",
    "@",
    "a@b@c",
    "cancel",
    "remove",
    "all",
    "-1",
    "1e999",
    "\u0661\u0662",
    "acc_ann",
    WORK,
    "evt_external_review",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    -(2**63) - 1,
    10**400,
    0.5,
    -0.0,
    1e308,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": {}},
    {"minutes": 0},
    {"minutes": -5},
    {"minutes": 10**12},
    {"minutes": "5"},
    {"hours": 10**9, "minutes": 61},
    {"minimum": {"minutes": 60}, "maximum": {"minutes": 5}},
    {"time": "2026-03-05T12:00:00Z"},
    {"time": "2026-03-05", "tzid": "Asia/Tokyo"},
    {"time": "9999-12-31T23:59:59Z", "tzid": "Pacific/Kiritimati"},
    {"time": "0001-01-01T00:00:00Z", "tzid": "Pacific/Pago_Pago"},
    {"time": None, "tzid": None},
    {"start": "2026-03-05T12:00:00Z", "end": "2026-03-05T11:00:00Z"},
    {"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"},
    [{"sub": "acc_ann"}] * 60,
    ["acc_ann"] * 300,
)
NAMES = sorted({name for row in ENDPOINTS.values() for name in row.parameters} | {"", "errors", "__class__", "et"})

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(TEXTS) | st.text()
odd_values = (
    st.sampled_from(VALUES).map(copy.deepcopy)
    | st.sampled_from(TEXTS)
    | st.recursive(
        plain, lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
    )
)


class Fresh(Sandbox):
    """A sandbox whose state can be replaced while it is served."""

    def __init__(self) -> None:
        super().__init__(rate_limit=False, now=NOW, office=small_office())
        self.inner = small_box(rate_limit=False)

    def renew(self) -> None:
        """Replace the state by a new one."""
        self.inner = small_box(rate_limit=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the current state."""
        return self.inner(environ, start_response)


@dataclass(frozen=True)
class Answer:
    """A response."""

    request_text: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


@dataclass
class Line:
    """An open connection to the served sandbox; paths and bodies are sent unchanged."""

    box: Fresh
    served: Served
    known: dict[str, str] = field(default_factory=dict)
    opened: int = 0
    wire: socket.socket | None = None

    def begin(self) -> None:
        """Begin with a new sandbox."""
        self.box.renew()
        self.known = {}

    def secret(self, kind: str) -> str | None:
        """Return the bearer token for a kind of credentials."""
        inner = self.box.inner
        return {
            "user": f"Bearer {inner.access_token}",
            "service": f"Bearer {inner.service_account_token}",
            "application": f"Bearer {inner.client_secret}",
            "admin": f"Bearer {inner.admin_api_key}",
            "lower case": f"bearer  {inner.access_token} ",
            "refresh token": f"Bearer {inner.refresh_token}",
            "basic": "Basic YW5uOmFubg==",
            "empty": "Bearer ",
            "word": "Bearer",
            "unknown": "Bearer " + "x" * 32,
            "long": "Bearer " + "x" * 30_000,
            "high bytes": "Bearer \xe9\xff",
            "none": None,
        }[kind]

    def ask(
        self, verb: str, target: str, *, body: bytes | None = None, kind: str = "none", media: str | None = None
    ) -> Answer:
        """Send a request and check the response."""
        head = [f"{verb} {target} HTTP/1.1", f"Host: {urlsplit(self.served.url).netloc}"]
        headers = {"Authorization": self.secret(kind), "Content-Type": media if body is not None else None}
        headers["Content-Length"] = str(len(body)) if body is not None else None
        head += [f"{name}: {value}" for name, value in headers.items() if value is not None]
        answer = self._sent(verb, "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (body or b""), target)
        check_answer(answer, self.served)
        self._learn(answer)
        return answer

    def _sent(self, verb: str, raw: bytes, target: str) -> Answer:
        if self.wire is None:
            address = urlsplit(self.served.url)
            self.wire = socket.create_connection((address.hostname, address.port), timeout=10)
            self.opened += 1
        self.wire.sendall(raw)
        response = HTTPResponse(self.wire, method=verb)
        response.begin()
        body = response.read()
        if response.will_close:
            self.close()
        return Answer(f"{verb} {target[:200]}", response.status, dict(response.getheaders()), body)

    def _learn(self, answer: Answer) -> None:
        """Store the ids of a response for later paths."""
        if answer.status == 200 and answer.body and "json" in answer.headers.get("Content-Type", ""):
            for name, value in leaves(answer.json):
                if name.endswith("_id"):
                    self.known[name] = value
                if name == "url":
                    self.known["token"] = value.rsplit("/", 1)[-1]

    def close(self) -> None:
        """Close the connection."""
        if self.wire is not None:
            self.wire.close()
            self.wire = None


def leaves(tree: Any) -> Iterator[tuple[str, str]]:
    """Return the names and values of all texts in a tree."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if isinstance(value, str):
                yield name, value
            else:
                yield from leaves(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from leaves(item)


def check_answer(answer: Answer, served: Served) -> None:
    """Check that a response is a documented one."""
    crashes = list(served.errors)
    served.errors.clear()  # one crash is one failure, not every later test's
    assert crashes == [], f"{answer.request_text}\n{crashes[-1]}"
    spoken = "html" in answer.headers.get("Content-Type", "") or answer.status in (302, 303)
    tokens = {400} if " /oauth/token" in answer.request_text else set()
    assert answer.status in (PAGES if spoken else ALLOWED | tokens), answer
    assert not spoken or "/v1/" not in answer.request_text, answer
    assert "X-Injected" not in answer.headers, answer
    assert int(answer.headers["Content-Length"]) == len(answer.body) or answer.request_text.startswith("HEAD "), answer
    if answer.body and "json" in answer.headers.get("Content-Type", ""):
        assert answer.json is not None
    elif "/v1/" in answer.request_text:
        assert answer.body == b"" or answer.headers["Content-Type"].startswith("text/plain"), answer
    if answer.status == 422 and not answer.request_text.startswith("HEAD "):
        errors = answer.json["errors"]
        assert answer.json.keys() == {"errors"}
        assert errors
        for errors_ in errors.values():
            assert errors_
            assert all(error.keys() == {"key", "description"} for error in errors_), answer
            assert all(error["key"].startswith("errors.") and error["description"] for error in errors_), answer


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """One connection for all tests, which none of them may break."""
    box = Fresh()
    with serve(box) as served:
        new_line = Line(box, served)
        yield new_line
        new_line.close()
        assert served.errors == []
        assert new_line.opened == 1


def kind_of(row: Endpoint) -> str:
    """Return the credentials that an endpoint requires."""
    return {"client": "none", "organization": "application"}.get(row.auth, row.auth.split(" or ")[0])


def target_of(path: str, query: Iterable[tuple[str, str]], places: Mapping[str, str]) -> str:
    """Return the path with its arguments, and the query."""
    for name, place in places.items():
        path = path.replace(f"{{{name}}}", place)
    query_text = urlencode(list(query), errors="surrogatepass")
    return f"{path}?{query_text}" if query_text else path


READINGS = (
    "/v1/events?tzid=Asia/Tokyo&include_managed=true&include_deleted=true&localized_times=true",
    "/v1/free_busy?tzid=Etc/UTC&include_managed=true",
    "/v1/userinfo",
)
QUERY = json.dumps(
    {
        "participants": [{"members": [{"sub": "acc_ann", "managed_availability": True}], "required": 1}],
        "required_duration": {"minutes": 30},
        "query_periods": [{"start": "2026-03-01T00:00:00Z", "end": "2026-04-04T00:00:00Z"}],
        "include_member_statuses": True,
    }
).encode()
FILLED = {"calendar_id": WORK, "event_uid": "evt_external_standup", "profile_id": "pro_ann"}
CASES: dict[str, list[Case]] = {name: [case for case in CALLS if case.name == name] for name in ENDPOINTS}
MAKERS = {
    "channel_id": ("create_notification_channel",),
    "availability_rule_id": ("upsert_availability_rule",),
    "real_time_scheduling_id": ("real_time_scheduling",),
    "real_time_sequencing_id": ("real_time_sequencing",),
    "bookable_event_id": ("create_bookable_event",),
    "registration_id": ("create_bookable_event", "upsert_registration_bookable_event"),
}
"""What has to be called first, so that there is something that a path can name."""
LEADING = {
    "rts": ("real_time_scheduling",),
    "sequencing": ("real_time_sequencing",),
    "add_to_calendar": ("add_to_calendar",),
    "permissions": ("elevated_permissions",),
    "conferencing": ("conferencing_service_authorizations",),
}
"""Which calls lead to which pages."""
FIRST = {
    "real_time_scheduling_status": ("real_time_scheduling",),
    "list_availability_rules": ("upsert_availability_rule",),
    "list_available_periods": ("upsert_available_period",),
    "delete_available_periods": ("upsert_available_period",),
    "availability": ("upsert_availability_rule", "upsert_available_period"),
    "get_smart_invite": ("create_smart_invite",),
    "cancel_smart_invite": ("create_smart_invite",),
    "create_smart_invite": ("create_smart_invite",),
    "bulk_delete_events": ("create_event",),
    "delete_event": ("create_event",),
    "create_event": ("create_attachment",),
}


def prepare(line: Line, row: Endpoint) -> None:
    """Reset the sandbox and create what the endpoint refers to."""
    begin(line, [name for place in placeholders(row.path) for name in MAKERS.get(place, ())] or FIRST.get(row.name, ()))


def begin(line: Line, firsts: Iterable[str]) -> None:
    """Replace the sandbox's state."""
    line.begin()
    for name in firsts:
        case, first = CASES[name][0], ENDPOINTS[name]
        answer = send_and_check(line, first, case.body or {}, case.query)
        assert answer.status in (200, 202), answer


def good_of(line: Line, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a case's body and query with existing ids."""
    body = {
        name: line.known.get(name, value) if value == "unknown" else value for name, value in (case.body or {}).items()
    }
    query = {name: [line.known.get(name, "x")] if value == ["unknown"] else value for name, value in case.query.items()}
    if case.name == "get_smart_invite":
        query["recipient_email"] = ["guest@example.test"]
    if case.name == "refresh_access_token":
        body["refresh_token"] = line.box.inner.refresh_token
    return body, query


def send_and_check(
    line: Line,
    row: Endpoint,
    body: Any,
    query: Mapping[str, Any],
    *,
    kind: str | None = None,
    media: str = "application/json",
    places: Mapping[str, str] | None = None,
) -> Answer:
    """Send a call with this body and query."""
    client = {"client_id": line.box.inner.client_id, "client_secret": line.box.inner.client_secret}
    body = {**client, **body} if row.auth == "client" and isinstance(body, dict) else body
    pairs = [(name, text) for name, value in query.items() for text in (value if isinstance(value, list) else [value])]
    raw = None if row.verb == "GET" and body in ({}, None) else json.dumps(body).encode()
    path_args = {name: quote(line.known.get(name, FILLED.get(name, "x")), safe="") for name in placeholders(row.path)}
    target = target_of(row.path, pairs, {**path_args, **(places or {})})
    return line.ask(row.verb, target, body=raw, kind=kind or kind_of(row), media=media)


def spots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Return every position in a tree, as its container and its key or index."""
    names = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for name in names:
        yield tree, name
        yield from spots(tree[name])


@st.composite
def spoil_tree(draw: st.DrawFn, good: Any) -> Any:
    """Return a tree in which some values are replaced, missing or added."""
    tree = copy.deepcopy(good)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        places = list(spots(tree))
        how = draw(st.sampled_from(["other", "other", "gone", "more"]))
        if not places or how == "more":
            boxes = [tree, *(place[name] for place, name in places if isinstance(place[name], dict))]
            draw(st.sampled_from(boxes))[draw(st.sampled_from(NAMES))] = draw(odd_values)
            continue
        inside, name = draw(st.sampled_from(places))
        if how == "gone":
            del inside[name]
        else:
            inside[name] = draw(odd_values)
    return tree


def assert_still_running(line: Line) -> None:
    """Check that everything written can still be read."""
    for target in READINGS:
        assert line.ask("GET", target, kind="user").status in (200, 401)
    answer = line.ask("POST", "/v1/availability", body=QUERY, kind="application", media="application/json")
    assert answer.status in (200, 422)


many = settings(max_examples=10, derandomize=True)
few = settings(max_examples=12, derandomize=True)
ids = st.sampled_from(IDS) | st.text(max_size=30).map(lambda text: quote(text, safe="", errors="surrogatepass"))
each = pytest.mark.parametrize("row", ENDPOINTS.values(), ids=ENDPOINTS)


@each
@many
@given(data=st.data())
def test_no_value_in_any_argument_breaks_the_sandbox(line: Line, row: Endpoint, data: st.DataObject) -> None:
    """Any value in a documented argument, a missing or an additional one gets a documented response."""
    prepare(line, row)
    body, query = good_of(line, data.draw(st.sampled_from(CASES[row.name])))
    send_and_check(line, row, data.draw(spoil_tree(body)), data.draw(spoil_tree(query)) if query else {})
    assert_still_running(line)


PLACED = [row for row in ENDPOINTS.values() if placeholders(row.path)]
WRITES = [row for row in ENDPOINTS.values() if row.verb != "GET"]
READS = [row for row in ENDPOINTS.values() if row.verb == "GET"]
OTHERS = [row["route"] for row in coverage() if row["route"] not in {row.route for row in ENDPOINTS.values()}]
"""What the sandbox answers beside the endpoints: pages for people, and further pages of answers."""


@pytest.mark.parametrize("row", PLACED, ids=lambda row: row.name)
@many
@given(data=st.data())
def test_no_id_in_a_path_breaks_the_sandbox(line: Line, row: Endpoint, data: st.DataObject) -> None:
    """Any id in a path gets a documented response."""
    prepare(line, row)
    case = CASES[row.name][0]
    places = data.draw(st.dictionaries(st.sampled_from(placeholders(row.path)), ids, min_size=1))
    send_and_check(line, row, case.body or {}, case.query, places=places)
    assert_still_running(line)


def garble(draw: st.DrawFn, good: bytes) -> bytes:
    """Return bytes that are not, or no longer, JSON."""
    cut = draw(st.integers(0, len(good)))
    junk = draw(st.sampled_from(JUNK) | st.binary(max_size=40))
    return draw(st.sampled_from([good[:cut], good[:cut] + junk, good[:cut] + junk + good[cut:], junk, good]))


JUNK = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    '{"summary": "S"}'.encode("utf-16"),
    b"null",
    b"NaN",
    b"[]",
    b'"text"',
    b"-0",
    b"1e999",
    b"{}{}",
    b'{"a":',
    b'{"a": 1, "a": 2}',
    b'{"a": "\\ud800"}',
    b'{"start": NaN, "end": Infinity}',
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"a=1&a=2&b[]=1&b=2&c[d]=1&c[]=2&[=3&]=4&%zz=%ff&&==",
    b"event[start]=1&event[start][time]=2&event[]=3",
    b"a" + b"[a]" * 2_000 + b"=1",
    b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
    b"<?xml version='1.0'?><a/>",
)


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.name)
@many
@given(data=st.data())
def test_no_body_breaks_the_sandbox(line: Line, row: Endpoint, data: st.DataObject) -> None:
    """A malformed body, or one of another content type, is refused or read."""
    prepare(line, row)
    good = json.dumps(CASES[row.name][0].body or {}).encode()
    body = data.draw(st.composite(garble)(good))
    path_args = {name: quote(line.known.get(name, FILLED.get(name, "x")), safe="") for name in placeholders(row.path)}
    target = target_of(row.path, (), path_args)
    line.ask(row.verb, target, body=body, kind=kind_of(row), media=data.draw(st.sampled_from(TYPES)))
    assert_still_running(line)


keys = st.sampled_from(["[]", "[", "]", "[][]", "[a]", "[a][]", "[0]", "", "%5B%5D", "+", ";"])


@pytest.mark.parametrize("row", READS, ids=lambda row: row.name)
@many
@given(data=st.data())
def test_no_query_breaks_the_sandbox(line: Line, row: Endpoint, data: st.DataObject) -> None:
    """Repeated, malformed and empty names, and values that are no text, get a documented response."""
    prepare(line, row)
    names = st.sampled_from([*row.parameters, *CASES[row.name][0].query, "tzid", ""])
    pairs = data.draw(st.lists(st.tuples(names, keys, st.sampled_from(TEXTS) | st.text(max_size=20)), max_size=6))
    good = [(name, text) for name, value in CASES[row.name][0].query.items() for text in value]
    pairs_ = [(name + key, text) for name, key, text in pairs]
    path_args = {name: quote(line.known.get(name, "x"), safe="") for name in placeholders(row.path)}
    raw = data.draw(st.sampled_from(["", "&", "&%", "&=%zz", "&a[%00]=%ff", "&" + "a[]=1&" * 2_000, "?b=1", "&b=#c"]))
    target = target_of(row.path, good + pairs_, path_args)
    answer = line.ask(row.verb, target + ("" if "?" in target else "?") + raw, kind=kind_of(row))
    assert answer.status < 500, answer


VERBS = ("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW", "CONNECT", "PROPFIND")


@each
def test_a_verb_that_a_path_does_not_take_is_404(line: Line, row: Endpoint) -> None:
    """A method that a path does not have is 404, as the documentation has no 405."""
    line.begin()
    target = target_of(row.path, (), dict.fromkeys(placeholders(row.path), "x"))
    for verb in VERBS:
        known = match_route(verb, target)
        answer = line.ask(verb, target, body=b"{}", kind=kind_of(row), media="application/json")
        assert known is not None or answer.status == 404, answer
        taken = None if known is None else known[0].route.partition(" ")[0]
        assert taken in (None, verb, "GET" if verb == "HEAD" else None)


@many
@given(
    verb=st.sampled_from(VERBS),
    start=st.sampled_from(["/", "/v1", "/v1/", "/v2/", "//v1/", "/v1//", "/oauth/", "/V1/", "/static/", "/v1/events/"]),
    rest=st.lists(ids, max_size=4),
    whole=st.booleans(),
)
def test_an_unknown_route_is_404(line: Line, verb: str, start: str, rest: list[str], whole: bool) -> None:
    """An unknown path is 404 in any spelling, and the connection stays open."""
    line.begin()
    target = start + "/".join(["unknown", *rest])
    assert line.ask(verb, (line.served.url if whole else "") + target, kind="user").status == 404


WRONG = ("refresh token", "basic", "empty", "word", "unknown", "long", "high bytes", "none")


@pytest.mark.parametrize("row", [row for row in ENDPOINTS.values() if row.auth != "client"], ids=lambda row: row.name)
def test_credentials_of_another_kind_are_refused(line: Line, row: Endpoint) -> None:
    """Credentials of another kind are 401, or 403 for those of an account."""
    case = CASES[row.name][0]
    kinds = ["application"] if row.auth == "organization" else row.auth.split(" or ")  # no token here is of a unit
    for kind in ("service", "application", "admin", "user", *WRONG):
        prepare(line, row)
        answer = send_and_check(line, row, case.body or {}, case.query, kind=kind)
        if kind in kinds:
            assert answer.status not in (401, 403), (kind, answer)
        else:
            assert answer.status in ((401, 403) if kind in ("service", "user") else (401,)), (kind, answer)
            assert answer.body == b""


@pytest.mark.parametrize("secrets", [{}, {"client_id": "x"}, {"client_secret": None}, {"client_id": ["x"]}], ids=str)
@pytest.mark.parametrize("row", [row for row in ENDPOINTS.values() if row.auth == "client"], ids=lambda row: row.name)
def test_a_client_that_is_not_known_is_refused(line: Line, row: Endpoint, secrets: dict[str, Any]) -> None:
    """Without the right client credentials in the body nothing is done."""
    line.begin()
    inner = line.box.inner
    good = {"client_id": inner.client_id, "client_secret": inner.client_secret}
    fields = {**good, **secrets} if secrets else {}
    body = json.dumps({**(CASES[row.name][0].body or {}), **fields}).encode()
    answer = line.ask(row.verb, row.path, body=body, kind="user", media="application/json")
    assert answer.status in ((400, 401) if "/oauth/" in row.path else (401, 422))


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.name)
def test_a_megabyte_is_no_trouble(line: Line, row: Endpoint) -> None:
    """A body with a megabyte in any field is answered, and so is the next request."""
    prepare(line, row)
    case = CASES[row.name][0]
    body = copy.deepcopy(case.body or {})
    texts = [(inside, name) for inside, name in spots(body) if isinstance(inside[name], str)]
    inside, name = texts[-1] if texts else (body, "extra")
    inside[name] = "x" * 1_000_000
    send_and_check(line, row, body, case.query)
    assert_still_running(line)


@pytest.mark.parametrize("route", OTHERS)
@many
@given(data=st.data())
def test_no_form_breaks_a_page(line: Line, route: str, data: st.DataObject) -> None:
    """Any form fields for HTML pages, and any page token, get a documented response."""
    verb, path = route.split()
    begin(line, LEADING.get(path.split("/")[1], ()))
    names = [
        name
        for name in ("profile_id", "token", "bookable_event_id", "available_period_id", "id")
        if f"{{{name}}}" in path
    ]
    known = {**FILLED, **line.known}
    places = {name: data.draw(st.just(known.get(name, "x")) | ids) for name in names}
    good = {
        "response_type": "code",
        "client_id": line.box.inner.client_id,
        "redirect_uri": "http://127.0.0.1:8765/back",
        "scope": "read_events",
        "delegated_scope": "read_events",
        "state": "s",
        "account": data.draw(st.sampled_from(["acc_ann", f"acc_ann {WORK}", "acc_nobody"])),
        "decision": data.draw(st.sampled_from(["approve", "deny", "none"])),
        "slot": data.draw(st.sampled_from(["", "2026-03-05T09:00:00Z", "0", "-1"])),
        "tzid": data.draw(st.sampled_from(["Asia/Tokyo", "Nowhere", ""])),
        "id": line.known.get("token", "x"),
    }
    good = {name: value for name, value in good.items() if name not in data.draw(st.sets(st.sampled_from(list(good))))}
    odd_ones = st.dictionaries(st.sampled_from([*good, "permission", "token"]), st.sampled_from(TEXTS), max_size=3)
    form_text = urlencode({**good, **data.draw(odd_ones)}, errors="surrogatepass")
    form_text += data.draw(st.sampled_from(["", "&state=1&state=2", "&scope[]=a", "&account[a]=b", "&%00=%ff"]))
    target = target_of(path, (), places)
    if verb == "GET":
        line.ask(verb, f"{target}?{form_text}", kind="user")
    else:
        line.ask(verb, target, body=form_text.encode(), kind="user", media="application/x-www-form-urlencoded")
    assert_still_running(line)


entries = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["POST", "DELETE", "GET", "PATCH", "post", "", None, 1]),
        "relative_url": st.sampled_from([row.path for row in WRITES])
        | st.sampled_from(["/v1/batch", "", None, "http://x/"]),
        "data": odd_values | st.sampled_from([case.body for case in CALLS if case.body]),
    }
)


@few
@given(batch=st.lists(entries | odd_values, max_size=60), place=ids)
def test_no_entry_breaks_a_batch(line: Line, batch: list[Any], place: str) -> None:
    """Each entry of a batch has its own documented status, or the batch is refused as a whole."""
    line.begin()
    for entry in batch:
        if isinstance(entry, dict) and isinstance(entry.get("relative_url"), str):
            entry["relative_url"] = entry["relative_url"].replace("{calendar_id}", place)
    answer = send_and_check(line, ENDPOINTS["batch"], {"batch": batch}, {})
    assert answer.status in (207, 422)
    if answer.status == 207:
        responses = answer.json["batch"]
        assert len(responses) == len(batch)
        assert {response["status"] for response in responses} <= {200, 202, 403, 404, 422}
    assert_still_running(line)


@settings(max_examples=60, derandomize=True)
@given(data=st.data())
def test_no_order_of_calls_breaks_the_sandbox(line: Line, data: st.DataObject) -> None:
    """Valid and invalid calls in any order get documented responses, and everything can be read afterwards."""
    line.begin()
    for case in data.draw(st.lists(st.sampled_from(CALLS), min_size=2, max_size=8)):
        body = data.draw(st.just(case.body or {}) | spoil_tree(case.body or {}))
        send_and_check(line, ENDPOINTS[case.name], body, case.query)
    assert_still_running(line)
