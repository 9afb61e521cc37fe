"""Text for messages and tables: printable on one line, shortened to a length, and counts with their noun.

The rule for messages: what other people or servers wrote (names, ids, headers, file names, bodies of responses) is in a
message only as one printable line, by `single_line`, `shorten`, `join_names` or `repr`. A message is printed on
terminals and written to logs, which obey control characters. Errors of this package apply the rule to their whole
message; where another exception is raised, the text that it quotes is passed through one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# what a terminal obeys or cannot print: control characters and line separators, marks that turn the direction of the
# text after them, and halves of a surrogate pair
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DIRECTION_MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_SPACES = re.compile(" +")  # not the no-break space, which holds words together


def single_line(text: str) -> str:
    r"""Return a text as one line that is safe to print, even if other people wrote it.

    Control characters become a space, direction marks go, and a lone surrogate is written as its escape.

    Examples
    --------
    >>> single_line("Ann\x1b[2J\nof Rome")
    'Ann [2J of Rome'
    """
    line = _DIRECTION_MARKS.sub("", _CONTROLS.sub(" ", text))
    return line.encode("utf-8", "backslashreplace").decode()


def shorten(text: str, longest: int, *, tail: int = 0) -> str:
    """Return a text as one printable line of at most so many characters; a longer one has an ellipsis.

    Parameters
    ----------
    text
        Any text.
    longest
        The largest number of characters to return.
    tail
        How many characters of the end to keep, after the ellipsis.

    Examples
    --------
    >>> shorten("Quarterly review", 10), shorten("Quarterly review", 10, tail=3)
    ('Quarterly…', 'Quarte…iew')
    """
    line = _SPACES.sub(" ", single_line(text)).strip(" ")
    if len(line) <= longest:
        return line
    return f"{line[: longest - 1 - tail].rstrip()}…{line[len(line) - tail :].lstrip()}"


def quantity(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> quantity(1, "row"), quantity(1200, "row"), quantity(2, "entry", "entries")
    ('1 row', '1,200 rows', '2 entries')
    """
    return f"{count:,} {by_count(count, singular, plural)}"


def join_names(names: Iterable[str], most: int = 40) -> str:
    """Return names for a message, each as one printable line, and how many there are beyond the first ones.

    Examples
    --------
    >>> join_names(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    every = list(map(single_line, names))
    return ", ".join(every[:most]) + (f" and {len(every) - most:,} more" if len(every) > most else "")


def by_count(count: int, singular: str, plural: str | None = None) -> str:
    """Return the form of a word that goes with a count.

    Examples
    --------
    >>> by_count(1, "is", "are"), by_count(3, "is", "are")
    ('is', 'are')
    """
    return singular if count == 1 else plural or f"{singular}s"


def foreign_frame_text(frame: Any) -> str:
    """Return the message about a value that is no frame of pandas, with the method that makes it one."""
    methods = [name for name in ("to_pandas", "compute") if hasattr(frame, name)]  # compute is Dask's
    mend = f"call its {methods[0]}()" if methods else "pass the frame of read_events or pd.DataFrame"
    library = type(frame).__module__.partition(".")[0]
    return f"this is a {type(frame).__name__} of {library} and not a pandas DataFrame: {mend}."
