"""Method of the sandbox with which recipients answer smart invites, as from their own mail or calendar program."""

from __future__ import annotations

from dataclasses import replace

from cronofy_frames.sandbox.invites.rows import find_invite, invitee_row, recipients_row, reply_rows
from cronofy_frames.sandbox.model.controls import Controls
from cronofy_frames.sandbox.model.state import EventTime, Invite, Invitee
from cronofy_frames.sandbox.model.times import normalize_time
from cronofy_frames.text import single_line

STATUSES = ("accepted", "tentative", "declined")


class Inbox(Controls):
    """Base class of the sandbox that answers smart invites."""

    def answer_invite(
        self,
        smart_invite_id: str,
        email: str,
        status: str,
        *,
        comment: str | None = None,
        proposal: tuple[EventTime, EventTime] | None = None,
    ) -> Invitee:
        """Answer a smart invite as its recipient would, and notify its callback_url.

        Parameters
        ----------
        smart_invite_id
            The invite.
        email
            Address of the person who answers; an address that is no recipient's is that of a person it was forwarded
            to.
        status
            "accepted", "tentative" or "declined".
        comment
            A comment to the organizer.
        proposal
            Another start and end: times with a time zone, or dates for whole days.

        Returns
        -------
        invitee
            The answer as the sandbox stores it.
        """
        if status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}, not {status!r}.")
        times = None if proposal is None else (normalize_time(proposal[0]), normalize_time(proposal[1]))
        with self._lock:
            invite = self._find_invite(smart_invite_id, email)
            reply = Invitee(email, status, comment, times)
            _record_reply(invite, reply)
            self._world.change_count += 1
            self._queue_reply_callback(invite, reply)
        self.send_out()
        return reply

    def _find_invite(self, smart_invite_id: str, email: str) -> Invite:
        """Return the invite that a person was sent, or the only one that can have been forwarded to them."""
        invite = find_invite(self._world, smart_invite_id, email)
        if invite is not None:
            return invite
        invites = [invite for invite in self._world.invites.values() if invite.smart_invite_id == smart_invite_id]
        if len(invites) != 1:
            raise LookupError(
                f"{len(invites)} smart invites have the id {smart_invite_id!r}, and none of them was sent to "
                f"{single_line(email)}."
            )
        return invites[0]

    def _queue_reply_callback(self, invite: Invite, reply: Invitee) -> None:
        """Queue the callback for a reply: docs /developers/api/smart-invites/invite-callback."""
        if invite.callback_url is None:
            return
        row = {
            "smart_invite_id": invite.smart_invite_id,
            "callback_url": invite.callback_url,
            **recipients_row(invite),
            "reply": invitee_row(reply, invite.event),
            "replies": reply_rows(invite),
        }
        message = {"notification": {"type": "smart_invite"}, "smart_invite": row}
        self._world.queue_callback(invite.callback_url, message)


def _record_reply(invite: Invite, reply: Invitee) -> None:
    """Store a reply in place of the person's earlier one, and on the recipient if the person is one."""
    key = reply.email.lower()
    invite.recipients = [
        replace(reply, email=recipient.email) if recipient.email.lower() == key else recipient
        for recipient in invite.recipients
    ]
    invite.replies = [*(earlier for earlier in invite.replies if earlier.email.lower() != key), reply]
