"""What the recipients of smart invites do with them, in their own mail and calendar programs."""

from __future__ import annotations

from dataclasses import replace

from cronofy_frames.sandbox.invites.routes import find_invite, invitee_row, recipients_of, replies_of
from cronofy_frames.sandbox.model.controls import Outside
from cronofy_frames.sandbox.model.state import Invite, Invitee, Moment
from cronofy_frames.sandbox.model.times import whole

STATUSES = ("accepted", "tentative", "declined")


class Inbox(Outside):
    """The part of the sandbox where smart invites are answered from outside."""

    def answer_invite(
        self,
        smart_invite_id: str,
        email: str,
        status: str,
        *,
        comment: str | None = None,
        proposal: tuple[Moment, Moment] | None = None,
    ) -> Invitee:
        """Answer a smart invite as its recipient would; its callback_url is told.

        Parameters
        ----------
        smart_invite_id
            Which invite.
        email
            Who answers; an address that it was not sent to is somebody whom it was passed on to.
        status
            "accepted", "tentative" or "declined".
        comment
            Some words.
        proposal
            Another start and end: times with a zone, or dates for whole days.

        Returns
        -------
        invitee
            The answer, as the sandbox keeps it.
        """
        if status not in STATUSES:
            raise ValueError(f"An answer is one of {', '.join(STATUSES)}, not {status!r}.")
        with self._lock:
            invite = self._invite(smart_invite_id, email)
            told = Invitee(
                email, status, comment, None if proposal is None else (whole(proposal[0]), whole(proposal[1]))
            )
            _answer(invite, told)
            self._world.changes += 1
            self._tell(invite, told)
        self.send_out()
        return told

    def _invite(self, smart_invite_id: str, email: str) -> Invite:
        """Return the invite that somebody got, or was passed on."""
        found = find_invite(self._world, smart_invite_id, email)
        if found is not None:
            return found
        named = [one for one in self._world.invites.values() if one.smart_invite_id == smart_invite_id]
        if len(named) != 1:
            raise LookupError(
                f"{len(named)} smart invites are called {smart_invite_id!r}, and none of them was sent to {email}."
            )
        return named[0]

    def _tell(self, invite: Invite, told: Invitee) -> None:
        """Post the answer: docs /developers/api/smart-invites/invite-callback."""
        if invite.callback_url is None:
            return
        row = {
            "smart_invite_id": invite.smart_invite_id,
            "callback_url": invite.callback_url,
            **recipients_of(invite),
            "reply": invitee_row(told, invite.event),
            "replies": replies_of(invite),
        }
        self._world.post(invite.callback_url, {"notification": {"type": "smart_invite"}, "smart_invite": row})


def _answer(invite: Invite, told: Invitee) -> None:
    """Note the last answer of somebody, among the replies and, where it was sent to them, as the recipient's."""
    key = told.email.lower()
    invite.recipients = [
        replace(told, email=one.email) if one.email.lower() == key else one for one in invite.recipients
    ]
    invite.replies = [*(one for one in invite.replies if one.email.lower() != key), told]
