"""Page tokens: store the result of a read, and find it again for its further pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.routes import Request

Row = TypeVar("Row")


class PagedListing(Protocol):
    """Result of a read that is returned page by page."""

    @property
    def sub(self) -> str:
        """The account that may request its pages."""

    @property
    def path(self) -> str:
        """Path of its pages, without the token."""

    @property
    def token_seed(self) -> str:
        """Page tokens are derived from it."""


AnyListing = TypeVar("AnyListing", bound=PagedListing)


def page_count(row_count: int, page_size: int) -> int:
    """Return the number of pages; an empty result has one."""
    return max(1, -(-row_count // page_size))


def page_slice(rows: Sequence[Row], number: int, page_size: int) -> Sequence[Row]:
    """Return the rows of one page."""
    return rows[(number - 1) * page_size : number * page_size]


def pages_row(request: Request, listing: PagedListing, number: int, row_count: int) -> dict[str, Any]:
    """Return the `pages` object of a response, and store the listing for the next page if there is one."""
    total = page_count(row_count, request.world.settings.page_size)
    row: dict[str, Any] = {"current": number, "total": total}
    if number < total:
        token = request.world.mint("page", listing.token_seed, number + 1)
        request.world.store_page(token, (listing, number + 1))
        row["next_page"] = f"{request.base_url}{listing.path}/{token}"
    return row


def stored_page(request: Request, kind: type[AnyListing], path: str) -> tuple[AnyListing, int]:
    """Return the listing and page number of the token in the path; 404 if it is unknown or of another account."""
    listing, number = request.world.pages.get(request.path_args["token"], (None, 0))
    if not isinstance(listing, kind) or listing.path != path or listing.sub != request.account.sub:
        raise ErrorResponse(404)
    return listing, number
