"""Build HTML pages without scripts, readable by screen readers, text browsers and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

_STYLE = """
body { font: 1.05rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; margin: 2rem auto; max-width: 36rem;
  padding: 0 1rem }
fieldset { border: 1px solid #767676; border-radius: .4rem; margin: 1rem 0; padding: .5rem 1rem }
label { display: block; padding: .25rem 0 }
button { font: inherit; padding: .5rem 1.25rem; margin-right: .75rem; border-radius: .4rem; border: 1px solid #1b1b1b;
  background: #fff; color: #1b1b1b }
button[value=approve] { background: #14532d; color: #fff }
button:focus, input:focus { outline: 3px solid #1d4ed8; outline-offset: 2px }
footer { margin-top: 2rem; color: #4a4a4a }
"""


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """One radio button of a form."""

    value: str
    label: str
    checked: bool = False


def page(title: str, *parts: str) -> str:
    """Return a whole HTML page; the parts are HTML."""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</main>\n<footer><p>This is a sandbox: the people and their calendars are made up or your own file.</p>"
        "</footer>\n</body>\n</html>\n"
    )


def paragraph(text: str, *, role: str | None = None) -> str:
    """Return a paragraph of plain text, with an ARIA role."""
    attribute = f' role="{role}"' if role else ""
    return f"<p{attribute}>{escape(text)}</p>"


def bullet_list(items: Iterable[str]) -> str:
    """Return a bullet list of plain texts."""
    return "<ul>\n" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "\n</ul>"


def form(
    hidden: Mapping[str, str],
    *,
    legend: str = "",
    choices: Iterable[RadioChoice] = (),
    yes: str = "Approve",
    no: str = "Deny",
) -> str:
    """Return a form that posts to its own page: radio buttons named `account`, and two buttons named `decision`."""
    fields = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    radios = "\n".join(
        f'<label><input type="radio" name="account" value="{escape(choice.value)}" required'
        f"{' checked' if choice.checked else ''}> {escape(choice.label)}</label>"
        for choice in choices
    )
    fieldset = f"<fieldset>\n<legend>{escape(legend)}</legend>\n{radios}\n</fieldset>\n" if radios else ""
    return (
        f'<form method="post" action="">\n{fields}\n{fieldset}'
        f'<button type="submit" name="decision" value="approve">{escape(yes)}</button>\n'
        f'<button type="submit" name="decision" value="deny">{escape(no)}</button>\n</form>'
    )
