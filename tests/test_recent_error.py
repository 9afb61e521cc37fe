"""Interrupts of reads and writes, in processes of their own; and what `last_error` keeps."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import distributed  # noqa: F401 - where it is loaded, a copy of an error keeps its traceback
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.server import Served, serve
from cronofy_frames.wire.faults import Fault
from tests.command_line import run_command
from tests.interrupting import SAFETY, Hold, interrupt, start_process
from tests.small import HOME, small_box

PAGES = "GET /v1/events/pages"


def environment_of(served: Served, box: Sandbox) -> dict[str, str]:
    """Return the variables with which a process reads Ann's calendars."""
    return {"CRONOFY_API_URL": served.url, "CRONOFY_ACCESS_TOKEN": box.tokens("ann@example.test")["access_token"]}


@pytest.fixture
def hold() -> Iterator[Hold]:
    """A wait that lasts until the test ends."""
    with Hold() as waiting:
        yield waiting


READ = """
import json, threading
import cronofy_frames as cf
try:
    {call}
except KeyboardInterrupt as error:
    stopped = cf.last_error()
    print(json.dumps({{
        "rows": len(stopped.partial), "resume": stopped.resume, "notes": stopped.__notes__,
        "complete": stopped.partial.attrs["cronofy"]["complete"],
        "same": error.partial is stopped.partial, "type": type(stopped).__name__,
        "accounts": sorted(set(stopped.partial["account"])) if "account" in stopped.partial else [],
        "threads": [thread.name for thread in threading.enumerate() if thread.name == "cronofy_frames read"],
    }}))
"""


def test_an_interrupt_ends_the_wait_for_a_response(hold: Hold) -> None:
    """The process ends before the server answers; the page before it is kept, and the read goes on from there."""
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("slow", route=PAGES, times={1})])
    with serve(box, sleep=hold) as served, hold:
        process = start_process("-c", READ.format(call="cf.read_events(cf.connect())"), **environment_of(served, box))
        hold.wait_for(1)
        code, out, err = interrupt(process)
        kept = json.loads(out)
        assert (code, err) == (0, "")
        assert (kept["rows"], kept["same"], kept["complete"], kept["type"]) == (2, True, False, "KeyboardInterrupt")
        assert kept["resume"]["next_page"].startswith(f"{served.url}/v1/events/pages/")
        assert "2 rows of 1 page were read" in kept["notes"][0]
        assert "resume=stopped.resume" in kept["notes"][0]
        environment = environment_of(served, box)
        with cf.connect(environment=environment) as client:
            rest = cf.read_events(client, resume=kept["resume"])
            assert len(rest) == len(cf.read_events(client)) - 2


def test_an_interrupt_nobody_catches_ends_the_process_as_ctrl_c_does(hold: Hold) -> None:
    """It dies of the signal, so that a shell stops its loop; the traceback ends with how to go on."""
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("slow", route=PAGES)])
    with serve(box, sleep=hold) as served, hold:
        script = "import cronofy_frames as cf; cf.read_events(cf.connect())"
        process = start_process("-c", script, **environment_of(served, box))
        hold.wait_for(1)
        code, _, err = interrupt(process)
    assert code == -signal.SIGINT
    last = err.splitlines()[-2:]
    assert last[0] == "KeyboardInterrupt"
    assert last[1].startswith("Interrupted: 2 rows of 1 page were read.")


def test_an_interrupt_ends_the_wait_for_another_attempt() -> None:
    """A read that would wait four minutes ends at once, with no further request."""
    fault = Fault("status", route=PAGES, status=429, retry_after=250)
    box = small_box(page_size=2, rate_limit=False, faults=[fault])
    with serve(box) as served:
        script = "import logging; logging.basicConfig(format='%(message)s')\n"
        script += READ.format(call="cf.read_events(cf.connect())")
        process = start_process("-c", script, **environment_of(served, box))
        assert process.stderr is not None
        assert b"retrying in 250" in process.stderr.readline()
        code, out, _ = interrupt(process)
        count = sum(PAGES in line for line in served.lines)
    kept = json.loads(out)
    assert (code, kept["rows"], count) == (0, 2, 1)


