"""The API reference: each public name on one page, in groups that follow the package's folders."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import cronofy_frames as cf
from cronofy_frames import sandbox


@dataclass(frozen=True)
class Group:
    """A page of the reference.

    Attributes
    ----------
    name, title, text
        The file's name, the heading, and the first paragraph.
    homes
        The modules and folders of the package whose public names it has; the longest that fits a name decides.
    """

    name: str
    title: str
    text: str
    homes: tuple[str, ...]


GROUPS = (
    Group(
        "connecting",
        "Connect and sign in",
        "A client for an account, where its tokens are stored, and what to do if something does not work. "
        ":doc:`/jobs/sign_in` shows these functions at work.",
        ("connecting", "stored_accounts", "diagnostics", "tokens", "wire.auth", "signin", "widgets.signin"),
    ),
    Group(
        "reading",
        "Read into frames",
        "Each function reads all pages into a DataFrame, whose columns and dtypes are those of :doc:`columns`.",
        ("frames", "recent_error"),
    ),
    Group(
        "sheets",
        "Files and spreadsheets",
        "From a frame to a file, and from a file to a frame.",
        ("sheets",),
    ),
    Group(
        "writing",
        "Plan, apply and undo",
        "From a frame to a plan, from a plan to the calendar, and back. :doc:`/jobs/bulk_create` shows the whole way.",
        ("writing", "widgets.plan"),
    ),
    Group(
        "archive",
        "History and many accounts",
        "Every version of every event, in a folder; and reads of many accounts. :doc:`/history` shows them at work.",
        ("archive", "fetch"),
    ),
    Group(
        "organisations",
        "Organisations",
        "Many accounts, a task for each. :doc:`/jobs/organisations` leads from one person to fifty thousand, and to "
        "Dask.",
        ("fetch", "signin"),
    ),
    Group(
        "analysis",
        "Busy time, metrics and quality",
        "Functions from frames to frames. :doc:`/generated/counting` defines each number.",
        ("intervals", "measures"),
    ),
    Group("plots", "Pictures", "Each returns matplotlib axes. :doc:`/gallery` shows them all.", ("plots",)),
    Group("widgets", "Widgets", "For Jupyter, Colab and VS Code.", ("widgets",)),
    Group(
        "client",
        "Client and endpoints",
        "A client has a method for each endpoint of the API; :doc:`/generated/coverage` lists them by route.",
        ("wire",),
    ),
    Group(
        "sandbox",
        "Sandbox",
        "An embedded Cronofy. :doc:`/testing` shows how to test other programs with it.",
        ("sandbox", "wire.faults"),
    ),
    Group("errors", "", "", ("errors",)),
)
SANDBOX_NAMES = ("Served", "serve", "coverage")
"""Public names of `cronofy_frames.sandbox` besides those of the package."""


def group_of(name: str) -> Group:
    """Return the group of a public name."""
    home = cf.HOMES[name]
    fits = [(len(place), group) for group in GROUPS for place in group.homes if f"{home}.".startswith(f"{place}.")]
    return max(fits, key=lambda fit: fit[0])[1]


def names_of(group: Group) -> list[str]:
    """Return the public names of a group, functions first."""
    names = [name for name in cf.__all__ if group_of(name) is group]
    return sorted(names, key=lambda name: inspect.isclass(getattr(cf, name)))


def entry(path: str, thing: object) -> str:
    """Return the directive that documents a public name."""
    if not inspect.isclass(thing):
        return f".. autofunction:: {path}\n"
    if issubclass(thing, Exception):
        return f".. autoexception:: {path}\n   :members:\n"
    return f".. autoclass:: {path}\n   :members:\n   :inherited-members:\n   :undoc-members:\n"


def heading(title: str, line: str = "=") -> str:
    """Return a heading in reStructuredText."""
    return f"{title}\n{line * len(title)}\n"


def summary(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").splitlines()[0]


def group_page(group: Group) -> str:
    """Return the page of a group: a list of its names, then each in full."""
    things = {f"cronofy_frames.{name}": getattr(cf, name) for name in names_of(group)}
    if group.name == "sandbox":
        things |= {f"cronofy_frames.sandbox.{name}": getattr(sandbox, name) for name in SANDBOX_NAMES}
    rows = [f"* :py:obj:`{path.rpartition('.')[2]} <{path}>`: {summary(thing)}" for path, thing in things.items()]
    parts = [heading(group.title), ".. currentmodule:: cronofy_frames\n", f"{group.text}\n", "\n".join(rows) + "\n"]
    return "\n".join([*parts, *(entry(path, thing) for path, thing in things.items())])


def reference_index() -> str:
    """Return the first page of the reference."""
    pages = [group.name for group in GROUPS if group.title]
    extra = ["columns", "accessor", "commands"]
    listed = "\n".join(f"   {page}" for page in [*pages, *extra])
    text = (
        "``import cronofy_frames as cf`` has every public name; ``dir(cf)`` lists them, and ``help(cf)`` is a map of "
        "them. Names are loaded when they are first used.\n"
    )
    return "\n".join([heading("API reference"), text, f".. toctree::\n   :maxdepth: 1\n\n{listed}\n"])
