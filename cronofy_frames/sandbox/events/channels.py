"""Route handlers for push notification channels.

Pages: docs.cronofy.com/developers/api/push-notifications/create-channel, /list-channels, /close-channel.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import ErrorResponse
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import Channel
from cronofy_frames.sandbox.model.world import channel_row, find_calendar

MAX_CHANNELS = 128


@handles(
    "POST /v1/channels",
    note="sends a verification, then notifications of external changes; a failed delivery is not repeated",
)
def create_channel(request: Request) -> Response:
    """Create a channel; the same request again returns the existing one."""
    fields, channels = request.fields, request.account.channels
    callback_url = fields.web_address("callback_url")
    filters = _parse_filters(request)
    if not filters.get("only_managed"):
        request.require_scope("read_events")
    conversations = fields.nested_fields("scheduling_conversations")
    with_conversations = bool(conversations is not None and conversations.boolean("enabled"))
    key = callback_url, filters, with_conversations
    existing = next((channel for channel in channels.values() if _channel_key(channel) == key), None)
    if existing is None and len(channels) >= MAX_CHANNELS:
        fields.add_error("callback_url", "too_many", f"an account must not have more than {MAX_CHANNELS} channels")
    fields.raise_errors()
    assert callback_url is not None
    channel = existing or _open_channel(request, callback_url, filters, with_conversations)
    return Response(body={"channel": channel_row(channel)})


def _channel_key(channel: Channel) -> tuple[str, dict[str, Any], bool]:
    return channel.callback_url, channel.filters, channel.scheduling_conversations


def _open_channel(request: Request, callback_url: str, filters: dict[str, Any], with_conversations: bool) -> Channel:
    """Store a new channel and queue its verification."""
    world, account = request.world, request.account
    minted = world.mint("channel", account.sub, callback_url, sorted(filters.items()), world.change_count)
    channel = Channel(f"chn_{minted[:24]}", callback_url, filters, with_conversations)
    account.channels[channel.channel_id] = channel
    message = {"notification": {"type": "verification"}, "channel": channel_row(channel)}
    world.queue_callback(callback_url, message)
    return channel


def _parse_filters(request: Request) -> dict[str, Any]:
    """Return the filters that are not at their defaults, which is what Cronofy echoes."""
    part = request.fields.nested_fields("filters")
    if part is None:
        return {}
    filters: dict[str, Any] = {}
    calendar_ids = part.texts("calendar_ids")
    if calendar_ids is not None:
        account = request.account
        if not calendar_ids or any(find_calendar(account, calendar_id) is None for calendar_id in calendar_ids):
            description = "calendar_ids must be ids of this account's calendars"
            part.add_error("calendar_ids", "invalid_calendar_ids", description)
        filters["calendar_ids"] = calendar_ids
    if part.boolean("only_managed"):
        filters["only_managed"] = True
    return filters


@handles("GET /v1/channels")
def list_channels(request: Request) -> Response:
    """Return the channels of the account."""
    return Response(body={"channels": [channel_row(channel) for channel in request.account.channels.values()]})


@handles("DELETE /v1/channels/{channel_id}")
def delete_channel(request: Request) -> Response:
    """Close a channel."""
    if request.account.channels.pop(request.path_args["channel_id"], None) is None:
        raise ErrorResponse(404)
    return Response(202)
