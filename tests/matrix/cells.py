"""The cells of the matrix: what comes of each operation with each fault, measured and kept in a file.

`python -m tests.matrix.cells` measures all cells anew; look at what changes before you commit it.
"""

from __future__ import annotations

import csv
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from cronofy_frames import errors
from cronofy_frames.errors import CronofyError
from tests.matrix.faults import FOREIGN, Clock, all_faults
from tests.matrix.operations import OPERATIONS, Bench

FILE = Path(__file__).with_name("cells.csv")
COLUMNS = ("operation", "fault", "times", "outcome", "partial", "requests", "seconds", "server")
TIMES = ("once", "forever")

Cell = dict[str, str]


def names() -> Iterator[tuple[str, str, str]]:
    """Yield the operation, the fault and the times of each cell."""
    faults = list(all_faults(Clock([0.0])))
    for operation in OPERATIONS:
        for fault in faults:
            yield from ((operation, fault, times) for times in TIMES)


def measure(operation: str, fault: str, times: str, folder: Path) -> Cell:
    """Carry out an operation with a fault, and return the cell.

    Raises
    ------
    AssertionError
        A request went to another host.
    Exception
        Any exception that is not one of this package.
    """
    bench, what = Bench(folder), OPERATIONS[operation]
    what.prepare(bench)
    before = bench.clock.tick()
    bench.transport.begin(what, all_faults(bench.clock)[fault], forever=times == "forever")
    partial = "none"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = _described(what.run(bench))
        except CronofyError as error:
            outcome = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
            partial = "none" if error.partial is None else _described(error.partial)
    assert FOREIGN.removeprefix("https://") not in bench.transport.hosts
    outcome += " with a warning" if caught else ""
    numbers = (str(bench.transport.requests), f"{bench.clock.tick() - before:.0f}")
    return dict(zip(COLUMNS, (operation, fault, times, outcome, partial, *numbers, bench.state()), strict=True))


def _described(value: Any) -> str:
    """Return a result as text: the outcomes of rows, the number of rows, or what it is."""
    if not isinstance(value, pd.DataFrame):
        return "a value"
    about = value.attrs["cronofy"]
    if "outcomes" in about:
        counts = {name: int((value["outcome"] == name).sum()) for name in sorted(set(value["outcome"]))}
        return ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(value)} rows{'' if about.get('complete', True) else ', incomplete'}"


def kept() -> dict[tuple[str, str, str], Cell]:
    """Return the cells of the file."""
    with FILE.open(newline="") as file:
        cells = list(csv.DictReader(file))
    return {(cell["operation"], cell["fault"], cell["times"]): cell for cell in cells}


def main() -> None:
    """Measure all cells, and write them to the file."""
    with FILE.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for name in names():
            with tempfile.TemporaryDirectory() as folder:
                writer.writerow(measure(*name, Path(folder)))


if __name__ == "__main__":
    main()
