"""Tokens for the UI elements of a web page.

Page: docs.cronofy.com/developers/ui-elements/authentication.
"""

from __future__ import annotations

import re
from collections.abc import Container

from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question, Reply, answers

PERMISSIONS = ("agenda", "account_management", "availability", "managed_availability")
TOKEN_LIFE = 64800

_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]\\]+)(:\d{1,5})?", re.ASCII)


@answers(
    "POST /v1/element_tokens",
    auth="application",
    note="the elements themselves are not here: the token opens nothing; a sub or bookable_event_id that is unknown "
    "is 422 with errors.not_recognized",
)
def request_element_token(question: Question) -> Reply:
    """Answer with a token for a page of this origin."""
    fields, world = question.fields, question.world
    fields.choice("version", ("1",))
    permissions = _known(fields, "permissions", PERMISSIONS, required=True)
    subs = _known(fields, "subs", {account.sub for account in world.accounts})
    booked = _known(fields, "bookable_event_ids", world.bookable_events)
    origin = fields.matching(
        "origin", _ORIGIN, "invalid_format", "the origin of a page, as https://app.example.com", required=True
    )
    fields.check()
    token = world.mint("element token", permissions, subs, booked, origin, world.changes)
    told = {"permissions": permissions, "origin": origin, "token": token, "expires_in": TOKEN_LIFE}
    return Reply(body={"element_token": told})


def _known(fields: Fields, name: str, known: Container[str], *, required: bool = False) -> list[str]:
    """Read an array of words that must be known."""
    words = fields.texts(name, required=required)
    if words is None:
        return []
    if required and not words:
        fields.refuse(name, "required", f"{name} must be specified")
    for number, word in enumerate(words):
        if word not in known:
            fields.refuse(f"{name}[{number}]", "not_recognized", f"{name} has an entry that is not known")
    return words
