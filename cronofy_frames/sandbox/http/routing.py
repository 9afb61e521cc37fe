"""From a verb and a raw path to a row of the table."""

from __future__ import annotations

import functools
import re
import threading
from urllib.parse import quote, unquote

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from cronofy_frames.sandbox.http.routes import ANSWERS, Answer

# routes are compiled to Python, which several threads at once may not do
_LOCK = threading.Lock()


def find(verb: str, path: str) -> tuple[Answer, dict[str, str]] | None:
    """Return the answer to a request and what stands in its path, decoded; None where there is none.

    The path is taken as it was sent, so that an id may hold `%2F`; a slash at its end does not count. A verb that
    the path does not take is none either: Cronofy's documentation lists 404 and no 405.
    """
    try:
        with _LOCK:
            urls = _urls(len(ANSWERS))
        route, places = urls.match(path.rstrip("/") or "/", method=verb)
    except HTTPException:
        return None
    return ANSWERS[route], {name: unquote(text) for name, text in places.items()}


@functools.cache
def _urls(_: int) -> MapAdapter:
    """Return the routes for werkzeug; made again where the table has grown."""
    rules = []
    for route in ANSWERS:
        verb, path = route.split()
        rules.append(Rule(re.sub(r"{(\w+)}", r"<\1>", path), methods=[verb], endpoint=route))
    urls = Map(rules, merge_slashes=False, strict_slashes=False)
    urls.update()  # sorted now, and not by the first threads that ask
    return urls.bind("sandbox")


def raw_path(environ: dict[str, object]) -> str:
    """Return the path as it was sent, below where the application is mounted.

    PEP 3333 has it decoded; servers keep the original in RAW_URI or REQUEST_URI.
    """
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    mounted = str(environ.get("SCRIPT_NAME") or "")
    if not isinstance(uri, str):
        return quote(str(environ.get("PATH_INFO") or "/"), encoding="latin-1", safe="/@:!$&'()*+,;=~")
    path = re.sub(r"^https?://[^/?]*", "", uri, flags=re.IGNORECASE).partition("?")[0]
    return path.removeprefix(mounted) or "/"
