"""Push notification channels.

Pages: docs.cronofy.com/developers/api/push-notifications/create-channel, /list-channels, /close-channel.
"""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.state import Channel
from cronofy_frames.sandbox.model.world import calendar_of, channel_row

MOST_CHANNELS = 128


@answers("POST /v1/channels", note="a verification is posted, then changes made from outside; nothing is sent again")
def create_channel(question: Question) -> Reply:
    """Open a channel; the same request again finds the one that is open."""
    fields, account = question.fields, question.account
    callback_url = fields.web_address("callback_url")
    filters = _filters(question)
    if not filters.get("only_managed"):
        question.need_scope("read_events")
    channels = account.channels
    same = [one for one in channels.values() if (one.callback_url, one.filters) == (callback_url, filters)]
    if not same and len(channels) >= MOST_CHANNELS:
        fields.refuse("callback_url", "too_many", f"an account must not have more than {MOST_CHANNELS} channels")
    fields.check()
    assert callback_url is not None
    if same:
        return Reply(body={"channel": channel_row(same[0])})
    minted = question.world.mint("channel", account.sub, callback_url, sorted(filters.items()), question.world.changes)
    channel = Channel(f"chn_{minted[:24]}", callback_url, filters)
    channels[channel.channel_id] = channel
    told = {"notification": {"type": "verification"}, "channel": channel_row(channel)}
    question.world.post(callback_url, told)
    return Reply(body={"channel": channel_row(channel)})


def _filters(question: Question) -> dict[str, Any]:
    """Return the filters that are not at their defaults, which is what Cronofy echoes."""
    part = question.fields.part("filters")
    if part is None:
        return {}
    filters: dict[str, Any] = {}
    calendar_ids = part.texts("calendar_ids")
    if calendar_ids is not None:
        if not calendar_ids or any(calendar_of(question.account, one) is None for one in calendar_ids):
            part.refuse("calendar_ids", "invalid_calendar_ids", "calendar_ids must be ids of this account's calendars")
        filters["calendar_ids"] = calendar_ids
    if part.boolean("only_managed"):
        filters["only_managed"] = True
    return filters


@answers("GET /v1/channels")
def list_channels(question: Question) -> Reply:
    """Answer with the open channels."""
    return Reply(body={"channels": [channel_row(channel) for channel in question.account.channels.values()]})


@answers("DELETE /v1/channels/{channel_id}")
def delete_channel(question: Question) -> Reply:
    """Close a channel."""
    if question.account.channels.pop(question.places["channel_id"], None) is None:
        raise Refused(404)
    return Reply(202)
