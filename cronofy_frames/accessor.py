"""`df.cronofy`: the public functions that take a frame first, as methods of any pandas DataFrame.

pandas calls such an attribute an accessor. It is registered when both this package and pandas are imported, in
whichever order, so that importing this package does not import pandas.
"""

from __future__ import annotations

import importlib
import sys
from types import MethodType
from typing import Any

from cronofy_frames.text import foreign_frame_text

NAME = "cronofy"
PANDAS = "pandas"

FUNCTIONS = (
    "attendees",
    "busy",
    "common_free",
    "concurrency",
    "conflicts",
    "export",
    "gaps",
    "member_statuses",
    "occupancy",
    "plan_available_periods",
    "plan_deletes",
    "plan_events",
    "plot_days",
    "plot_heatmap",
    "plot_time_use",
    "plot_timeline",
    "plot_week",
    "pseudonymise",
    "quality",
    "quality_rows",
    "run_fetch",
    "time_use",
    "to_timezone",
    "with_calendars",
)
"""The functions whose first argument is a frame. A list, because to look at the functions would import them all."""


class FrameMethod:
    """A public function as a method of the frame of an accessor; the function is imported when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, accessor: FrameFunctions | None, owner: type | None = None) -> Any:
        function = getattr(importlib.import_module("cronofy_frames"), self._name)
        return function if accessor is None else MethodType(function, accessor.frame)


class FrameFunctions:
    """The functions that take a frame first, as its methods: `events.cronofy.busy()` is `cf.busy(events)`.

    A method is the function itself, with the frame as its first argument; its documentation is that of the function.
    After a filter, the methods are those of the rows that remain. `concat`, and functions that take a client first,
    are no methods. mypy and other type checkers cannot see accessors: call the functions where types matter.

    Parameters
    ----------
    frame
        The frame; pandas passes it.

    Raises
    ------
    TypeError
        The frame is not of pandas.

    Examples
    --------
    >>> events = cf.read_events(client, "2026-03-02", "2026-03-09")
    >>> events.cronofy.to_timezone("Asia/Tokyo").cronofy.busy().columns.tolist()
    ['start', 'end']
    """

    def __init__(self, frame: Any) -> None:
        pandas = importlib.import_module(PANDAS)
        if not isinstance(frame, pandas.DataFrame):
            raise TypeError(foreign_frame_text(frame))
        self.frame = frame

    def __dir__(self) -> list[str]:
        return list(FUNCTIONS)

    def __repr__(self) -> str:
        return f"<functions of cronofy_frames for this frame: {', '.join(FUNCTIONS)}>"


for _name in FUNCTIONS:
    setattr(FrameFunctions, _name, FrameMethod(_name))


def register() -> None:
    """Register the accessor with pandas, which is imported; once, as pandas warns of a second time."""
    pandas = sys.modules[PANDAS]
    if not hasattr(pandas.DataFrame, NAME):
        pandas.api.extensions.register_dataframe_accessor(NAME)(FrameFunctions)


def register_with_pandas() -> None:
    """Register the accessor now if pandas is imported, else as soon as it is."""
    if hasattr(sys.modules.get(PANDAS), "DataFrame"):
        register()
    elif not any(isinstance(finder, PandasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, PandasFinder())


class PandasFinder:
    """Finds pandas as the other finders do, registers the accessor after it is imported, and is gone."""

    def __init__(self) -> None:
        self._is_active = True

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002 - of the protocol
        """Return where pandas is; None for any other module, which leaves it to the other finders."""
        if name != PANDAS or not self._is_active:
            return None
        self._is_active = False  # the search below comes here again
        try:
            spec = importlib.import_module("importlib.util").find_spec(name)
        finally:
            self._is_active = True
        if spec is not None and spec.loader is not None:
            self._register_after(spec.loader)
        return spec

    def _register_after(self, loader: Any) -> None:
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            register()

        loader.exec_module = exec_module
