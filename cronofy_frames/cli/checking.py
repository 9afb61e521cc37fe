"""Command of the checkup: doctor."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cronofy_frames.cli.base import AccountName, app, say


@app.command("doctor")
def check(
    account: AccountName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as one line of JSON.")] = False,
) -> None:
    """Say what is set up, what is not, and the next step; exit code 1 where something is broken.

    It changes nothing, but renews an access token that has ended. Without an account,
    --sandbox or --ics FILE of the other commands try them out.
    """
    from cronofy_frames.diagnostics import doctor

    checkup = doctor(account)
    if as_json:
        findings = [
            {"check": one.check, "verdict": one.verdict, "found": one.found, "fix": one.fix} for one in checkup.findings
        ]
        typer.echo(json.dumps({"well": checkup.well, "next_step": checkup.next_step, "findings": findings}))
    else:
        say(repr(checkup))
    if not checkup.well:
        raise typer.Exit(1)
