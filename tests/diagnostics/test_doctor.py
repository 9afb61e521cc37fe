"""The doctor's findings: each has a real cause, and the line that fixes it."""

import json
import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import httpx
import pytest
from keyring.backends.fail import Keyring as NoKeyring

import cronofy_frames as cf
from cronofy_frames.diagnostics import DoctorReport, Finding, doctor, runtime, stores
from cronofy_frames.diagnostics.variables import KNOWN
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.signin import Place
from cronofy_frames.tokens import FileStore, KeyringStore
from cronofy_frames.wire.faults import Fault
from cronofy_frames.wire.transport import InProcessTransport
from tests.command_line import run_command
from tests.consent_pages import answer_page
from tests.free_port import free_port
from tests.small import small_box
from tests.storing import LockedKeyring, MemoryKeyring

SHELL = Place("a shell on this machine", notebook=False, near=True)
NOTEBOOK = Place("a notebook on this machine", notebook=True, near=True)
COLAB = Place("Google Colab", notebook=True, near=False)

ANN = "ann@example.test"
SECRET = "hunter2-not-to-be-seen"


class RecordingTransport(httpx.BaseTransport):
    """A transport that records each request, and answers or fails as a function decides."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Record the request and answer it."""
        self.requests.append(request)
        return self._answer(request)

    @property
    def sent_text(self) -> str:
        """All that was sent: URLs, headers and bodies."""
        return "\n".join(f"{request.url} {request.headers.raw} {request.read()!r}" for request in self.requests)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing."""
    return {"CRONOFY_FRAMES_HOME": str(tmp_path / "home")}


def application_variables(box: Sandbox, **more: str) -> dict[str, str]:
    """Return the environment variables of the application."""
    return {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret, **more}


def store_account(env: dict[str, str], box: Sandbox, name: str = ANN, **more: Any) -> FileStore:
    """Store Ann's account, as `login` does."""
    store = FileStore(name, environment=env)
    own = {"client_id": box.client_id, "client_secret": box.client_secret, "scope": "read_events"}
    store.save(cf.Tokens(**{**box.tokens(ANN), **own, **more}))
    return store


def run_doctor(
    env: dict[str, str], box: Sandbox | None = None, account: str | None = None, **more: Any
) -> DoctorReport:
    """Return the doctor's report, with the sandbox as the network."""
    transport = {"transport": InProcessTransport(box)} if box is not None else {}  # type: ignore[arg-type]
    return doctor(account, environment=env, **{"place": SHELL, **transport, **more})


def findings_of(report: DoctorReport, check: str, verdict: str | None = None) -> list[Finding]:
    """Return the findings of a check."""
    return [finding for finding in report.findings if finding.check == check and verdict in (None, finding.verdict)]


def single_finding(report: DoctorReport, check: str, verdict: str | None = None) -> Finding:
    """Return the only finding of a check."""
    findings = findings_of(report, check, verdict)
    assert len(findings) == 1, repr(report)
    return findings[0]


def broken_checks(report: DoctorReport) -> list[str]:
    """Return the checks with a bad finding."""
    return [finding.check for finding in report.findings if finding.verdict == "bad"]


