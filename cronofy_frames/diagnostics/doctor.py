"""The doctor: runs all checks, in the order in which things are needed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from cronofy_frames.diagnostics import credentials, network, runtime, stores, variables
from cronofy_frames.diagnostics.context import Credentials, Inputs
from cronofy_frames.diagnostics.live import LiveReport, check_account
from cronofy_frames.diagnostics.probe import BackgroundTask, ProbeClient, ProbeResult
from cronofy_frames.diagnostics.report import CREDENTIALS, DoctorReport, Finding
from cronofy_frames.diagnostics.variables import SECRETS, passwords_of
from cronofy_frames.errors import CronofyError
from cronofy_frames.signin import Place, check_application, detect_place
from cronofy_frames.text import quantity
from cronofy_frames.wire.credentials import Tokens
from cronofy_frames.wire.memory_store import MemoryStore
from cronofy_frames.wire.messages import Hosts, either_spelling

T = TypeVar("T")

LIVE = "live"
LIVE_TIMEOUT = 30.0  # seconds that a whole page of a real account may take
SEND_REPORT = (
    "send us the file of cronofy-frames doctor --live --report live.json, or in Python of report.live.save(): it has "
    "no text, name, address or id of the account"
)


def doctor(
    account: str | None = None,
    *,
    data_center: str | None = None,
    environment: Mapping[str, str] | None = None,
    transport: Any = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    place: Place | None = None,
    timeout: float = 3.0,
    data_centre: str | None = None,
    live: bool = False,
) -> DoctorReport:
    """Check what is set up and what is missing, and return a report with the next step.

    The checks are: the environment, versions, variables, stored accounts, the credentials that `connect` would pick,
    the network, the clock, the application, the token and its scope, and the profiles. A problem is a finding and
    never an error. Nothing is changed, except that an expired access token is renewed, as with any call. No finding
    shows a token or a secret.

    Parameters
    ----------
    account
        The stored account, as in `connect`.
    data_center
        us, de, uk, au, ca or sg, as in `connect`.
    environment
        Environment variables; by default those of the process.
    transport
        The HTTP transport; by default the network.
    clock
        The local time.
    place
        The environment in which this runs; by default detected.
    timeout
        Seconds to wait for each response. Each request is sent once.
    data_centre
        The other spelling of data_center.
    live
        Also read all that may be read of the account, and compare the answers with what this package expects of the
        API. Nothing is written. `report.live` has what differs; `report.live.save("live.json")` writes a file to send
        with a bug report: paths, types, counts and statuses, and no text, name, address or id of the account.

    Returns
    -------
    DoctorReport
        `findings`, `well` (whether no finding is bad), `next_step`, `frame()`, and `live`.

    Examples
    --------
    >>> from cronofy_frames.wire.transport import InProcessTransport
    >>> known = {"CRONOFY_ACCESS_TOKEN": box.access_token, "CRONOFY_FRAMES_HOME": str(folder / "home")}
    >>> report = cf.doctor(environment=known, transport=InProcessTransport(box))
    >>> report.well
    True
    >>> report.frame().set_index("check").loc["scope", "verdict"]
    'good'
    >>> report = cf.doctor(environment=known, transport=InProcessTransport(box), clock=client.clock, live=True)
    >>> report.live.frame()["kind"].tolist()
    []
    >>> report.live.save(folder / "live.json").name
    'live.json'
    """
    env = os.environ if environment is None else environment
    data_center = either_spelling(data_center, data_centre)
    inputs = Inputs(account, data_center, env, place or detect_place(env), clock, timeout, transport)
    findings = _Findings()
    selected = _check_setup(inputs, findings)
    _check_services(inputs, selected, findings)
    live_report = _check_live(inputs, selected, findings) if live else None
    secrets = {env.get(name, "").strip() for name in SECRETS} | set(passwords_of(env))
    secrets |= set(selected.secrets()) if selected is not None else set()
    shown = tuple(finding.without(secrets) for finding in _without_repeats(findings.all))
    return DoctorReport(shown, f"client = {inputs.connect_call}", live_report)


def _without_repeats(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings without a second bad finding for the same problem."""
    reported: set[str] = set()
    bad_certificates = False
    for finding in findings:
        bad_certificates |= finding.check == "certificates" and finding.verdict == "bad"
        is_repeated = finding.found in reported or (bad_certificates and finding.kind == "cannot send")
        if finding.verdict != "bad" or not is_repeated:
            yield finding
        if finding.verdict == "bad":
            reported.add(finding.found)


class _Findings:
    """Collects findings; a check that raises becomes a finding too, without the text of its exception.

    Attributes
    ----------
    all
        The findings so far.
    """

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, name: str, check: Callable[[], Iterable[Finding]]) -> None:
        """Run a check and add its findings."""
        self.all += self.run(name, lambda: list(check())) or []

    def run(self, name: str, check: Callable[[], T]) -> T | None:
        """Run a check and return its result; None if it raises, which becomes a finding."""
        try:
            return check()
        except Exception as error:
            text = f"this check failed: {type(error).__name__}"
            self.all.append(Finding(name, "bad", text, "please report it as a defect of cronofy-frames"))
            return None


