# mypy: disable-error-code="empty-body"
"""Endpoints of the Scheduler and of organizational units, as methods; all are BETA or ALPHA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cronofy_frames.schema import ORGANIZATIONAL_UNIT_MEMBERS, SCHEDULING_REQUESTS
from cronofy_frames.wire.endpoint import endpoint
from cronofy_frames.wire.paging import Rows


class SchedulerApi:
    """The endpoints of the Scheduler; `Api` has them among its own."""

    @endpoint(
        "GET /v1/organizational_unit_members",
        auth="application",
        rows="organizational_unit_members",
        table=ORGANIZATIONAL_UNIT_MEMBERS,
        repeatable=True,
        stage="ALPHA",
        docs="/developers/api-alpha/organizational-unit-members",
    )
    def list_organizational_unit_members(self, *, next_page: str | None = None) -> Rows:
        """List the members of the organizational unit of an internal application (ALPHA), over all pages.

        `cf.read_organizational_unit_members` makes a frame of them. Their subs go wherever a sub goes: hosts, members
        of groups, `impersonate`.

        Parameters
        ----------
        next_page
            The address of a page to go on from.

        Raises
        ------
        AuthError
            The client secret is not that of an internal application.

        Examples
        --------
        >>> sorted(next(iter(client.list_organizational_unit_members())))
        ['email', 'roles', 'scheduler', 'sub']
        """

    @endpoint(
        "POST /v1/scheduling_requests",
        auth="organization",
        stage="BETA",
        docs="/developers/api/scheduling-requests/create",
    )
    def create_scheduling_request(
        self,
        *,
        event: Mapping[str, Any],
        recipients: Sequence[Mapping[str, Any]],
        host: Mapping[str, str] | None = None,
        host_group: Mapping[str, Any] | None = None,
        collaborator_groups: Sequence[Mapping[str, Any]] | None = None,
        availability_mode: Any = None,
        buffer: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] | None = None,
        impersonate: str | None = None,
    ) -> dict[str, Any]:
        """Make a link at which a recipient picks the time of a meeting (BETA).

        It takes the token of an organizational unit (the scope organizational_unit_scheduler), or the client_secret of
        an internal application. One of host, host_group and impersonate says who hosts the meeting.

        Parameters
        ----------
        event
            summary; description, `location: {"description": ...}`, duration, locale and metadata as needed.
        recipients
            `{"email": ..., "display_name": ..., "slot_selector": True}` each; slot_selector is who may pick the time.
        host
            `{"sub": ...}` of the host.
        host_group
            `{"name": ..., "members": [{"sub": ...}], "required": n}`, or `{"sub": "sel_..."}` for a selection rule: the
            host is settled when a time is picked.
        collaborator_groups
            Further people, `required` of each group, in the form of host_group.
        availability_mode
            In place of the host's own preferences; its values are not known, and it is passed as it is.
        buffer, tags
            `{"before": ..., "after": ...}`; `{"value": ...}` each. Answers have them; that requests may is our reading.
        impersonate
            The sub of the account that hosts (the header Cronofy-Impersonate); by default the client's.

        Returns
        -------
        dict
            `{"scheduling_request": {...}}` with scheduling_request_id, primary_select_url, recipients ... (that it is
            wrapped so is our reading).

        Raises
        ------
        Forbidden
            The token is not an organizational unit's, or the impersonated account is not of the unit.
        Invalid
            `.fields` names each refused field.

        Examples
        --------
        >>> members = [member["sub"] for member in client.list_organizational_unit_members()]
        >>> made = client.create_scheduling_request(
        ...     host={"sub": members[0]},
        ...     recipients=[{"email": "guest@example.test", "slot_selector": True}],
        ...     event={"summary": "Interview", "duration": {"minutes": 45}},
        ... )
        >>> made["scheduling_request"]["slot_selection"]
        'pending'
        """

    @endpoint(
        "POST /v1/scheduling_requests/query",
        auth="organization",
        rows="scheduling_requests",
        table=SCHEDULING_REQUESTS,
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling-requests/query",
    )
    def query_scheduling_requests(self, *, scheduling_request_ids: Sequence[str]) -> Rows:
        """Read scheduling requests by their ids (BETA). `cf.read_scheduling_requests` makes a frame of them.

        Parameters
        ----------
        scheduling_request_ids
            The ids. There is no call that lists all.

        Raises
        ------
        Forbidden
            The token is not an organizational unit's.
        Invalid
            For ids that are no list.

        Examples
        --------
        >>> members = [member["sub"] for member in client.list_organizational_unit_members()]
        >>> made = client.create_scheduling_request(
        ...     host={"sub": members[0]},
        ...     recipients=[{"email": "guest@example.test", "slot_selector": True}],
        ...     event={"summary": "Interview", "duration": {"minutes": 45}},
        ... )
        >>> ids = [made["scheduling_request"]["scheduling_request_id"]]
        >>> rows = client.query_scheduling_requests(scheduling_request_ids=ids)
        >>> [row["scheduling_request"]["summary"] for row in rows]
        ['Interview']
        """

    @endpoint(
        "POST /v1/scheduling_requests/cancel",
        auth="organization",
        repeatable=True,
        stage="BETA",
        docs="/developers/api/scheduling-requests/cancel",
    )
    def cancel_scheduling_request(self, *, scheduling_request_id: str, impersonate: str | None = None) -> None:
        """Cancel a scheduling request (BETA).

        Parameters
        ----------
        scheduling_request_id
            The request.
        impersonate
            The sub of the account to act as (the header Cronofy-Impersonate); by default the client's.

        Raises
        ------
        NotFound
            For an unknown request (our reading).

        Examples
        --------
        >>> members = [member["sub"] for member in client.list_organizational_unit_members()]
        >>> made = client.create_scheduling_request(
        ...     host={"sub": members[0]},
        ...     recipients=[{"email": "guest@example.test", "slot_selector": True}],
        ...     event={"summary": "Interview", "duration": {"minutes": 45}},
        ... )
        >>> key = made["scheduling_request"]["scheduling_request_id"]
        >>> client.cancel_scheduling_request(scheduling_request_id=key)
        """
