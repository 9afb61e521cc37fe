"""No token, secret or code is in any output or file: every function that prints, logs or writes is run and searched.

Each place must contain a canary, a word that proves that its texts were recorded.
"""

import hashlib
import inspect
import io
import json
import logging
import pickle
import pprint
import re
import shlex
import subprocess
import sys
import traceback
import urllib.request
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import distributed  # noqa: F401 - where it is loaded, errors are pickled with their contexts
import httpx
import keyring
import matplotlib as mpl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from IPython.core.ultratb import FormattedTB
from IPython.lib.pretty import pretty

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.signin import Place, make_consent, run, sign_in_request
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.widgets.explore.widget import explore
from cronofy_frames.widgets.plan.widget import plan_widget
from cronofy_frames.widgets.signin.widget import ConsentWidget
from cronofy_frames.wire.auth import BearerAuth
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.endpoint import ENDPOINTS, SECRETS, Call
from cronofy_frames.wire.messages import Hosts, read_body
from cronofy_frames.wire.paging import Rows
from cronofy_frames.wire.transport import CallbackSender, InProcessTransport
from tests.calls import CALLS, Case
from tests.consent_pages import answer_page
from tests.shell import FAR, HERE, Shell
from tests.small import small_box
from tests.storing import LockedKeyring
from tests.widget_browser import browser_state, enter, press, states, wait_for_status
from tests.witness.tape import CASSETTES

ROOT = Path(__file__).parent.parent
PART = 12  # characters of a secret that are too many
ANN = "ann@example.test"
PAGES = (
    "elevated_permissions",
    "real_time_scheduling",
    "real_time_sequencing",
    "add_to_calendar",
)  # answer with a link


def recognisable(name: str) -> str:
    """Return a unique secret in the format of the sandbox's."""
    return (re.sub(r"\W|_", "", name)[:6] + hashlib.blake2b(name.encode()).hexdigest())[:32]


PLANTED_SECRETS = {name: recognisable(name) for name in sorted({*SECRETS, "hook"})}
WRONG = {name: recognisable(f"wrong {name}") for name in ("access_token", "refresh_token", "client_secret")}


def pieces(secret: str) -> set[str]:
    """Return short parts of a secret, so that every longer part contains one of them."""
    return {secret[at : at + PART] for at in range(0, len(secret) - PART + 1, 3)} | {secret[-PART:]}


class Output:
    """All texts shown or stored during a test, by place."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}

    def record(self, place: str, *values: Any, canary: str) -> None:
        """Record the texts of values for a place; one of them must contain the canary."""
        texts = [text for value in values for text in texts_of(value)]
        assert any(canary in text for text in texts), f"{place} was not recorded: {canary!r} is not in it"
        self.texts.setdefault(place, []).extend(texts)

    def leaks(self, secrets: dict[str, str]) -> list[str]:
        """Return the names of secrets found, each with its place."""
        parts_by_name = {name: pieces(secret) for name, secret in secrets.items()}
        joined = {place: "\n".join(texts) for place, texts in self.texts.items()}
        return [
            f"{name} in {place}"
            for name, parts in parts_by_name.items()
            for place, text in joined.items()
            if any(part in text for part in parts)
        ]


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text form of a value: a text itself, a file's content, all forms of an error or object."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield from file_texts(value)
    elif isinstance(value, BaseException):
        yield from error_texts(value)
    else:
        yield from (repr(value), str(value), pprint.pformat(value), pretty(value))


def file_texts(content: bytes) -> Iterator[str]:
    """Yield the texts of a file, also of zip and Parquet files."""
    yield content.decode("latin-1")
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name).decode("latin-1") for name in packed.namelist())
    elif content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        yield f"{table.schema.metadata} {table.to_pylist()}"


def plain_traceback() -> FormattedTB:
    """Return what formats tracebacks in a notebook, without colours; IPython 9 renamed the argument."""
    names = inspect.signature(FormattedTB).parameters
    colours: dict[str, Any] = {"theme_name": "nocolor"} if "theme_name" in names else {"color_scheme": "NoColor"}
    return FormattedTB(mode="Context", **colours)


def error_texts(error: BaseException) -> Iterator[str]:
    """Yield an error's texts: itself, its causes, its notebook traceback, its attributes, and all after pickling."""
    kind, frames = type(error), error.__traceback__
    yield from (str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error)))
    if frames is not None:
        yield "\n".join(plain_traceback().structured_traceback(kind, error, frames))
    packed = pickle.dumps(error)
    yield packed.decode("latin-1")
    yield repr(vars(pickle.loads(packed)))


