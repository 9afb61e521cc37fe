"""A real JupyterLab in a real browser, for tests of what people see and press.

A test takes the fixture `lab`, opens cells as a notebook with a kernel of its own, and looks at what comes out:

    from tests.browser.lab import Lab, expect

    def test_a_button_says_that_it_was_pressed(lab: Lab) -> None:
        cells = ["import ipywidgets as w", "w.Button(description='Go')"]
        notebook = lab.open(cells, environment={"CRONOFY_API_URL": url})
        notebook.run_all()             # all cells, until the kernel has done them
        shown = notebook.output(1)     # a playwright Locator: what the second cell shows
        shown.get_by_role("button", name="Go").click()
        expect(shown).to_contain_text("done")  # waits until it is so
        notebook.run(0)                # one cell again
        assert notebook.errors == []   # what the page wrote to its console as errors

JupyterLab and the browser start once for all tests of this folder, each test has kernels, pages and a home folder of
its own, and nothing of them is left when it ends. `environment` is that of the kernel, beside which it has nothing of
this process's own that begins with CRONOFY or JUPYTER; `notebook.folder` is where the kernel works. Kernels can import
`tests`, such as `tests.small`.

Nothing here sleeps: `expect` and what is done with a Locator wait for states, a minute at most. Downloads:
`with notebook.page.expect_download() as got: ...`, then `got.value.path()`. `notebook.screenshot(path)` is for people.
Without a browser or JupyterLab the tests are skipped, saying what to install; with CI set they fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, LocatorAssertions, Page, ViewportSize

PATIENCE = 60.0  # seconds: machines are slow and shared, and a state that comes is not waited for any longer
ROOT = Path(__file__).parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # loopback and nothing else
)
VIEW: ViewportSize = {"width": 1280, "height": 900}
OWN = ("CRONOFY", "JUPYTER", "IPYTHON", "JPY_", "PYTEST", "COV_")

SERVER = {
    "ServerApp": {
        "ip": "127.0.0.1",
        "open_browser": False,
        "allow_root": True,
    },
    # what runs is asked for by name, so that nothing else is looked for on this machine
    "KernelSpecManager": {"ensure_native_kernel": False},
    "LabApp": {
        "expose_app_in_browser": True,  # so that one may wait for a command to be done
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "news_url": None,
        "extension_manager": "readonly",
    },
}
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "checkForUpdates": False,
        "fetchNews": "false",
        "doNotDisturbMode": True,
    },
    # every output is there to be looked at, also below the fold
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}


def lacking() -> str | None:
    """Return what has to be installed for these tests; None for nothing."""
    for name in ("playwright", "jupyterlab"):
        if find_spec(name) is None:
            return f"{name} is not installed: pip install --group test"
    if browser() is None:
        return f"there is no browser: apt-get install chromium (or put one of {', '.join(BROWSERS)} on the PATH)"
    return None


def browser() -> str | None:
    """Return the path of a browser that is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def expect(locator: Locator) -> LocatorAssertions:
    """Return playwright's assertions about what is seen, which wait until they hold."""
    from playwright.sync_api import expect as expected

    expected.set_options(timeout=PATIENCE * 1000)
    return expected(locator)


class Server:
    """JupyterLab in a process of its own, that knows only the folder it is given.

    Attributes
    ----------
    url
        Where it answers.
    root
        The folder that it shows.
    home
        A home folder for what is used with it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._token = folder, secrets.token_urlsafe()
        self.root, self.home = self._make_folder("root"), self._make_folder("home")
        self._write("config/jupyter_server_config.json", SERVER)
        for name, values in SETTINGS.items():
            self._write(f"config/lab/user-settings/{name}", values)
        with socket.socket() as free:  # where another is quicker, the server takes the next
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", f"--ServerApp.port={port}", f"--ServerApp.root_dir={self.root}"],
                cwd=self.root,
                env={**self._environment(), "JUPYTER_TOKEN": self._token},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # an interrupt of the tests is not one of its
            )
        self.url = ""

    def wait(self) -> None:
        """Wait until it answers."""
        info = self._folder / "runtime" / f"jpserver-{self._process.pid}.json"
        until = monotonic() + PATIENCE
        while monotonic() < until:
            with contextlib.suppress(OSError, ValueError):  # not there yet, half written, or not listening yet
                self.url = json.loads(info.read_text())["url"]
                self.ask("GET", "api/status")
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
                break
        raise RuntimeError(f"JupyterLab did not start:\n{self.log()}")

    def ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask its API; return what it answers."""
        head = {"Authorization": f"token {self._token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", sent, head, method=verb)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def address(self, workspace: str) -> str:
        """Return where a browser finds JupyterLab, as a window of its own that is like new."""
        return f"{self.url}lab/workspaces/{workspace}?reset&token={self._token}"

    def start(self, path: str) -> None:
        """Start the kernel of a notebook, while its page is still loading."""
        name = path.split("/")[0]
        self.ask("POST", "api/sessions", {"path": path, "name": path, "type": "notebook", "kernel": {"name": name}})

    def put(self, name: str, cells: Sequence[str], environment: Mapping[str, str]) -> str:
        """Write a notebook, in a folder and with a kernel of its own; return its path as the server knows it."""
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": {"HOME": str(self._make_folder(f"homes/{name}")), **environment},
        }
        self._write(f"data/kernels/{name}/kernel.json", spec)
        path = self._make_folder(f"root/{name}") / "notebook.ipynb"
        about = {"kernelspec": {"name": name, "display_name": name, "language": "python"}}
        made = nbformat.v4.new_notebook(metadata=about)
        made.cells = [nbformat.v4.new_code_cell(cell, id=f"cell-{n}") for n, cell in enumerate(cells)]
        nbformat.write(made, path)
        return path.relative_to(self.root).as_posix()

    def end_sessions(self) -> None:
        """Shut down every kernel."""
        for kernel in self.ask("GET", "api/kernels"):
            self.ask("DELETE", f"api/kernels/{kernel['id']}")

    def log(self) -> str:
        """Return what it wrote."""
        return (self._folder / "log.txt").read_text(errors="replace")

    def close(self) -> None:
        """End it and its kernels, by force if need be."""
        self._process.terminate()
        try:
            self._process.wait(PATIENCE / 4)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "IPYTHONDIR": "ipython",
        }
        made = {name: str(self._make_folder(folder)) for name, folder in folders.items()}
        # a new home would mean to list this machine's fonts once more
        return {
            **inherited,
            **made,
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "MPLCONFIGDIR": mpl.get_configdir(),
        }

    def _make_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


