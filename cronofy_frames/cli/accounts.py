"""Commands of accounts: login, logout, status, accounts."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cronofy_frames.cli.base import AccountName, AsFormat, Output, app, connected, fail, say
from cronofy_frames.cli.reads import show
from cronofy_frames.text import single_line

if TYPE_CHECKING:
    import pandas as pd


class Way(StrEnum):
    """How the answer comes back from the browser."""

    AUTO = "auto"
    LOOPBACK = "loopback"
    PASTE = "paste"


class Keep(StrEnum):
    """Where the tokens go."""

    FILE = "file"
    KEYRING = "keyring"
    AUTO = "auto"


COLUMNS = ["account", "provider_name", "data_center", "store", "renews", "expires_at", "problem"]


@app.command()
def login(
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The application. [default: CRONOFY_CLIENT_ID, or asked for]")
    ] = None,
    data_center: Annotated[str | None, typer.Option(metavar="NAME", help="us, de, uk, au, ca or sg.")] = None,
    scope: Annotated[str | None, typer.Option(help="What the application may do, with blanks between.")] = None,
    redirect_uri: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the browser goes afterwards. [default: a free port here]")
    ] = None,
    flow: Annotated[Way, typer.Option(help="Wait for the browser, or paste its address.")] = Way.AUTO,
    store: Annotated[Keep, typer.Option(help="Where the tokens go.")] = Keep.FILE,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="When to give up.")] = 300,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help="What to call it. [default: its own name]")
    ] = None,
    provider_name: Annotated[str | None, typer.Option(metavar="NAME", help="Go straight to this provider.")] = None,
    delegated_scope: Annotated[
        str | None, typer.Option(help="Connect a whole organisation, which may pass this on; for administrators.")
    ] = None,
    avoid_linking: Annotated[
        bool, typer.Option("--avoid-linking", help="Keep calendar accounts apart that one person connects.")
    ] = False,
    link_token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="Add the calendar account to another, which link_token names.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Sign in with Cronofy in the browser; the client secret is CRONOFY_CLIENT_SECRET, or asked for."""
    from cronofy_frames.signin import ask_missing, consent, here, open_page, run, wanted

    asking = wanted(
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
    place = here(os.environ)
    asked = consent(ask_missing(asking), place)
    run(asked, place, show=open_page if browser else None)
    asked.result().close()


@app.command()
def logout(
    account: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Which account, its whole name; needed if there are several.")
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Also end the authorization at Cronofy, for all who use it.")
    ] = False,
) -> None:
    """Forget a signed-in account."""
    from cronofy_frames.connecting import logout as forget

    name = single_line(forget(account, revoke=revoke))
    say(f"{name} is signed out{', and its authorization ended' if revoke else ''}.")


@app.command("accounts")
def list_accounts(output: Output = None, how: AsFormat = None) -> None:
    """List the accounts that are signed in."""
    show(_accounts, output, how, COLUMNS)


@app.command()
def status(account: AccountName = None) -> None:
    """Say who would be asked for, and whether that works; exit code 1 where it does not."""
    with connected(False, None, account) as client:
        who = client.user_info()
        say(f"{single_line(str(who.get('name') or who.get('email') or who['sub']))} at {client.hosts.api}")
        for profile in who.get("cronofy.data", {}).get("profiles", []):
            good = "connected" if profile.get("profile_connected", True) else "NOT connected: link it again"
            say(single_line(f"  {profile.get('provider_name')} {profile.get('profile_name')}: {good}"))
        ends = f"ends {client.expires_at:%Y-%m-%d %H:%M} UTC" if client.expires_at else "ends at a time not known"
        after = "then renews itself" if client.renews else "then sign in again, or set CRONOFY_CLIENT_SECRET"
        say(f"  access token: {ends}, {after}")


def _accounts() -> pd.DataFrame:
    from cronofy_frames.stored_accounts import accounts

    known = accounts()
    if known.empty:
        fail("nobody is signed in: cronofy-frames login; or add --sandbox to other commands to try them.", 1)
    return known
