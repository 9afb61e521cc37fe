"""People in front of a browser, played over HTTP: they open a page of the sandbox, fill in its form, and go back."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


class Form(HTMLParser):
    """A page's form, as a browser would send it after a click on the first of its buttons with a word."""

    def __init__(self, page: str, press: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._press = press
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self.action = have.get("action") or ""
        pressed = tag == "button" and self._press in str(have).lower()
        chosen = have.get("type") in ("hidden", "radio") and have.get("name") not in self.fields
        if (pressed or (tag == "input" and chosen)) and have.get("name"):
            self.fields[str(have["name"])] = have.get("value") or ""


def answer_page(page: str, press: str = "approve", **chosen: str) -> str:
    """Open a page, answer it, and return the address that the browser is sent back to."""
    with httpx.Client() as browser:
        form = Form(browser.get(page).text, press)
        response = browser.post(urljoin(page, form.action), data={**form.fields, **chosen})
    assert response.status_code in (302, 303), response.text
    return response.headers["Location"]
