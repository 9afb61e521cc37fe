"""Route handlers for the members of an organizational unit, which are all people of the sandbox.

Page: docs.cronofy.com/developers/api-alpha/organizational-unit-members (alpha).
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.paging import page_count, page_slice
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import Account

PAGES = "/v1/organizational_unit_members/pages"


@handles(
    "GET /v1/organizational_unit_members",
    auth="application",
    stage="ALPHA",
    note="all people of the sandbox; the first is the owner and has a public link",
)
def list_members(request: Request) -> Response:
    """Return the first page of members."""
    return _members_page(request, 1)


@handles(
    "GET /v1/organizational_unit_members/pages/{token}",
    auth="application",
    stage="ALPHA",
    sureness="our reading",
    note="the path of further pages is not documented; tokens do not age",
)
def list_further_members(request: Request) -> Response:
    """Return a further page of members."""
    for number in range(2, _page_count(request) + 1):
        if _page_token(request, number) == request.path_args["token"]:
            return _members_page(request, number)
    raise ErrorResponse(404)


def _members_page(request: Request, number: int) -> Response:
    people, total = request.world.people(), _page_count(request)
    rows = [_member_row(request, person, is_owner=person is people[0]) for person in people]
    pages: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        pages["next_page"] = f"{request.base_url}{PAGES}/{_page_token(request, number + 1)}"
    page = page_slice(rows, number, request.world.settings.page_size)
    return Response(body={"organizational_unit_members": list(page), "pages": pages})


def _member_row(request: Request, person: Account, *, is_owner: bool) -> dict[str, Any]:
    public_url = f"{request.base_url}/add_to_calendar/scheduling/{person.sub}" if is_owner else None
    return {
        "sub": person.sub,
        "email": person.email,
        "roles": ["owner"] if is_owner else ["member"],
        "scheduler": {"enabled": True, "public_url": public_url},
    }


def _page_count(request: Request) -> int:
    return page_count(len(request.world.people()), request.world.settings.page_size)


def _page_token(request: Request, number: int) -> str:
    return request.world.mint("members", number)