SEVERAL = """clients = {{"ann": cf.connect()}}
    for n in range(12):
        clients["other %d" % n] = cf.connect(base_url="{url}", access_token="{token}")
    cf.read_events(clients)"""


def test_an_interrupt_ends_the_reads_of_several_accounts(hold: Hold) -> None:
    """What one account has is kept, the threads end, no further account is read, and all others go on or begin."""
    box = small_box(rate_limit=False)
    slow = small_box(rate_limit=False, faults=[Fault("slow", route="GET /v1/events")])
    with serve(box) as served, serve(slow, sleep=hold) as hanging, hold:
        token = slow.tokens("ann@example.test")["access_token"]
        call = SEVERAL.format(url=hanging.url, token=token)
        process = start_process("-c", READ.format(call=call), **environment_of(served, box))
        hold.wait_for(8)  # each of eight threads waits: that of the first account has done its work
        code, out, err = interrupt(process)
        assert not hold.begun.acquire(blocking=False)
        kept = json.loads(out)
        assert (code, err, kept["threads"]) == (0, "", [])
        assert (kept["accounts"], kept["rows"], kept["complete"]) == (["ann"], 4, False)
        assert list(kept["resume"]["accounts"]) == [f"other {n}" for n in range(12)]
        hold.__exit__()
        with ExitStack() as stack:
            made = [cf.connect(base_url=hanging.url, access_token=token) for _ in range(12)]
            clients = {f"other {n}": stack.enter_context(client) for n, client in enumerate(made)}
            assert len(cf.read_events(clients, resume=kept["resume"])) == 12 * kept["rows"]


def test_threads_that_cannot_be_woken_do_not_keep_a_process_alive() -> None:
    """A transport of the user's own may wait for ever: the process ends all the same, without a traceback of theirs."""
    script = """
import threading, httpx
import cronofy_frames as cf
from cronofy_frames.tokens import MemoryStore
from cronofy_frames.wire.auth import Tokens
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.messages import Hosts

class Stuck(httpx.BaseTransport):
    def handle_request(self, request):
        print("waiting", flush=True)
        threading.Event().wait()

clients = {name: Client(Hosts("https://a.test", "https://a.test"), store=MemoryStore(Tokens(access_token="t")),
                        transport=Stuck()) for name in "ab"}
try:
    cf.read_events(clients)
except KeyboardInterrupt:
    print(sorted(cf.last_error().resume["accounts"]))
"""
    process = start_process("-c", script)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == [b"waiting\n"] * 2
    assert interrupt(process) == (0, "['a', 'b']\n", "")


def test_an_interrupt_while_calendars_are_looked_up_keeps_their_names(hold: Hold) -> None:
    """Nothing was read; the read goes on with the calendars that it was given."""
    box = small_box(rate_limit=False, faults=[Fault("slow", route="GET /v1/calendars", times={1})])
    with serve(box, sleep=hold) as served, hold:
        environment = environment_of(served, box)
        call = "cf.read_events(cf.connect(), '2026-03-01', '2026-04-01', calendars='Home')"
        process = start_process("-c", READ.format(call=call), **environment)
        hold.wait_for(1)
        _, out, _ = interrupt(process)
        kept = json.loads(out)
        assert (kept["rows"], kept["resume"]["calendars"]) == (0, ["Home"])
        with cf.connect(environment=environment) as client:
            assert cf.read_events(client, resume=kept["resume"])["calendar_id"].tolist() == [HOME]


def test_an_interrupt_while_names_are_looked_up_keeps_all_rows(hold: Hold) -> None:
    """There is nothing to resume, as every row was read."""
    box = small_box(rate_limit=False, faults=[Fault("slow", route="GET /v1/calendars", times={1})])
    with serve(box, sleep=hold) as served, hold:
        call = "cf.read_events(cf.connect())"
        process = start_process("-c", READ.format(call=call), **environment_of(served, box))
        hold.wait_for(1)
        _, out, _ = interrupt(process)
    kept = json.loads(out)
    assert (kept["rows"], kept["complete"], kept["resume"]) == (4, True, None)
    assert "all 4 rows were read" in kept["notes"][0]


