"""Route handler for the tokens of UI elements.

Page: docs.cronofy.com/developers/ui-elements/authentication.
"""

from __future__ import annotations

import re
from collections.abc import Container

from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles

PERMISSIONS = ("agenda", "account_management", "availability", "managed_availability")
TOKEN_LIFETIME = 64800

_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\]+)(:\d{1,5})?", re.ASCII)


@handles(
    "POST /v1/element_tokens",
    auth="application",
    note="the sandbox has no UI elements: the token opens nothing; an unknown sub or bookable_event_id is 422 with "
    "errors.not_recognized",
)
def request_element_token(request: Request) -> Response:
    """Return a token for web pages of one origin."""
    fields, world = request.fields, request.world
    fields.choice("version", ("1",))
    permissions = _known_texts(fields, "permissions", PERMISSIONS, required=True)
    subs = _known_texts(fields, "subs", {account.sub for account in world.accounts})
    bookable_event_ids = _known_texts(fields, "bookable_event_ids", world.bookable_events)
    origin = fields.matching(
        "origin", _ORIGIN, "invalid_format", "the origin of a page, as https://app.example.com", required=True
    )
    fields.raise_errors()
    token = world.mint_secret("element token", permissions, subs, bookable_event_ids, origin, world.change_count)
    row = {"permissions": permissions, "origin": origin, "token": token, "expires_in": TOKEN_LIFETIME}
    return Response(body={"element_token": row})


def _known_texts(fields: RequestFields, name: str, known: Container[str], *, required: bool = False) -> list[str]:
    """Read an array of Strings that must all be known."""
    texts = fields.texts(name, required=required)
    if texts is None:
        return []
    if required and not texts:
        fields.add_error(name, "required", f"{name} must be specified")
    for position, text in enumerate(texts):
        if text not in known:
            fields.add_error(f"{name}[{position}]", "not_recognized", f"{name} has an entry that is not known")
    return texts