def error_of(ask: Callable[[], object], kind: type[BaseException] = Exception) -> BaseException:
    """Call a function that must fail, and return its error."""
    with pytest.raises(kind) as caught:
        ask()
    return caught.value


def sandbox_secrets(box: Sandbox) -> dict[str, str]:
    """Return every secret that a sandbox has issued, except those in links that people open."""
    grants = box._world.grants
    links = [text for text, ticket in grants._tickets.items() if ticket.kind == "link_token"]
    secrets = [box.client_secret, box._world.admin_api_key, *links, *grants._codes]
    secrets += [token for grant in grants._by_refresh.values() for token in (grant.refresh_token, *grant.access)]
    return {f"minted {n}": secret for n, secret in enumerate(secrets)}


@contextmanager
def silence_browser_logs() -> Iterator[None]:
    """Disable HTTP logs while the test acts as a browser, whose URLs are not searched."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel("CRITICAL")
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def output(caplog: pytest.LogCaptureFixture) -> Output:
    """The recorded output, with all logs captured at DEBUG."""
    caplog.set_level(logging.DEBUG)
    return Output()


@pytest.fixture
def box() -> Sandbox:
    """The small office without a rate limit."""
    return small_box(rate_limit=False)


def record_logs(output: Output, caplog: pytest.LogCaptureFixture, *names: str, canary: str) -> None:
    """Record all log records; each of the named loggers must have logged."""
    assert set(names) <= {record.name.partition(".")[0] for record in caplog.records}
    output.record("logs", caplog.text, *(repr(vars(record)) for record in caplog.records), canary=canary)
    caplog.clear()


# the search itself


@pytest.mark.parametrize(
    "part_of",
    [lambda text: text, lambda text: text[:PART], lambda text: text[5:25], lambda text: text[-16:]],
)
def test_the_search_finds_whole_secrets_and_parts(part_of: Callable[[str], str]) -> None:
    """A planted secret is found in a text, a packed file or an error."""
    secret = PLANTED_SECRETS["client_secret"]
    packed, arrow, cause = io.BytesIO(), io.BytesIO(), RuntimeError(f"with {part_of(secret)}")
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("sheet.xml", f"<v>{part_of(secret)}</v>")
    pd.DataFrame({"a": [part_of(secret)]}).to_parquet(arrow)
    later = ValueError("later")
    later.__cause__ = cause
    for value in (
        f"{{'a': '{part_of(secret)}'}}",
        packed.getvalue(),
        arrow.getvalue(),
        cause,
        later,
        {"a": part_of(secret)},
    ):
        output = Output()
        output.record("there", value, canary="")
        assert output.leaks({"planted": secret}) == ["planted in there"]
        assert output.leaks({"another": PLANTED_SECRETS["code"]}) == []
    with pytest.raises(AssertionError, match="not recorded"):
        Output().record("nowhere", "", canary="a word")


# the client


def arguments_with_secrets(case: Case) -> dict[str, Any]:
    """Return a case's arguments, with a planted secret for each that takes one."""
    return {name: PLANTED_SECRETS.get(name, value) for name, value in case.arguments.items()}


def record_call(client: Client, case: Case, output: Output) -> str:
    """Make a call, record its response or error, and return which of both it was."""
    try:
        answer = getattr(client, case.name)(**arguments_with_secrets(case))
    except cf.CronofyError as error:
        output.record(f"error of {case.name}", error, canary="answered")
        return "error"
    if case.name not in PAGES:
        output.record(f"answer of {case.name}", answer, list(answer) if isinstance(answer, Rows) else "", canary="")
    return "answer"