def test_a_working_account_is_well(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """For a stored account of a served sandbox each check has a finding, none is bad, and the next step connects."""
    store = store_account(env, box, api_url=served.url, expires_at=datetime.now(UTC) + timedelta(minutes=42))
    report = run_doctor(env)
    assert report.well, repr(report)
    assert f"the stored account {ANN} (file)" in single_finding(report, "credentials").found
    assert single_finding(report, "credentials").found.endswith("they are renewed automatically")
    assert "responded in" in single_finding(report, "network").found
    assert single_finding(report, "clock").verdict == "good"
    assert single_finding(report, "application").verdict == "good"
    assert (
        f"the account {ANN}; it expires in 42 min and is renewed automatically" in single_finding(report, "token").found
    )
    assert single_finding(report, "profiles").found == f"google {ANN} is connected"
    assert report.next_step == "client = cf.connect()"
    assert run_doctor(env, account="ann").next_step == "client = cf.connect(account='ann')"
    assert store.load() is not None


def test_nothing_set_up_is_no_fault(env: dict[str, str], box: Sandbox) -> None:
    """With nothing configured the report is well and names both next steps, also without a network."""
    for transport in (InProcessTransport(box), RecordingTransport(failing_network("gaierror"))):  # type: ignore[arg-type]
        report = run_doctor(env, transport=transport)
        assert report.well, repr(report)
        assert "which is fine" in single_finding(report, "credentials").found
        assert "cf.connect(sandbox=True)" in report.next_step
        assert "cf.login()" in report.next_step


def test_nothing_is_changed_and_nothing_is_printed(
    env: dict[str, str], box: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Files, their permissions and times are unchanged, also where permissions are too wide, and nothing is printed."""
    store_account(env, box)
    store_account(env, box, "bob").path.chmod(0o644)

    def state() -> list[Any]:
        stats = [(path, path.lstat()) for path in sorted(tmp_path.rglob("*"))]
        return [
            (path, status.st_mode, status.st_mtime_ns, path.is_file() and path.read_bytes()) for path, status in stats
        ]

    before = state()
    run_doctor(env, box)
    run_doctor({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box)
    run_doctor({"CRONOFY_FRAMES_HOME": str(tmp_path / "new")}, box)
    assert state() == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("place", "more", "words"),
    [
        (SHELL, {}, 'flow="loopback"), which runs on the same machine'),
        (COLAB, {}, 'flow="paste"): your browser is on another machine'),
        (SHELL, {"CRONOFY_REDIRECT_URI": "https://example.test/cb"}, "nothing here can listen at CRONOFY_REDIRECT_URI"),
        (Place("JupyterHub", notebook=True, near=False), {}, "with jupyter-server-proxy"),
        (Place("JupyterHub", True, False, "https://hub.test/proxy/{port}/"), {}, "through jupyter-server-proxy"),
    ],
)
def test_the_place_finding_names_the_sign_in_flow(place: Place, more: dict[str, str], words: str) -> None:
    """The finding names the place, the flow that login uses there, and why."""
    finding = runtime.place_finding(place, more)
    assert finding.verdict == "good"
    assert words in finding.found
    assert place.name in finding.found


def test_an_invalid_redirect_uri_is_bad() -> None:
    """Login could not use it; the fix sets a valid one."""
    finding = runtime.place_finding(SHELL, {"CRONOFY_REDIRECT_URI": "nowhere"})
    assert finding.verdict == "bad"
    assert finding.fix == "export CRONOFY_REDIRECT_URI=http://127.0.0.1:8765/"


def versions_from(**versions: str) -> Callable[[str], str]:
    """Return a function that looks up versions among these."""

    def version_of(name: str) -> str:
        if name not in versions:
            raise PackageNotFoundError(name)
        return versions[name]

    return version_of


REQUIRED = [
    "pandas>=3.0",
    "httpx<1,>=0.28.1",
    "tzdata",
    'keyring>=25; extra == "keyring"',
    'x[keyring]; extra == "all"',
    'keyring>=25; extra == "all"',
]


@pytest.mark.parametrize(
    ("versions", "requirements"),
    [
        ({"pandas": "3.0.0rc1", "httpx": "0.28.1", "tzdata": "2025.2", "keyring": "25", "x": "1"}, []),
        ({"pandas": "2.3.3", "httpx": "0.28.1", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["pandas>=3.0"]),
        ({"pandas": "3.1", "httpx": "0.9", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["httpx>=0.28.1,<1"]),
        ({"pandas": "10.0", "httpx": "1.0", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["httpx>=0.28.1,<1"]),
        ({"pandas": "3.1", "httpx": "0.28.10", "keyring": "25", "x": "1"}, ["tzdata"]),
        ({"pandas": "3.1", "httpx": "0.29", "tzdata": "1", "x": "1"}, ["cronofy-frames[keyring]"]),
    ],
)
def test_versions_are_compared_with_the_metadata(versions: dict[str, str], requirements: list[str]) -> None:
    """A version that is too old, too new or missing has the install command; a missing extra is a note."""
    findings = list(runtime.versions(SHELL, required=REQUIRED, version_of=versions_from(**versions)))
    problems = [finding for finding in findings if finding.verdict != "good"]
    assert [finding.fix for finding in problems] == [f'pip install "{requirement}"' for requirement in requirements]
    assert {finding.verdict for finding in problems} <= (
        {"note"} if "cronofy-frames[keyring]" in requirements else {"bad"}
    )


def test_this_environment_has_valid_versions() -> None:
    """The package's metadata can be read and this environment fits it; an old Python does not."""
    assert [finding for finding in runtime.versions(SHELL) if finding.verdict == "bad"] == []
    old = list(runtime.versions(NOTEBOOK, python="3.10.2"))
    assert old[0].verdict == "bad"
    assert "3.10.2" in old[0].found
    missing = runtime.versions(NOTEBOOK, required=["pandas>=3"], version_of=versions_from())
    assert next(missing).fix == '%pip install "pandas>=3", and restart the kernel'


@pytest.mark.parametrize(
    ("place", "more", "installed_versions", "verdicts"),
    [
        (SHELL, {}, {}, []),
        (COLAB, {}, {}, ["good"]),
        (NOTEBOOK, {"VSCODE_PID": "1"}, {}, ["good"]),
        (NOTEBOOK, {}, {"jupyterlab_widgets": "3.0.1"}, ["good"]),
        (NOTEBOOK, {}, {}, ["note"]),
    ],
)
def test_jupyterlab_needs_jupyterlab_widgets(
    place: Place, more: dict[str, str], installed_versions: dict[str, str], verdicts: list[str]
) -> None:
    """JupyterLab needs a package beside the server; Colab and VS Code bring their own, shells need none."""
    findings = list(runtime.widgets(place, more, version_of=versions_from(**installed_versions)))
    assert [finding.verdict for finding in findings] == verdicts
    assert all("jupyterlab_widgets" in finding.fix for finding in findings if finding.verdict == "note")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CRONOFY_CLIENTID", "CRONOFY_CLIENT_ID"),
        ("CRONOFY_CLIENT_SECERT", "CRONOFY_CLIENT_SECRET"),
        ("CRONOFY_REGION", "CRONOFY_DATA_CENTER"),
        ("CRONOFY_DATACENTER", "CRONOFY_DATA_CENTER"),
        ("CRONOFY_TOKEN", "CRONOFY_ACCESS_TOKEN"),
        ("cronofy_access_token", "CRONOFY_ACCESS_TOKEN"),
        ("CRONOFY_BASE_URL", "CRONOFY_API_URL"),
    ],
)
def test_misspelt_variables_are_recognised(env: dict[str, str], box: Sandbox, name: str, meant: str) -> None:
    """A misspelt variable is bad if the intended one is not set, otherwise a note; its value is not shown."""
    finding = single_finding(run_doctor({**env, name: SECRET}, box), "variables", "bad")
    assert finding.found == f"{name} is not read: {meant} is, and is not set"
    assert finding.fix == f"export {meant}=..., and unset {name}"
    value = {"CRONOFY_DATA_CENTER": "us", "CRONOFY_API_URL": "https://api.cronofy.com"}.get(meant, "something")
    notes = [
        note.found for note in findings_of(run_doctor({**env, name: SECRET, meant: value}, box), "variables", "note")
    ]
    assert f"{name} is not read; {meant} is, and is set" in notes


