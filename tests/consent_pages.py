"""A person in a browser, simulated over HTTP: opens a page of the sandbox, submits its form, follows the redirect."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from cronofy_frames.wire.client import Client


class Form(HTMLParser):
    """The form of a page, as a browser sends it after a click on its first button that contains a word."""

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
    """Open a page, submit its form, and return the address that the browser is redirected to."""
    with httpx.Client() as browser:
        form = Form(browser.get(page).text, press)
        response = browser.post(urljoin(page, form.action), data={**form.fields, **chosen})
    assert response.status_code in (302, 303), response.text
    return response.headers["Location"]


def elevated_permissions_page(client: Client, redirect_uri: str) -> str:
    """Request unrestricted access to the first calendar, and return the URL of its consent page."""
    calendar_id = next(iter(client.list_calendars()))["calendar_id"]
    response = client.elevated_permissions(
        permissions=[{"calendar_id": calendar_id, "permission_level": "unrestricted"}], redirect_uri=redirect_uri
    )
    return str(response["permissions_request"]["url"])
