"""Commands that draw or count: heatmap, timeline, week, days, time-use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cronofy_frames.cli.base import (
    AccountName,
    AsFormat,
    CalendarNames,
    From,
    Ics,
    OnSandbox,
    Output,
    To,
    Zone,
    app,
    connected,
    fail,
)
from cronofy_frames.cli.reads import end, read, show

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

SUFFIXES = (".png", ".svg", ".pdf")

Hours = Annotated[
    str | None, typer.Option("--working-hours", metavar="FROM-TO", help="As in 09:00-17:00, Monday to Friday.")
]
Locale = Annotated[
    str | None, typer.Option("--locale", metavar="NAME", help="Language of days and months, as in de or fr.")
]


def picture(name: str) -> Any:
    """Return the option that says where a picture goes."""
    return typer.Option("-o", "--output", metavar="FILE", help=f"A .png, .svg or .pdf file. [default: {name}.png]")


@app.command()
def heatmap(
    output: Annotated[Path | None, picture("heatmap")] = None,
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    locale: Locale = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot how busy each hour of the week is."""
    from cronofy_frames.frames.reading import read_free_busy

    target = _target(output, "heatmap")
    frame = read(
        lambda: read_free_busy(connected(sandbox, ics, account), since, until, tz=tz, calendars=calendar or None)
    )
    _draw("plot_heatmap", frame, target, locale=locale)


@app.command()
def days(
    output: Annotated[Path | None, picture("days")] = None,
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    working_hours: Hours = None,
    locale: Locale = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot how busy each day is, a cell for every day of the months."""
    from cronofy_frames.frames.reading import read_free_busy

    target, hours = _target(output, "days"), _hours(working_hours)
    frame = read(
        lambda: read_free_busy(connected(sandbox, ics, account), since, until, tz=tz, calendars=calendar or None)
    )
    _draw("plot_days", frame, target, working_hours=hours, locale=locale)


@app.command()
def week(
    output: Annotated[Path | None, picture("week")] = None,
    since: Annotated[
        str | None, typer.Option("--week", metavar="DATE", help="A day of the week to show. [default: today]")
    ] = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    locale: Locale = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot a week as calendars draw it."""
    import pandas as pd

    from cronofy_frames.frames.bounds import instant
    from cronofy_frames.frames.reading import read_calendars, read_events

    target = _target(output, "week")
    client = connected(sandbox, ics, account)
    day = instant(since, tz, "--week") if since else pd.Timestamp(client.clock()).tz_convert(tz)
    assert day is not None
    monday = day.normalize() - pd.Timedelta(days=day.day_of_week)
    until = (monday + pd.DateOffset(days=7)).date()
    frame = read(lambda: read_events(client, monday.date(), until, tz=tz, calendars=calendar or None))
    names = _names(read_calendars(client))
    _draw("plot_week", frame, target, week=monday, by="calendar_id", labels=names, locale=locale)


@app.command()
def timeline(
    output: Annotated[Path | None, picture("timeline")] = None,
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    working_hours: Hours = None,
    locale: Locale = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot when each calendar is busy, a line for each."""
    from cronofy_frames.frames.reading import read_calendars, read_free_busy

    target, hours = _target(output, "timeline"), _hours(working_hours)
    client = connected(sandbox, ics, account)
    frame = read(lambda: read_free_busy(client, since, until, tz=tz, calendars=calendar or None))
    names = _names(read_calendars(client))
    _draw("plot_timeline", frame, target, by="calendar_id", labels=names, working_hours=hours, locale=locale)


@app.command("time-use")
def time_use(
    since: From = None,
    until: To = None,
    tz: Zone = "UTC",
    calendar: CalendarNames = None,
    freq: Annotated[str, typer.Option("--freq", metavar="D|W|MS|QS", help="A row for each of these periods.")] = "W",
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN", help="Groups; repeatable.")] = None,
    working_hours: Hours = None,
    output: Output = None,
    how: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Count hours in meetings, of focus and the like; `cf.metrics()` says how each is counted."""
    from cronofy_frames.frames.reading import read_events
    from cronofy_frames.measures.use import time_use as counted

    hours: dict[str, Any] = {} if working_hours is None else {"working_hours": _hours(working_hours)}

    def ask() -> pd.DataFrame:
        events = read(
            lambda: read_events(connected(sandbox, ics, account), since, until, tz=tz, calendars=calendar or None)
        )
        use = counted(events, freq=freq, by=by or None, **hours)  # type: ignore[arg-type]
        use.attrs["cronofy"] = {**use.attrs.get("cronofy", {}), "complete": events.attrs["cronofy"]["complete"]}
        return use

    shown = ["scheduled_hours", "busy_hours", "conflict_hours", "meetings", "focus_hours", "after_hours"]
    show(ask, output, how, [*(by or []), "period", *shown])


def _target(output: Path | None, name: str) -> Path:
    """Return where a picture goes, refused before anything is read if it cannot be drawn."""
    target = output or Path(f"{name}.png")
    if target.suffix.lower() not in SUFFIXES:
        fail(f"-o {target}: the suffix must be .png, .svg or .pdf.", 2)
    return target


def _hours(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, mark, last = text.partition("-")
    if not mark:
        fail(f"--working-hours {text}: say from when to when, as in 09:00-17:00.", 2)
    return first.strip(), last.strip()


def _names(calendars: pd.DataFrame) -> dict[str, str]:
    return dict(zip(calendars["calendar_id"], calendars["calendar_name"], strict=True))


def _draw(name: str, frame: pd.DataFrame, target: Path, **options: Any) -> None:
    import cronofy_frames.plots
    from cronofy_frames.cli.terminal import draw

    plot: Callable[..., Any] = getattr(cronofy_frames.plots, name)
    typer.echo(f"wrote {draw(frame, target, plot, **options)}", err=True)
    end(frame)
