"""Commands for pictures and metrics: heatmap, days, week, timeline, time-use."""

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
    ReadZone,
    To,
    app,
    fail,
    print_done,
)
from cronofy_frames.cli.clients import client_and_zone
from cronofy_frames.cli.reads import exit_if_partial, read, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

SUFFIXES = (".png", ".svg", ".pdf")

Hours = Annotated[
    str | None, typer.Option("--working-hours", metavar="FROM-TO", help="As in 09:00-17:00, Monday to Friday.")
]
Locale = Annotated[
    str | None,
    typer.Option(
        "--locale", metavar="NAME", help="Language of dates, numbers and words of the picture: de, fr, pt-BR."
    ),
]
Font = Annotated[
    str | None,
    typer.Option(
        "--font", metavar="NAME_OR_FILE", help="Font of the picture; what it lacks is written with installed ones."
    ),
]


def picture_option(name: str) -> Any:
    """Return the option for the file of a picture."""
    return typer.Option("-o", "--output", metavar="FILE", help=f"A .png, .svg or .pdf file. [default: {name}.png]")


@app.command()
def heatmap(
    output: Annotated[Path | None, picture_option("heatmap")] = None,
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    locale: Locale = None,
    font: Font = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot how busy each hour of the week is."""
    from cronofy_frames.frames.reading import read_free_busy

    target = _picture_file(output, "heatmap", locale, font)
    client, zone = client_and_zone(sandbox, ics, account, tz, since)
    frame = read(lambda: read_free_busy(client, since, until, tz=zone, calendars=calendar or None))
    _draw("plot_heatmap", frame, target, locale=locale, font=font)


@app.command()
def days(
    output: Annotated[Path | None, picture_option("days")] = None,
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    working_hours: Hours = None,
    locale: Locale = None,
    font: Font = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot how busy each day is, as a calendar with one cell a day."""
    from cronofy_frames.frames.reading import read_free_busy

    target, hours = _picture_file(output, "days", locale, font), _hours(working_hours)
    client, zone = client_and_zone(sandbox, ics, account, tz, since)
    frame = read(lambda: read_free_busy(client, since, until, tz=zone, calendars=calendar or None))
    _draw("plot_days", frame, target, working_hours=hours, locale=locale, font=font)


@app.command()
def week(
    output: Annotated[Path | None, picture_option("week")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--week", metavar="DATE", help="A day of the week to draw: 2026-03-02, -7d, 2026-W10. [default: today]"
        ),
    ] = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    locale: Locale = None,
    font: Font = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot a week as calendars do."""
    import pandas as pd

    from cronofy_frames.frames.bounds import instant
    from cronofy_frames.frames.reading import read_events

    target = _picture_file(output, "week", locale, font)
    client, zone = client_and_zone(sandbox, ics, account, tz, since)
    day = instant(since, zone, "--week", now=client.clock()) if since else pd.Timestamp(client.clock()).tz_convert(zone)
    assert day is not None
    monday = day.normalize() - pd.Timedelta(days=day.day_of_week)
    until = (monday + pd.DateOffset(days=7)).date()
    frame = read(lambda: read_events(client, monday.date(), until, tz=zone, calendars=calendar or None))
    _draw("plot_week", frame, target, week=monday, by="calendar_id", locale=locale, font=font)


@app.command()
def timeline(
    output: Annotated[Path | None, picture_option("timeline")] = None,
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    working_hours: Hours = None,
    locale: Locale = None,
    font: Font = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Plot when each calendar is busy, one row each."""
    from cronofy_frames.frames.reading import read_free_busy

    target, hours = _picture_file(output, "timeline", locale, font), _hours(working_hours)
    client, zone = client_and_zone(sandbox, ics, account, tz, since)
    frame = read(lambda: read_free_busy(client, since, until, tz=zone, calendars=calendar or None))
    _draw("plot_timeline", frame, target, by="calendar_id", working_hours=hours, locale=locale, font=font)


@app.command("time-use")
def time_use(
    since: From = None,
    until: To = None,
    tz: ReadZone = None,
    calendar: CalendarNames = None,
    freq: Annotated[
        str, typer.Option("--freq", metavar="D|W|MS|QS", help="Length of a period: day, week, month, quarter.")
    ] = "W",
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Column to group by; repeatable.")
    ] = None,
    working_hours: Hours = None,
    away: Annotated[
        str, typer.Option("--away", metavar="off|busy", help="Whether time out of office is time off or busy.")
    ] = "off",
    output: Output = None,
    row_format: AsFormat = None,
    sandbox: OnSandbox = False,
    ics: Ics = None,
    account: AccountName = None,
) -> None:
    """Measure hours of meetings, focus time and more.

    `cf.metrics()` explains each number.
    """
    from cronofy_frames.frames.reading import read_events
    from cronofy_frames.measures.use import time_use as measure

    hours: dict[str, Any] = {} if working_hours is None else {"working_hours": _hours(working_hours)}

    def measure_events() -> pd.DataFrame:
        client, zone = client_and_zone(sandbox, ics, account, tz, since)
        events = read(lambda: read_events(client, since, until, tz=zone, calendars=calendar or None))
        use = measure(events, freq=freq, by=by or None, away=away, **hours)  # type: ignore[arg-type]
        use.attrs["cronofy"] = {**use.attrs.get("cronofy", {}), "complete": events.attrs["cronofy"]["complete"]}
        return use

    columns = ["scheduled_hours", "busy_hours", "conflict_hours", "meetings", "focus_hours", "after_hours"]
    write_rows(measure_events, output, row_format, [*(by or []), "period", *columns])


def _picture_file(output: Path | None, name: str, locale: str | None, font: str | None) -> Path:
    """Return the file of a picture; what cannot be drawn ends the command before anything is read."""
    from cronofy_frames.plots.fonts import family_of
    from cronofy_frames.plots.language import parse_locale

    file = output or Path(f"{name}.png")
    if file.suffix.lower() not in SUFFIXES:
        fail(f"-o {file}: use the suffix .png, .svg or .pdf.", 2)
    if font is not None:
        family_of(font)
    if locale is not None:
        parse_locale(locale)
    return file


def _hours(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, hyphen, last = text.partition("-")
    if not hyphen:
        fail(f"--working-hours {text}: write start and end, as in 09:00-17:00.", 2)
    return first.strip(), last.strip()


def _draw(name: str, frame: pd.DataFrame, target: Path, **options: Any) -> None:
    import cronofy_frames.plots
    from cronofy_frames.cli.terminal import draw

    plot: Callable[..., Any] = getattr(cronofy_frames.plots, name)
    print_done(f"wrote {draw(frame, target, plot, **options)}")
    exit_if_partial(frame)
