"""Every operation with every fault: the cell of the matrix holds, and so do the laws for all of them."""

from pathlib import Path

import pytest

from tests.matrix.cells import COLUMNS, kept, measure, names

CELLS = kept()
NAMES = list(names())


def test_no_cell_is_missing_or_empty() -> None:
    """The file has each operation with each fault, once and for ever, and a value in every column."""
    assert list(CELLS) == NAMES
    assert all(cell[column] for cell in CELLS.values() for column in COLUMNS)


@pytest.mark.parametrize("name", NAMES, ids=" - ".join)
def test_a_cell_holds(name: tuple[str, str, str], tmp_path: Path) -> None:
    """What comes of it, in virtual time: a value or an error of this package, the rows so far, requests, the server."""
    cell = CELLS[name]
    assert measure(*name, tmp_path) == cell
    assert float(cell["seconds"]) <= 450  # the deadline of an answer, and twice the patience for waits at most


WRITES = ("create_event", "batch", "apply", "userinfo in apply")


@pytest.mark.parametrize("name", [name for name in NAMES if name[0] in WRITES and name[2] == "once"], ids=" - ".join)
def test_nothing_is_written_twice_or_partly(name: tuple[str, str, str]) -> None:
    """After a fault that passes the events of the operation are there, each once, or none of them is."""
    whole = {"create_event": "a", "batch": "b"}.get(name[0], "e0000 e0001 e0002")
    assert CELLS[name]["server"] in (whole, "nothing")
