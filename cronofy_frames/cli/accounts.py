"""Commands for accounts: login, logout, status, accounts."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import AccountName, AsFormat, Output, app, fail, print_lines
from cronofy_frames.cli.clients import client_for
from cronofy_frames.cli.reads import write_rows
from cronofy_frames.text import single_line

if TYPE_CHECKING:
    import pandas as pd


class Flow(StrEnum):
    """How the authorization code comes back from the browser."""

    AUTO = "auto"
    LOOPBACK = "loopback"
    PASTE = "paste"


class StoreKind(StrEnum):
    """Where tokens are stored."""

    FILE = "file"
    KEYRING = "keyring"
    AUTO = "auto"


COLUMNS = ["account", "provider_name", "data_center", "store", "renews", "expires_at", "problem"]


@app.command()
def login(
    client_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Client id of the application. [default: CRONOFY_CLIENT_ID, or a prompt]"),
    ] = None,
    data_center: Annotated[
        str | None, typer.Option("--data-center", "--data-centre", metavar="NAME", help="us, de, uk, au, ca or sg.")
    ] = None,
    scope: Annotated[str | None, typer.Option(help="Scopes of the authorization, separated by blanks.")] = None,
    redirect_uri: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the browser is sent back to. [default: a free local port]")
    ] = None,
    flow: Annotated[Flow, typer.Option(help="Wait for the browser (loopback), or paste its address.")] = Flow.AUTO,
    store: Annotated[StoreKind, typer.Option(help="Where to store the tokens.")] = StoreKind.FILE,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for the browser.")] = 300,
    account: Annotated[
        str | None,
        typer.Option("--account", metavar="NAME", help="Name to store the account under. [default: its own]"),
    ] = None,
    provider_name: Annotated[str | None, typer.Option(metavar="NAME", help="Skip the choice of provider.")] = None,
    delegated_scope: Annotated[
        str | None, typer.Option(help="Scopes that accounts of a whole organisation may get; for administrators.")
    ] = None,
    avoid_linking: Annotated[
        bool, typer.Option("--avoid-linking", help="Do not merge calendar accounts of the same person.")
    ] = False,
    link_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Link token: add the calendar account to an existing account.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the sign-in page in a browser.")] = True,
) -> None:
    """Sign in to Cronofy in a browser.

    The client secret comes from CRONOFY_CLIENT_SECRET, or a prompt.
    """
    from cronofy_frames.signin import ask_missing, detect_place, make_consent, open_page, run, sign_in_request

    asking = sign_in_request(
        client_id,
        data_center=data_center,
        scope=scope,
        redirect_uri=redirect_uri,
        flow=flow.value,
        store=store.value,
        timeout=timeout,
        account=account,
        provider_name=provider_name,
        delegated_scope=delegated_scope,
        avoid_linking=avoid_linking or None,
        link_token=link_token,
    )
    place = detect_place(os.environ)
    attempt = make_consent(ask_missing(asking), place)
    run(attempt, place, open_in_browser=open_page if browser else None)
    attempt.result().close()


@app.command()
def logout(
    account: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Full name of the account; needed if several are stored.")
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Also revoke the authorization at Cronofy, for every user of it.")
    ] = False,
) -> None:
    """Sign out: delete the stored tokens of an account."""
    from cronofy_frames.connecting import logout as forget

    name = single_line(forget(account, revoke=revoke))
    print_lines(f"{name} is signed out{', and its authorization is revoked' if revoke else ''}.")


@app.command("accounts")
def list_accounts(output: Output = None, row_format: AsFormat = None) -> None:
    """List the stored accounts."""
    write_rows(_accounts, output, row_format, COLUMNS)


@app.command()
def status(account: AccountName = None) -> None:
    """Show the account that commands use, and test it.

    The exit code is 1 if it does not work.
    """
    with client_for(False, None, account) as client:
        user = client.user_info()
        print_lines(f"{single_line(str(user.get('name') or user.get('email') or user['sub']))} at {client.hosts.api}")
        for profile in user.get("cronofy.data", {}).get("profiles", []):
            state = "connected" if profile.get("profile_connected", True) else "NOT connected: link it again"
            print_lines(single_line(f"  {profile.get('provider_name')} {profile.get('profile_name')}: {state}"))
        expiry = f"{client.expires_at:%Y-%m-%d %H:%M} UTC" if client.expires_at else "at an unknown time"
        after = "then it is renewed" if client.renews else "then sign in again, or set CRONOFY_CLIENT_SECRET"
        print_lines(f"  access token: expires {expiry}, {after}")


def _accounts() -> pd.DataFrame:
    from cronofy_frames.stored_accounts import accounts

    stored = accounts()
    if stored.empty:
        fail("no account is signed in: run cronofy-frames login, or add --sandbox to other commands to try them.", 1)
    return stored
