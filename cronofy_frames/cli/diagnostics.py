"""The command doctor."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cronofy_frames.cli.base import AccountName, app, print_lines


@app.command("doctor")
def run_doctor(
    account: AccountName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as one line of JSON.")] = False,
) -> None:
    """Check the setup, and print the next step.

    The exit code is 1 if something is broken. Nothing is changed, but an expired access token is renewed. To try the
    other commands without an account, add --sandbox or --ics FILE to them.
    """
    from cronofy_frames.diagnostics import doctor

    report = doctor(account)
    if as_json:
        findings = [
            {"check": finding.check, "verdict": finding.verdict, "found": finding.found, "fix": finding.fix}
            for finding in report.findings
        ]
        typer.echo(json.dumps({"well": report.well, "next_step": report.next_step, "findings": findings}))
    else:
        print_lines(repr(report))
    if not report.well:
        raise typer.Exit(1)