def test_an_interrupted_command_leaves_the_file_as_it_was(tmp_path: Path, hold: Hold) -> None:
    """Exit code 130, one line that says what was read and how to go on, and no half of a file."""
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("slow", route=PAGES)])
    target = tmp_path / "events.csv"
    target.write_text("as before")
    with serve(box, sleep=hold) as served, hold:
        environment = environment_of(served, box)
        words = ("-m", "cronofy_frames", "events", "-o", str(target))
        process = start_process(*words, folder=tmp_path, **environment)
        hold.wait_for(1)
        code, out, err = interrupt(process)
    assert (code, out) == (130, "")
    assert err.splitlines() == [
        "error: interrupted: 2 rows of 1 page were read, and nothing was written. Run the command again; for less at a "
        "time add --from and --to."
    ]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("events.csv", "as before")]


def sheet_of(count: int) -> pd.DataFrame:
    """Return rows for a plan of new events."""
    starts = pd.date_range("2026-03-20 09:00", periods=count, freq="h")
    return pd.DataFrame(
        {
            "event_id": [f"id-{n}" for n in range(count)],
            "summary": [f"Meeting {n}" for n in range(count)],
            "start": starts,
            "end": starts + pd.Timedelta(minutes=30),
        }
    )


WRITE = """
import cronofy_frames as cf
try:
    {call}
except KeyboardInterrupt:
    stopped = cf.last_error()
    print(stopped.partial["outcome"].value_counts().to_dict(), stopped.__notes__[0])
"""


@pytest.mark.parametrize("operation", ["apply", "undo"])
def test_an_interrupted_write_goes_on_with_its_journal(tmp_path: Path, hold: Hold, operation: str) -> None:
    """The second batch has no response; repeated with the journal, each row is written or undone exactly once."""
    times = {2} if operation == "apply" else {4}
    box = small_box(rate_limit=False, faults=[Fault("slow", route="POST /v1/batch", times=times)])
    with serve(box, sleep=hold) as served, hold:
        environment = environment_of(served, box)
        with cf.connect(environment=environment) as client:
            plan = cf.plan_events(sheet_of(60), calendar=HOME, client=client, tz="UTC")
            plan.save(tmp_path / "plan.json")
            before = len(cf.read_events(client))
            if operation == "undo":
                cf.apply(plan, client, journal=tmp_path / "journal")
            call = {
                "apply": "cf.apply(cf.load_plan('plan.json'), cf.connect(), journal='journal')",
                "undo": "cf.undo('journal', cf.connect())",
            }[operation]
            process = start_process("-c", WRITE.format(call=call), folder=tmp_path, **environment)
            hold.wait_for(1)
            code, out, err = interrupt(process)
            assert (code, err) == (0, "")
            assert "10 of 60 rows have no response" in out
            assert "To continue, call it with the same journal." in out
            hold.__exit__()
            if operation == "apply":
                done = cf.apply(plan, client, journal=tmp_path / "journal")
                assert done.attrs["cronofy"]["outcomes"] == {"created": 60}
                assert len(cf.read_events(client)) == before + 60
                cf.undo(tmp_path / "journal", client)
            else:
                done = cf.undo(tmp_path / "journal", client)
                assert done.attrs["cronofy"]["outcomes"] == {"deleted": 60}
            assert len(cf.read_events(client)) == before