@pytest.mark.parametrize("name", [*KNOWN, "CRONOFY_WEBHOOK_HOST_NAME", "PATH"])
def test_other_variables_are_not_misspelt(env: dict[str, str], box: Sandbox, name: str) -> None:
    """Correct names, also CRONOFY_DATA_CENTRE, and unrelated variables are not reported as misspelt."""
    report = run_doctor({**env, name: "de" if "CENT" in name else env.get(name, "https://api.cronofy.com")}, box)
    assert "is not read" not in repr(report)


@pytest.mark.parametrize(
    ("more", "verdict", "words", "fix"),
    [
        ({"CRONOFY_DATA_CENTER": "eu"}, "bad", "not one of the data centres", "export CRONOFY_DATA_CENTER=de"),
        ({"CRONOFY_API_URL": "api.cronofy.com"}, "bad", "not an address", "unset CRONOFY_API_URL"),
        ({"CRONOFY_API_URL": "http://example.test"}, "bad", "not https", "https://example.test"),
        ({"CRONOFY_CLIENT_ID": '"quoted"'}, "bad", "quotes", "without the quotes"),
        ({"CRONOFY_CLIENT_SECRET": f"{SECRET}\n"}, "bad", "line breaks", "export CRONOFY_CLIENT_SECRET=..."),
        ({"CRONOFY_ACCESS_TOKEN": f"{SECRET}\n"}, "note", "line breaks", "export CRONOFY_ACCESS_TOKEN=..."),
        ({"CRONOFY_CLIENT_SECRET": SECRET}, "note", "without CRONOFY_CLIENT_ID", "export CRONOFY_CLIENT_ID=..."),
        ({"CRONOFY_CLIENT_ID": "c"}, "note", "without CRONOFY_CLIENT_SECRET", "export CRONOFY_CLIENT_SECRET=..."),
        (
            {"CRONOFY_API_URL": "https://api-de.cronofy.com"},
            "note",
            "opens https://app.cronofy.com",
            "export CRONOFY_APP_URL=https://app-de.cronofy.com",
        ),
        ({"CRONOFY_APP_URL": "https://app.cronofy.com"}, "note", "without CRONOFY_API_URL", "CRONOFY_API_URL=..."),
        ({"CRONOFY_DATA_CENTER": "de", "CRONOFY_DATA_CENTRE": "uk"}, "note", "differ", "unset CRONOFY_DATA_CENTRE"),
        (
            {"CRONOFY_DATA_CENTER": "de", "CRONOFY_API_URL": "https://api.cronofy.com"},
            "note",
            "is not the host of the data centre de",
            "unset CRONOFY_API_URL",
        ),
    ],
)
def test_invalid_and_contradicting_variables(
    env: dict[str, str], box: Sandbox, more: dict[str, str], verdict: str, words: str, fix: str
) -> None:
    """Invalid values, and values that contradict each other, are reported by name, with the line that fixes them."""
    findings = [
        finding
        for finding in findings_of(run_doctor({**env, **more}, box), "variables", verdict)
        if words in finding.found
    ]
    assert len(findings) == 1, repr(run_doctor({**env, **more}, box))
    assert fix in findings[0].fix
    assert SECRET not in repr(findings)


def test_fixes_in_a_notebook_are_notebook_lines(env: dict[str, str], box: Sandbox) -> None:
    """Fixes are Python and IPython lines in a notebook, and shell lines in a shell."""
    report = run_doctor({**env, "CRONOFY_CLIENTID": "c"}, box, place=NOTEBOOK)
    fix = single_finding(report, "variables", "bad").fix
    assert fix == '%env CRONOFY_CLIENT_ID=..., and import os; os.environ.pop("CRONOFY_CLIENTID", None)'


@pytest.mark.skipif(os.name != "posix", reason="permissions are Unix's")
@pytest.mark.parametrize("target", ["file", "folder"])
def test_permissions_that_are_too_wide_are_bad(env: dict[str, str], box: Sandbox, target: str) -> None:
    """A file or folder readable by others is bad, with its chmod as the fix; it is neither read nor changed."""
    store = store_account(env, box)
    path, mode = (store.path, 0o600) if target == "file" else (store.path.parent, 0o700)
    path.chmod(mode | 0o044)
    report = run_doctor(env, box)
    finding = single_finding(report, "accounts", "bad")
    assert finding.fix.startswith(f"chmod {mode:o} {path}")
    assert f"(mode {mode | 0o044:04o})" in finding.found
    assert stat.S_IMODE(path.stat().st_mode) == mode | 0o044
    assert report.next_step == finding.fix
    assert findings_of(report, "token") == []
    path.chmod(mode)
    assert run_doctor(env, box).well


@pytest.mark.skipif(os.name != "posix", reason="links and owners are Unix's")
def test_links_and_folders_in_place_of_files_are_bad(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """Symbolic links in place of a file or folder, and folders in place of a file, are reported and not followed."""
    store = store_account(env, box)
    store.path.rename(tmp_path / "elsewhere.json")
    store.path.symlink_to(tmp_path / "elsewhere.json")
    assert "a symbolic link where a file should be" in single_finding(run_doctor(env, box), "accounts", "bad").found
    store.path.unlink()
    store.path.mkdir()
    assert "something else where a file should be" in single_finding(run_doctor(env, box), "accounts", "bad").found
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "accounts").symlink_to(store.path.parent)
    finding = single_finding(run_doctor({"CRONOFY_FRAMES_HOME": str(folder)}, box), "accounts", "bad")
    assert "a symbolic link where a folder should be" in finding.found


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_another_users_file_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """Another user's file is not read, and the fix sets another home folder."""
    store = store_account(env, box)
    os.chown(store.path, 12345, 12345)
    finding = single_finding(run_doctor(env, box), "accounts", "bad")
    assert "belongs to another user" in finding.found
    assert "CRONOFY_FRAMES_HOME" in finding.fix


