"""The doctor: runs all checks, in the order in which things are needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, TypeVar

from cronofy_frames.diagnostics import credentials, network, runtime, stores, variables
from cronofy_frames.diagnostics.context import Credentials, Inputs
from cronofy_frames.diagnostics.probe import BackgroundTask, ProbeClient, ProbeResult
from cronofy_frames.diagnostics.report import CREDENTIALS, DoctorReport, Finding
from cronofy_frames.diagnostics.variables import SECRETS, passwords_of
from cronofy_frames.errors import CronofyError
from cronofy_frames.signin import Place, check_application, detect_place
from cronofy_frames.wire.messages import Hosts, either_spelling

T = TypeVar("T")


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

    Returns
    -------
    DoctorReport
        `findings`, `well` (whether no finding is bad), `next_step` and `frame()`.

    Examples
    --------
    >>> from cronofy_frames.wire.transport import InProcessTransport
    >>> known = {"CRONOFY_ACCESS_TOKEN": box.access_token, "CRONOFY_FRAMES_HOME": str(folder / "home")}
    >>> report = cf.doctor(environment=known, transport=InProcessTransport(box))
    >>> report.well
    True
    >>> report.frame().set_index("check").loc["scope", "verdict"]
    'good'
    """
    env = os.environ if environment is None else environment
    data_center = either_spelling(data_center, data_centre)
    inputs = Inputs(account, data_center, env, place or detect_place(env), clock, timeout, transport)
    findings = _Findings()
    selected = _check_setup(inputs, findings)
    _check_services(inputs, selected, findings)
    secrets = {env.get(name, "").strip() for name in SECRETS} | set(passwords_of(env))
    secrets |= set(selected.secrets()) if selected is not None else set()
    return DoctorReport(
        tuple(finding.without(secrets) for finding in _without_repeats(findings.all)), f"client = {inputs.connect_call}"
    )


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
    findings.add("clock", lambda: [network.clock_finding(api_result, inputs.place)])
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
