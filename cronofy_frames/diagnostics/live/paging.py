"""Pages of a list: whether they are numbered and linked as the contract says."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from cronofy_frames.diagnostics.live.answers import Answer, Read
from cronofy_frames.diagnostics.live.comparison import Difference


def paging_differences(read: Read) -> Iterator[Difference]:
    """Yield what differs in the pages of a read; the contract says that pages count from 1 up to `total`."""
    if not read.is_read:
        return
    route, pages = read.call.endpoint.route, [answer for answer in read.answers if answer.status == 200]
    for number, answer in enumerate(pages, 1):
        yield from _page_differences(read, answer, number, total=pages[0].pages.get("total"))
    if read.error and "next_page" in pages[-1].pages:
        yield Difference(route, "paging", "pages/next_page", "an address that can be read", read.error)
    if len(pages) < len(read.answers):
        yield Difference(route, "paging", "pages/next_page", "200", str(read.answers[-1].status))


def _page_differences(read: Read, answer: Answer, number: int, *, total: object) -> Iterator[Difference]:
    route, pages = read.call.endpoint.route, answer.pages
    current, own_total, url = pages.get("current"), pages.get("total"), pages.get("next_page")
    if isinstance(current, int) and current != number:
        yield Difference(route, "paging", "pages/current", "counts from 1", "does not")
    if isinstance(own_total, int) and own_total != total:
        yield Difference(route, "paging", "pages/total", "the same on each page", "changes")
    if isinstance(own_total, int) and url is not None and number >= own_total:
        yield Difference(route, "paging", "pages/next_page", "absent on the last page", "present")
    if isinstance(own_total, int) and url is None and number < own_total:
        yield Difference(route, "paging", "pages/next_page", "present before the last page", "absent")
    if isinstance(url, str) and f"{read.call.endpoint.path}/pages/" not in urlsplit(url).path:
        yield Difference(route, "paging", "pages/next_page", f"{read.call.endpoint.path}/pages/...", "another path")
