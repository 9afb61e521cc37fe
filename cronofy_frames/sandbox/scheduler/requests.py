"""Route handlers for scheduling requests: links of the Scheduler at which a recipient picks a time.

Pages: docs.cronofy.com/developers/api/scheduling-requests/create, /query, /cancel (beta).
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.availability.durations import parse_duration
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import SchedulingRequest
from cronofy_frames.sandbox.scheduler.rows import request_row

HOSTS = ("host", "host_group")


@handles(
    "POST /v1/scheduling_requests",
    auth="organization",
    stage="BETA",
    note="the answer is that of the query; the pages of its links are not served, Sandbox.choose_time picks a time; a "
    "selection rule (sel_) is unknown; availability_mode is stored and not applied",
)
def create_request(request: Request) -> Response:
    """Create a scheduling request."""
    fields, world = request.fields, request.world
    host, host_group = _parse_host(request)
    recipients = _parse_recipients(fields)
    groups = [_parse_group(request, group) for group in fields.nested_list("collaborator_groups") or []]
    event = _parse_event(fields)
    buffer = fields.nested_fields("buffer")
    for tag in fields.nested_list("tags") or []:
        tag.text("value", required=True, allow_empty=False)
    fields.raise_errors()
    minted = world.mint("scheduling request", len(world.scheduling_requests), world.change_count)
    made = SchedulingRequest(
        scheduling_request_id=f"srq_{minted[:24]}",
        token=world.mint("scheduling page", minted),
        event=event,
        recipients=recipients,
        host=host,
        host_group=host_group,
        collaborator_groups=groups,
        buffer=None if buffer is None else dict(buffer.values),
    )
    world.scheduling_requests[made.scheduling_request_id] = made
    return Response(body={"scheduling_request": request_row(made, request.base_url)})


@handles(
    "POST /v1/scheduling_requests/query",
    auth="organization",
    stage="BETA",
    note="unknown ids are left out",
)
def query_requests(request: Request) -> Response:
    """Return scheduling requests by their ids."""
    ids = request.fields.texts("scheduling_request_ids", required=True)
    if ids == []:
        request.fields.add_error("scheduling_request_ids", "required", "scheduling_request_ids must be specified")
    request.fields.raise_errors()
    known = request.world.scheduling_requests
    matches = [known[request_id] for request_id in dict.fromkeys(ids or []) if request_id in known]
    rows = [{"scheduling_request": request_row(row, request.base_url)} for row in matches]
    return Response(body={"scheduling_requests": rows})


@handles(
    "POST /v1/scheduling_requests/cancel",
    auth="organization",
    stage="BETA",
    note="an unknown id is 404; a second time changes nothing",
)
def cancel_request(request: Request) -> Response:
    """Cancel a scheduling request."""
    request_id = request.fields.text("scheduling_request_id", required=True, allow_empty=False)
    request.fields.raise_errors()
    known = request.world.scheduling_requests.get(request_id or "")
    if known is None:
        raise ErrorResponse(404)
    known.slot_selection = "cancelled"
    return Response(202)


def _parse_host(request: Request) -> tuple[str | None, dict[str, Any] | None]:
    """Return the host or the group that it comes from: exactly one of host, host_group and the impersonated account."""
    fields = request.fields
    names = [name for name in HOSTS if fields.has_value(name)]
    impersonated = None if request.impersonate is None or request.grant is None else request.grant.sub
    if len(names) + (impersonated is not None) > 1:
        fields.add_error(names[-1], "not_supported", "only one of host, host_group and impersonation may be given")
    elif not names and impersonated is None:
        fields.add_error("host", "required", "host, host_group or impersonation must be specified")
    host = fields.nested_fields("host")
    if host is not None:
        return _parse_sub(request, host), None
    group = fields.nested_fields("host_group")
    return impersonated, None if group is None else _parse_group(request, group)


def _parse_group(request: Request, group: RequestFields) -> dict[str, Any]:
    """Return a group of people, of whom some are needed."""
    if group.has_value("sub"):
        group.add_error("sub", "not_recognized", "sub must be a selection rule of the organizational unit")
        return {}
    group.text("name", required=True, allow_empty=False)
    members = group.nested_list("members", required=True) or []
    subs = [_parse_sub(request, member) for member in members]
    required = group.integer("required", minimum=1, required=True)
    if required is not None and required > len(subs):
        group.add_error("required", "out_of_range", "required must not exceed the number of members")
    return dict(group.values)


def _parse_sub(request: Request, fields: RequestFields) -> str | None:
    sub = fields.text("sub", required=True, allow_empty=False)
    if sub is not None and all(person.sub != sub for person in request.world.people()):
        fields.add_error("sub", "not_recognized", "sub must be of an account of the organizational unit")
    return sub


def _parse_recipients(fields: RequestFields) -> list[dict[str, Any]]:
    recipients = fields.nested_list("recipients", required=True)
    if recipients == []:
        fields.add_error("recipients", "required", "recipients must have at least one entry")
    return [
        {
            "email": recipient.email("email"),
            "display_name": recipient.text("display_name"),
            "slot_selector": bool(recipient.boolean("slot_selector")),
        }
        for recipient in recipients or []
    ]


def _parse_event(fields: RequestFields) -> dict[str, Any]:
    event = fields.nested_fields("event", required=True)
    if event is None:
        return {}
    event.text("summary", required=True, allow_empty=False)
    event.text("description")
    event.text("locale")
    event.nested_fields("metadata")
    parse_duration(event, "duration")
    location = event.nested_fields("location")
    if location is not None:
        location.text("description")
    return dict(event.values)
