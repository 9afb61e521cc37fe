"""Split the text of an .ics file into calendars and components, before they are parsed.

Each component is parsed by itself afterwards, so that an invalid one does not affect the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cronofy_frames.errors import FrameError

TOP_LEVEL_NAMES = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""Components that are directly in a calendar and never in one another (RFC 5545, 3.6)."""

_NAME = re.compile(r"([A-Za-z0-9-]+)(?=[;:])")
_PROPERTY = re.compile(r"([A-Za-z0-9-]+)(?=[;:])[^:]*:?(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([,;\\nN])")


@dataclass(slots=True)
class Component:
    """One component of a calendar as lines of text.

    Attributes
    ----------
    name
        Its name, such as VEVENT.
    own_lines
        Its property lines, without those of nested components.
    lines
        All lines, with nested components.
    problems
        Problems of its BEGIN and END lines.
    """

    name: str
    own_lines: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return the text of a property, or ""."""
        line = next((line for line in self.own_lines if property_name(line) == name), "")
        return split_property(line)[1]


@dataclass(slots=True)
class CalendarText:
    """One VCALENDAR: its properties and components."""

    header: Component = field(default_factory=lambda: Component("VCALENDAR"))
    components: list[Component] = field(default_factory=list)


def property_name(line: str) -> str:
    """Return the upper-case name of a content line, or "" for an invalid line."""
    match = _NAME.match(line)
    return "" if match is None else match[1].upper()


def split_property(line: str) -> tuple[str, str]:
    """Return the upper-case name and the unescaped text of a content line, or ("", "") for an invalid line."""
    match = _PROPERTY.match(line)
    if match is None:
        return "", ""
    text = _ESCAPED.sub(lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], match[2])
    return match[1].upper(), text


def content_lines(data: bytes) -> tuple[list[str], int]:
    """Return the unfolded lines, and how many of them are not UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    data = re.sub(rb"\r*\n|\r", b"\n", data)
    # Unfold the bytes, not the text: old programs fold within a character (RFC 5545, 3.1).
    raw_lines = re.sub(rb"\n[ \t]", b"", data).split(b"\n")
    lines, not_utf8 = [], 0
    for raw_line in raw_lines:
        try:
            lines.append(raw_line.decode())
        except UnicodeDecodeError:
            not_utf8 += 1
            lines.append(_decode_western(raw_line))
    return [line for line in lines if line.strip()], not_utf8


def _decode_western(line: bytes) -> str:
    """Decode a line as Windows-1252, or as Latin-1, in which every byte is valid."""
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def split_calendars(data: bytes, *, name: str) -> tuple[list[CalendarText], list[str]]:
    """Split an .ics file into calendars and their components.

    Parameters
    ----------
    data
        The bytes of the file.
    name
        The name of the file, for messages.

    Returns
    -------
    calendars, problems
        The calendars, and problems of the file as a whole.

    Raises
    ------
    FrameError
        The file has no calendar.
    """
    if data.startswith(b"PK\x03\x04"):  # its members may be stored as they are, and then be read as text
        raise FrameError(f"{name} is a ZIP archive, as Google exports: unpack it and give an .ics file of it.")
    lines, not_utf8 = content_lines(data)
    splitter = _Splitter()
    for line in lines:
        splitter.add_line(line)
    splitter.close_component("the file breaks off inside it")
    if not splitter.calendars:
        raise FrameError(
            f"{name} is no iCalendar file: it contains {_guess_content(data)} and no BEGIN:VCALENDAR. "
            "Export the calendar as .ics from Google Calendar, Outlook or Apple Calendar and give that file."
        )
    problems = list(splitter.problems)
    if not_utf8:
        problems.append(f"{not_utf8} of {len(lines)} lines are not UTF-8; read as Windows-1252")
    if splitter.outside_count:
        problems.append(f"{splitter.outside_count} lines are outside every calendar; left out")
    return splitter.calendars, problems


class _Splitter:
    """Collect lines into calendars and components, and repair missing BEGIN and END lines."""

    def __init__(self) -> None:
        self.calendars: list[CalendarText] = []
        self.problems: list[str] = []
        self.outside_count = 0
        self._calendar: CalendarText | None = None
        self._component: Component | None = None
        self._nested_names: list[str] = []

    def add_line(self, line: str) -> None:
        """Add one line to the open component or calendar."""
        keyword, _, value = line.strip().upper().partition(":")
        if keyword == "BEGIN":
            self._begin(value.strip(), line)
        elif keyword == "END":
            self._end(value.strip(), line)
        elif self._component is not None:
            self._component.lines.append(line)
            if not self._nested_names:
                self._component.own_lines.append(line)
        elif self._calendar is not None:
            self._calendar.header.own_lines.append(line)
        else:
            self.outside_count += 1

    def close_component(self, problem: str | None = None) -> None:
        """Close the open component, if any; the problem says why it has no END of its own."""
        if self._component is not None and problem is not None:
            self._component.problems.append(problem)
        self._component, self._nested_names = None, []

    def _begin(self, name: str, line: str) -> None:
        if name == "VCALENDAR":
            self.close_component("it has no END; a new calendar begins inside it")
            self._open_calendar()
        elif self._component is None or name in TOP_LEVEL_NAMES:
            self.close_component(f"it has no END; a {name} begins inside it")
            self._open_component(name)
        else:
            self._nested_names.append(name)
            self._component.lines.append(line)

    def _open_calendar(self) -> CalendarText:
        self._calendar = CalendarText()
        self.calendars.append(self._calendar)
        return self._calendar

    def _open_component(self, name: str) -> None:
        if self._calendar is None and name not in TOP_LEVEL_NAMES:  # for example a vCard
            self.outside_count += 1
            return
        if self._calendar is None:
            self.problems.append(f"a {name} is outside every calendar; read anyway")
        calendar = self._calendar or self._open_calendar()
        self._component = Component(name)
        calendar.components.append(self._component)

    def _end(self, name: str, line: str) -> None:
        component = self._component
        if name == "VCALENDAR":
            self.close_component("it has no END; its calendar ends inside it")
            self._calendar = None
        elif component is not None and name in self._nested_names:
            while self._nested_names.pop() != name:
                component.problems.append("a component inside it has no END")
            component.lines.append(line)
        elif component is not None and name == component.name:
            self.close_component("a component inside it has no END" if self._nested_names else None)
        elif component is not None:
            component.problems.append(f"an END:{name} without BEGIN; left out")
        elif self._calendar is not None:
            self.problems.append(f"an END:{name} without BEGIN; left out")
        else:
            self.outside_count += 1


_SIGNATURES = (
    (b"begin:vcard", "address cards (vCard)"),
    (b"<", "a web page or XML (a link that asks to sign in, perhaps)"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)


def _guess_content(data: bytes) -> str:
    """Describe what a file without a calendar seems to be, without quoting it."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    if not start:
        return "nothing"
    for signature, description in _SIGNATURES:
        if start.startswith(signature):
            return description
    return "binary data" if b"\x00" in start else "text of another kind"