class Notebook:
    """A notebook that is open in a page.

    Attributes
    ----------
    page
        The page, as playwright has it.
    folder
        Where its kernel works.
    errors
        What the page wrote to its console as errors, and what was thrown and not caught.
    """

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.errors: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, address: str, path: str) -> None:
        """Open it, and wait until its kernel is ready."""
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_function("() => globalThis.jupyterapp")
        self.page.evaluate(OPEN, path)

    def run_all(self) -> None:
        """Run all cells, and wait until that is done."""
        self._command("notebook:run-all-cells")

    def run(self, number: int) -> None:
        """Run one cell, and wait until that is done."""
        self.page.evaluate("n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n; }", number)
        self._command("notebook:run-cell")

    def press_run(self, number: int) -> None:
        """Start a cell without waiting for its end."""
        self.page.evaluate(
            "n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n;"
            " void jupyterapp.commands.execute('notebook:run-cell'); }",
            number,
        )

    def interrupt(self) -> None:
        """Interrupt the kernel, as the menu does."""
        self._command("notebook:interrupt-kernel")

    def cell(self, number: int) -> Locator:
        """Return one cell."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(number)

    def output(self, number: int) -> Locator:
        """Return what a cell shows."""
        return self.cell(number).locator(".jp-Cell-outputArea")

    def screenshot(self, path: str | Path, number: int | None = None) -> None:
        """Keep what is seen as a picture: the page, or all that one cell shows."""
        if number is None:
            self.page.screenshot(path=path)
            return
        height = self.output(number).evaluate("shown => shown.scrollHeight")
        self.page.set_viewport_size({**VIEW, "height": max(VIEW["height"], height + 200)})
        self.output(number).screenshot(path=path)
        self.page.set_viewport_size(VIEW)

    def _command(self, name: str) -> None:
        self.page.evaluate("name => jupyterapp.commands.execute(name)", name)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")


OPEN = """async path => {
    await jupyterapp.restored;
    const { context, sessionContext } = await jupyterapp.commands.execute("docmanager:open", { path });
    await context.ready;
    await sessionContext.ready;
    await sessionContext.session.kernel.info;
}"""


class Lab:
    """JupyterLab and a browser, for one test.

    Attributes
    ----------
    server
        JupyterLab.
    """

    _numbers = count(1)

    def __init__(self, server: Server, context: BrowserContext) -> None:
        self.server, self._context = server, context
        self._pages: list[Page] = []

    def open(self, cells: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Notebook:
        """Open cells as a notebook, in a page and with a kernel of its own, and wait until it is ready."""
        name = f"test{next(self._numbers)}"
        path = self.server.put(name, cells, environment or {})
        page = self._context.new_page()
        self._pages.append(page)
        self.server.start(path)
        notebook = Notebook(page, self.server.root / name)
        notebook.go(self.server.address(name), path)
        return notebook

    def page(self) -> Page:
        """Open a page with nothing in it, in the same browser."""
        self._pages.append(self._context.new_page())
        return self._pages[-1]

    def close(self) -> None:
        """Close the pages and shut down the kernels."""
        for page in self._pages:
            page.close()
        self.server.end_sessions()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[Server, BrowserContext]]:
    """Run JupyterLab and a browser, side by side from the beginning."""
    from playwright.sync_api import sync_playwright

    server = Server(folder)
    try:
        with sync_playwright() as playwright:
            home: dict[str, str | float | bool] = {
                **os.environ,
                "HOME": str(server.home),
            }  # in which it leaves notes of its own
            opened = playwright.chromium.launch(executable_path=browser(), args=list(FLAGS), env=home)
            context = opened.new_context(viewport=VIEW, accept_downloads=True)
            context.set_default_timeout(PATIENCE * 1000)
            server.wait()
            yield server, context
            context.close()
            opened.close()
    finally:
        server.close()
