"""Arguments of a wrong type are refused by their name, with what they take."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
import cronofy_frames.dask as cfd
from cronofy_frames.argument_types import text_list

DAYS = ("2026-03-02", "2026-03-09")
NOTHING: list[Any] = [None, 5, object(), b"x"]
NO_TEXTS: list[Any] = [5, object(), b"x", [None], [5]]

Call = Callable[[cf.Client, Path, Any], object]


def service() -> cf.Client:
    """Return a client of a server that is not asked."""
    return cf.connect(
        base_url="http://127.0.0.1:9", access_token="x", client_id="id", client_secret="secret", environment={}
    )


def delegated(**arguments: Any) -> object:
    """Call delegated_clients with one argument that is wrong."""
    return cf.delegated_clients(
        **{"service_client": service(), "emails": ["ann@example.test"], "store": memory_store, **arguments}
    )


def memory_store(email: str) -> cf.MemoryStore:
    """Return an empty store for an address."""
    del email
    return cf.MemoryStore()


def archive(folder: Path) -> cf.Archive:
    """Return a new archive."""
    return cf.Archive(folder / "team.archive")


ORGANISATION: dict[str, tuple[Call, list[Any]]] = {
    "delegated_clients(service_client)": (lambda _c, _f, bad: delegated(service_client=bad), NOTHING),
    "delegated_clients(emails)": (lambda _c, _f, bad: delegated(emails=bad), [*NOTHING, [5], "ann@example.test", []]),
    "delegated_clients(store)": (lambda _c, _f, bad: delegated(store=bad), [*NOTHING, "memory", lambda _: None]),
    "delegated_clients(scope)": (lambda _c, _f, bad: delegated(scope=bad), [*NOTHING, [None], "", [], ["  "]]),
    "delegated_clients(listen)": (lambda _c, _f, bad: delegated(listen=bad), [*NOTHING, ("127.0.0.1", "8000"), (1,)]),
    "delegated_clients(seconds)": (lambda _c, _f, bad: delegated(seconds=bad), [None, "60", True, 0, -1]),
    "plan_fetch(accounts)": (lambda _c, _f, bad: cf.plan_fetch(bad, *DAYS), [*NOTHING, [5], "ann", [], [""]]),
    "plan_fetch(rows_per_day)": (lambda _c, _f, bad: cf.plan_fetch(["ann"], *DAYS, rows_per_day=bad), [None, "5", 0]),
    "plan_fetch(page_size)": (lambda _c, _f, bad: cf.plan_fetch(["ann"], *DAYS, page_size=bad), [None, "5", 0]),
    "plan_fetch(pace)": (lambda _c, _f, bad: cf.plan_fetch(["ann"], *DAYS, pace=bad), [None, 5, ("a", 1), (0, 1)]),
    "run_fetch(tasks)": (lambda c, f, bad: cf.run_fetch(bad, {"ann": c}, f / "out"), [*NOTHING, ["ann"]]),
    "run_fetch(clients)": (lambda _c, f, bad: cf.run_fetch(cf.plan_fetch(["ann"], *DAYS), bad, f / "out"), [None, 5]),
    "run_fetch(folder)": (lambda c, _f, bad: cf.run_fetch(cf.plan_fetch(["ann"], *DAYS), {"ann": c}, bad), NOTHING),
    "run_fetch(kind)": (
        lambda c, f, bad: cf.run_fetch(cf.plan_fetch(["ann"], *DAYS), {"ann": c}, f / "out", kind=bad),
        [*NOTHING, ["events"]],
    ),
    "stream_events(client)": (lambda _c, _f, bad: cf.stream_events(bad, *DAYS), [None, 5, ["ann"], {"ann": 5}]),
    "stream_events(resume)": (lambda c, _f, bad: cf.stream_events(c, resume=bad), [5, "next", b"x", ["next"]]),
    "dask.read_events(accounts)": (lambda _c, _f, bad: cfd.read_events(bad, *DAYS), [*NOTHING, [5], "ann"]),
    "dask.read_events(columns)": (
        lambda _c, _f, bad: cfd.read_events(["ann"], *DAYS, columns=bad),
        [5, object(), "start", []],
    ),
    "dask.read_events(connect)": (lambda _c, _f, bad: cfd.read_events(["ann"], *DAYS, connect=bad), [None, "ann"]),
}

READS: dict[str, tuple[Call, list[Any]]] = {
    "read_events(calendars)": (lambda c, _f, bad: cf.read_events(c, calendars=bad), NO_TEXTS),
    "read_events(include)": (lambda c, _f, bad: cf.read_events(c, include=bad), [None, *NO_TEXTS]),
    "read_free_busy(include)": (lambda c, _f, bad: cf.read_free_busy(c, include=bad), [None, *NO_TEXTS]),
    "read_events(extra)": (lambda c, _f, bad: cf.read_events(c, extra=bad), NO_TEXTS),
    "read_events(resume)": (lambda c, _f, bad: cf.read_events(c, resume=bad), [5, "next", b"x", ["next"]]),
    "read_events(resume) of accounts": (lambda c, _f, bad: cf.read_events({"ann": c}, resume=bad), [5, "next", b"x"]),
    "export(frame)": (lambda _c, f, bad: cf.export(bad, f / "a.csv"), [None, 5, object(), [5]]),
    "export(path)": (lambda c, _f, bad: cf.export(cf.read_events(c, *DAYS), bad), NOTHING),
    "pseudonymise(columns)": (lambda c, _f, bad: cf.pseudonymise(cf.read_events(c), b"x" * 32, columns=bad), [5]),
}

ARCHIVE: dict[str, tuple[Call, list[Any]]] = {
    "Archive(folder)": (lambda _c, _f, bad: cf.Archive(bad), NOTHING),
    "Archive(drop)": (lambda _c, f, bad: cf.Archive(f / "new", drop=bad), [None, *NO_TEXTS]),
    "Archive(retain)": (lambda _c, f, bad: cf.Archive(f / "new", retain=bad), [5, ["3y"], b"3y"]),
    "sync(calendars)": (lambda c, f, bad: archive(f).sync(c, calendars=bad), NO_TEXTS),
    "sync(account) in former": (lambda c, f, bad: archive(f).sync({"ann": c}, former=bad), NO_TEXTS),
    "due(labels)": (lambda _c, f, bad: archive(f).due(bad), NO_TEXTS),
    "due(often)": (lambda _c, f, bad: archive(f).due(often=bad), [None, [5], "soon"]),
    "absent(labels)": (lambda _c, f, bad: archive(f).absent(bad), [None, *NO_TEXTS]),
    "events(account)": (lambda _c, f, bad: archive(f).events(account=bad), NO_TEXTS),
    "events(calendars)": (lambda _c, f, bad: archive(f).events(calendars=bad), NO_TEXTS),
    "free_busy(include)": (lambda _c, f, bad: archive(f).free_busy(include=bad), [None, *NO_TEXTS]),
    "export(folder)": (lambda _c, f, bad: archive(f).export(bad), NOTHING),
    "forget(email)": (lambda _c, f, bad: archive(f).forget(email=bad), [*NOTHING, ["a@b.test"]]),
    "forget(names)": (lambda _c, f, bad: archive(f).forget(email="a@b.test", names=bad), [None, *NO_TEXTS]),
    "prune(retain)": (lambda _c, f, bad: archive(f).prune(bad), [5, ["3y"]]),
    "compact(keep_hours)": (lambda _c, f, bad: archive(f).compact(keep_hours=bad), [None, "1", -1, 0.5, True]),
    "notifications(archive)": (lambda _c, _f, bad: cf.notifications(bad, service()), NOTHING),
    "notifications(path)": (lambda _c, f, bad: cf.notifications(archive(f), service(), path=bad), NOTHING),
}

CALLS = {**ORGANISATION, **READS, **ARCHIVE}


@pytest.mark.parametrize(
    ("call", "bad"),
    [pytest.param(name, bad, id=f"{name}-{bad!r:.12}") for name, (_, bad) in CALLS.items() for bad in bad],
)
def test_a_wrong_argument_is_named(client: cf.Client, tmp_path: Path, call: str, bad: Any) -> None:
    """The message has the argument, what it takes, and what was given or what to give."""
    name = re.findall(r"\((\w+)\)", call)[0]
    before = cf.usage()["calls"].sum()
    with pytest.raises((ValueError, TypeError, cf.FrameError)) as caught:
        CALLS[call][0](client, tmp_path, bad)
    assert re.search(rf"\b{name}\b|needs at least one|frame", str(caught.value)), caught.value
    assert re.search(
        r"; not |give |such as |lacks|empty|at least one|comes|use |return |pass |name |for a single ",
        str(caught.value),
    ), caught.value
    assert "object is not" not in str(caught.value)
    if not call.startswith(("export(path)", "pseudonymise")):
        assert cf.usage()["calls"].sum() == before


@pytest.mark.parametrize(
    ("value", "expected"), [("ann", ["ann"]), (("a", "b"), ["a", "b"]), (set(), []), ({"a": 1}, ["a"])]
)
def test_a_text_is_a_list_of_one(value: Any, expected: list[str]) -> None:
    """So are the keys of a mapping, and whatever can be iterated."""
    assert text_list("labels", value, "labels") == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda label, client, _: cf.read_events({label: client}, *DAYS),
        lambda label, client, _: cf.read_free_busy({label: client}, *DAYS),
        lambda label, client, _: cf.read_calendars({label: client}),
        lambda label, client, _: list(cf.stream_events({label: client}, *DAYS)),
        lambda label, client, folder: cf.Archive(folder / "x.archive").sync({label: client}),
        lambda label, client, _: cf.plan_fetch({label: client}, *DAYS),
        lambda label, _, __: cf.plan_fetch([label], *DAYS),
        lambda label, _, __: cfd.read_events([label], *DAYS),
        lambda label, _, __: delegated(emails=[label]),
    ],
)
def test_a_label_that_nothing_can_hold_is_refused(
    call: Callable[[str, cf.Client, Path], object], tmp_path: Path
) -> None:
    """Half a character, of an argument in another encoding, is in no frame and no file; nothing is sent."""
    with pytest.raises(ValueError, match=r"the label 'ann\\ud800@x.test' has half a character.*write the label anew"):
        call("ann\ud800@x.test", service(), tmp_path)