@pytest.mark.parametrize("transport_name", ["served", "in process"])
def test_no_call_shows_a_secret(
    transport_name: str, box: Sandbox, served: Any, output: Output, caplog: pytest.LogCaptureFixture
) -> None:
    """Responses, errors and logs of every endpoint contain no secret, with valid and with invalid credentials."""
    transport = InProcessTransport(box) if transport_name == "in process" else httpx.HTTPTransport(verify=False)
    results: dict[str, list[str]] = {"right": [], "wrong": []}
    secrets = {**PLANTED_SECRETS, **WRONG}
    for case in sorted(CALLS, key=lambda case: "revoke" in case.name):
        for which in results:
            own = {**box.tokens(case.account), "client_secret": box.client_secret}
            credentials = WRONG if which == "wrong" else own
            store = MemoryStore(
                cf.Tokens(credentials["access_token"], credentials["refresh_token"], client_secret="unused")
            )
            with Client(
                Hosts(served.url, served.url),
                store=store,
                client_id=box.client_id,
                client_secret=credentials["client_secret"],
                transport=transport,
                sleep=lambda _: None,
            ) as client:
                results[which].append(record_call(client, case, output))
                output.record("clients", client, client.tokens, client.store, canary=box.client_id)
            secrets |= {**sandbox_secrets(box), **{f"{which} {name}": value for name, value in credentials.items()}}
    assert results["right"].count("answer") > 50
    assert results["wrong"].count("error") == len(CALLS)
    assert {case.name for case in CALLS} == set(ENDPOINTS)
    record_logs(
        output,
        caplog,
        "cronofy_frames",
        "httpx",
        *(["httpcore"] if transport_name == "served" else []),
        canary="/v1/userinfo",
    )
    output.record(
        "the server's lines",
        "\n".join(served.lines),
        served,
        box,
        canary="/oauth/token" if transport_name == "served" else "",
    )
    assert len(secrets) > 12
    assert output.leaks({name: secret for name, secret in secrets.items() if len(secret) >= PART}) == []


def test_answers_with_tokens_do_not_show_them(box: Sandbox) -> None:
    """The repr of a token response hides the token, and its data contains it."""
    with cf.connect(sandbox=box) as client:
        answer = client.refresh_access_token()
        element = client.request_element_token(permissions=["agenda"], origin="http://localhost", subs=["acc_ann"])
    assert {"access_token": answer["access_token"], **answer} == json.loads(json.dumps(answer))
    assert answer["access_token"] in sandbox_secrets(box).values()
    for shown in (*texts_of(answer), *texts_of({"nested": answer}), *texts_of([answer])):
        assert "'access_token': <set>" in shown
        assert answer["access_token"] not in shown
    assert "'token': <set>" in repr(element)


def test_an_error_response_that_quotes_the_request_shows_no_secret(output: Output) -> None:
    """If a response quotes header, body or URL, neither the error nor its body contains the secrets."""
    secrets = {name: PLANTED_SECRETS[name] for name in ("access_token", "client_secret", "code", "token", "api_key")}

    def echo_request(request: httpx.Request) -> httpx.Response:
        echo = f"{request.url} {request.headers.get('Authorization')} {request.content.decode()}"
        kind = {"json": {"error": "invalid_grant", "errors": {"a": [{"key": echo, "description": echo}]}}}
        return httpx.Response(status, **(kind if status in (400, 422) else {"text": f"refused: {echo}"}))

    with Client(
        Hosts("https://api.cronofy.com", "https://app.cronofy.com"),
        store=MemoryStore(cf.Tokens(secrets["access_token"])),
        client_id="c",
        client_secret=secrets["client_secret"],
        transport=httpx.MockTransport(echo_request),
        sleep=lambda _: None,
    ) as client:
        for status in (400, 401, 403, 404, 422, 429, 502):
            for call in (
                client.user_info,
                lambda: client.request_access_token(code=secrets["code"], redirect_uri="http://127.0.0.1"),
                lambda: client.real_time_scheduling_status(token=secrets["token"]),
                lambda: client.create_application(name="n", url="https://e.test", api_key=secrets["api_key"]),
            ):
                error = error_of(call, cf.ApiError)
                output.record("errors", error, canary=str(status))
                assert "..." in str(error.body)  # type: ignore[attr-defined]
    assert output.leaks(secrets) == []


