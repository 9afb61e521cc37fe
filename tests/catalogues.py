"""The words of pictures: what the package says, and what the catalogues of translations say. Run: make catalogues.

It brings cronofy_frames/plots/locale up to date: messages that are new in the code are added to the .po files without a
translation, those that are gone are removed, and the .po files are compiled to the .mo files that the package reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cronofy_frames.plots.language import CATALOGUES, DOMAIN

PLOTS = CATALOGUES.parent
LANGUAGES = ("de", "es", "fr", "it", "ja", "nl", "pt")
FUNCTIONS = {"gettext": 1, "gettext_noop": 1, "ngettext": 2}
"""What takes messages, and how many of its first arguments are one."""


def messages() -> Catalog:
    """Return the messages of the package, without translations."""
    catalogue = Catalog()
    for path in sorted(PLOTS.glob("*.py")):
        for message in messages_of(path):
            catalogue.add(message, locations=[(f"cronofy_frames/plots/{path.name}", None)])
    return catalogue


def messages_of(path: Path) -> Iterator[str | tuple[str, ...]]:
    """Yield the messages of a module, also those within f-strings, which extractors of catalogues pass over."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = tuple(
                text.value
                for text in node.args[: FUNCTIONS.get(name, 0)]
                if isinstance(text, ast.Constant) and isinstance(text.value, str)
            )
            if texts:
                yield texts[0] if len(texts) == 1 else texts


def source(language: str) -> Path:
    """Return the file that people translate."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_source(language: str) -> Catalog:
    """Return the translations of a language."""
    with source(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    """Return the file that the package reads."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def written(catalogue: Catalog) -> bytes:
    """Return the file that people translate, of a catalogue."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=False, ignore_obsolete=True, include_lineno=False)
    return buffer.getvalue()


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """Yield the messages that have no translation, or lack a form of it."""
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(forms):
            yield message.id if isinstance(message.id, str) else message.id[0]


def update() -> None:
    """Bring the files of all languages up to date, and print what has no translation."""
    for language in LANGUAGES:
        catalogue, path = read_source(language), source(language)
        catalogue.update(messages(), no_fuzzy_matching=True, update_creation_date=False)
        path.write_bytes(written(catalogue))
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        for message in untranslated(catalogue):
            print(f"{language}: {message!r} has no translation")  # noqa: T201 - the output of a command


if __name__ == "__main__":
    update()
