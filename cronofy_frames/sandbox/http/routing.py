"""Find the route of a request by its method and undecoded path."""

from __future__ import annotations

import functools
import re
import threading
from urllib.parse import quote, unquote

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from cronofy_frames.sandbox.http.route_modules import MODULES_BY_REQUEST, first_segment, routes_of
from cronofy_frames.sandbox.http.routes import RouteSpec

# werkzeug compiles routes to Python code, which is not safe in several threads at once
_LOCK = threading.Lock()


def match_route(method: str, path: str) -> tuple[RouteSpec, dict[str, str]] | None:
    """Return the route of a request and the decoded values of its path; None if there is none.

    The path is not decoded yet, so that an id may contain `%2F`. A trailing slash is ignored. A method that the path
    does not have is None too: Cronofy's documentation lists 404 and no 405.
    """
    request = "GET" if method == "HEAD" else method.upper(), first_segment(path)
    if request not in MODULES_BY_REQUEST:
        return None
    with _LOCK:
        routes, adapter = _routes_and_adapter(*request)
    try:
        route, path_args = adapter.match(path.rstrip("/") or "/", method=method)
    except HTTPException:
        return None
    return routes[route], {name: unquote(text) for name, text in path_args.items()}


@functools.cache
def _routes_and_adapter(method: str, segment: str) -> tuple[dict[str, RouteSpec], MapAdapter]:
    """Return the routes with a method and a first segment, also as werkzeug takes them."""
    routes = routes_of(method, segment)
    rules = [Rule(re.sub(r"{(\w+)}", r"<\1>", route.split()[1]), methods=[method], endpoint=route) for route in routes]
    urls = Map(rules, merge_slashes=False, strict_slashes=False)
    urls.update()  # sorts the rules now, while the lock is held
    return routes, urls.bind("sandbox")


def raw_path(environ: dict[str, object]) -> str:
    """Return the undecoded path of a request, relative to where the application is mounted.

    PATH_INFO is decoded (PEP 3333); servers keep the original in RAW_URI or REQUEST_URI.
    """
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    mount = str(environ.get("SCRIPT_NAME") or "")
    if not isinstance(uri, str):
        return quote(str(environ.get("PATH_INFO") or "/"), encoding="latin-1", safe="/@:!$&'()*+,;=~")
    path = re.sub(r"^https?://[^/?]*", "", uri, flags=re.IGNORECASE).partition("?")[0]
    return path.removeprefix(mount) or "/"
