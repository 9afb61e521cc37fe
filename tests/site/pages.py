"""Pages of the documentation that are made from the code. Run by the build: make docs."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import typer.main

import cronofy_frames as cf
from cronofy_frames import schema
from cronofy_frames.accessor import FUNCTIONS
from cronofy_frames.cli import app
from cronofy_frames.errors import ApiError, CronofyError
from cronofy_frames.sandbox import coverage
from cronofy_frames.schema import Table
from cronofy_frames.wire.endpoint import ENDPOINTS, Call
from cronofy_frames.wire.messages import read_body
from tests.endpoints import endpoint_table
from tests.site.reference import GROUPS, group_page, heading, reference_index, summary

TABLES = {table.name: table for table in vars(schema).values() if isinstance(table, Table)}
REFUSED_START = {"errors": {"start": [{"key": "errors.required", "description": "start must be specified"}]}}
RESPONSES = {
    "Forbidden": ("create_event", httpx.Response(403)),
    "Invalid": ("create_event", httpx.Response(422, json=REFUSED_START)),
    "NotFound": ("delete_event", httpx.Response(404)),
    "RateLimited": ("read_events", httpx.Response(429, headers={"Retry-After": "20"})),
    "TokenError": ("request_access_token", httpx.Response(400, json={"error": "invalid_grant"})),
}
"""An endpoint and a response for each class whose message depends on them."""
WIDTH = 100  # columns of a terminal in which the help of commands is shown


def cell(text: object) -> str:
    """Return a text for a cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    names = list(header)
    lines = [names, ["---"] * len(names), *([cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def counting() -> str:
    """Return the page of the metrics, from `cf.metrics()`."""
    text = (
        "# Counting rules\n\n"
        "How each number of {py:obj}`cronofy_frames.time_use` is counted. `cf.metrics()` is this page as a frame.\n"
    )
    parts = []
    for metric in cf.metrics().itertuples():
        known = {"Viva Insights": metric.viva, "Google Calendar": metric.google}
        others = "".join(f"{program}\n: {value}\n\n" for program, value in known.items() if isinstance(value, str))
        parts.append(
            f"## {metric.name}\n\n{metric.definition}\n\n"
            f"Unit\n: {metric.unit}\n\nFormula\n: `{metric.formula}`\n\nArguments\n: {metric.arguments}\n\n{others}"
        )
    return "\n".join([text, *parts])


def wire_coverage() -> str:
    """Return the page of endpoints, routes of the sandbox and its assumptions."""
    rows = coverage()
    assumptions: dict[str, list[str]] = {}
    for row in rows:
        for assumption in row["assumptions"]:
            assumptions.setdefault(assumption, []).append(row["route"])
    notes = ((f"`{row['route']}`", row["stage"], row["sureness"], row["note"]) for row in rows)
    listed = (
        f"* {text}\n\n  {routes_text(routes)}\n"
        for text, routes in sorted(assumptions.items(), key=lambda pair: pair[0])
    )
    return "\n".join(
        [
            "# Wire coverage\n",
            "Every endpoint is a method of {py:obj}`cronofy_frames.Client` with the argument names of the API.\n",
            "Auth: user and service are the access token of an account, application is the client secret, client is "
            "client_id and client_secret in the body, organization is the token of an organizational unit or the "
            "client secret of an internal application. SDKs: the official clients whose source has the route (js, rb, "
            "cs, php, py). Contract: documented, known from SDKs, or our reading; BETA and ALPHA are Cronofy's "
            "stages.\n",
            "## Endpoints\n",
            endpoint_table(),
            "## Routes of the sandbox\n",
            "The sandbox answers all of them. `cronofy_frames.sandbox.coverage()` has this table.\n",
            markdown_table(("route", "stage", "contract", "note"), notes),
            "## Assumptions of the sandbox\n",
            "Questions that the documentation of the API leaves open, and what the sandbox answers.\n",
            *listed,
        ]
    )


def routes_text(routes: list[str]) -> str:
    """Return which routes an assumption is about."""
    return f"{len(routes)} routes" if len(routes) > 3 else ", ".join(f"`{route}`" for route in routes)


def errors() -> str:
    """Return the page of error classes, from their docstrings and next steps."""
    classes = [value for name in cf.__all__ if inspect.isclass(value := getattr(cf, name))]
    kinds = [kind for kind in classes if issubclass(kind, CronofyError)]
    kinds.sort(key=lambda kind: [base.__name__ for base in lineage(kind)])
    tree = "\n".join(
        f"{'  ' * (len(lineage(kind)) - 1)}* :py:obj:`{kind.__name__}`: {summary(kind)}\n" for kind in kinds
    )
    parts = [
        heading("Errors"),
        ".. currentmodule:: cronofy_frames\n",
        "Every error of this package is a :py:obj:`CronofyError`, or a ``ValueError`` or ``TypeError`` for an argument "
        "that makes no sense. Its message says what happened and ends with the next step; ``cf.doctor()`` checks the "
        "setup as a whole. A read that failed has the rows so far in ``.partial``, and ``resume=error.resume`` "
        "continues it.\n",
        tree,
        "Each in full\n------------\n",
    ]
    for kind in kinds:
        parts.append(f".. autoexception:: cronofy_frames.{kind.__name__}\n   :members:\n")
        if issubclass(kind, ApiError) and "next_step" in vars(kind) and kind is not ApiError:
            parts.append(f"   What to do: {kind.next_step}\n")
        elif kind.__name__ in RESPONSES:
            message = textwrap.fill(str(example_error(kind.__name__)), WIDTH)
            parts.append(f"   For example::\n\n{textwrap.indent(message, ' ' * 6)}\n")
    return "\n".join(parts)


def example_error(name: str) -> ApiError:
    """Return an error of a class, as a client raises it."""
    endpoint, response = RESPONSES[name]
    try:
        read_body(response, Call(ENDPOINTS[endpoint], {}))
    except ApiError as error:
        return error
    raise AssertionError(f"{name} was not raised")


def lineage(kind: type) -> list[type]:
    """Return the errors of this package above a class, from the base class to the class itself."""
    return [base for base in reversed(kind.__mro__) if issubclass(base, CronofyError)]


def columns() -> str:
    """Return the page of the columns of every frame, from the schema."""
    parts = [
        "# Columns of frames\n",
        "Which columns a frame has, in which order and of which dtype, never depends on the data. A frame of several "
        "accounts has `account` first. text is `str`; list is the JSON text of a list or object; time and moment are "
        "`datetime64[us, tz]`, moment may be a day; dated and bool are `bool`; boolean is the nullable `boolean`; "
        "number is `float64`; integer is `int64`. Missing is NA.\n",
    ]
    for table in TABLES.values():
        rows = ((f"`{column.name}`", column.dtype, column.meaning, f"`{column.path}`") for column in table.columns)
        parts += [f"## {table.name}\n", markdown_table(("column", "holds", "meaning", "field of the API"), rows)]
    return "\n".join(parts)


def accessor() -> str:
    """Return the page of the methods of `df.cronofy`."""
    rows = ((f"`df.cronofy.{name}(...)`", f"{{py:obj}}`cronofy_frames.{name}`") for name in FUNCTIONS)
    return "\n".join(
        [
            "# The accessor df.cronofy\n",
            "Every function that takes a frame first is a method of frames too, as soon as `cronofy_frames` is "
            'imported: `events[events["recurring"]].cronofy.busy()` is `cf.busy(events[events["recurring"]])`. Type '
            "checkers cannot see it.\n",
            markdown_table(("method", "function"), rows),
        ]
    )


def commands() -> str:
    """Return the page of the command line, from the help of its commands."""
    group: Any = typer.main.get_command(app)
    context = group.context_class(group, info_name="cronofy-frames", terminal_width=WIDTH)
    parts = ["# Commands\n", f"```text\n{group.get_help(context).rstrip()}\n```\n"]
    for name, command in group.commands.items():
        within = command.context_class(command, info_name=name, parent=context)
        parts.append(f"## {name}\n\n```text\n{command.get_help(within).rstrip()}\n```\n")
        for part, below in getattr(command, "commands", {}).items():
            inside = below.context_class(below, info_name=part, parent=within)
            parts.append(f"### {name} {part}\n\n```text\n{below.get_help(inside).rstrip()}\n```\n")
    return "\n".join(parts)


def benchmarks() -> str:
    """Return the table of benchmarks, from the first sentences of their docstrings."""
    files = sorted((Path(__file__).parent.parent / "benchmarks").glob("*.py"))
    docs = {path: ast.get_docstring(ast.parse(path.read_text())) or "" for path in files}
    rows = (
        (f"`tests/benchmarks/{path.name}`", text.partition(". Run")[0].partition("\n")[0])
        for path, text in docs.items()
    )
    return markdown_table(("benchmark", "measures"), rows)


def pages() -> dict[str, Callable[[], str]]:
    """Return each page by its path below docs/generated."""
    generated: dict[str, Callable[[], str]] = {
        "counting.md": counting,
        "coverage.md": wire_coverage,
        "errors.rst": errors,
        "fragments/benchmarks.md": benchmarks,
        "reference/index.rst": reference_index,
        "reference/columns.md": columns,
        "reference/accessor.md": accessor,
        "reference/commands.md": commands,
    }
    for group in GROUPS:
        if group.title:
            generated[f"reference/{group.name}.rst"] = lambda group=group: group_page(group)
    return generated


def write_pages(folder: Path) -> None:
    """Write the pages that differ from those in a folder, so that Sphinx reads only these again."""
    for name, page in pages().items():
        path, text = folder / name, page()
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
