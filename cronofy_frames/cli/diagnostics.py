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

    checkup = doctor(account)
    if as_json:
        findings = [
            {"check": finding.check, "verdict": finding.verdict, "found": finding.found, "fix": finding.fix}
            for finding in checkup.findings
        ]
        typer.echo(json.dumps({"well": checkup.well, "next_step": checkup.next_step, "findings": findings}))
    else:
        print_lines(repr(checkup))
    if not checkup.well:
        raise typer.Exit(1)
