"""The documentation: its examples run, its tables are complete, and every picture is described."""

from __future__ import annotations

import inspect
import operator
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pycronofy
import pytest

import cronofy_frames as cf
from cronofy_frames.accessor import FUNCTIONS
from cronofy_frames.cli import app
from cronofy_frames.errors import CronofyError
from cronofy_frames.sandbox import Sandbox, serve
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.command_line import run_command
from tests.floors import FLOORS
from tests.site.approval import ApprovingUser, with_real_values
from tests.site.check import broken_links, pages_of, unnamed_pictures
from tests.site.examples import DOCS, PAGES, examples_of
from tests.site.floors import draw_floors
from tests.site.pages import (
    RESPONSES,
    TABLES,
    accessor,
    columns,
    commands,
    counting,
    errors,
    example_error,
    pages,
    wire_coverage,
    write_pages,
)
from tests.site.reference import GROUPS, group_of, group_page
from tests.witness.node_functions import FUNCTIONS as NODE_FUNCTIONS

ROOT = DOCS.parent
NOW = "2026-03-02T09:00:00Z"
NODE_MODULES = ROOT / ".node" / "node_modules"
PROGRAMS = {"js": ["node", "-e"], "ruby": ["ruby", "-e"], "php": ["php", "-r"]}
PROGRAM = re.compile(r"^```(js|ruby|php)\n(.*?)^```\n\n```text\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r"!\[(.*?)\]\((.*?)\)", flags=re.DOTALL)
FOREIGN = ("app_base_url", "list_calendars", "readEvents", "createEvent", "request_handler", "urls")
"""Members of clients of other packages, in examples that use them."""
WHOLE_FILES = ("changelog.md", "contributing.md")
"""Pages that are a file of the repository, included with its title."""
each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())


