"""Commands for the sandbox: sandbox, demo."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cronofy_frames.cli.base import Ics, app, print_lines
from cronofy_frames.text import quantity, single_line


@app.command("sandbox")
def serve_sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; other machines reach it on 0.0.0.0.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Also answer clients that reach it under this name; may be repeated."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", help="Office, ids and tokens of this seed. [default: new tokens at each start]"),
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop its clock at this time, as in 2026-03-02T09:00Z.")
    ] = None,
    page_size: Annotated[int, typer.Option(min=1, help="Rows in a page.")] = 100,
    ics: Ics = None,
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="IANA time zone of times in the .ics file without one.")
    ] = None,
    no_rate_limit: Annotated[bool, typer.Option("--no-rate-limit", help="Do not limit the rate of requests.")] = False,
    callbacks_anywhere: Annotated[
        bool, typer.Option("--callbacks-anywhere", help="Send callbacks to any host, not only to this machine.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print address and credentials as one line of JSON.")] = False,
) -> None:
    """Serve a sandbox that any Cronofy client can talk to."""
    from cronofy_frames.cli.ics_files import open_sandbox
    from cronofy_frames.sandbox import serve
    from cronofy_frames.wire.transport import CallbackSender

    postman = CallbackSender(anywhere=callbacks_anywhere)
    box = open_sandbox(
        now=now, page_size=page_size, ics=ics, zone=tz, seed=seed, rate_limit=not no_rate_limit, deliver=postman
    )
    with closing(postman), serve(box, host=host, port=port, allowed_hosts=allow_host or ()) as served:
        names = ("client_id", "client_secret", "access_token", "refresh_token", "service_account_token")
        details = {"url": served.url, **{name: getattr(box, name) for name in names}}
        if as_json:
            typer.echo(json.dumps(details))
        else:
            typer.echo("\n".join(f"{name:22} {value}" for name, value in details.items()))
            typer.echo(
                "\nServing until Ctrl-C. In another shell:\n"
                f"export CRONOFY_API_URL={served.url} CRONOFY_APP_URL={served.url}\n"
                f"export CRONOFY_ACCESS_TOKEN={box.access_token}",
                err=True,
            )
        sys.stdout.flush()
        served.run()


@app.command()
def demo(
    ics: Ics = None,
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="IANA time zone. [default: that of the account]")
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Folder for events.csv and heatmap.png.")] = Path(),
) -> None:
    """Write events.csv and heatmap.png of a sandbox."""
    from cronofy_frames.cli.ics_files import open_sandbox
    from cronofy_frames.cli.terminal import draw, table
    from cronofy_frames.connecting import connect
    from cronofy_frames.frames.reading import read_calendars, read_events, read_free_busy
    from cronofy_frames.sheets import export

    box = open_sandbox(ics=ics, zone=tz if ics else None)
    client = connect(sandbox=box)
    user = client.user_info()
    zone = tz or user.get("zoneinfo") or "UTC"
    calendars, events, busy = read_calendars(client), read_events(client, tz=zone), read_free_busy(client, tz=zone)
    name = single_line(str(user.get("name") or user.get("email") or user["sub"]))
    print_lines(
        f"{name}: {quantity(len(calendars), 'calendar')}, {quantity(len(events), 'event')} and "
        f"{quantity(len(busy), 'free/busy row')}, in {zone}. From {box.now():%Y-%m-%d} on:\n"
    )
    upcoming = events.loc[events["end"] > box.now()].head(8)
    typer.echo(table(upcoming, ["start", "end", "summary", "location_description"]))
    typer.echo("")
    for file in (export(events, folder / "events.csv"), draw(busy, folder / "heatmap.png")):
        typer.echo(f"wrote {file}")
