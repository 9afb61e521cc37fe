"""Smart invites in their wire form, and the search for one."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.model.json_rows import wire_time
from cronofy_frames.sandbox.model.state import Event, Invite, Invitee
from cronofy_frames.sandbox.model.world import World


def find_invite(world: World, smart_invite_id: str, email: str | None) -> Invite | None:
    """Return the invite to one recipient, or to several with this recipient; without an address, that to several."""
    single = None if email is None else world.invites.get((smart_invite_id, email.lower()))
    several = world.invites.get((smart_invite_id, ""))
    if single is not None or several is None or email is None:
        return single or several
    return several if find_recipient(several, email) is not None else None


def find_recipient(invite: Invite, email: str) -> Invitee | None:
    """Return the recipient with an address."""
    return next((recipient for recipient in invite.recipients if recipient.email.lower() == email.lower()), None)


def recipients_row(invite: Invite) -> dict[str, Any]:
    """Return the recipients of an invite: `recipient`, or `recipients` in the form for several."""
    rows = [invitee_row(recipient, invite.event) for recipient in invite.recipients]
    return {"recipients": rows} if invite.many else {"recipient": rows[0]}


def reply_rows(invite: Invite) -> list[dict[str, Any]]:
    """Return the latest answer of each person, also of people that the invite was forwarded to."""
    return [invitee_row(reply, invite.event) for reply in invite.replies]


def invitee_row(invitee: Invitee, event: Event) -> dict[str, Any]:
    """Return the answer of one person; a proposal is in the event's time zones."""
    row: dict[str, Any] = {"email": invitee.email, "status": invitee.status}
    if invitee.comment is not None:
        row["comment"] = invitee.comment
    if invitee.proposal is not None:
        start, end = invitee.proposal
        row["proposal"] = {
            "start": wire_time(start, event.start_tzid, localized=True),
            "end": wire_time(end, event.end_tzid, localized=True),
        }
    return row
