"""What `doctor` finds: each finding from a real cause, with the line that mends it."""

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


class Through(httpx.BaseTransport):
    """Keeps each request, and answers or fails as a function says."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Note the request and answer it."""
        self.asked.append(request)
        return self._answer(request)

    @property
    def said(self) -> str:
        """All that was said, headers and bodies."""
        return "\n".join(f"{one.url} {one.headers.raw} {one.read()!r}" for one in self.asked)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Variables of somebody who has set nothing."""
    return {"CRONOFY_FRAMES_HOME": str(tmp_path / "home")}


def known(box: Sandbox, **more: str) -> dict[str, str]:
    """Return the variables of the application."""
    return {"CRONOFY_CLIENT_ID": box.client_id, "CRONOFY_CLIENT_SECRET": box.client_secret, **more}


def keep(env: dict[str, str], box: Sandbox, name: str = ANN, **more: Any) -> FileStore:
    """Store Ann's account, as `login` does."""
    store = FileStore(name, environment=env)
    own = {"client_id": box.client_id, "client_secret": box.client_secret, "scope": "read_events"}
    store.save(cf.Tokens(**{**box.tokens(ANN), **own, **more}))
    return store


def look(env: dict[str, str], box: Sandbox | None = None, account: str | None = None, **more: Any) -> DoctorReport:
    """Return what is found, with the sandbox for a network."""
    transport = {"transport": InProcessTransport(box)} if box is not None else {}  # type: ignore[arg-type]
    return doctor(account, environment=env, **{"place": SHELL, **transport, **more})


def of(checkup: DoctorReport, check: str, verdict: str | None = None) -> list[Finding]:
    """Return the findings of a check."""
    return [one for one in checkup.findings if one.check == check and verdict in (None, one.verdict)]


def the(checkup: DoctorReport, check: str, verdict: str | None = None) -> Finding:
    """Return the one finding of a check."""
    found = of(checkup, check, verdict)
    assert len(found) == 1, repr(checkup)
    return found[0]


def bad(checkup: DoctorReport) -> list[str]:
    """Return what is broken, by check."""
    return [one.check for one in checkup.findings if one.verdict == "bad"]