def test_a_damaged_file_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """A file that cannot be read as an account is named, with a fix, and the others are still counted."""
    store_account(env, box)
    store = store_account(env, box, "bob")
    store.path.write_text("{")
    report = run_doctor(env, box)
    finding = single_finding(report, "accounts", "bad")
    assert "it is not JSON" in finding.found
    assert f"rm {store.path}" in finding.fix
    assert "2 are stored" in single_finding(report, "accounts", "good").found


def test_a_home_that_cannot_be_written_is_bad(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """If tokens cannot be stored, the report says so before sign-in."""
    (tmp_path / "home").write_text("a file where the folder should be")
    findings = findings_of(run_doctor(env, box), "accounts", "bad")
    assert any("tokens can be stored" in finding.found or "cannot be checked" in finding.found for finding in findings)
    assert all("CRONOFY_FRAMES_HOME" in finding.fix for finding in findings)


def fail_to_import(name: str) -> Any:
    """Raise ImportError, as for a package that is not installed."""
    raise ImportError(name)


def test_the_keyring_is_checked(env: dict[str, str]) -> None:
    """A usable keyring is named, a null keyring is a note, and without the package there is no finding."""
    for backend, verdict in ((MemoryKeyring(), "good"), (NoKeyring(), "note")):
        findings = [
            finding for finding in stores.stored_report(env, backend=backend).findings if finding.check == "keyring"
        ]
        assert [finding.verdict for finding in findings] == [verdict]
        assert type(backend).__module__ in findings[0].found
    assert [
        finding
        for finding in stores.stored_report(env, importing=fail_to_import).findings
        if finding.check == "keyring"
    ] == []


def test_a_locked_keyring_with_accounts_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """A keyring with an account is bad if it is locked; if not, the account is listed as stored there."""
    ring = MemoryKeyring()
    KeyringStore(ANN, backend=ring, environment=env).save(cf.Tokens(**box.tokens(ANN)))
    findings = {finding.check: finding for finding in stores.stored_report(env, backend=ring).findings}
    assert f"{ANN} (keyring)" in findings["accounts"].found
    locked = {finding.check: finding for finding in stores.stored_report(env, backend=LockedKeyring()).findings}
    assert locked["keyring"].verdict == "bad"
    assert "KeyringLocked" in locked["keyring"].found
    assert f'cf.login(account="{ANN}")' in locked["keyring"].fix


def test_a_token_in_the_environment_hides_stored_accounts(env: dict[str, str], box: Sandbox) -> None:
    """A note says that the environment's token takes precedence, over which account, and how to use the account."""
    store_account(env, box)
    report = run_doctor({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box)
    notes = findings_of(report, "credentials", "note")
    assert "CRONOFY_ACCESS_TOKEN takes precedence over the stored account" in notes[0].found
    assert f"unset CRONOFY_ACCESS_TOKEN; or cf.connect(account='{ANN}')" in notes[0].fix
    assert "the tokens of the environment" in single_finding(report, "credentials", "good").found
    assert (
        "the stored account"
        in single_finding(run_doctor({**env, "CRONOFY_ACCESS_TOKEN": "a"}, box, ANN), "credentials").found
    )


def test_with_several_accounts_one_has_to_be_named(env: dict[str, str], box: Sandbox) -> None:
    """With several accounts the next step is to name one; an unknown name is bad."""
    store_account(env, box)
    store_account(env, box, "bob")
    report = run_doctor(env, box)
    assert report.well
    assert report.next_step == f"cf.doctor('{ANN}'), or in a shell: cronofy-frames doctor --account {ANN}"
    assert "bob" in single_finding(report, "credentials").found
    assert "the stored account bob" in single_finding(run_doctor(env, box, "bob"), "credentials", "good").found
    assert "No account is stored as 'eve'" in single_finding(run_doctor(env, box, "eve"), "credentials", "bad").found


def test_credentials_that_cannot_be_renewed(env: dict[str, str], box: Sandbox) -> None:
    """Without refresh token the fix is sign-in, without application to set it; the application alone is a note."""
    tokens = box.tokens(ANN)
    token_only = run_doctor({**env, "CRONOFY_ACCESS_TOKEN": tokens["access_token"]}, box)
    assert token_only.well
    assert "cf.login()" in single_finding(token_only, "credentials", "note").fix
    store_account(env, box, client_id=None, client_secret=None)
    finding = single_finding(run_doctor(env, box), "credentials", "note")
    assert finding.fix == "export CRONOFY_CLIENT_ID=...; export CRONOFY_CLIENT_SECRET=..."
    application_only = run_doctor(application_variables(box, CRONOFY_FRAMES_HOME=env["CRONOFY_FRAMES_HOME"] + "2"), box)
    assert "the application alone" in single_finding(application_only, "credentials", "note").found
    assert application_only.next_step.startswith("cf.login()")
    assert single_finding(application_only, "application").verdict == "good"


def test_an_unknown_data_center_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """An unknown data_center is a finding, not an exception, and no request is sent."""
    with pytest.raises(ValueError, match="are the same argument"):
        run_doctor(env, box, data_center="us", data_centre="uk")
    report = run_doctor(env, box, data_centre="eu")
    assert "European data centre is de" in single_finding(report, "credentials", "bad").found
    assert findings_of(report, "network") == []


def test_no_secret_is_sent_to_another_data_center(env: dict[str, str], box: Sandbox) -> None:
    """If the account belongs to another data center than the argument, neither token nor secret is sent."""
    inner = InProcessTransport(box)  # type: ignore[arg-type]
    transport = RecordingTransport(inner.handle_request)
    store_account(env, box, api_url="https://api-de.cronofy.com")
    report = run_doctor(env, transport=transport, data_center="us")
    assert "belongs to https://api-de.cronofy.com" in single_finding(report, "credentials", "bad").found
    assert transport.requests
    for secret in (*box.tokens(ANN).values(), box.client_secret):
        assert secret not in transport.sent_text
    assert "Authorization" not in transport.sent_text


def test_the_data_center_of_the_account_is_used(env: dict[str, str], box: Sandbox) -> None:
    """It takes precedence over the environment's, as in `connect`, and no other host gets a request."""
    transport = RecordingTransport(InProcessTransport(box).handle_request)  # type: ignore[arg-type]
    store_account(env, box, api_url="https://api-de.cronofy.com", client_secret=None)
    report = run_doctor({**env, **application_variables(box, CRONOFY_DATA_CENTER="us")}, transport=transport)
    finding = single_finding(report, "credentials", "note")
    assert finding.found == "the account's own data centre, de, is used; CRONOFY_DATA_CENTER=us is for new sign-ins"
    assert single_finding(report, "token").verdict == "good"
    assert {request.url.host for request in transport.requests} == {"api-de.cronofy.com", "app-de.cronofy.com"}


@pytest.mark.parametrize("other", [{}, {"CRONOFY_CLIENT_ID": "another"}])
def test_an_expired_token_without_secret_needs_the_secret(
    env: dict[str, str], box: Sandbox, other: dict[str, str]
) -> None:
    """With a refresh token and no client secret, setting the secret is the fix, without a new sign-in."""
    store_account(env, box, client_secret=None)
    box.expire(box.tokens(ANN)["access_token"])
    finding = single_finding(run_doctor({**env, **other}, box), "token", "bad")
    assert "export CRONOFY_CLIENT_SECRET=..." in finding.fix
    assert finding.fix.startswith("unset CRONOFY_CLIENT_ID") is bool(other)
    assert "cf.login" not in finding.fix


def failing_network(kind: str) -> Callable[[httpx.Request], httpx.Response]:
    """Return a function that fails as the network does."""
    causes: dict[str, Exception] = {
        "gaierror": socket.gaierror(-2, "Name or service not known"),
        "certificate": ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
        "refused": ConnectionRefusedError(111, "Connection refused"),
    }

    def fail(request: httpx.Request) -> httpx.Response:
        if kind == "proxy":
            raise httpx.ProxyError("407 Proxy Authentication Required", request=request)
        raise httpx.ConnectError(str(causes[kind]), request=request) from causes[kind]

    return fail


@pytest.mark.parametrize(
    ("kind", "more", "words", "fix"),
    [
        ("gaierror", {}, "its name cannot be resolved", "curl -sI https://api.cronofy.com"),
        ("gaierror", {"HTTPS_PROXY": "http://p.test:3128"}, "its name cannot be resolved", "the proxy in HTTPS_PROXY"),
        ("certificate", {"REQUESTS_CA_BUNDLE": "/ca.pem"}, "not trusted", "export SSL_CERT_FILE=/ca.pem"),
        ("refused", {}, "the connection was refused", "https://api.cronofy.com"),
        (
            "proxy",
            {"https_proxy": "http://p.test:3128"},
            "the proxy refused the connection",
            "export NO_PROXY=api.cronofy.com",
        ),
    ],
)
def test_network_errors_are_distinguished_by_cause(
    env: dict[str, str], box: Sandbox, kind: str, more: dict[str, str], words: str, fix: str
) -> None:
    """Names, certificates, ports and proxies have different fixes, and no further request is sent."""
    store_account(env, box)
    transport = RecordingTransport(failing_network(kind))
    report = run_doctor({**env, **more}, transport=transport)
    finding = single_finding(report, "network", "bad")
    assert words in finding.found
    assert fix in finding.fix
    assert len(transport.requests) == 2  # both hosts once, at the same time
    assert findings_of(report, "token") == []


def test_a_closed_port_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """A refused connection is bad."""
    store_account(env, box, api_url=f"http://127.0.0.1:{free_port()}")
    finding = single_finding(run_doctor(env), "network")
    assert finding.verdict == "bad"
    assert "the connection was refused" in finding.found


def test_a_host_without_tls_is_bad(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """An https URL of a plain http server is distinguished from an untrusted certificate."""
    store_account(env, box, api_url=served.url.replace("http:", "https:"))
    finding = single_finding(run_doctor(env), "network", "bad")
    assert "it does not use TLS" in finding.found


def test_a_host_that_never_responds_times_out(env: dict[str, str], box: Sandbox) -> None:
    """A silent host and a hanging name lookup are findings after the timeout, while they still hang."""
    released, answers = threading.Event(), []

    def forever(_: httpx.Request) -> httpx.Response:
        released.wait(60)
        answers.append(httpx.Response(200))
        return answers[0]

    with socket.create_server(("127.0.0.1", 0)) as silent:
        store_account(env, box, api_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        for more in ({}, {"transport": RecordingTransport(forever)}):
            finding = single_finding(run_doctor(env, timeout=0.1, **more), "network")
            assert answers == []
            assert finding.verdict == "bad"
            assert "in time" in finding.found or "within 0.1 s" in finding.found
        released.set()


def test_proxies_are_named_without_their_passwords(env: dict[str, str], box: Sandbox) -> None:
    """The proxy is named, with the fact that it has a password, but not the password."""
    more = {"HTTPS_PROXY": f"http://ann:{SECRET}@proxy.test:3128", "NO_PROXY": "localhost", "ALL_PROXY": "gopher://x"}
    report = run_doctor({**env, **more}, box)
    proxies = single_finding(report, "proxies", "good").found
    assert "HTTPS_PROXY http://proxy.test:3128 with a password" in proxies
    assert "NO_PROXY excludes some hosts" in proxies
    assert "ALL_PROXY is not an address" in single_finding(report, "proxies", "bad").found
    assert SECRET not in repr(report)


def test_a_missing_certificate_file_is_bad(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """SSL_CERT_FILE of a missing file makes every client fail, and the fix unsets it."""
    gone = run_doctor({**env, "SSL_CERT_FILE": str(tmp_path / "gone.pem")}, box)
    assert single_finding(gone, "certificates", "bad").fix == "unset SSL_CERT_FILE"
    (tmp_path / "ca.pem").write_text("")
    assert (
        single_finding(run_doctor({**env, "SSL_CERT_FILE": str(tmp_path / "ca.pem")}, box), "certificates").verdict
        == "good"
    )


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (httpx.Response(200, html="<h1>Welcome to the hotel</h1>"), "this is not Cronofy's API"),
        (httpx.Response(302, headers={"Location": "https://portal.test"}), "this is not Cronofy's API"),
        (httpx.Response(404), "this is not Cronofy's API"),
        (httpx.Response(503), "with 503: it fails"),
        (httpx.Response(407), "the proxy wants a user and a password"),
    ],
)
def test_a_response_that_is_not_cronofys_is_bad(
    env: dict[str, str], box: Sandbox, response: httpx.Response, words: str
) -> None:
    """A hotel's page, another server or a failing one is distinguished from Cronofy, and gets no token."""
    store_account(env, box)
    transport = RecordingTransport(lambda _: response)
    assert words in single_finding(run_doctor(env, transport=transport), "network", "bad").found
    assert "Authorization" not in transport.sent_text


def test_an_unexpected_exception_is_a_finding(env: dict[str, str], box: Sandbox) -> None:
    """An unexpected exception is reported by its type, without its text, and not raised."""

    def explode(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(SECRET)

    store_account(env, box)
    report = run_doctor(env, transport=RecordingTransport(explode))
    assert "RuntimeError" in single_finding(report, "network").found
    assert SECRET not in repr(report)


@pytest.mark.parametrize(
    ("apart", "verdict", "words"),
    [
        (timedelta(seconds=20), "good", "within"),
        (timedelta(minutes=2), "note", "2 min fast"),
        (timedelta(minutes=-10), "bad", "10 min slow"),
        (timedelta(days=1), "bad", "24 h fast"),
        (timedelta(days=90), "good", "a clock of its own: 2026-03-04"),
    ],
)
def test_the_clock_is_compared_with_the_server(
    env: dict[str, str], box: Sandbox, served: Any, apart: timedelta, verdict: str, words: str
) -> None:
    """The difference to the response's date is good below a minute, a note from one minute and bad from five."""
    store_account(env, box, api_url=served.url)
    finding = single_finding(run_doctor(env, clock=lambda: box.now() + apart), "clock")
    assert finding.verdict == verdict
    assert words in finding.found
    assert bool(finding.fix) is (verdict != "good")


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_an_unknown_application_is_bad(env: dict[str, str], box: Sandbox, served: Any, name: str) -> None:
    """A wrong id or secret is bad, with a hint at the data center, and the secret is not shown."""
    store_account(env, box, api_url=served.url, **{name: SECRET})
    finding = single_finding(run_doctor(env), "application", "bad")
    assert "knows no application" in finding.found
    assert "app-de.cronofy.com" in finding.fix
    assert "data_center=" in finding.fix
    if name == "client_secret":
        assert SECRET not in repr(finding)


def test_an_application_that_cannot_be_checked_is_a_note(env: dict[str, str]) -> None:
    """If the server fails, nothing is known about the application."""
    box = small_box(faults=[Fault("status", route="POST /oauth/token/revoke", status=503)])
    with serve(box) as served:
        store_account(env, box, api_url=served.url)
        report = run_doctor(env)
    assert single_finding(report, "application").verdict == "note"
    assert single_finding(report, "token").verdict == "good"


def test_an_expired_token_is_renewed_and_saved(env: dict[str, str], box: Sandbox) -> None:
    """An expired access token is renewed and saved, and the finding says so."""
    store = store_account(env, box)
    old = store.load()
    assert old is not None
    box.expire(old.access_token or "")
    report = run_doctor(env, box)
    new = store.load()
    assert report.well
    assert "it had expired and was renewed now" in single_finding(report, "token").found
    assert new is not None
    assert new.access_token not in (None, old.access_token)
    with cf.connect(environment=env) as client:
        assert client.tokens == new


def test_a_revoked_authorization_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """The fix is the line that signs the account in again."""
    store_account(env, box)
    box.revoke(box.tokens(ANN)["refresh_token"])
    report = run_doctor(env, box)
    finding = single_finding(report, "token", "bad")
    assert "was revoked" in finding.found
    assert finding.fix == f'cf.login(account="{ANN}"), or in a shell: cronofy-frames login --account {ANN}'
    assert report.next_step == finding.fix


def test_an_expired_token_of_the_environment_is_bad(env: dict[str, str], box: Sandbox) -> None:
    """The fix unsets it before signing in, since it would take precedence over the new account."""
    box.expire(box.access_token)
    finding = single_finding(run_doctor({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box), "token", "bad")
    assert "belongs to another data centre" in finding.found
    assert finding.fix.startswith("unset CRONOFY_ACCESS_TOKEN, then cf.login()")


def test_a_renewal_that_fails_for_the_application(env: dict[str, str], box: Sandbox) -> None:
    """If the application is wrong, correcting it comes first, and signing in again is the alternative."""
    store_account(env, box, client_secret="wrong")
    box.expire(box.tokens(ANN)["access_token"])
    report = run_doctor(env, box)
    assert broken_checks(report) == ["application", "token"]
    assert "correct client_id and client_secret" in single_finding(report, "token").fix


def test_a_server_error_is_not_an_error_of_the_token(env: dict[str, str], box: Sandbox) -> None:
    """A 5xx of user_info is a note, after a single request without retries."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" in request.headers:
            return httpx.Response(502, text=f"Bad {request.headers['Authorization']}")
        return InProcessTransport(box).handle_request(request)  # type: ignore[arg-type]

    store_account(env, box, client_secret=None)
    transport = RecordingTransport(answer)
    report = run_doctor(env, transport=transport)
    finding = single_finding(report, "token")
    assert finding.verdict == "note"
    assert "502" in finding.found
    assert transport.sent_text.count("'Authorization'") == 1
    assert box.tokens(ANN)["access_token"] not in repr(report)


def tokens_with_scope(box: Sandbox, served: Any, scope: str) -> dict[str, Any]:
    """Approve only this scope as Ann, and return the token response."""
    redirect_uri = "http://127.0.0.1:8765/"
    request = {"redirect_uri": redirect_uri, "state": "s", "scope": scope, "app_url": served.url, "environment": {}}
    page = cf.authorize_url(client_id=box.client_id, **request)  # type: ignore[arg-type]
    with cf.connect(
        base_url=served.url, client_id=box.client_id, client_secret=box.client_secret, store="memory", environment={}
    ) as client:
        response: dict[str, Any] = client.request_access_token(
            code=cf.code_of(answer_page(page), state="s"), redirect_uri=redirect_uri
        )
    return response


@pytest.mark.parametrize(
    ("scope", "refused", "login"),
    [
        ("read_events", ["new and changed rows", "deletions and cf.undo"], "read_events create_event delete_event"),
        ("read_only", ["new and changed rows", "deletions and cf.undo"], "read_only create_event delete_event"),
        (
            "read_free_busy list_calendars create_event",
            ["cf.read_events", "deletions and cf.undo"],
            "read_free_busy list_calendars create_event read_events delete_event",
        ),
        (
            "read_account",
            ["cf.read_calendars", "cf.read_events", "cf.read_free_busy", "new and changed", "deletions"],
            "read_account list_calendars read_events read_free_busy create_event delete_event",
        ),
    ],
)
def test_functions_that_a_scope_lacks_are_named(
    env: dict[str, str], box: Sandbox, served: Any, scope: str, refused: list[str], login: str
) -> None:
    """The finding lists the refused functions; the fix requests the missing scopes and keeps the others."""
    FileStore(ANN, environment=env).save(
        cf.Tokens(api_url=served.url, app_url=served.url).renewed(
            tokens_with_scope(box, served, scope), datetime.now(UTC)
        )
    )
    report = run_doctor({**env, "CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url})
    finding = single_finding(report, "scope", "note")
    assert all(words in finding.found for words in refused)
    assert f'cf.login(scope="{login}", account="{ANN}")' in finding.fix
    assert f"cronofy-frames login --scope '{login}'" in finding.fix


def test_implied_scopes_count(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """read_events includes free/busy, a coarse scope its parts, and scopes that login does not request are named."""
    usual = "read_account list_calendars read_events create_event delete_event"
    for scope, words in ((usual, "(read_events includes read_free_busy)"), ("read_write", "reading and writing work")):
        token = tokens_with_scope(box, served, scope)["access_token"]
        finding = single_finding(run_doctor({**env, "CRONOFY_ACCESS_TOKEN": token}, box), "scope", "good")
        assert words in finding.found
        assert ("client.create_calendar" in finding.found) is (scope == usual)


def test_a_service_account_is_recognised(env: dict[str, str], box: Sandbox) -> None:
    """A service account's token is not reported for missing calendar scopes."""
    token = box.service_account_token
    report = run_doctor({**env, "CRONOFY_ACCESS_TOKEN": token}, box)
    assert "for the service account" in single_finding(report, "token").found
    assert "authorize_with_service_account" in single_finding(report, "scope", "good").found


def test_disconnected_profiles_are_bad(env: dict[str, str], box: Sandbox) -> None:
    """The fix of a disconnected profile returns its page when it is run; a first sync is a note."""
    profile = box.account(ANN).profiles[0]
    profile.profile_initial_sync_required = True
    variables = {**env, "CRONOFY_ACCESS_TOKEN": box.access_token}
    assert "not fully synchronised yet" in single_finding(run_doctor(variables, box), "profiles", "note").found
    with cf.connect(sandbox=box) as client:
        client.revoke_profile_authorization(profile.profile_id)
        finding = single_finding(run_doctor(variables, box), "profiles", "bad")
        assert "is not connected any more" in finding.found
        line = (
            finding.fix.removeprefix("link it again: cf.authorize(").removesuffix(")").replace("cf.connect()", "client")
        )
        assert eval(line, {"cf": cf, "client": client}).endswith(f"/relink/{profile.profile_id}")


def test_disconnected_conferencing_is_a_note(env: dict[str, str], box: Sandbox) -> None:
    """Calendars can still be read; the fix returns the page when it is run."""
    zoom = {"provider_name": "zoom", "profile_id": "pro_zoom", "profile_name": "ann", "profile_connected": False}
    box.account(ANN).conferencing_profiles.append(zoom)
    finding = single_finding(run_doctor({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box), "profiles", "note")
    assert "the conferencing of zoom ann" in finding.found
    line = finding.fix.removeprefix("cf.authorize(").partition(", redirect_uri='http://127.0.0.1:8765/')")[0]
    with cf.connect(sandbox=box) as client:
        page = line.replace("cf.connect()", "client").partition("['authorization_request']")
        assert page[1]
        assert eval("".join(page), {"client": client}).startswith("http")


def test_other_authorization_statuses_are_shown(env: dict[str, str]) -> None:
    """Any other status of an authorization is shown, and unusual responses raise nothing."""
    for data in ({"authorization": {"status": "suspended"}}, {"profiles": [None, {}]}, "odd", None):

        def answer(request: httpx.Request, data: Any = data) -> httpx.Response:
            signed = "Authorization" in request.headers
            return httpx.Response(200, json={"sub": "acc_1", "cronofy.data": data}) if signed else httpx.Response(401)

        report = run_doctor({**env, "CRONOFY_ACCESS_TOKEN": "t" * 32}, transport=RecordingTransport(answer))
        assert ("suspended" in repr(report)) is (data == {"authorization": {"status": "suspended"}})
        assert "could not be looked at" not in repr(report)


def test_no_secret_is_shown(env: dict[str, str]) -> None:
    """Tokens, secrets and passwords are in no representation of a report, even if servers echo them."""
    planted = {name: f"{SECRET}-{name}" for name in ("access", "refresh", "client", "proxy", "url", "file")}
    FileStore(ANN, environment=env).save(cf.Tokens(planted["file"], planted["file"], client_secret=planted["file"]))
    variables = {
        **env,
        "CRONOFY_ACCESS_TOKEN": planted["access"],
        "CRONOFY_REFRESH_TOKEN": planted["refresh"],
        "CRONOFY_CLIENT_ID": "c",
        "CRONOFY_CLIENT_SECRET": planted["client"],
        "CRONOFY_API_URL": f"https://ann:{planted['url']}@api.example.test",
        "HTTPS_PROXY": f"http://ann:{planted['proxy']}@proxy.test:3128",
        "CRONOFY_CLIENTSECRET": planted["client"],
    }

    def echo(request: httpx.Request) -> httpx.Response:
        text = f"{request.headers} {request.read()!r} {planted}"
        return httpx.Response(401 if "Authorization" not in request.headers else 400, text=text)

    for account in (None, ANN):
        report = run_doctor(variables, transport=RecordingTransport(echo), account=account)
        texts = [
            repr(report),
            report._repr_html_(),
            report.frame().to_csv(),
            repr(report.findings),
            report.next_step,
        ]
        for value in planted.values():
            assert not any(value in text for text in texts)


def test_text_and_html_of_a_report() -> None:
    """Text is aligned, each fix below its finding, the next step last; HTML is escaped and names the verdicts."""
    report = DoctorReport(
        (
            Finding("a", "good", "fine", "nothing"),
            Finding("long", "note", "so", "do <b>"),
            Finding("c", "bad", "<x>", "go"),
        )
    )
    assert repr(report).splitlines() == [
        "a     good  fine",
        "long  note  so",
        "            fix: do <b>",
        "c     bad   <x>",
        "            fix: go",
        "",
        "Something is broken: 1 good, 1 note, 1 bad. Next: go",
    ]
    page = report._repr_html_()
    assert "&lt;x&gt;" in page
    assert "<b>" not in page.replace("<div><b>", "")
    assert all(f">{verdict}</td>" in page for verdict in ("good", "note", "bad"))


def test_a_report_is_a_frame() -> None:
    """Findings are rows of text; an empty report has the same columns and is well."""
    frame = DoctorReport((Finding("a", "bad", "b", "c"),)).frame()
    assert frame.to_dict("records") == [{"check": "a", "verdict": "bad", "found": "b", "fix": "c"}]
    assert set(map(str, frame.dtypes)) == set(map(str, DoctorReport(()).frame().dtypes)) == {"str"}
    assert DoctorReport(()).well


def test_the_doctor_command(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """The exit code is 0 if nothing is bad, else 1; --json prints the same findings on one line."""
    store_account(env, box, api_url=served.url)
    good = run_command("doctor", **env)
    assert good.returncode == 0, good.stdout
    assert good.stdout.decode().splitlines()[-1].endswith("Next: client = cf.connect()")
    assert good.stderr == b""
    box.revoke(box.tokens(ANN)["refresh_token"])
    process = run_command("doctor", "--account", "ann", "--json", **env)
    assert process.returncode == 1
    printed = json.loads(process.stdout)
    assert printed["well"] is False
    assert printed["next_step"].startswith("cf.login(")
    assert {"check", "verdict", "found", "fix"} == set(printed["findings"][0])


def test_a_proxy_of_the_process_that_is_down_is_bad(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """The process's proxy variables are used, and a dead proxy is named without its password."""
    store_account(env, box, api_url=served.url)
    process = run_command("doctor", HTTP_PROXY=f"http://ann:{SECRET}@127.0.0.1:{free_port()}", **env)
    assert process.returncode == 1
    assert b"check that the proxy in HTTP_PROXY works" in process.stdout
    assert SECRET.encode() not in process.stdout + process.stderr
    socks = run_command("doctor", ALL_PROXY="socks5://127.0.0.1:1", **env)
    assert b'pip install "httpx[socks]"' in socks.stdout
    gone = run_command("doctor", SSL_CERT_FILE="/none/ca.pem", **env)
    assert b"unset SSL_CERT_FILE" in gone.stdout.splitlines()[-1]