def test_pickled_calls_have_no_secrets() -> None:
    """A pickled call, as part of an error, has its other arguments but no secret."""
    call = Call(
        ENDPOINTS["request_access_token"], {"code": PLANTED_SECRETS["code"], "redirect_uri": "http://127.0.0.1"}
    )
    error = error_of(lambda: read_body(httpx.Response(400), call), cf.TokenError)
    packed = pickle.dumps(error)
    assert PLANTED_SECRETS["code"].encode() not in packed
    there = pickle.loads(packed).call
    assert (there.endpoint, there.arguments) == (call.endpoint, {"redirect_uri": "http://127.0.0.1"})


def test_invalid_credentials_are_not_quoted(output: Output, caplog: pytest.LogCaptureFixture) -> None:
    """Errors of invalid headers, lost connections and contradicting arguments contain no credentials."""
    secret, other = PLANTED_SECRETS["access_token"], PLANTED_SECRETS["client_secret"]
    closed = {"base_url": "http://127.0.0.1:9", "environment": {}}
    for token in (f"{secret} {secret}", f"{secret}\n{secret}", f"{secret}é", secret):
        with cf.connect(access_token=token, client_id="c", client_secret=other, **closed) as client:
            client._sleep = lambda _: None
            output.record(
                "errors", error_of(client.user_info, cf.CronofyError), canary="token" if token != secret else "network"
            )
            output.record("clients", client, canary="client_id 'c'")
    for options in (
        {"access_token": secret, "store": "file"},
        {"access_token": secret, "account": "ann"},
        {"access_token": secret, "data_center": "eu"},
        {"access_token": secret, "pace": 3},
        {"access_token": secret, "base_url": f"http://ann:{other}@127.0.0.1"},
        {"access_token": secret, "base_url": "api.cronofy.com"},
        {"sandbox": True, "client_secret": secret},
        {"sandbox": True, "access_token": secret},
        {"sandbox": 3, "access_token": secret},
        {"client_secret": secret, "environment": {"CRONOFY_REFRESH_TOKEN_": secret}},
        {"account": "ann", "client_secret": secret},
    ):
        output.record(
            "connect", error_of(lambda options=options: cf.connect(**{"environment": {}, **options})), canary=""
        )
    for data in ({"access_token": [secret]}, {"access_token": secret, "expires_at": secret}, secret):
        output.record("tokens", error_of(lambda data=data: cf.Tokens.from_dict(data), cf.CronofyError), canary="okens")
    output.record(
        "tokens", cf.Tokens(secret, secret, client_secret=other), BearerAuth(secret), canary="access_token set"
    )
    output.record("signatures", cf.hmac_valid(None, b"{}", secret), canary="False")
    output.record(
        "code", error_of(lambda: cf.code_of(f"http://x/?code={secret}&state=a", state="b")), canary="another attempt"
    )
    record_logs(output, caplog, "cronofy_frames", canary="user_info")
    assert len(output.texts["errors"]) > 20
    assert output.leaks(PLANTED_SECRETS) == []


def test_callback_logs_have_no_secrets(
    box: Sandbox, served: Any, output: Output, caplog: pytest.LogCaptureFixture
) -> None:
    """Callback URLs may contain passwords; neither these nor the signing secret are logged."""
    postman = CallbackSender()
    for host in (served.url, "http://127.0.0.1:9"):
        postman(f"{host}/hook?access_token={PLANTED_SECRETS['hook']}", {}, b"{}")
    output.record(
        "callbacks",
        error_of(lambda: postman(f"https://e.test/?key={PLANTED_SECRETS['hook']}", {}, b"")),
        canary="e.test",
    )
    postman.close()
    with cf.connect(sandbox=box) as client:
        address = f"hook?access_token={PLANTED_SECRETS['hook']}"
        output.record("channels", error_of(lambda: client.create_notification_channel(address)), canary="callback_url")
    record_logs(output, caplog, "cronofy_frames", "httpx", canary="/hook: 404")
    assert output.leaks({**PLANTED_SECRETS, **sandbox_secrets(box)}) == []


# frames, plans and files


