"""Request bodies with arbitrary values in them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.sandbox.caller import refusals

YOGA = {
    "bookable_event_id": "yoga_1-a",
    "start": "2026-03-06T12:30:00Z",
    "end": "2026-03-06T13:30:00Z",
    "status": "confirmed",
    "registration": {"capacity": 2},
}
"""A bookable event."""

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["2026-03-05", "2026-03-05T10:00:00Z", "Europe/Paris", "true", "x@example.test", "https://x.test"]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)


def paths(body: Any) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of keys to every value in a body."""
    pairs: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in pairs:
        yield (name,)
        yield from ((name, *rest) for rest in paths(value))


def invalid_variants(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for copies of a body in which one value is an arbitrary one."""

    def replace_value(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
        body = copy.deepcopy(good)
        inner: Any = body
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = value
        return body

    return st.builds(replace_value, st.sampled_from(list(paths(good))), JSON)


def is_documented(answer: Any) -> bool:
    """Return whether a response has a documented status and, for 422, the documented form."""
    if answer.status_code == 422:
        refusals(answer)
    return answer.status_code in (200, 202, 404, 422)
