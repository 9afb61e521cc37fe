"""The frozen routes, compared with the endpoints, the sandbox and the table of calls."""

import inspect
import re
from urllib.parse import parse_qs, urlsplit

import pycronofy.batch
import pycronofy.client
import pycronofy.pagination
import pytest

from cronofy_frames.sandbox import coverage
from cronofy_frames.sandbox.http.routing import match_route
from cronofy_frames.wire.auth import authorize_url
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.calls import CALLS
from tests.witness.routes import DOCUMENTED, FORMS, PAGES, ROUTES, Route

each = pytest.mark.parametrize("route", ROUTES, ids=[f"{route.name}({', '.join(route.keys)})" for route in ROUTES])


def shape(path: str) -> str:
    """Return a path without the names of its placeholders."""
    return re.sub(r"{\w+}", "{}", path)


def fits(path: str, text: str) -> bool:
    """Return whether a sent path matches a frozen path."""
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), text) is not None


def sandbox_shapes() -> set[str]:
    """Return the routes of the sandbox, without names of placeholders."""
    return {shape(row["route"]) for row in coverage()}


def test_no_row_is_frozen_twice() -> None:
    """No request is in the frozen tables twice, and each was read in at least one client."""
    cases = [(route.name, route.path, route.keys) for route in (*ROUTES, *FORMS)]
    assert len(cases) == len(set(cases))
    assert all(set(route.sdks) & {"js", "rb", "cs", "php", "py"} for route in (*ROUTES, *FORMS, *PAGES))


def test_each_endpoint_is_frozen() -> None:
    """Every endpoint was read in an official client, or is listed as documented alone."""
    frozen = {route.name for route in ROUTES}
    assert set(ENDPOINTS) == frozen | DOCUMENTED.keys()
    assert not frozen & DOCUMENTED.keys()


@pytest.mark.parametrize(("name", "documented"), DOCUMENTED.items(), ids=DOCUMENTED)
def test_what_no_client_has_is_as_documented(name: str, documented: tuple[str, str]) -> None:
    """An endpoint that no client has is declared and answered as in its documentation."""
    route, page = documented
    assert (shape(ENDPOINTS[name].route), ENDPOINTS[name].docs) == (shape(route), page)
    assert shape(route) in sandbox_shapes()


@pytest.mark.parametrize("form", FORMS, ids=[f"{form.name} as {form.sdks[0]} says it" for form in FORMS])
def test_the_sandbox_takes_other_forms(form: Route) -> None:
    """The sandbox has a route for the other forms that official clients send."""
    match = match_route(form.verb, re.sub(r"{\w+}", "x", form.path))
    assert match is not None
    assert match[0].route.split()[0] == form.verb
    assert set(form.keys) <= set(ENDPOINTS[form.name].parameters)


@each
def test_the_endpoint_is_declared_so(route: Route) -> None:
    """The package sends the method and path of the official clients."""
    declared = ENDPOINTS[route.name]
    assert (declared.verb, shape(declared.path)) == (route.verb, shape(route.path))
    assert set(route.keys) <= {*declared.parameters, *declared.fixed}


@each
def test_the_sandbox_answers_it(route: Route) -> None:
    """The sandbox has a route for the method and path of the official clients."""
    assert f"{route.verb} {shape(route.path)}" in sandbox_shapes()


@each
def test_the_table_of_calls_has_it(route: Route) -> None:
    """The table of calls has that request, with the body keys of the official clients."""
    cases = [case for case in CALLS if case.name == route.name]
    paths = [route.path, *(form.path for form in FORMS if form.name == route.name)]
    for case in cases:
        verb, path = case.request.split()
        assert (verb, any(fits(known, path) for known in paths)) == (route.verb, True)
    names_by_case = [{name.removesuffix("[]") for name in {**case.query, **(case.body or {})}} for case in cases]
    assert any(set(route.keys) <= names for names in names_by_case)


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_the_sandbox_has_the_pages(page: Route) -> None:
    """The sandbox has the HTML pages and further pages that the official clients use."""
    assert f"{page.verb} {shape(page.path)}" in sandbox_shapes()


@pytest.mark.parametrize("enterprise", [False, True])
def test_people_are_sent_to_the_frozen_page(enterprise: bool) -> None:
    """`authorize_url` leads to the page of the official clients, with their parameters."""
    url = authorize_url(
        client_id="c",
        redirect_uri="http://127.0.0.1/",
        state="s",
        delegated_scope="read_only",
        enterprise_connect=enterprise,
    )
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == "https://app.cronofy.com"
    assert parts.path == PAGES[1 if enterprise else 0].path
    names = {"response_type", "client_id", "redirect_uri", "scope", "state", "delegated_scope"}
    assert set(parse_qs(parts.query)) == names


@pytest.mark.parametrize(
    "route",
    [route for route in (*ROUTES, *FORMS, *PAGES) if "py" in route.sdks],
    ids=lambda route: route.name or route.path,
)
def test_pycronofy_has_it_in_its_source(route: Route) -> None:
    """The frozen requests of pycronofy are in the source of the installed one."""
    source = "".join(
        inspect.getsource(module) for module in (pycronofy.client, pycronofy.batch, pycronofy.pagination)
    ).replace("%s", "{}")
    assert re.search(
        rf"[\"'/]{re.escape(shape(route.path).removeprefix('/v1/').lstrip('/').removesuffix('{}'))}", source
    )
