"""Route handler for batches of writes: docs.cronofy.com/developers/api/batch."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.http.routing import match_route

MAX_ENTRIES = 50
_METHODS = ("POST", "DELETE")


@handles("POST /v1/batch", note="entries are applied in order; a call that a batch does not take is answered with 404")
def batch(request: Request) -> Response:
    """Answer each entry of a batch independently."""
    fields = request.fields
    entries = fields.nested_list("batch", required=True, max_items=MAX_ENTRIES)
    if entries is not None and not entries:
        fields.add_error("batch", "required", "batch must have at least one entry")
    fields.raise_errors()
    return Response(207, {"batch": [_answer_entry(request, entry) for entry in entries or []]})


def _answer_entry(request: Request, entry: RequestFields) -> dict[str, Any]:
    """Return the response of one entry; its errors stay its own."""
    # An empty array as data: see the assumption on a body that is one.
    values = {name: value for name, value in entry.values.items() if name != "data" or value != []}
    fields = RequestFields(values)
    try:
        method = fields.choice("method", _METHODS, required=True)
        url = fields.text("relative_url", required=True, allow_empty=False)
        data = fields.nested_fields("data")
        fields.raise_errors()
        match = match_route(method or "", (url or "").partition("?")[0])
        if match is None or not match[0].batch:
            raise ErrorResponse(404)
        spec, path_args = match
        arguments = {} if data is None else data.values
        response = spec.handler(Request(request.world, path_args, arguments, request.base_url, grant=request.grant))
    except ErrorResponse as error:
        return _entry(error.status, error.body)
    return _entry(response.status, response.body)


def _entry(status: int, body: Any) -> dict[str, Any]:
    return {"status": status} if body is None else {"status": status, "data": body}
