"""The client that the options of a command select, and the zone that it reads in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from cronofy_frames.cli.base import UTC, fail
from cronofy_frames.cli.ics_files import open_sandbox
from cronofy_frames.errors import CronofyError, SignInError

if TYPE_CHECKING:
    from pathlib import Path

    from cronofy_frames.wire.client import Client

NOT_SIGNED_IN = (
    "no account is signed in: run cronofy-frames login, or add --sandbox to try without an account. If you have a "
    "token, set CRONOFY_ACCESS_TOKEN, or CRONOFY_REFRESH_TOKEN with CRONOFY_CLIENT_ID and CRONOFY_CLIENT_SECRET."
)


def client_for(
    sandbox: bool,
    ics: Path | None,
    account: str | None = None,
    *,
    application_only: bool = False,
    zone: str | None = None,
    since: str | None = None,
) -> Client:
    """Return the client that the options select.

    `application_only` allows one without an account, `zone` is that of times in the .ics file that have none, and
    `since` a day that can be read of it.
    """
    from cronofy_frames.connecting import connect

    try:
        if ics is not None:
            return connect(sandbox=open_sandbox(since, zone, ics=ics, zone=zone), account=account)
        client = connect(sandbox=sandbox, account=account)
    except SignInError as error:
        if error.reason != "missing":
            raise
        fail_without_account()
    except LookupError as error:
        if isinstance(error, CronofyError):
            raise
        fail(str(error), 2)  # the sandbox has no such account
    if not (application_only or client.signed_in):
        fail_without_account()
    return client


def fail_without_account() -> NoReturn:
    """End a command that needs an account, with the steps to sign in."""
    from cronofy_frames.tokens import NO_HOME, lacks_home

    fail(f"{NOT_SIGNED_IN} {NO_HOME}" if lacks_home() else NOT_SIGNED_IN, 1)


def client_and_zone(
    sandbox: bool, ics: Path | None, account: str | None, tz: str | None, since: str | None = None
) -> tuple[Client, str]:
    """Return the client that the options select, and the zone of days and times.

    Without `--tz` that is the zone of the .ics file, in which its owner lives, and else UTC. `since` is the first day
    of the read: the clock of a file's sandbox is set so that it can be read.
    """
    client = client_for(sandbox, ics, account, zone=tz, since=since)
    if tz is not None or ics is None:
        return client, tz or UTC
    return client, str(client.user_info().get("zoneinfo") or UTC)
