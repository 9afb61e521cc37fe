"""The command doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cronofy_frames.cli.base import AccountName, app, fail, print_done, print_lines


@app.command("doctor")
def run_doctor(
    account: AccountName = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Also read the account, and compare its answers with what the API should answer."),
    ] = False,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="With --live: write what was found as JSON, without any text, name, address or id of the account.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as one line of JSON.")] = False,
) -> None:
    """Check the setup, and print the next step.

    The exit code is 1 if something is broken. Nothing is changed, but an expired access token is renewed. To try the
    other commands without an account, add --sandbox or --ics FILE to them.
    """
    from cronofy_frames.diagnostics import doctor

    if report_file is not None and not live:
        fail("--report needs --live.", 2)
    report = doctor(account, live=live)
    if report.live is not None and report_file is not None:
        print_done(f"wrote {report.live.save(report_file)}")
    if as_json:
        findings = [
            {"check": finding.check, "verdict": finding.verdict, "found": finding.found, "fix": finding.fix}
            for finding in report.findings
        ]
        typer.echo(json.dumps({"well": report.well, "next_step": report.next_step, "findings": findings}))
    else:
        print_lines(repr(report))
        if report.live is not None and report.live.differences:
            print_lines(repr(report.live))
    if not report.well:
        raise typer.Exit(1)
