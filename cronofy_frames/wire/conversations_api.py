# mypy: disable-error-code="empty-body"
"""Endpoints of scheduling conversations, as methods; all are ALPHA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cronofy_frames.wire.endpoint import endpoint


class ConversationsApi:
    """The endpoints of scheduling conversations; `Api` has them among its own."""

    @endpoint(
        "POST /v1/scheduling_conversations",
        wrapper="scheduling_conversation",
        stage="ALPHA",
        docs="/developers/api-alpha/scheduling-conversations/create",
    )
    def create_scheduling_conversation(
        self,
        *,
        participants: Sequence[Mapping[str, Any]],
        required_duration: timedelta | Mapping[str, int],
        available_periods: Sequence[Mapping[str, Any]] | None = None,
        tzid: str | None = None,
        subject: str | None = None,
        event: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Start a conversation in which two people settle a time (ALPHA).

        Parameters
        ----------
        participants
            One or two, the organizer first; each with the first known of participant_id, sub and email, and
            `{"slots": {"selection_method": "auto"}}` for a person whose calendar answers.
        required_duration
            How long; a timedelta or `{"minutes": n}`.
        available_periods
            `{"start": ..., "end": ...}` for each stretch to search.
        tzid, subject, event
            The zone, the title, and location and others of the event.

        Returns
        -------
        dict
            `{"scheduling_conversation": {...}}` with scheduling_conversation_id, status and participants, each with
            possible_actions: addresses for `conversation_slots` and `select_conversation_slots`.

        Raises
        ------
        Invalid
            `.fields` names each refused field.

        Examples
        --------
        >>> talk = client.create_scheduling_conversation(
        ...     participants=[{"sub": client.user_info()["sub"]}, {"email": "guest@example.test"}],
        ...     required_duration={"minutes": 60},
        ...     available_periods=[{"start": "2026-03-05T09:00:00Z", "end": "2026-03-06T17:00:00Z"}],
        ... )["scheduling_conversation"]
        >>> slots = client.conversation_slots(talk["participants"][1]["possible_actions"]["slots_list"]["url"])
        >>> sorted(slots[0])
        ['end', 'slot_id', 'start']
        """

    @endpoint(
        "GET /v1/scheduling_conversations",
        wrapper="scheduling_conversation",
        either=("scheduling_conversation_id", "token"),
        other_path="/v1/scheduling_conversations/{scheduling_conversation_id}",
        repeatable=True,
        stage="ALPHA",
        docs="/developers/api-alpha/scheduling-conversations/read",
    )
    def read_scheduling_conversation(
        self, *, scheduling_conversation_id: str | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """Read a conversation by its id, or by a participant's token (ALPHA).

        Parameters
        ----------
        scheduling_conversation_id
            The conversation.
        token
            A participant's token, in place of the id.

        Returns
        -------
        dict
            `{"scheduling_conversation": {...}}`, whether it came so wrapped or not; by a token `participant` too.

        Raises
        ------
        NotFound
            For an unknown id or token.

        Examples
        --------
        >>> talk = client.create_scheduling_conversation(
        ...     participants=[{"sub": client.user_info()["sub"]}, {"email": "guest@example.test"}],
        ...     required_duration={"minutes": 60},
        ...     available_periods=[{"start": "2026-03-05T09:00:00Z", "end": "2026-03-06T17:00:00Z"}],
        ... )["scheduling_conversation"]
        >>> key = talk["scheduling_conversation_id"]
        >>> client.read_scheduling_conversation(scheduling_conversation_id=key)["scheduling_conversation"]["status"]
        'in_progress'
        """