@each_page
def test_examples_run_and_print_what_is_shown(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of a page runs after the previous ones, and prints the text below it."""
    monkeypatch.chdir(tmp_path)
    box = Sandbox()
    with serve(box) as served, redirect_stderr(ApprovingUser()):
        hosts = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
        namespace: dict[str, Any] = {"known": {**hosts, "CRONOFY_FRAMES_HOME": str(tmp_path / "home")}}
        for example in examples_of(path.read_text(encoding="utf-8")):
            output = StringIO()
            with redirect_stdout(output):
                exec(with_real_values(example.code, box), namespace)
            assert output.getvalue() == (example.shown or "")
            assert example.alt is None or "ax" in namespace
        for client in namespace.values():
            if isinstance(client, cf.Client):
                client.close()
        assert served.errors == []


def commands_of(path: Path) -> list[str]:
    """Return the lines of a page that a reader types into a shell and that need no account."""
    return re.findall(r"^\$ cronofy-frames (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize("path", [path for path in PAGES if commands_of(path)], ids=lambda path: path.stem)
def test_commands_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line that starts with a prompt ends well, in the folder in which the examples of the page have run."""
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(StringIO()):
        namespace: dict[str, Any] = {}
        for example in examples_of(path.read_text(encoding="utf-8")):
            exec(example.code, namespace)
    box = Sandbox(now=NOW)
    with serve(box) as served:
        hosts = {"CRONOFY_API_URL": served.url, "CRONOFY_APP_URL": served.url}
        for line in commands_of(path):
            words, _, target = line.partition(" > ")
            result = run_command(*words.split(), folder=tmp_path, **hosts, CRONOFY_ACCESS_TOKEN=box.access_token)
            assert result.returncode == 0, result.stderr.decode()
            assert bool(result.stdout) or not target
        assert served.errors == []


PROGRAMS_SHOWN = PROGRAM.findall((DOCS / "testing.md").read_text())


@pytest.mark.parametrize(("language", "code", "shown"), PROGRAMS_SHOWN, ids=[row[0] for row in PROGRAMS_SHOWN])
def test_programs_in_other_languages_read_the_sandbox(language: str, code: str, shown: str) -> None:
    """Each program, pointed at a served sandbox by the environment, prints the text below it."""
    if not shutil.which(PROGRAMS[language][0]):
        pytest.skip(f"{language} is not installed")
    if 'require("cronofy")' in code and not (NODE_MODULES / "cronofy").exists():
        pytest.skip("the official Node SDK is not in .node; .ci/run installs it")
    box = Sandbox(now=NOW)
    with serve(box) as served:
        environment = {"PATH": "/usr/bin:/bin", "NODE_PATH": str(NODE_MODULES)}
        environment |= {"CRONOFY_API_URL": served.url, "CRONOFY_ACCESS_TOKEN": box.access_token}
        command = [*PROGRAMS[language], code.removeprefix("<?php\n")]
        result = subprocess.run(command, capture_output=True, env=environment, timeout=60)
        assert result.stdout.decode() == shown, result.stderr.decode()


@each_page
def test_pictures_have_alternative_texts_and_exist(path: Path) -> None:
    """A picture that the build draws is described, and so is one of the repository, which exists."""
    text = path.read_text(encoding="utf-8")
    assert all(len(example.alt) > 20 for example in examples_of(text) if example.alt is not None)
    for alt, address in PICTURE.findall(text):
        assert len(alt) > 20
        assert (path.parent / address).exists()


def test_pages_are_titled_in_order() -> None:
    """Each page has one title, and no level of heading is left out."""
    for path in PAGES:
        text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
        assert levels.count(1) == (0 if path.name in WHOLE_FILES else 1), path.name
        assert all(after <= before + 1 for before, after in pairwise(levels)), path.name


def test_every_public_name_is_in_the_reference() -> None:
    """Each name of the package is on exactly one page: that of its group, or that of the errors."""
    texts = {group.name: group_page(group) for group in GROUPS if group.title} | {"errors": errors()}
    for name in cf.__all__:
        entry = re.compile(rf"^\.\. auto\w+:: cronofy_frames\.{name}$", flags=re.MULTILINE)
        assert [page for page, text in texts.items() if entry.search(text)] == [group_of(name).name]


def test_the_map_in_help_names_every_public_name() -> None:
    """The docstring of the package fits a page and has each public name but those of errors, which it counts by one."""
    text = inspect.getdoc(cf) or ""
    words = re.findall(r"\w+", text)
    assert len(text.splitlines()) <= 60
    assert [name for name in cf.__all__ if name not in words] == []


def test_dir_has_public_names_only() -> None:
    """Completion after `cf.` shows what is public, and all of it, in a process that has loaded everything."""
    code = "import cronofy_frames as cf; [getattr(cf, name) for name in cf.__all__]; print(*dir(cf))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(result.stdout.split()) == sorted([*cf.__all__, "__version__"])


ERRORS = [name for name in cf.__all__ if inspect.isclass(kind := getattr(cf, name)) and issubclass(kind, CronofyError)]


@pytest.mark.parametrize("name", ERRORS)
def test_each_error_says_what_to_do(name: str) -> None:
    """Its entry on the page of errors has what happened, from the docstring, and the next step."""
    kind = getattr(cf, name)
    entry = re.split(r"^\.\. auto", errors(), flags=re.MULTILINE)
    own = next(part for part in entry if part.startswith(f"exception:: cronofy_frames.{name}\n"))
    assert "What to do: " in (inspect.getdoc(kind) or "") + own


@pytest.mark.parametrize("name", RESPONSES)
def test_examples_of_errors_are_of_their_class(name: str) -> None:
    """The message on the page is that of an error of the class that it is shown with."""
    assert type(example_error(name)) is getattr(cf, name)


def test_generated_pages_have_every_metric_route_command_and_column() -> None:
    """They are made from the catalogue of metrics, the table of endpoints, the command line, and the schema."""
    counted = set(re.findall(r"^## (\w+)$", counting(), flags=re.MULTILINE))
    assert counted == set(cf.metrics()["name"])
    assert all(f"cronofy_frames.Client.{name}>" in wire_coverage() for name in ENDPOINTS)
    registered = [(command.name, command.callback) for command in app.registered_commands]
    named = {name or callback.__name__.replace("_", "-") for name, callback in registered if callback}
    named |= {str(group.typer_instance.info.name) for group in app.registered_groups if group.typer_instance}
    assert set(re.findall(r"^## (.+)$", commands(), flags=re.MULTILINE)) == named
    assert all(f"`df.cronofy.{name}(...)`" in accessor() for name in FUNCTIONS)
    assert all(f"| `{name}` |" in columns() for table in TABLES.values() for name in table.names)


def test_generated_pages_are_written_once(tmp_path: Path) -> None:
    """A second build leaves those alone that have not changed."""
    write_pages(tmp_path)
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    write_pages(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == first
    assert len(first) == len(pages())


def first_cells(name: str) -> list[str]:
    """Return the first column of the table of a page."""
    return re.findall(r"^\| `(\w+)` \|", (DOCS / name).read_text(), flags=re.MULTILINE)


def test_every_method_of_pycronofy_has_a_row() -> None:
    """The table has each public method of the installed client, once and in order."""
    public = {name for name, _ in inspect.getmembers(pycronofy.Client, inspect.isfunction) if name[0] != "_"}
    assert first_cells("from_pycronofy.md") == sorted(public)
    assert f"pycronofy {pycronofy.__version__}" in (DOCS / "from_pycronofy.md").read_text()


def test_every_function_of_the_node_sdk_has_a_row() -> None:
    """The table has each public function of the SDK, once and in order."""
    assert first_cells("from_node.md") == list(NODE_FUNCTIONS)


@each_page
def test_names_in_texts_exist(path: Path) -> None:
    """`cf.name` and `client.name` on a page are names of the package and of a client."""
    text = path.read_text(encoding="utf-8")
    for owner, name in re.findall(r"\b(cf|client)\.([a-z_A-Z]+)\b(?=[(\s`.,])", text):
        assert hasattr(cf if owner == "cf" else cf.Client, name) or name in FOREIGN, name
    for name in re.findall(r"{py:obj}`cronofy_frames\.([\w.]+)`", text):
        assert operator.attrgetter(name)(cf)


def test_the_picture_of_floors_names_all() -> None:
    """Its alternative text lists them in order."""
    _, alt = draw_floors()
    assert re.findall(r"\w+", alt.partition(": ")[2]) == FLOORS


SITE = {
    "index.html": '<a href="page.html#there">x</a><a href="page.html#gone">y</a><a href="gone.html">z</a>'
    '<a href="https://docs.cronofy.com">elsewhere</a>',
    "page.html": '<p id="there"></p><img src="index.html"><img src="gone.png" alt="A picture that is not there">',
}


def test_the_check_of_a_built_site_finds_what_is_broken(tmp_path: Path) -> None:
    """Links and anchors that lead nowhere, pictures without text or file; links to other sites are left alone."""
    for name, content in SITE.items():
        (tmp_path / name).write_text(content)
    built = pages_of(tmp_path)
    assert list(broken_links(built)) == [
        "index.html: the link page.html#gone leads nowhere",
        "index.html: the link gone.html leads nowhere",
    ]
    assert list(unnamed_pictures(built)) == [
        "page.html: the picture index.html has no alternative text",
        "page.html: the picture gone.png does not exist",
    ]