def test_no_frame_plan_journal_or_file_holds_a_secret(
    box: Sandbox,
    environment: dict[str, str],
    output: Output,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Reads, plans, outcomes, undo, exports and warnings contain no secret, nor do the files written."""
    client = cf.connect(environment=environment, **box.tokens(ANN))
    several = {"Ann": client, "Wrong": cf.connect(environment=environment, access_token=WRONG["access_token"])}
    start, end = "2026-03-02", "2026-03-13"
    frames = {
        "standup": cf.read_events(client, start, end, tz="Europe/London"),
        "cal_ann_work@x": cf.read_free_busy(client, start, end),
        "Work": cf.read_calendars(client),
        "pro_ann": cf.read_profiles(client),
        "channel_id": cf.read_channels(client),
        "availability_rule_id": cf.read_availability_rules(client),
        "available_period_id": cf.read_available_periods(client, start, end),
        "participants": cf.read_availability(client, ["acc_ann"], "2026-03-05", "2026-03-06", duration="1h"),
        ANN: cf.attendees(cf.read_events(client, start, end)),
    }
    for canary, frame in frames.items():
        output.record("frames", frame, frame.to_html(), json.dumps(frame.attrs), canary=canary)
    output.record("partial", error_of(lambda: cf.read_events(several, start, end), cf.CronofyError), canary="Wrong")

    rows = frames["standup"].head(2)[["summary", "start", "end"]].assign(event_id=["a", "b"])
    plan = cf.plan_events(rows, calendar="Work", client=client)
    outcomes = cf.apply(plan, client, journal=tmp_path / "journal", progress=False)
    undone = cf.undo(tmp_path / "journal", client, progress=False)
    plan.save(tmp_path / "plan.json")
    output.record("plans", plan, plan._repr_html_(), plan.frame(), outcomes, undone, canary="standup")
    output.record("plans", error_of(lambda: cf.apply(plan, several["Wrong"])), canary="401")
    for suffix in ("csv", "xlsx", "json", "parquet", "ics"):
        cf.export(frames["standup"], tmp_path / f"events.{suffix}")
    outcomes.to_csv(tmp_path / "outcomes.csv")
    files = sorted(path for path in tmp_path.iterdir() if path.is_file() and path.suffix != ".lock")
    assert len(files) >= 8, files
    for path in files:
        output.record(
            f"file {path.name}", path.read_bytes(), canary="created" if path.stem == "outcomes" else "standup"
        )
    with client, several["Wrong"]:
        record_logs(output, caplog, "cronofy_frames", "httpx", "httpcore", canary="/v1/batch")
    assert output.leaks({**PLANTED_SECRETS, **WRONG, **sandbox_secrets(box)}) == []


# widgets and sign-in


def widget_texts(*widgets: Any) -> Iterator[str]:
    """Yield all that a browser and a notebook file have of widgets, including files in links."""
    for widget in widgets:
        yield from (
            browser_state(widget),
            repr(widget),
            json.dumps(widget._repr_mimebundle_(), default=str),
            json.dumps(states(), default=str),
        )
    for data in re.findall(r"href=\\?\"data:[^,]*,([\w+/=]+)", browser_state(*widgets)):
        yield from file_texts(b64decode(data))


def test_no_widget_shows_a_secret(
    box: Sandbox, environment: dict[str, str], output: Output, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    """Explorer and plan widget show no secret, with valid and invalid tokens, on every tab."""
    good = cf.connect(environment=environment, **box.tokens(ANN))
    bad = cf.connect(environment=environment, **{**WRONG, "client_secret": box.client_secret})
    explorers = explore({"Ann": good, "Wrong": bad}, start="2026-03-02", end="2026-03-09"), explore(bad)
    for tab in ("week", "heatmap", "time_use", "table"):
        explorers[0].tab = tab
        output.record("explorer", *widget_texts(*explorers), canary="standup" if tab == "table" else "data:image/png")
    for widget in explorers[0]._fields.exports.values():
        press(widget)
        output.record("explorer's files", *widget_texts(explorers[0]), canary="review")
    output.record(
        "explorer's errors", *(widget.problem for widget in explorers), explorers[0].line, canary="refresh_access_token"
    )
    rows = explorers[0].events.head(2)[["summary", "start", "end"]].assign(event_id=["a", "b"])
    plan = cf.plan_events(rows, calendar="Work", client=good)
    for client in (bad, good):
        applied = plan_widget(plan, client=client, journal=tmp_path / f"journal {client is good}")
        applied.apply()
        assert applied.wait(30)
        output.record("plan", *widget_texts(applied), applied.problem or "", canary="standup")
        applied.close()
    output.record("journal", (tmp_path / "journal True").read_bytes(), canary="standup")
    for widget in explorers:
        widget.close()
    with good, bad:
        record_logs(output, caplog, "cronofy_frames", "httpx", "httpcore", canary="/v1/batch")
    output.record("output", *capfd.readouterr(), canary="")
    assert output.leaks({**WRONG, **sandbox_secrets(box)}) == []


def code_in(address: str) -> str:
    """Return the code in a redirect URL."""
    return parse_qs(urlsplit(address).query)["code"][0]


def test_no_sign_in_shows_a_secret(
    box: Sandbox, environment: dict[str, str], output: Output, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Sign-in by browser, paste and widget shows no secret, with valid and invalid codes and secrets."""
    secrets = {**WRONG, **PLANTED_SECRETS}

    def visit(url: str, name: str) -> str:
        with silence_browser_logs():
            address = answer_page(url)
        secrets[name] = code_in(address)
        return address

    def browse(url: str) -> bool:
        browsers.append(ThreadPoolExecutor(1).submit(lambda: urllib.request.urlopen(visit(url, "first")).read()))
        return True

    browsers: list[Any] = []
    shell, waiting = (
        Shell(),
        make_consent(sign_in_request(environment=environment, account="browser", timeout=20), HERE),
    )
    run(waiting, HERE, write=shell.write, next_line=shell.next_line, open_in_browser=browse)
    output.record("the browser's last page", browsers[0].result(20), canary="You can close this tab")
    output.record("shell", shell.text, waiting, waiting.view, waiting.running, canary=ANN)

    lines = iter([f"http://127.0.0.1/?code={PLANTED_SECRETS['code']}&state=x\n", PLANTED_SECRETS["code"] + "\n", ""])
    refused = make_consent(sign_in_request(environment=environment, flow="paste", timeout=20), FAR)
    typed = Shell(lambda _: next(lines))
    run(refused, FAR, write=typed.write, next_line=typed.next_line, open_in_browser=None)
    output.record("pasted", typed.text, refused, error_of(refused.result), refused.view, canary="a code works once")

    unknown = make_consent(sign_in_request(environment=environment, client_secret=WRONG["client_secret"]), HERE)
    unknown.start()
    output.record("application", unknown.message, unknown, error_of(lambda: unknown.result(20)), canary="data_center")

    place = Place("Google Colab", notebook=True, near=False)
    bare = {name: value for name, value in environment.items() if name != "CRONOFY_CLIENT_SECRET"}
    asking = sign_in_request(environment=bare)
    widget = ConsentWidget(
        lambda request, changed: make_consent(request or asking, place, changed=changed),
        link_text="Sign in",
        request=asking,
    )
    for secret in (WRONG["client_secret"], box.client_secret):
        enter(widget.client_secret, value=secret)
        press(widget.go_on)
        status = widget.status if secret == box.client_secret else wait_for_status(widget)
        output.record("widget", *widget_texts(widget), widget.message, canary="client_secret")
        assert status == ("waiting" if secret == box.client_secret else "failed")
    enter(widget.paste, value=PLANTED_SECRETS["code"])
    assert wait_for_status(widget) == "failed"
    output.record("widget", *widget_texts(widget), widget.message, widget.problem or "", canary="a code works once")
    press(widget.again)
    enter(widget.paste, value=visit(widget.url, "second"))
    output.record("widget", *widget_texts(widget), widget.result(), widget.message, canary=ANN)

    output.record("accounts", cf.accounts(environment=environment), canary=ANN)
    store = cf.FileStore("browser", environment=environment)
    secrets |= {f"stored {name}": value for name, value in store.load().to_dict().items() if name in SECRETS}
    output.record(
        "stores",
        store,
        store.load(),
        cf.EnvironmentStore({"CRONOFY_ACCESS_TOKEN": PLANTED_SECRETS["token"]}),
        canary="browser",
    )
    output.record(
        "doctor",
        (report := cf.doctor("browser", environment=environment)),
        report.frame(),
        report._repr_html_(),
        canary=ANN,
    )
    output.record("logout", cf.logout("browser", revoke=True, environment=environment), canary="browser")
    for consent in (waiting, refused, unknown, widget):
        consent.close()
    record_logs(output, caplog, "cronofy_frames", "httpx", "httpcore", canary="/oauth/token")
    output.record("output", *capfd.readouterr(), canary="")
    assert output.leaks({**secrets, **sandbox_secrets(box)}) == []


def test_the_error_of_a_keyring_is_not_quoted(output: Output, caplog: pytest.LogCaptureFixture) -> None:
    """Some keyrings quote the password in their error; our error and its causes do not."""
    before = keyring.get_keyring()
    keyring.set_keyring(LockedKeyring())
    try:
        store = cf.KeyringStore("ann")
        output.record(
            "keyring",
            store,
            error_of(lambda: store.save(cf.Tokens(PLANTED_SECRETS["token"])), cf.CronofyError),
            canary="ann",
        )
    finally:
        keyring.set_keyring(before)
    assert not [record for record in caplog.records if PLANTED_SECRETS["token"] in repr(vars(record))]
    assert output.leaks(PLANTED_SECRETS) == []


# the command line

SHEET = "Subject,Start Date,Start Time,End Date,End Time\nKick-off,2026-03-10,09:00,2026-03-10,10:00\n"
HELPED = [
    "calendars",
    "events",
    "free-busy",
    "call",
    "plan",
    "apply",
    "undo",
    "login",
    "logout",
    "accounts",
    "status",
    "sandbox",
    "doctor",
]
READING = """
calendars
events --from 2026-03-02 --to 2026-03-13
free-busy --from 2026-03-02 --to 2026-03-13
status
doctor
call user_info
"""
ASKING = f"""
accounts
logout
call request_access_token code={PLANTED_SECRETS["code"]} redirect_uri=http://a.test
call "GET /v1/nothing" token={PLANTED_SECRETS["token"]}
login --no-browser --flow paste --timeout 0.5
"""
WRITING = """
plan sheet.csv --calendar Work --tz UTC -o sheet.plan
apply sheet.plan --journal sheet.plan.journal --yes -o outcomes.csv
undo sheet.plan.journal --yes
week --week 2026-03-04 -o week.svg
events -o events.csv
events -o events.xlsx
events -o events.json
events -o events.parquet
events -o events.ics
"""
FILES = {
    "sheet.plan": "Kick-off",
    "sheet.plan.journal": "Kick-off",
    "outcomes.csv": "created",
    "week.svg": "<svg",
    **dict.fromkeys(["events.csv", "events.xlsx", "events.json", "events.parquet", "events.ics"], "standup"),
}
SCRIPT = """
import json, logging, sys
from cronofy_frames.cli import main
logging.basicConfig(level="DEBUG", stream=sys.stderr)
for words in json.loads(sys.argv[1]):
    sys.argv = ["cronofy-frames", *words]
    try:
        main()
    except SystemExit as end:
        print("exit of", words[0], end.code or 0, flush=True)
"""


def run_commands(commands: str, environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """Return stdout and stderr of a process that ran the commands in sequence, with all logs at DEBUG."""
    words = json.dumps([shlex.split(line) for line in commands.strip().splitlines()])
    known = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", "MPLCONFIGDIR": mpl.get_configdir(), **environment}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, words],
        stdin=subprocess.DEVNULL, capture_output=True, env=known, cwd=folder, timeout=120, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def exit_codes(out: str) -> list[str]:
    """Return the exit codes printed by the script, in order."""
    return re.findall(r"^exit of [\w-]+ (\d+)$", out, re.MULTILINE)


def test_no_command_shows_a_secret(box: Sandbox, environment: dict[str, str], output: Output, tmp_path: Path) -> None:
    """Commands, their help and their files contain no secret, with valid, invalid and missing credentials."""
    (tmp_path / "sheet.csv").write_text(SHEET)
    own = {f"CRONOFY_{name.upper()}": value for name, value in box.tokens(ANN).items()}
    wrong_credentials = {f"CRONOFY_{name.upper()}": value for name, value in WRONG.items()}
    help_commands = "".join(f"{name} --help\n" for name in ("", *HELPED))
    runs = [
        (help_commands + READING.strip() + WRITING + ASKING.strip(), {**environment, **own}),
        (READING.strip() + ASKING, {**environment, **wrong_credentials}),
        (ASKING, {**environment, "CRONOFY_REFRESH_TOKEN": WRONG["refresh_token"]}),
    ]
    with ThreadPoolExecutor(2) as threads:
        (out, errors), (wrong_out, wrong_errors), (few_out, few_errors) = threads.map(
            lambda command_run: run_commands(*command_run, tmp_path), runs
        )
    done = 1 + len(HELPED) + READING.strip().count("\n") + 1 + WRITING.strip().count("\n") + 1
    assert exit_codes(out) == ["0"] * done + ["1"] * 5, out + errors
    assert exit_codes(wrong_out) == ["1"] * 11
    assert exit_codes(few_out) == ["1"] * 5
    output.record("output", out, canary=ANN)
    output.record("output", wrong_out, few_out, canary="exit of doctor 1")
    for log in (errors, wrong_errors, few_errors):
        output.record("logs", log, canary="httpcore")
        output.record("complaints", log, canary="error: ")
    for name, canary in FILES.items():
        output.record(f"file {name}", (tmp_path / name).read_bytes(), canary=canary)
    assert output.leaks({**PLANTED_SECRETS, **WRONG, **sandbox_secrets(box)}) == []


# files of the repository

SHAPE = re.compile(r"(?<![\w+])(?<!pages/)(?=\w*[A-Z])(?=\w*[a-z])(?=\w*\d)[A-Za-z0-9]{32}(?![\w+=])")
STORED_FILES = sorted(
    path
    for pattern in ("*.md", "notebooks/*", "cassettes/**/*.json", "tests/*/*.md", "tests/plots/baseline/*")
    for path in ROOT.glob(pattern)
    if path.is_file()
)


def default_secrets() -> dict[str, str]:
    """Return the secrets that default sandboxes issue: the same on every machine."""
    boxes = small_box(), Sandbox()
    for box in boxes:
        for grant in list(box._world.grants._by_refresh.values()):
            for _ in range(20):
                box._world.grants.issue_token(grant)
    return {f"{n} {name}": secret for n, box in enumerate(boxes) for name, secret in sandbox_secrets(box).items()}


def stored_texts(path: Path) -> Iterator[str]:
    """Yield the texts of a file; of a notebook also the decoded images in its outputs."""
    yield path.name
    content = path.read_bytes()
    if path.suffix != ".ipynb":
        yield from file_texts(content)
        return
    coded = re.compile(r"(?:data:[\w/+.-]+;base64,|\"image/png\": \")([A-Za-z0-9+/=\\n]+)")
    text = content.decode()
    yield coded.sub("", text)
    yield from (b64decode(image.replace("\\n", "")).decode("latin-1") for image in coded.findall(text))


def test_files_of_the_repository_have_no_secret() -> None:
    """No notebook, cassette, document or picture contains a sandbox's secret, or a text of that format."""
    secrets, output = default_secrets(), Output()
    for path in STORED_FILES:
        output.record(str(path.relative_to(ROOT)), *stored_texts(path), canary=path.name)
    assert {".ipynb", ".json", ".md", ".png"} <= {path.suffix for path in STORED_FILES}
    assert len(STORED_FILES) > 30
    assert output.leaks(secrets) == []
    matches = {
        (place, match) for place, texts in output.texts.items() for text in texts for match in SHAPE.findall(text)
    }
    assert matches == set()
    assert SHAPE.findall(f"token={next(iter(secrets.values()))}&b")


def test_cassettes_hold_placeholders_and_come_from_the_sandbox() -> None:
    """Recorded credentials are placeholders, and only sandboxes were recorded."""
    placeholders: list[str] = []

    def collect(part: Any, name: str = "") -> None:
        for key, value in part.items() if isinstance(part, dict) else ():
            collect(value, key)
        for value in part if isinstance(part, list) else ():
            collect(value, name)
        if isinstance(part, str) and name in {*SECRETS, "Authorization"}:
            placeholders.append(part)

    paths = list(CASSETTES.glob("*.json"))
    for path in paths:
        cassette = json.loads(path.read_text())
        assert cassette["recorded"]["against"] == "sandbox"
        collect(cassette["exchanges"])
    assert set(placeholders) == {"Bearer <ACCESS_TOKEN>", "<ACCESS_TOKEN>", "<REFRESH_TOKEN>", "<CLIENT_SECRET>"}
    assert (len(paths), len(placeholders) > 30) == (11, True)
