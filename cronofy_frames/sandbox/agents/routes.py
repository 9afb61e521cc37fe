"""Route handlers for meeting agents that are sent to a join URL, and for the download of what agents bring.

Pages: docs.cronofy.com/developers/api/meeting-agents/schedule, /cancel-scheduled, /resource-download (beta). Agents of
events are set by writing the event: /developers/api/meeting-agents/provisioning.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.agents.rows import CATEGORIES, agent_row
from cronofy_frames.sandbox.http.fields import ErrorResponse, RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import MeetingAgent


@handles(
    "POST /v1/meeting_agents",
    auth="application",
    stage="BETA",
    note="Sandbox.run_meeting_agent lets an agent join and finish; the same scheduling_key again changes the agent; "
    "scheduling_key without join_time, and join_time without scheduling_key, are 422",
)
def create_agent(request: Request) -> Response:
    """Send an agent to a join URL now, or schedule one."""
    fields, world = request.fields, request.world
    join_url = fields.web_address("join_url")
    attendee = fields.nested_fields("on_behalf_of_attendee", required=True)
    email = None if attendee is None else attendee.email("email")
    display_name = fields.text("display_name")
    scheduling_key = fields.text("scheduling_key")
    is_later = fields.has_value("scheduling_key") or fields.has_value("join_time")
    join_time = fields.time("join_time")
    for name in ("scheduling_key", "join_time"):
        if is_later:
            fields.require(name)
    subscriptions = parse_subscriptions(fields)
    fields.raise_errors()
    known = world.meeting_agents.get(scheduling_key or "")
    minted = world.mint("meeting agent", join_url, scheduling_key, len(world.meeting_agents), world.change_count)
    agent = MeetingAgent(
        sub=f"agt_{minted[:24]}" if known is None else known.sub,
        join_url=join_url or "",
        email=email,
        display_name=display_name,
        scheduling_key=scheduling_key,
        join_time=join_time,
        subscriptions=subscriptions,
    )
    world.meeting_agents[scheduling_key or agent.sub] = agent
    if is_later:
        return Response(202)
    return Response(body={"meeting_agent": agent_row(agent, request.base_url)})


@handles(
    "DELETE /v1/meeting_agents",
    auth="application",
    stage="BETA",
    note="an unknown key is 404; an agent that has joined is left as it is",
)
def cancel_agent(request: Request) -> Response:
    """Cancel a scheduled agent."""
    scheduling_key = request.fields.text("scheduling_key", required=True, allow_empty=False)
    request.fields.raise_errors()
    agent = request.world.meeting_agents.get(scheduling_key or "")
    if agent is None or agent.scheduling_key is None:
        raise ErrorResponse(404)
    if agent.state == "scheduled":
        del request.world.meeting_agents[scheduling_key or ""]
    return Response(202)


def parse_subscriptions(fields: RequestFields) -> list[dict[str, Any]]:
    """Return the webhooks of an agent."""
    subscriptions = fields.nested_list("subscriptions") or []
    for subscription in subscriptions:
        subscription.choice("type", ("webhook",), required=True)
        subscription.web_address("uri")
        for interaction in subscription.nested_list("interactions") or []:
            interaction.text("type", required=True, allow_empty=False)
    return [dict(subscription.values) for subscription in subscriptions]


@handles(
    "GET /meeting_agents/{sub}/resources/{category}",
    auth="application",
    stage="BETA",
    note="302 to an address with a signature, which the body has too; transcripts are text (our reading)",
)
def read_resource(request: Request) -> Response:
    """Redirect to the file of a resource."""
    sub, category = request.path_args["sub"], request.path_args["category"]
    agents = request.world.meeting_agents.values()
    if category not in CATEGORIES or not any(agent.sub == sub and agent.state == "complete" for agent in agents):
        raise ErrorResponse(404)
    signature = request.world.mint_secret("resource", sub, category)
    url = f"{request.base_url}/store/{sub}/{category}?sig={signature}"
    return Response(302, body={"resource": {"download_url": url}}, headers={"Location": url})


@handles(
    "GET /store/{sub}/{category}",
    auth="browser",
    sureness="our reading",
    note="stands for the object store of another host: the signature alone admits, an Authorization header is 403, "
    "and signatures do not age",
)
def read_file(request: Request) -> Response:
    """Return the file of a resource."""
    sub, category = request.path_args["sub"], request.path_args["category"]
    signature = request.world.mint_secret("resource", sub, category)
    if request.bearer is not None or request.arguments.get("sig") != signature:
        raise ErrorResponse(403)
    return Response(html=f"{category} of {sub}\n", headers={"Content-Type": "text/plain; charset=utf-8"})