def test_an_interrupted_apply_command_says_how_to_go_on(tmp_path: Path, hold: Hold) -> None:
    """Exit code 130, and one line that names the journal."""
    box = small_box(rate_limit=False, faults=[Fault("slow", route="POST /v1/batch", times={1})])
    with serve(box, sleep=hold) as served, hold:
        environment = environment_of(served, box)
        with cf.connect(environment=environment) as client:
            cf.plan_events(sheet_of(3), calendar=HOME, client=client, tz="UTC").save(tmp_path / "plan.json")
        words = ("-m", "cronofy_frames", "apply", "plan.json", "--journal", "j", "--yes")
        process = start_process(*words, folder=tmp_path, **environment)
        hold.wait_for(1)
        code, _, err = interrupt(process)
        assert code == 130
        assert "interrupted: 3 of 3 rows have no response. Run the same command again" in err.splitlines()[-1]
        done = run_command("apply", "plan.json", "--journal", "j", "--yes", folder=tmp_path, **environment)
        assert b"3 created" in done.stdout


def reply_to(kernel: Any, request: str) -> dict[str, Any]:
    """Return a kernel's reply to a request; replies to the requests of its start may come before."""
    while True:
        message: dict[str, Any] = kernel.get_shell_msg(timeout=SAFETY)
        if message["parent_header"]["msg_id"] == request:
            content: dict[str, Any] = message["content"]
            return content


def test_a_notebook_kernel_that_is_interrupted_keeps_what_was_read(hold: Hold, tmp_path: Path) -> None:
    """The stop button ends the cell with KeyboardInterrupt and how to go on; the next cell has the rows."""
    manager = pytest.importorskip("jupyter_client.manager").KernelManager(kernel_name="python3")
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("slow", route=PAGES, times={1})])
    with serve(box, sleep=hold) as served, hold:
        manager.start_kernel(env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment_of(served, box)})
        kernel = manager.client()
        kernel.start_channels()
        try:
            kernel.wait_for_ready(timeout=SAFETY)
            code = "import cronofy_frames as cf; client = cf.connect(); events = cf.read_events(client)"
            request = kernel.execute(code, stop_on_error=False)  # else the next cell may be aborted, if it comes soon
            hold.wait_for(1)
            manager.interrupt_kernel()
            reply = reply_to(kernel, request)
            assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
            check = {"rows": "len(cf.last_error().partial)", "all": "len(cf.read_events(client))"}
            values = reply_to(kernel, kernel.execute("", user_expressions=check))["user_expressions"]
        finally:
            kernel.stop_channels()
            manager.shutdown_kernel(now=True)
    assert {name: value["data"]["text/plain"] for name, value in values.items()} == {"rows": "2", "all": "4"}


def failing_client() -> cf.Client:
    """Return a client whose second page is refused."""
    box = small_box(page_size=2, rate_limit=False, faults=[Fault("status", route=PAGES, status=403, times={1})])
    return cf.connect(sandbox=box)


def test_the_last_error_is_kept_until_the_next_read() -> None:
    """A read that goes on with resume= keeps it, and so do its rows; a new read forgets it."""
    client = failing_client()
    with pytest.raises(cf.Forbidden):
        cf.read_events(client)
    stopped = cf.last_error()
    assert (type(stopped), len(stopped.partial), stopped.__traceback__) == (cf.Forbidden, 2, None)
    rest = cf.read_events(client, resume=cf.last_error().resume)
    assert len(cf.concat([cf.last_error().partial, rest])) == 4
    cf.read_calendars(client)
    assert cf.last_error() is None


def test_each_thread_has_its_own_last_error() -> None:
    """An error of another thread is not seen here."""
    cf.read_calendars(failing_client())
    seen: list[object] = []

    def read() -> None:
        with pytest.raises(cf.Forbidden):
            cf.read_events(failing_client())
        seen.append(cf.last_error())

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert (type(seen[0]), cf.last_error()) == (cf.Forbidden, None)


def test_an_error_without_rows_is_kept_too() -> None:
    """A query of availability has no rows to keep; both are None."""
    with pytest.raises(cf.Invalid):
        cf.read_availability(cf.connect(sandbox=True), ["nobody"], "2026-03-02", "2026-03-03", duration="30min")
    assert (cf.last_error().partial, cf.last_error().resume) == (None, None)
