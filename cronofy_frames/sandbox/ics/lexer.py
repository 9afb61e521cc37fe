"""The text of an .ics file, cut into components before anything is parsed.

Cutting first keeps one bad component from taking the others with it: each is parsed by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

BLOCKS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"})
"""Components that stand directly in a calendar and never in one another (RFC 5545, 3.6)."""

_PROPERTY = re.compile(r"([A-Za-z0-9-]+)(?=[;:])[^:]*:?(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([,;\\nN])")


@dataclass(slots=True)
class Block:
    """One component: the lines of its own, and all of them with what is nested in it."""

    name: str
    own: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was wrong with its frame

    def text(self, name: str) -> str:
        """Return the text of a property, "" where there is none."""
        return next((value for line in self.own for found, value in [property_of(line)] if found == name), "")


@dataclass(slots=True)
class Sheet:
    """One VCALENDAR: its properties and components."""

    header: Block = field(default_factory=lambda: Block("VCALENDAR"))
    blocks: list[Block] = field(default_factory=list)


def property_of(line: str) -> tuple[str, str]:
    """Return the upper-case name and the unescaped text of a content line, or ("", "") for a line that is none."""
    match = _PROPERTY.match(line)
    if match is None:
        return "", ""
    text = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], match[2])
    return match[1].upper(), text


def content_lines(data: bytes) -> tuple[list[str], int]:
    """Return the unfolded lines, and how many of them were not UTF-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    data = re.sub(rb"\r*\n|\r", b"\n", data)
    # Unfolded as bytes: old programs fold in the middle of a character (RFC 5545, 3.1).
    raw = re.sub(rb"\n[ \t]", b"", data).split(b"\n")
    lines, foreign = [], 0
    for one in raw:
        try:
            lines.append(one.decode())
        except UnicodeDecodeError:
            foreign += 1
            lines.append(_western(one))
    return [line for line in lines if line.strip()], foreign


def _western(line: bytes) -> str:
    """Read a line as what Windows and Latin-1 programs write; every byte means something in Latin-1."""
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def sheets_of(data: bytes, *, name: str) -> tuple[list[Sheet], list[str]]:
    """Cut an .ics file into calendars and their components.

    Parameters
    ----------
    data
        The file's bytes.
    name
        The file's name, for messages.

    Returns
    -------
    sheets, notes
        The calendars, and what was wrong with the text as a whole.

    Raises
    ------
    ValueError
        If there is no calendar in it.
    """
    lines, foreign = content_lines(data)
    cutter = _Cutter()
    for line in lines:
        cutter.take(line)
    cutter.close("the file breaks off inside it")
    if not cutter.sheets:
        raise ValueError(
            f"{name} is no iCalendar file: it holds {_found(data)} and no BEGIN:VCALENDAR. "
            "Export the calendar as .ics from Google Calendar, Outlook or Apple Calendar and give that file."
        )
    notes = list(cutter.notes)
    if foreign:
        notes.append(f"{foreign} of {len(lines)} lines are not UTF-8; read as Windows-1252")
    if cutter.strays:
        notes.append(f"{cutter.strays} lines stand outside every calendar; left out")
    return cutter.sheets, notes


class _Cutter:
    """Takes line after line and sorts them into sheets and blocks."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.notes: list[str] = []
        self.strays = 0
        self._sheet: Sheet | None = None
        self._block: Block | None = None
        self._nested: list[str] = []

    def take(self, line: str) -> None:
        """Put one line where it belongs."""
        mark, _, value = line.strip().upper().partition(":")
        if mark == "BEGIN":
            self._begin(value.strip(), line)
        elif mark == "END":
            self._end(value.strip(), line)
        elif self._block is not None:
            self._block.lines.append(line)
            if not self._nested:
                self._block.own.append(line)
        elif self._sheet is not None:
            self._sheet.header.own.append(line)
        else:
            self.strays += 1

    def close(self, note: str) -> None:
        """End the open block, if any, which its own END did not."""
        if self._block is not None:
            self._block.notes.append(note)
        self._block, self._nested = None, []

    def _begin(self, name: str, line: str) -> None:
        if name == "VCALENDAR":
            self.close("it has no END; a new calendar begins inside it")
            self._sheet = Sheet()
            self.sheets.append(self._sheet)
        elif self._block is None or name in BLOCKS:
            self.close(f"it has no END; a {name} begins inside it")
            self._open(name)
        else:
            self._nested.append(name)
            self._block.lines.append(line)

    def _open(self, name: str) -> None:
        if self._sheet is None:
            if name not in BLOCKS:  # a vCard, say
                self.strays += 1
                return
            self.notes.append(f"a {name} stands outside every calendar; taken all the same")
            self._sheet = Sheet()
            self.sheets.append(self._sheet)
        self._block = Block(name)
        self._sheet.blocks.append(self._block)

    def _end(self, name: str, line: str) -> None:
        if name == "VCALENDAR":
            self.close("it has no END; its calendar ends inside it")
            self._sheet = None
        elif self._block is not None and name in self._nested:
            while self._nested.pop() != name:
                self._block.notes.append("a component inside it has no END")
            self._block.lines.append(line)
        elif self._block is not None and name == self._block.name:
            if self._nested:
                self._block.notes.append("a component inside it has no END")
            self._block, self._nested = None, []
        elif self._block is not None:
            self._block.notes.append(f"an END:{name} without BEGIN; left out")
        elif self._sheet is not None:
            self.notes.append(f"an END:{name} without BEGIN; left out")
        else:
            self.strays += 1


def _found(data: bytes) -> str:
    """Say what a file that is no calendar seems to be, without quoting it."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    if not start:
        return "nothing"
    if start.startswith(b"pk\x03\x04"):
        return "a ZIP archive (Google exports one: unpack it and give an .ics file of it)"
    if start.startswith(b"begin:vcard"):
        return "address cards (vCard)"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "a web page or XML (a link that asks to sign in, perhaps)"
    if start.startswith((b"{", b"[")):
        return "JSON"
    if b"\x00" in start:
        return "binary data"
    return "text of another kind"
