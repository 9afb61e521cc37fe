"""Checks of the built documentation: links, anchors, pictures and public names. Run after the build: make docs.

Links to other sites are listed in external_links.txt and not followed, so that the check needs no network.
"""

from __future__ import annotations

import inspect
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import cronofy_frames as cf

PYTHON_OBJECT = re.compile(r"^(\S+) py:\w+ ", flags=re.MULTILINE)
HEADER_LINES = 4  # of an inventory; compressed text follows


@dataclass
class Page(HTMLParser):
    """The anchors, links and pictures of a built page."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    pictures: list[dict[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what the check needs of an element."""
        values = dict(attrs)
        self.anchors.update(value for name in ("id", "name") if (value := values.get(name)))
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")
        if tag == "img":
            self.pictures.append(values)


def pages_of(folder: Path) -> dict[Path, Page]:
    """Return the built pages by path."""
    return {path: Page(path) for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts}


def is_external(link: str) -> bool:
    """Return whether a link leads to another site."""
    return bool(urlsplit(link).scheme)


def broken_links(pages: dict[Path, Page]) -> Iterator[str]:
    """Yield the links whose page or anchor does not exist."""
    for path, page in pages.items():
        for link in page.links:
            if is_external(link):
                continue
            address, anchor = urldefrag(unquote(link))
            target = (path.parent / address).resolve() if address else path
            is_there = target.exists()
            if not is_there or (anchor and target in pages and anchor not in pages[target].anchors):
                yield f"{path.name}: the link {link} leads nowhere"


def unnamed_pictures(pages: dict[Path, Page]) -> Iterator[str]:
    """Yield the pictures without alternative text, and those that do not exist."""
    for path, page in pages.items():
        for picture in page.pictures:
            source = picture.get("src") or ""
            if not picture.get("alt"):
                yield f"{path.name}: the picture {source} has no alternative text"
            if not (path.parent / unquote(source)).exists():
                yield f"{path.name}: the picture {source} does not exist"


def documented_names(folder: Path) -> set[str]:
    """Return the Python objects of the built inventory."""
    content = (folder / "objects.inv").read_bytes().split(b"\n", HEADER_LINES)[HEADER_LINES]
    return set(PYTHON_OBJECT.findall(zlib.decompress(content).decode()))


def members_of(kind: type) -> list[str]:
    """Return the public members of a class, without those that Python itself adds."""
    base = Exception if issubclass(kind, Exception) else object
    return [name for name in dir(kind) if not name.startswith("_") and not hasattr(base, name)]


def public_names() -> Iterator[tuple[str, str]]:
    """Yield the path of every public name and member, and the docstrings that may explain a member as an attribute.

    A member that a public class inherits from another is documented there.
    """
    for name in cf.__all__:
        thing: Any = getattr(cf, name)
        yield f"cronofy_frames.{name}", ""
        if inspect.isclass(thing):
            docs = "\n".join(inspect.getdoc(base) or "" for base in thing.__mro__[:-1])
            for member in members_of(thing):
                homes = [base.__name__ for base in thing.__mro__ if member in vars(base) and base.__name__ in cf.HOMES]
                yield f"cronofy_frames.{homes[0] if homes else name}.{member}", docs


def missing_names(folder: Path) -> Iterator[str]:
    """Yield the public names and members that the reference lacks."""
    documented = documented_names(folder)
    for path, docs in public_names():
        attribute = re.search(rf"^{path.rpartition('.')[2]}\b.*\n    ", docs, flags=re.MULTILINE)
        if path not in documented and not attribute:
            yield f"{path} is not in the reference"


def main(folder: Path) -> None:
    """Print what is wrong, and exit with 1 if anything is."""
    pages = pages_of(folder)
    external = sorted({link for page in pages.values() for link in page.links if is_external(link)})
    (folder / "external_links.txt").write_text("\n".join(external) + "\n")
    problems = [*broken_links(pages), *unnamed_pictures(pages), *missing_names(folder)]
    lines = [
        *problems,
        f"{len(pages)} pages, {len(problems)} problems; {len(external)} links to other sites not followed",
    ]
    print("\n".join(lines))  # noqa: T201 - the output of a command
    sys.exit(bool(problems))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