def test_a_working_account_is_well(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """A stored account at a served sandbox: nothing is broken, each check has its line, and the next step connects."""
    store = keep(env, box, api_url=served.url, expires_at=datetime.now(UTC) + timedelta(minutes=42))
    checkup = look(env)
    assert checkup.well, repr(checkup)
    assert f"the stored account {ANN} (file)" in the(checkup, "credentials").found
    assert the(checkup, "credentials").found.endswith("they are renewed automatically")
    assert "responded in" in the(checkup, "network").found
    assert the(checkup, "clock").verdict == "good"
    assert the(checkup, "application").verdict == "good"
    assert f"the account {ANN}; it expires in 42 min and is renewed automatically" in the(checkup, "token").found
    assert the(checkup, "profiles").found == f"google {ANN} is connected"
    assert checkup.next_step == "client = cf.connect()"
    assert look(env, account="ann").next_step == "client = cf.connect(account='ann')"
    assert store.load() is not None


def test_nothing_set_up_is_no_fault(env: dict[str, str], box: Sandbox) -> None:
    """With nothing configured it says so kindly, names both next steps, and is well, also without a network."""
    for transport in (InProcessTransport(box), Through(lost("gaierror"))):  # type: ignore[arg-type]
        checkup = look(env, transport=transport)
        assert checkup.well, repr(checkup)
        assert "which is fine" in the(checkup, "credentials").found
        assert "cf.connect(sandbox=True)" in checkup.next_step
        assert "cf.login()" in checkup.next_step


def test_nothing_is_changed_and_nothing_is_printed(
    env: dict[str, str], box: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Files, their permissions and their times stay as they were, those that ought to be mended too; all is silent."""
    keep(env, box)
    keep(env, box, "bob").path.chmod(0o644)

    def state() -> list[Any]:
        seen = [(path, path.lstat()) for path in sorted(tmp_path.rglob("*"))]
        return [(path, one.st_mode, one.st_mtime_ns, path.is_file() and path.read_bytes()) for path, one in seen]

    before = state()
    look(env, box)
    look({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box)
    look({"CRONOFY_FRAMES_HOME": str(tmp_path / "new")}, box)
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
def test_the_way_of_a_sign_in_is_told(place: Place, more: dict[str, str], words: str) -> None:
    """Where this runs, which flow login would take there, and why."""
    told = runtime.place_finding(place, more)
    assert told.verdict == "good"
    assert words in told.found
    assert place.name in told.found


def test_a_redirect_uri_that_is_none_is_told() -> None:
    """Login could not begin with it; the fix sets one that works."""
    told = runtime.place_finding(SHELL, {"CRONOFY_REDIRECT_URI": "nowhere"})
    assert told.verdict == "bad"
    assert told.fix == "export CRONOFY_REDIRECT_URI=http://127.0.0.1:8765/"


def installed(**versions: str) -> Callable[[str], str]:
    """Return what says which versions are installed."""

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
]


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ({"pandas": "3.0.0rc1", "httpx": "0.28.1", "tzdata": "2025.2", "keyring": "25", "x": "1"}, []),
        ({"pandas": "2.3.3", "httpx": "0.28.1", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["pandas>=3.0"]),
        ({"pandas": "3.1", "httpx": "0.9", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["httpx>=0.28.1,<1"]),
        ({"pandas": "10.0", "httpx": "1.0", "tzdata": "2025.2", "keyring": "25", "x": "1"}, ["httpx>=0.28.1,<1"]),
        ({"pandas": "3.1", "httpx": "0.28.10", "keyring": "25", "x": "1"}, ["tzdata"]),
        ({"pandas": "3.1", "httpx": "0.29", "tzdata": "1", "x": "1"}, ["cronofy-frames[keyring]"]),
    ],
)
def test_versions_are_compared_with_the_metadata(versions: dict[str, str], told: list[str]) -> None:
    """What is too old, too new or missing has the line that installs it; an extra that is missing is a note."""
    found = list(runtime.versions(SHELL, required=REQUIRED, version_of=installed(**versions)))
    wrong = [one for one in found if one.verdict != "good"]
    assert [one.fix for one in wrong] == [f'pip install "{what}"' for what in told]
    assert {one.verdict for one in wrong} <= ({"note"} if "cronofy-frames[keyring]" in told else {"bad"})


def test_what_is_installed_here_is_enough() -> None:
    """The package's own metadata can be read, and this environment fits it; an old Python does not."""
    assert [one for one in runtime.versions(SHELL) if one.verdict == "bad"] == []
    old = list(runtime.versions(NOTEBOOK, python="3.10.2"))
    assert old[0].verdict == "bad"
    assert "3.10.2" in old[0].found
    missing = runtime.versions(NOTEBOOK, required=["pandas>=3"], version_of=installed())
    assert next(missing).fix == '%pip install "pandas>=3", and restart the kernel'


@pytest.mark.parametrize(
    ("place", "more", "there", "verdicts"),
    [
        (SHELL, {}, {}, []),
        (COLAB, {}, {}, ["good"]),
        (NOTEBOOK, {"VSCODE_PID": "1"}, {}, ["good"]),
        (NOTEBOOK, {}, {"jupyterlab_widgets": "3.0.1"}, ["good"]),
        (NOTEBOOK, {}, {}, ["note"]),
    ],
)
def test_the_page_of_a_notebook_needs_its_part(
    place: Place, more: dict[str, str], there: dict[str, str], verdicts: list[str]
) -> None:
    """In JupyterLab widgets need a package beside the server; Colab and VS Code bring their own, shells have none."""
    found = list(runtime.widgets(place, more, version_of=installed(**there)))
    assert [one.verdict for one in found] == verdicts
    assert all("jupyterlab_widgets" in one.fix for one in found if one.verdict == "note")


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
    """A near miss is broken while what was meant is not set, and a note where it is; its value is not said."""
    told = the(look({**env, name: SECRET}, box), "variables", "bad")
    assert told.found == f"{name} is not read: {meant} is, and is not set"
    assert told.fix == f"export {meant}=..., and unset {name}"
    value = {"CRONOFY_DATA_CENTER": "us", "CRONOFY_API_URL": "https://api.cronofy.com"}.get(meant, "something")
    noted = [one.found for one in of(look({**env, name: SECRET, meant: value}, box), "variables", "note")]
    assert f"{name} is not read; {meant} is, and is set" in noted


@pytest.mark.parametrize("name", [*KNOWN, "CRONOFY_WEBHOOK_HOST_NAME", "PATH"])
def test_other_variables_are_left_alone(env: dict[str, str], box: Sandbox, name: str) -> None:
    """Names that are right, CRONOFY_DATA_CENTRE too, and names of others are not called misspelt."""
    checkup = look({**env, name: "de" if "CENT" in name else env.get(name, "https://api.cronofy.com")}, box)
    assert "is not read" not in repr(checkup)


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
def test_what_variables_contradict_is_told(
    env: dict[str, str], box: Sandbox, more: dict[str, str], verdict: str, words: str, fix: str
) -> None:
    """Wrong values, and values that do not go together, are told by name, with the line that mends them."""
    found = [one for one in of(look({**env, **more}, box), "variables", verdict) if words in one.found]
    assert len(found) == 1, repr(look({**env, **more}, box))
    assert fix in found[0].fix
    assert SECRET not in repr(found)


def test_a_notebook_is_given_lines_for_a_notebook(env: dict[str, str], box: Sandbox) -> None:
    """Lines to copy are Python's and IPython's there, and a shell's in a shell."""
    checkup = look({**env, "CRONOFY_CLIENTID": "c"}, box, place=NOTEBOOK)
    told = the(checkup, "variables", "bad").fix
    assert told == '%env CRONOFY_CLIENT_ID=..., and import os; os.environ.pop("CRONOFY_CLIENTID", None)'


@pytest.mark.skipif(os.name != "posix", reason="permissions are Unix's")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_permissions_that_are_too_wide_are_told_and_left(env: dict[str, str], box: Sandbox, what: str) -> None:
    """A file or folder that others can look into is broken, with its chmod; it is neither read nor mended."""
    store = keep(env, box)
    path, mode = (store.path, 0o600) if what == "file" else (store.path.parent, 0o700)
    path.chmod(mode | 0o044)
    checkup = look(env, box)
    told = the(checkup, "accounts", "bad")
    assert told.fix.startswith(f"chmod {mode:o} {path}")
    assert f"(mode {mode | 0o044:04o})" in told.found
    assert stat.S_IMODE(path.stat().st_mode) == mode | 0o044
    assert checkup.next_step == told.fix
    assert of(checkup, "token") == []
    path.chmod(mode)
    assert look(env, box).well


@pytest.mark.skipif(os.name != "posix", reason="links and owners are Unix's")
def test_what_stands_in_a_files_place_is_told(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """Symbolic links, for a file and for the folder, and other things than files are told and not followed."""
    store = keep(env, box)
    store.path.rename(tmp_path / "elsewhere.json")
    store.path.symlink_to(tmp_path / "elsewhere.json")
    assert "a symbolic link where a file should be" in the(look(env, box), "accounts", "bad").found
    store.path.unlink()
    store.path.mkdir()
    assert "something else where a file should be" in the(look(env, box), "accounts", "bad").found
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "accounts").symlink_to(store.path.parent)
    told = the(look({"CRONOFY_FRAMES_HOME": str(folder)}, box), "accounts", "bad")
    assert "a symbolic link where a folder should be" in told.found


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_another_users_file_is_told(env: dict[str, str], box: Sandbox) -> None:
    """A file of somebody else is not read, and a folder of one's own is the way out."""
    store = keep(env, box)
    os.chown(store.path, 12345, 12345)
    told = the(look(env, box), "accounts", "bad")
    assert "belongs to another user" in told.found
    assert "CRONOFY_FRAMES_HOME" in told.fix


def test_a_damaged_file_is_told(env: dict[str, str], box: Sandbox) -> None:
    """What cannot be read as an account is named, with what to do, and the others are counted all the same."""
    keep(env, box)
    store = keep(env, box, "bob")
    store.path.write_text("{")
    checkup = look(env, box)
    told = the(checkup, "accounts", "bad")
    assert "it is not JSON" in told.found
    assert f"rm {store.path}" in told.fix
    assert "2 are stored" in the(checkup, "accounts", "good").found


def test_a_home_that_cannot_be_written_is_told(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """Where tokens cannot be kept it says so, before anybody signs in."""
    (tmp_path / "home").write_text("a file where the folder should be")
    told = of(look(env, box), "accounts", "bad")
    assert any("tokens can be stored" in one.found or "cannot be checked" in one.found for one in told)
    assert all("CRONOFY_FRAMES_HOME" in one.fix for one in told)


def missing(name: str) -> Any:
    """Find no package."""
    raise ImportError(name)


def test_the_keyring_is_looked_at(env: dict[str, str]) -> None:
    """One that can be used is named, one that keeps nothing is a note, and without the package there is no word."""
    for backend, verdict in ((MemoryKeyring(), "good"), (NoKeyring(), "note")):
        told = [one for one in stores.stored_report(env, backend=backend).findings if one.check == "keyring"]
        assert [one.verdict for one in told] == [verdict]
        assert type(backend).__module__ in told[0].found
    assert [one for one in stores.stored_report(env, importing=missing).findings if one.check == "keyring"] == []


def test_a_locked_keyring_is_told_for_accounts_that_rest_there(env: dict[str, str], box: Sandbox) -> None:
    """An account in a keyring that cannot be opened is broken; in one that can it is counted as resting there."""
    ring = MemoryKeyring()
    KeyringStore(ANN, backend=ring, environment=env).save(cf.Tokens(**box.tokens(ANN)))
    told = {one.check: one for one in stores.stored_report(env, backend=ring).findings}
    assert f"{ANN} (keyring)" in told["accounts"].found
    locked = {one.check: one for one in stores.stored_report(env, backend=LockedKeyring()).findings}
    assert locked["keyring"].verdict == "bad"
    assert "KeyringLocked" in locked["keyring"].found
    assert f'cf.login(account="{ANN}")' in locked["keyring"].fix


def test_a_token_in_the_environment_hides_stored_accounts(env: dict[str, str], box: Sandbox) -> None:
    """It is said that it counts, what it hides, and how to have the other."""
    keep(env, box)
    checkup = look({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box)
    told = of(checkup, "credentials", "note")
    assert "CRONOFY_ACCESS_TOKEN takes precedence over the stored account" in told[0].found
    assert f"unset CRONOFY_ACCESS_TOKEN; or cf.connect(account='{ANN}')" in told[0].fix
    assert "the tokens of the environment" in the(checkup, "credentials", "good").found
    assert "the stored account" in the(look({**env, "CRONOFY_ACCESS_TOKEN": "a"}, box, ANN), "credentials").found


def test_who_is_meant_has_to_be_said(env: dict[str, str], box: Sandbox) -> None:
    """Of several accounts one has to be named, which is the next step; an unknown name is broken."""
    keep(env, box)
    keep(env, box, "bob")
    checkup = look(env, box)
    assert checkup.well
    assert checkup.next_step == f"cf.doctor('{ANN}'), or in a shell: cronofy-frames doctor --account {ANN}"
    assert "bob" in the(checkup, "credentials").found
    assert "the stored account bob" in the(look(env, box, "bob"), "credentials", "good").found
    assert "No account is stored as 'eve'" in the(look(env, box, "eve"), "credentials", "bad").found


def test_what_does_not_renew_itself_is_told(env: dict[str, str], box: Sandbox) -> None:
    """Without a refresh token one signs in again later, without the application it is set; alone that is nobody."""
    tokens = box.tokens(ANN)
    alone = look({**env, "CRONOFY_ACCESS_TOKEN": tokens["access_token"]}, box)
    assert alone.well
    assert "cf.login()" in the(alone, "credentials", "note").fix
    keep(env, box, client_id=None, client_secret=None)
    told = the(look(env, box), "credentials", "note")
    assert told.fix == "export CRONOFY_CLIENT_ID=...; export CRONOFY_CLIENT_SECRET=..."
    nobody = look(known(box, CRONOFY_FRAMES_HOME=env["CRONOFY_FRAMES_HOME"] + "2"), box)
    assert "the application alone" in the(nobody, "credentials", "note").found
    assert nobody.next_step.startswith("cf.login()")
    assert the(nobody, "application").verdict == "good"


def test_a_data_centre_that_is_none_is_told(env: dict[str, str], box: Sandbox) -> None:
    """An argument that names no data centre is a finding and no error, and nothing is asked."""
    checkup = look(env, box, data_center="eu")
    assert "European data centre is de" in the(checkup, "credentials", "bad").found
    assert of(checkup, "network") == []


def test_no_secret_goes_to_another_data_centre(env: dict[str, str], box: Sandbox) -> None:
    """Where an account and the data centre given belong to different places, neither token nor secret is sent."""
    inner = InProcessTransport(box)  # type: ignore[arg-type]
    through = Through(inner.handle_request)
    keep(env, box, api_url="https://api-de.cronofy.com")
    checkup = look(env, transport=through, data_center="us")
    assert "belongs to https://api-de.cronofy.com" in the(checkup, "credentials", "bad").found
    assert through.asked
    for secret in (*box.tokens(ANN).values(), box.client_secret):
        assert secret not in through.said
    assert "Authorization" not in through.said


def test_an_accounts_own_data_centre_counts(env: dict[str, str], box: Sandbox) -> None:
    """Beside an environment that names another one it is asked all the same, as by `connect`, and no other host is."""
    through = Through(InProcessTransport(box).handle_request)  # type: ignore[arg-type]
    keep(env, box, api_url="https://api-de.cronofy.com", client_secret=None)
    checkup = look({**env, **known(box, CRONOFY_DATA_CENTER="us")}, transport=through)
    told = the(checkup, "credentials", "note")
    assert told.found == "the account's own data centre, de, is used; CRONOFY_DATA_CENTER=us is for new sign-ins"
    assert the(checkup, "token").verdict == "good"
    assert {one.url.host for one in through.asked} == {"api-de.cronofy.com", "app-de.cronofy.com"}


@pytest.mark.parametrize("other", [{}, {"CRONOFY_CLIENT_ID": "another"}])
def test_an_ended_token_lacks_only_the_secret(env: dict[str, str], box: Sandbox, other: dict[str, str]) -> None:
    """With a refresh token and without the secret, the secret mends it, and nobody need sign in again."""
    keep(env, box, client_secret=None)
    box.expire(box.tokens(ANN)["access_token"])
    told = the(look({**env, **other}, box), "token", "bad")
    assert "export CRONOFY_CLIENT_SECRET=..." in told.fix
    assert told.fix.startswith("unset CRONOFY_CLIENT_ID") is bool(other)
    assert "cf.login" not in told.fix


def lost(kind: str) -> Callable[[httpx.Request], httpx.Response]:
    """Return what fails as the network does."""
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
def test_a_network_that_fails_is_told_by_its_cause(
    env: dict[str, str], box: Sandbox, kind: str, more: dict[str, str], words: str, fix: str
) -> None:
    """Names, certificates, ports and proxies each have their own fix, and nothing more is tried."""
    keep(env, box)
    through = Through(lost(kind))
    checkup = look({**env, **more}, transport=through)
    told = the(checkup, "network", "bad")
    assert words in told.found
    assert fix in told.fix
    assert len(through.asked) == 2  # both hosts once, at the same time
    assert of(checkup, "token") == []


def test_a_closed_port_is_told(env: dict[str, str], box: Sandbox) -> None:
    """A host at which nothing listens is broken, and is named."""
    keep(env, box, api_url=f"http://127.0.0.1:{free_port()}")
    told = the(look(env), "network")
    assert told.verdict == "bad"
    assert "the connection was refused" in told.found


def test_a_host_without_tls_is_told(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """Https where plain http is spoken is told from a certificate that is not trusted."""
    keep(env, box, api_url=served.url.replace("http:", "https:"))
    told = the(look(env), "network", "bad")
    assert "it does not use TLS" in told.found


def test_a_host_that_never_answers_is_given_up(env: dict[str, str], box: Sandbox) -> None:
    """A host that accepts and says nothing, and one whose name is never found, are findings while they still hang."""
    over, answers = threading.Event(), []

    def forever(_: httpx.Request) -> httpx.Response:
        over.wait(60)
        answers.append(httpx.Response(200))
        return answers[0]

    with socket.create_server(("127.0.0.1", 0)) as silent:
        keep(env, box, api_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        for more in ({}, {"transport": Through(forever)}):
            told = the(look(env, timeout=0.1, **more), "network")
            assert answers == []
            assert told.verdict == "bad"
            assert "in time" in told.found or "within 0.1 s" in told.found
        over.set()


def test_proxies_are_named_without_their_passwords(env: dict[str, str], box: Sandbox) -> None:
    """Which proxy requests go through is said, that it has a password too, and the password is not."""
    more = {"HTTPS_PROXY": f"http://ann:{SECRET}@proxy.test:3128", "NO_PROXY": "localhost", "ALL_PROXY": "gopher://x"}
    checkup = look({**env, **more}, box)
    told = the(checkup, "proxies", "good").found
    assert "HTTPS_PROXY http://proxy.test:3128 with a password" in told
    assert "NO_PROXY excludes some hosts" in told
    assert "ALL_PROXY is not an address" in the(checkup, "proxies", "bad").found
    assert SECRET not in repr(checkup)


def test_certificates_that_are_not_there_are_told(env: dict[str, str], box: Sandbox, tmp_path: Path) -> None:
    """SSL_CERT_FILE of a file that is gone keeps every client from being made: it is told, with what unsets it."""
    gone = look({**env, "SSL_CERT_FILE": str(tmp_path / "gone.pem")}, box)
    assert the(gone, "certificates", "bad").fix == "unset SSL_CERT_FILE"
    (tmp_path / "ca.pem").write_text("")
    assert the(look({**env, "SSL_CERT_FILE": str(tmp_path / "ca.pem")}, box), "certificates").verdict == "good"


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
def test_an_answer_that_is_not_cronofys_is_told(
    env: dict[str, str], box: Sandbox, response: httpx.Response, words: str
) -> None:
    """A hotel's page, another server, a failing one: told apart from Cronofy, and no token is sent there."""
    keep(env, box)
    through = Through(lambda _: response)
    assert words in the(look(env, transport=through), "network", "bad").found
    assert "Authorization" not in through.said


def test_a_strange_failure_is_a_finding(env: dict[str, str], box: Sandbox) -> None:
    """An error that nobody expected is told by its kind, without its words, and nothing is raised."""

    def explode(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(SECRET)

    keep(env, box)
    checkup = look(env, transport=Through(explode))
    assert "RuntimeError" in the(checkup, "network").found
    assert SECRET not in repr(checkup)


@pytest.mark.parametrize(
    ("apart", "verdict", "words"),
    [
        (timedelta(seconds=20), "good", "within"),
        (timedelta(minutes=2), "note", "2 min fast"),
        (timedelta(minutes=-10), "bad", "10 min slow"),
        (timedelta(days=1), "bad", "24 h fast"),
    ],
)
def test_a_clock_that_is_wrong_is_told(
    env: dict[str, str], box: Sandbox, served: Any, apart: timedelta, verdict: str, words: str
) -> None:
    """The clock here is compared with the answer's date: a minute is a note, five are broken."""
    keep(env, box, api_url=served.url)
    told = the(look(env, clock=lambda: datetime.now(UTC) + apart), "clock")
    assert told.verdict == verdict
    assert words in told.found
    assert bool(told.fix) is (verdict != "good")


@pytest.mark.parametrize("name", ["client_id", "client_secret"])
def test_an_application_that_is_not_known_is_told(env: dict[str, str], box: Sandbox, served: Any, name: str) -> None:
    """A wrong id or secret is broken, with the hint at the data centre, and the secret is not shown."""
    keep(env, box, api_url=served.url, **{name: SECRET})
    told = the(look(env), "application", "bad")
    assert "knows no application" in told.found
    assert "app-de.cronofy.com" in told.fix
    assert "data_center=" in told.fix
    if name == "client_secret":
        assert SECRET not in repr(told)


def test_an_application_that_could_not_be_asked_about_is_a_note(env: dict[str, str]) -> None:
    """A server that fails in this says nothing about the application."""
    box = small_box(faults=[Fault("status", route="POST /oauth/token/revoke", status=503)])
    with serve(box) as served:
        keep(env, box, api_url=served.url)
        checkup = look(env)
    assert the(checkup, "application").verdict == "note"
    assert the(checkup, "token").verdict == "good"


def test_an_ended_token_is_renewed_and_kept(env: dict[str, str], box: Sandbox) -> None:
    """An access token that has ended is renewed through the store, which is said, and nothing is lost."""
    store = keep(env, box)
    old = store.load()
    assert old is not None
    box.expire(old.access_token or "")
    checkup = look(env, box)
    new = store.load()
    assert checkup.well
    assert "it had expired and was renewed now" in the(checkup, "token").found
    assert new is not None
    assert new.access_token not in (None, old.access_token)
    with cf.connect(environment=env) as client:
        assert client.tokens == new


def test_a_revoked_authorization_is_told(env: dict[str, str], box: Sandbox) -> None:
    """A stored account whose authorization ended is broken, and the fix is the line that signs it in again."""
    keep(env, box)
    box.revoke(box.tokens(ANN)["refresh_token"])
    checkup = look(env, box)
    told = the(checkup, "token", "bad")
    assert "was revoked" in told.found
    assert told.fix == f'cf.login(account="{ANN}"), or in a shell: cronofy-frames login --account {ANN}'
    assert checkup.next_step == told.fix


def test_a_token_of_the_environment_that_ended_is_told(env: dict[str, str], box: Sandbox) -> None:
    """The fix unsets it first, for it would count before the account that is signed in next."""
    box.expire(box.access_token)
    told = the(look({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box), "token", "bad")
    assert "belongs to another data centre" in told.found
    assert told.fix.startswith("unset CRONOFY_ACCESS_TOKEN, then cf.login()")


def test_a_renewal_that_the_application_spoils_is_told(env: dict[str, str], box: Sandbox) -> None:
    """Where the application is wrong, its mending comes first, and signing in again is the other way."""
    keep(env, box, client_secret="wrong")
    box.expire(box.tokens(ANN)["access_token"])
    checkup = look(env, box)
    assert bad(checkup) == ["application", "token"]
    assert "correct client_id and client_secret" in the(checkup, "token").fix


def test_a_server_that_fails_is_not_the_tokens_fault(env: dict[str, str], box: Sandbox) -> None:
    """5xx on user_info is a note, asked for once, and nobody waits for repetitions."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "Authorization" in request.headers:
            return httpx.Response(502, text=f"Bad {request.headers['Authorization']}")
        return InProcessTransport(box).handle_request(request)  # type: ignore[arg-type]

    keep(env, box, client_secret=None)
    through = Through(answer)
    checkup = look(env, transport=through)
    told = the(checkup, "token")
    assert told.verdict == "note"
    assert "502" in told.found
    assert through.said.count("'Authorization'") == 1
    assert box.tokens(ANN)["access_token"] not in repr(checkup)


def allowed(box: Sandbox, served: Any, scope: str) -> dict[str, Any]:
    """Have Ann allow no more than a scope, and return the answer with her tokens."""
    back = "http://127.0.0.1:8765/"
    asked = {"redirect_uri": back, "state": "s", "scope": scope, "app_url": served.url, "environment": {}}
    page = cf.authorize_url(client_id=box.client_id, **asked)  # type: ignore[arg-type]
    with cf.connect(
        base_url=served.url, client_id=box.client_id, client_secret=box.client_secret, store="memory", environment={}
    ) as client:
        answer: dict[str, Any] = client.request_access_token(
            code=cf.code_of(answer_page(page), state="s"), redirect_uri=back
        )
    return answer


@pytest.mark.parametrize(
    ("scope", "lost", "login"),
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
    env: dict[str, str], box: Sandbox, served: Any, scope: str, lost: list[str], login: str
) -> None:
    """Which functions will be refused is said, with the line that asks for what is missing and keeps what is there."""
    FileStore(ANN, environment=env).save(
        cf.Tokens(api_url=served.url, app_url=served.url).renewed(allowed(box, served, scope), datetime.now(UTC))
    )
    checkup = look({**env, "CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url})
    told = the(checkup, "scope", "note")
    assert all(words in told.found for words in lost)
    assert f'cf.login(scope="{login}", account="{ANN}")' in told.fix
    assert f"cronofy-frames login --scope '{login}'" in told.fix


def test_what_a_scope_implies_counts(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """read_events brings free/busy, a coarse scope what it spells out, and what login never asks for is named."""
    usual = "read_account list_calendars read_events create_event delete_event"
    for scope, words in ((usual, "(read_events includes read_free_busy)"), ("read_write", "reading and writing work")):
        token = allowed(box, served, scope)["access_token"]
        told = the(look({**env, "CRONOFY_ACCESS_TOKEN": token}, box), "scope", "good")
        assert words in told.found
        assert ("client.create_calendar" in told.found) is (scope == usual)


def test_a_service_account_is_called_one(env: dict[str, str], box: Sandbox) -> None:
    """An organisation's token is not blamed for reading no calendars."""
    token = box.service_account_token
    checkup = look({**env, "CRONOFY_ACCESS_TOKEN": token}, box)
    assert "for the service account" in the(checkup, "token").found
    assert "authorize_with_service_account" in the(checkup, "scope", "good").found


def test_profiles_that_are_not_connected_are_told(env: dict[str, str], box: Sandbox) -> None:
    """A disconnected profile is broken, and the fix, run as it stands, finds its page; a first sync is a note."""
    profile = box.account(ANN).profiles[0]
    profile.profile_initial_sync_required = True
    variables = {**env, "CRONOFY_ACCESS_TOKEN": box.access_token}
    assert "not fully synchronised yet" in the(look(variables, box), "profiles", "note").found
    with cf.connect(sandbox=box) as client:
        client.revoke_profile_authorization(profile.profile_id)
        told = the(look(variables, box), "profiles", "bad")
        assert "is not connected any more" in told.found
        line = told.fix.removeprefix("link it again: cf.authorize(").removesuffix(")").replace("cf.connect()", "client")
        assert eval(line, {"cf": cf, "client": client}).endswith(f"/relink/{profile.profile_id}")


def test_conferences_that_are_not_connected_are_a_note(env: dict[str, str], box: Sandbox) -> None:
    """A conferencing service that ended keeps nobody from reading; the fix, run as it stands, finds the page for it."""
    zoom = {"provider_name": "zoom", "profile_id": "pro_zoom", "profile_name": "ann", "profile_connected": False}
    box.account(ANN).conferencing_profiles.append(zoom)
    told = the(look({**env, "CRONOFY_ACCESS_TOKEN": box.access_token}, box), "profiles", "note")
    assert "the conferencing of zoom ann" in told.found
    line = told.fix.removeprefix("cf.authorize(").partition(", redirect_uri='http://127.0.0.1:8765/')")[0]
    with cf.connect(sandbox=box) as client:
        page = line.replace("cf.connect()", "client").partition("['authorization_request']")
        assert page[1]
        assert eval("".join(page), {"client": client}).startswith("http")


def test_an_authorization_that_is_not_active_is_told(env: dict[str, str]) -> None:
    """Whatever else Cronofy says of an authorization is passed on, and nothing in a strange answer is an error."""
    for data in ({"authorization": {"status": "suspended"}}, {"profiles": [None, {}]}, "odd", None):

        def answer(request: httpx.Request, data: Any = data) -> httpx.Response:
            signed = "Authorization" in request.headers
            return httpx.Response(200, json={"cronofy.data": data}) if signed else httpx.Response(401)

        checkup = look({**env, "CRONOFY_ACCESS_TOKEN": "t" * 32}, transport=Through(answer))
        assert ("suspended" in repr(checkup)) is (data == {"authorization": {"status": "suspended"}})
        assert "could not be looked at" not in repr(checkup)


def test_no_secret_is_shown(env: dict[str, str]) -> None:
    """Tokens, secrets and passwords, wherever they rest, are in no face of a checkup, even where servers echo them."""
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
        checkup = look(variables, transport=Through(echo), account=account)
        faces = [
            repr(checkup),
            checkup._repr_html_(),
            checkup.frame().to_csv(),
            repr(checkup.findings),
            checkup.next_step,
        ]
        for value in planted.values():
            assert not any(value in face for face in faces)


def test_a_checkup_shows_itself() -> None:
    """Text is aligned, each fix below its finding, the next step last; HTML is escaped, its verdicts in words."""
    checkup = DoctorReport(
        (
            Finding("a", "good", "fine", "nothing"),
            Finding("long", "note", "so", "do <b>"),
            Finding("c", "bad", "<x>", "go"),
        )
    )
    assert repr(checkup).splitlines() == [
        "a     good  fine",
        "long  note  so",
        "            fix: do <b>",
        "c     bad   <x>",
        "            fix: go",
        "",
        "Something is broken: 1 good, 1 note, 1 bad. Next: go",
    ]
    page = checkup._repr_html_()
    assert "&lt;x&gt;" in page
    assert "<b>" not in page.replace("<div><b>", "")
    assert all(f">{verdict}</td>" in page for verdict in ("good", "note", "bad"))


def test_a_checkup_is_a_frame() -> None:
    """Findings are rows of text; an empty checkup has the same columns and is well."""
    frame = DoctorReport((Finding("a", "bad", "b", "c"),)).frame()
    assert frame.to_dict("records") == [{"check": "a", "verdict": "bad", "found": "b", "fix": "c"}]
    assert set(map(str, frame.dtypes)) == set(map(str, DoctorReport(()).frame().dtypes)) == {"str"}
    assert DoctorReport(()).well


def test_the_command_says_it_aloud(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """Exit code 0 where nothing is broken and 1 where something is; --json is one line with the same findings."""
    keep(env, box, api_url=served.url)
    good = run_command("doctor", **env)
    assert good.returncode == 0, good.stdout
    assert good.stdout.decode().splitlines()[-1].endswith("Next: client = cf.connect()")
    assert good.stderr == b""
    box.revoke(box.tokens(ANN)["refresh_token"])
    told = run_command("doctor", "--account", "ann", "--json", **env)
    assert told.returncode == 1
    said = json.loads(told.stdout)
    assert said["well"] is False
    assert said["next_step"].startswith("cf.login(")
    assert {"check", "verdict", "found", "fix"} == set(said["findings"][0])


def test_a_proxy_that_is_down_is_told(env: dict[str, str], box: Sandbox, served: Any) -> None:
    """The process's proxies count, as for any call: one at which nothing listens is named, without its password."""
    keep(env, box, api_url=served.url)
    told = run_command("doctor", HTTP_PROXY=f"http://ann:{SECRET}@127.0.0.1:{free_port()}", **env)
    assert told.returncode == 1
    assert b"check that the proxy in HTTP_PROXY works" in told.stdout
    assert SECRET.encode() not in told.stdout + told.stderr
    socks = run_command("doctor", ALL_PROXY="socks5://127.0.0.1:1", **env)
    assert b'pip install "httpx[socks]"' in socks.stdout
    gone = run_command("doctor", SSL_CERT_FILE="/none/ca.pem", **env)
    assert b"unset SSL_CERT_FILE" in gone.stdout.splitlines()[-1]
