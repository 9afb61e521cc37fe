"""Every picture in sizes, styles, numbers of people and languages, to be looked at. Run: make pictures.

A sheet for each picture and number of people has its languages from top to bottom, light on the left and dark on the
right. The sheets are in build/pictures, in 1x and 2x.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from PIL import Image

from cronofy_frames.intervals.operations import common_free
from cronofy_frames.measures.use import time_use
from cronofy_frames.plots import new_figure, plot_days, plot_heatmap, plot_time_use, plot_timeline, plot_week

ZONE = "Europe/Berlin"
HOURS = ("09:00", "17:00")
PEOPLE = (1, 5, 20)
SCALES = {"1x": 100, "2x": 200}
STYLES = ("default", "dark_background")
# first names, last names, and titles of meetings
WORDS = {
    "en": (
        ("Ana", "Ben", "Chloe", "Deepak", "Emily"),
        ("Silva", "O'Neill", "Featherstonehaugh", "Ng"),
        ("Stand-up", "Roadmap review for the second half of the year", "1:1", "Lunch (out)"),
    ),
    "de": (
        ("Jürgen", "Käthe", "Max", "Änne", "Björn"),
        ("Müller-Lüdenscheidt", "Groß", "Öztürk", "von der Heide"),
        ("Teambesprechung", "Abstimmung Datenschutzgrundverordnung", "Mittag", "Rücksprache (vertraulich)"),
    ),
    "ja": (
        ("太郎", "花子", "健一", "美咲", "翔"),
        ("山田", "佐々木", "勅使河原", "林"),
        ("定例会議", "来週の製品計画に関する定例会議の準備", "面談（1対1）", "Talk: 研究会 #12"),
    ),
    "ar": (
        ("منى", "أحمد", "ليلى", "Omar", "سارة"),
        ("الخطيب", "بن عبد العزيز", "حداد", "Haddad"),
        ("اجتماع الفريق", "مراجعة خطة المنتج للنصف الثاني (2026)", "غداء", "Call with أحمد at 10:30"),
    ),
}


def names_of(language: str, people: int) -> list[str]:
    """Return so many names of people."""
    first, last, _ = WORDS[language]
    pairs = [f"{name} {family}" for family, name in product(last, first)]
    return [pairs[n * 7 % len(pairs)] for n in range(people)]


def office(language: str, people: int, days: int) -> pd.DataFrame:
    """Return the events of so many people on so many days; the last day but one was not read."""
    titles = WORDS[language][2]
    rows = []
    midnights = pd.date_range("2026-03-02", periods=days, freq="D", tz=ZONE)
    for (n, person), (d, midnight) in product(enumerate(names_of(language, people)), enumerate(midnights)):
        for k in range((n + d) % 4 if midnight.day_of_week < 5 else 0):
            start = midnight + pd.Timedelta(hours=8 + (3 * k + n + d) % 9, minutes=15 * ((n + k) % 4))
            status = "tentative" if (n + d + k) % 5 == 0 else "confirmed"
            rows.append((person, start, start + pd.Timedelta(f"{30 + 30 * (k % 3)}min"), False, titles[k % 4], status))
        if (n * 3 + d) % 11 == 4:
            rows.append((person, midnight, midnight + pd.Timedelta("1D"), True, titles[n % 4], "confirmed"))
    frame = pd.DataFrame(rows, columns=["account", "start", "end", "all_day", "summary", "status"])
    frame["start"], frame["end"] = frame["start"].dt.as_unit("us"), frame["end"].dt.as_unit("us")
    frame["transparency"] = ["transparent" if n % 13 == 7 else "opaque" for n in range(len(frame))]
    frame["attendees"] = '[{"email": "a@example.com", "status": "accepted"}, {"email": "b@example.com"}]'
    end = midnights[-1] + pd.Timedelta("1D")
    windows = [
        [midnights[0].isoformat(), midnights[-2].isoformat()],
        [midnights[-1].isoformat(), end.isoformat()],
    ]
    read = {"tz": ZONE, "start": midnights[0].isoformat(), "end": end.isoformat(), "windows": windows}
    frame.attrs["cronofy"] = {**read, "accounts": dict.fromkeys(names_of(language, people), read)}
    return frame


def heatmap(language: str, people: int, **look: Any) -> Axes:
    """Draw two weeks."""
    return plot_heatmap(office(language, people, 14), end="2026-03-07", **look)


def days_down(language: str, people: int, **look: Any) -> Axes:
    """Draw five weeks as a page of a calendar."""
    return plot_days(office(language, people, 35), unit="hours", **look)


def days_across(language: str, people: int, **look: Any) -> Axes:
    """Draw the working hours of a year."""
    return plot_days(office(language, people, 365), working_hours=HOURS, **look)


def timeline(language: str, people: int, **look: Any) -> Axes:
    """Draw a week with working hours and common free time."""
    frame = office(language, people, 7)
    free = common_free(frame, duration="30min", working_hours=HOURS)
    return plot_timeline(frame, working_hours=HOURS, free=free, **look)


def timeline_of_a_day(language: str, people: int, **look: Any) -> Axes:
    """Draw a day with its hours."""
    return plot_timeline(office(language, people, 7), start="2026-03-03", end="2026-03-04", **look)


def week(language: str, people: int, **look: Any) -> Axes:
    """Draw a week as calendars do."""
    return plot_week(office(language, people, 7), hours=(9, 17), **look)


def week_of_a_change(language: str, people: int, **look: Any) -> Axes:
    """Draw the week in which clocks go forward."""
    return plot_week(office(language, people, 30), week="2026-03-29", hours=(0, 12), **look)


def time_use_in_bars(language: str, people: int, **look: Any) -> Axes:
    """Draw two metrics of six weeks."""
    return plot_time_use(time_use(office(language, people, 42), by="account"), kind="bars", **look)


def time_use_in_lines(language: str, people: int, **look: Any) -> Axes:
    """Draw hours over half a year, of which some are not known."""
    use = time_use(office(language, people, 182), by="account")
    busy = use["busy_hours"].where(use.index % 17 > 0)
    return plot_time_use(use.assign(busy_hours=busy), metrics="busy_hours", kind="lines", **look)


def time_use_of_a_period(language: str, people: int, **look: Any) -> Axes:
    """Draw people as rows."""
    use = time_use(office(language, people, 14), by="account", freq=None)
    return plot_time_use(use, metrics=("busy_hours", "focus_hours", "conflict_hours"), **look)


def time_use_of_all(language: str, people: int, **look: Any) -> Axes:
    """Draw metrics of all people together."""
    use = time_use(office(language, people, 90), freq="MS")
    return plot_time_use(use, metrics=("busy_hours", "longest_free_block", "meeting_hours", "after_hours"), **look)


PICTURES: tuple[Callable[..., Axes], ...] = (
    heatmap,
    days_down,
    days_across,
    timeline,
    timeline_of_a_day,
    week,
    week_of_a_change,
    time_use_in_bars,
    time_use_in_lines,
    time_use_of_a_period,
    time_use_of_all,
)


def drawn(picture: Callable[..., Axes], language: str, people: int, style: str, dpi: int) -> Image.Image:
    """Return a picture as an image."""
    content = BytesIO()
    with plt.style.context(style):
        figure = new_figure()
        picture(language, people, ax=figure, locale=None if language == "en" else language)
        figure.savefig(content, dpi=dpi, format="png")
    return Image.open(content)


def sheet(images: Sequence[Image.Image], columns: int) -> Image.Image:
    """Return images beside and below each other on one."""
    width, rows = (
        max(image.width for image in images),
        [images[n : n + columns] for n in range(0, len(images), columns)],
    )
    heights = [max(image.height for image in row) for row in rows]
    whole = Image.new("RGB", (columns * (width + 6), sum(heights) + 6 * len(rows)), "#c02020")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for n, image in enumerate(row):
            whole.paste(image, (n * (width + 6), top))
        top += height + 6
    return whole


def main() -> None:
    """Draw the sheets that the arguments choose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="the pictures to draw; all by default")
    parser.add_argument("--to", type=Path, default=Path("build/pictures"))
    parser.add_argument("--scale", choices=SCALES, action="append")
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)
    for picture, people, scale in product(PICTURES, PEOPLE, options.scale or SCALES):
        if not options.names or picture.__name__ in options.names:
            images = [drawn(picture, word, people, style, SCALES[scale]) for word in WORDS for style in STYLES]
            path = options.to / f"{picture.__name__}-{people}-{scale}.png"
            sheet(images, len(STYLES)).save(path)
            print(path)  # noqa: T201 - the output of a command


if __name__ == "__main__":
    main()