def _check_setup(inputs: Inputs, findings: _Findings) -> Credentials | None:
    """Run the local checks, and return the credentials that connect() would pick; nothing is sent."""
    env, place = inputs.env, inputs.place
    findings.add("place", lambda: [runtime.place_finding(place, env)])
    findings.add("versions", lambda: runtime.versions(place))
    findings.add("widgets", lambda: runtime.widgets(place, env))
    findings.add(variables.CHECK, lambda: variables.variables(env, place))
    findings.add(network.CHECK, lambda: network.environment_findings(env, place))
    stored = findings.run(stores.CHECK, lambda: stores.stored_report(env)) or stores.StoredReport()
    findings.all += stored.findings
    credential_findings, selected = findings.run(
        CREDENTIALS, lambda: credentials.credential_findings(inputs, stored)
    ) or ([], None)
    findings.all += credential_findings
    return selected


def _check_services(inputs: Inputs, selected: Credentials | None, findings: _Findings) -> None:
    """Run the checks over the network: first without credentials, then with the application and the token."""
    try:
        hosts = Hosts.from_configuration(inputs.data_center, inputs.env) if selected is None else selected.hosts
    except ValueError:
        return  # a local check has reported it
    probes = {"api": _start_probe(inputs, hosts, hosts.api, network.PROBE_PATH)}
    if hosts.app != hosts.api:
        probes["app"] = _start_probe(inputs, hosts, hosts.app, "/")
    api_result = probes["api"].outcome(inputs.timeout)
    needed = all(finding.kind != "not set up" for finding in findings.all)  # a sandbox needs no network
    findings.add(network.CHECK, lambda: [network.host_finding(hosts.api, api_result, inputs, api=True, needed=needed)])
    if not isinstance(api_result, ProbeResult):
        return  # the other host would fail for the same reason
    if "app" in probes:
        app_result = probes["app"].outcome(inputs.timeout)
        findings.add(
            network.CHECK, lambda: [network.host_finding(hosts.app, app_result, inputs, api=False, needed=False)]
        )
    findings.add("clock", lambda: [network.clock_finding(api_result, hosts.api, inputs.place)])
    if selected is not None and not network.is_foreign(api_result):
        _check_credentials(inputs, selected, findings)


def _start_probe(inputs: Inputs, hosts: Hosts, host: str, path: str) -> BackgroundTask[ProbeResult]:
    def probe() -> ProbeResult:
        client = ProbeClient(hosts, seconds=inputs.timeout, transport=inputs.transport, clock=inputs.clock)
        with closing(client):
            return client.reach(host, path)

    return BackgroundTask(probe)


def _check_credentials(inputs: Inputs, selected: Credentials, findings: _Findings) -> None:
    """Check the application and the token, both at once."""

    def application_problem() -> CronofyError | None:
        with selected.client(inputs) as client:
            return check_application(client)

    def user_info() -> dict[str, Any]:
        with selected.client(inputs) as client:
            return client.user_info()

    # an interrupted renewal may lose the new token, so the process waits for this task when it ends
    token = BackgroundTask(user_info, abandon=False) if not selected.tokens.empty else None
    application = BackgroundTask(application_problem) if selected.has_application else None
    if application is not None:
        problem = application.outcome(inputs.timeout)
        findings.add("application", lambda: [credentials.application_finding(problem, selected.hosts)])
    if token is not None:
        result = token.outcome(inputs.timeout)
        findings.add("token", lambda: credentials.token_findings(inputs, selected, result))


def _check_live(inputs: Inputs, selected: Credentials | None, findings: _Findings) -> LiveReport | None:
    """Read the account and compare its answers with the contract, if everything before it works."""
    is_broken = any(finding.verdict == "bad" for finding in findings.all)
    if is_broken or selected is None or selected.tokens.empty:
        text = "not checked: an account is needed, and nothing that is broken"
        findings.all.append(Finding(LIVE, "note", text, "follow the other findings first"))
        return None
    patient = replace(inputs, timeout=max(inputs.timeout, LIVE_TIMEOUT))

    def check() -> LiveReport:
        unauthorized = ProbeClient(
            selected.hosts,
            seconds=patient.timeout,
            store=MemoryStore(Tokens(access_token="not-a-token")),
            transport=inputs.transport,
            clock=inputs.clock,
        )
        with selected.client(patient) as client, closing(unauthorized):
            return check_account(client, unauthorized=unauthorized)

    report = findings.run(LIVE, check)
    if report is not None:
        findings.all.append(live_finding(report))
    return report


def live_finding(report: LiveReport) -> Finding:
    """Return what a live check found, as one finding."""
    count = sum(read["statuses"][:1] == [200] for read in report.data["reads"])
    results = Counter(row["result"] for row in report.data["assumptions"])
    text = (
        f"{quantity(count, 'read')} answered; {quantity(len(report.differences), 'difference')} from the contract; of "
        f"the sandbox's assumptions {results['agrees']} agree, {results['differs']} differ, {results['not seen']} were "
        "not seen"
    )
    if not report.differences and not results["differs"]:
        return Finding(LIVE, "good", text)
    return Finding(LIVE, "note", text, SEND_REPORT)
