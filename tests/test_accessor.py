"""`df.cronofy`: the functions that take a frame first, as methods of a frame."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes

import cronofy_frames as cf
from cronofy_frames.accessor import FUNCTIONS, FrameFunctions
from tests.small import small_box


def is_frame_first(name: str) -> bool:
    """Return whether a public name is a function whose first argument is a frame."""
    value = getattr(cf, name)
    parameters = list(inspect.signature(value).parameters.values()) if inspect.isfunction(value) else []
    return bool(parameters) and str(parameters[0].annotation).startswith("pd.DataFrame")


@pytest.fixture(scope="module")
def frames() -> dict[str, Any]:
    """The frames that the functions take, and the client."""
    client = cf.connect(sandbox=small_box())
    events = cf.read_events(client, "2026-03-02", "2026-03-16", tz="Europe/London")
    sub = client.user_info()["sub"]
    return {
        "client": client,
        "events": events,
        "accounts": cf.concat({"ann": events}),
        "calendars": cf.read_calendars(client),
        "available": cf.read_availability(client, [sub], "2026-03-05", "2026-03-06", duration="1h"),
        "use": cf.time_use(events, freq="W"),
        "periods": events[["start", "end"]].head(1).assign(available_period_id="p1"),
    }


# function -> the frame that it takes, and its other arguments from the frames
CALLS: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "common_free": ("accounts", lambda _: {"duration": "1h"}),
    "member_statuses": ("available", lambda _: {}),
    "plan_available_periods": ("periods", lambda frames: {"client": frames["client"], "tz": "Europe/London"}),
    "plan_deletes": ("events", lambda frames: {"client": frames["client"], "skip_bad": True}),
    "plan_events": ("events", lambda frames: {"client": frames["client"]}),
    "plot_time_use": ("use", lambda _: {}),
    "pseudonymise": ("events", lambda _: {"key": b"sixteen bytes or more"}),
    "quality_rows": ("events", lambda _: {"check": "no_title"}),
    "time_use": ("events", lambda _: {"freq": "W"}),
    "to_timezone": ("events", lambda _: {"tz": "Asia/Tokyo"}),
    "with_calendars": ("events", lambda frames: {"calendars": frames["calendars"], "columns": ["profile_name"]}),
}


def comparable(result: Any) -> Any:
    """Return what two results of one function have in common."""
    if isinstance(result, cf.Plan):
        return str(result)
    if isinstance(result, Axes):
        return [(type(part).__name__, part.get_gid()) for part in result.get_children()], result.get_title()
    return (result.to_json(date_format="iso"), result.attrs) if isinstance(result, pd.DataFrame) else result


def test_every_function_that_takes_a_frame_first_is_a_method() -> None:
    """The methods are the public functions whose first argument is a frame, no more and no less."""
    assert list(FUNCTIONS) == [name for name in cf.__all__ if is_frame_first(name)]
    assert dir(pd.DataFrame().cronofy) == list(FUNCTIONS)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("export", "run_fetch")])
def test_a_method_gives_what_its_function_gives(name: str, frames: dict[str, Any]) -> None:
    """The method of a frame is the function with that frame first."""
    taken, arguments = CALLS.get(name, ("events", lambda _: {}))
    frame, options = frames[taken], arguments(frames)
    expected = comparable(getattr(cf, name)(frame, **options))
    assert comparable(getattr(frame.cronofy, name)(**options)) == expected


def test_export_writes_the_same_file(frames: dict[str, Any], tmp_path: Path) -> None:
    """`df.cronofy.export(path)` writes what `cf.export(df, path)` writes."""
    cf.export(frames["events"], tmp_path / "a.csv")
    frames["events"].cronofy.export(tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_fetch_runs_the_same_tasks(frames: dict[str, Any], tmp_path: Path) -> None:
    """`tasks.cronofy.run_fetch(...)` is `cf.run_fetch(tasks, ...)`."""
    clients = {"ann": frames["client"]}
    tasks = cf.plan_fetch(clients, "2026-03-02", "2026-03-16")
    report = cf.run_fetch(tasks, clients, tmp_path / "a")
    pd.testing.assert_frame_equal(tasks.cronofy.run_fetch(clients, tmp_path / "b"), report)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_method_has_the_signature_and_documentation_of_its_function(name: str) -> None:
    """`help`, `?` and completion show the arguments after the first, and the function's own text."""
    function, method = getattr(cf, name), getattr(pd.DataFrame().cronofy, name)
    assert list(inspect.signature(method).parameters) == list(inspect.signature(function).parameters)[1:]
    assert (inspect.getdoc(method), method.__name__) == (inspect.getdoc(function), name)
    assert getattr(FrameFunctions, name) is function


def test_methods_follow_a_filter(frames: dict[str, Any]) -> None:
    """After a filter the methods are those of the rows that remain, and a chain goes on."""
    events = frames["events"]
    some = events[events["summary"] == "review"]
    tokyo = some.cronofy.to_timezone("Asia/Tokyo")
    assert tokyo.cronofy.busy()["start"].tolist() == [pd.Timestamp("2026-03-05 23:00", tz="Asia/Tokyo")]
    events.cronofy.busy()
    assert len(events.head(1).cronofy.busy()) == 1


def test_a_frame_of_other_columns_is_refused_by_the_function() -> None:
    """A frame without times has the methods too, and they say what is missing."""
    with pytest.raises(ValueError, match="start"):
        pd.DataFrame({"a": [1]}).cronofy.busy()


class DaskLike:
    """A frame of another library, computed on request."""

    def compute(self) -> pd.DataFrame:
        """Return the rows."""
        return pd.DataFrame()


def test_a_frame_of_another_library_is_refused() -> None:
    """Frames of other libraries are refused with the method that makes a pandas frame, by accessor and function."""
    with pytest.raises(TypeError, match=r"DaskLike of tests and not a pandas DataFrame: call its compute\(\)"):
        FrameFunctions(DaskLike())
    with pytest.raises(ValueError, match=r"call its compute\(\)"):
        cf.busy(DaskLike())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code",
    [
        "import cronofy_frames, pandas",
        "import pandas, cronofy_frames",
        "import importlib.util, cronofy_frames; importlib.util.find_spec('pandas'); import pandas",
        "import cronofy_frames as cf; cf.busy; import pandas",
        "import cronofy_frames, importlib; importlib.reload(cronofy_frames); import pandas",
        "import pandas, cronofy_frames, importlib; importlib.reload(cronofy_frames)",
    ],
)
def test_it_is_there_in_whichever_order_the_packages_are_imported(code: str) -> None:
    """The packages may be imported in any order, without a warning, and without loading what no method needs."""
    probe = (
        f"{code}; import sys; frame = pandas.DataFrame(); frame.cronofy; dir(frame.cronofy); "
        "print('matplotlib' in sys.modules, [f for f in sys.meta_path if 'Pandas' in type(f).__name__])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", probe], capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "False []\n")


def test_importing_the_package_imports_no_pandas() -> None:
    """The accessor waits for pandas; it does not bring it."""
    probe = "import sys, cronofy_frames; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
