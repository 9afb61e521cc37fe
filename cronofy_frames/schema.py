"""The columns of every frame, written once.

The law of this file: which columns a frame has, in which order and of which dtype, is decided here
and never by the data. Paths are the places in Cronofy's JSON, with dots between keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["text", "list", "time", "moment", "dated", "bool", "boolean", "number", "integer"]
"""What a column holds.

* text: `str`, NA when missing.
* list: the JSON text of a list or object as it came, `str`, NA when missing.
* time: a UTC time string on the wire; `datetime64[us, tz]`.
* moment: an event time in one of its three forms (time, date, object with a tzid); `datetime64[us, tz]`.
* dated: `bool`, whether the moment at this path is a date, which means all-day.
* bool: `bool`, missing means False.
* boolean: nullable `boolean`.
* number: `float64`; text that holds a number is read as one.
* integer: `int64`.
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, where it sits in the JSON, what it holds and what it means."""

    name: str
    path: str
    dtype: Dtype
    meaning: str
    was: str | None = None  # the path that old answers use for the same thing


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of one frame, what tells two rows apart, and how rows are ordered.

    `key` lists columns; a column written as "a|b" means a, or b where a is missing. Rows without a
    complete key are never taken for the same. `unrolled` names a list in each row that makes a row of its own of
    each entry. `left_out` are the documented paths that no column reads, with the keys of the entries of lists as
    `attendees[].email`; keys beside them are counted as unread. None leaves them uncounted.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    unrolled: str = ""
    left_out: tuple[str, ...] | None = None

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]


EVENTS = Table(
    "events",
    (
        Column("start", "start", "moment", "when it starts, inclusive"),
        Column("end", "end", "moment", "when it ends, exclusive"),
        Column("all_day", "start", "dated", "whether it is given in whole days"),
        Column("summary", "summary", "text", "the title"),
        Column("calendar_name", "calendar_name", "text", "the name of its calendar; from the list of calendars"),
        Column("status", "status", "text", "tentative, confirmed, cancelled or unknown", was="event_status"),
        Column("transparency", "transparency", "text", "opaque (takes time), transparent or unknown"),
        Column("participation_status", "participation_status", "text", "the account's own reply"),
        Column("location_description", "location.description", "text", "where, in words"),
        Column("organizer_email", "organizer.email", "text", "who called the meeting"),
        Column("organizer_display_name", "organizer.display_name", "text", "the organizer's name"),
        Column("attendees", "attendees", "list", "JSON list; `attendees()` makes a frame of it"),
        Column("description", "description", "text", "the notes, plain text"),
        Column("categories", "categories", "list", "JSON list of texts"),
        Column("recurring", "recurring", "boolean", "whether it is one of a series"),
        Column("event_private", "event_private", "boolean", "whether it is marked private"),
        Column("deleted", "deleted", "bool", "whether it was deleted"),
        Column("meeting_url", "meeting_url", "text", "address of the online meeting"),
        Column("conferencing_provider_name", "conferencing.provider_name", "text", "who hosts the call"),
        Column("conferencing_join_url", "conferencing.join_url", "text", "address that joins the call"),
        Column("url", "url", "text", "the event's own address"),
        Column("location_lat", "location.lat", "number", "latitude in degrees; only with geo"),
        Column("location_long", "location.long", "number", "longitude in degrees; only with geo"),
        Column("extended_transparency", "extended_transparency", "text", "finer than transparency"),
        Column("options_delete", "options.delete", "boolean", "whether the application may delete it"),
        Column("options_update", "options.update", "boolean", "whether the application may change it"),
        Column(
            "options_change_participation_status",
            "options.change_participation_status",
            "boolean",
            "whether the application may reply to it",
        ),
        Column("created", "created", "time", "when it was made"),
        Column("updated", "updated", "time", "when it last changed"),
        Column("start_tzid", "start.tzid", "text", "zone of the start; only with localized times"),
        Column("end_tzid", "end.tzid", "text", "zone of the end; only with localized times"),
        Column("provider_name", "provider_name", "text", "the calendar's provider; from the list of calendars"),
        Column("calendar_id", "calendar_id", "text", "the calendar that the event is in"),
        Column("event_uid", "event_uid", "text", "Cronofy's id of the event"),
        Column("event_id", "event_id", "text", "the application's own id; only on events that it wrote"),
        Column("series_identifier", "series_identifier", "text", "the same for all of a series"),
        Column("google_event_id", "google_event_id", "text", "Google's id; only with google_ids"),
    ),
    key=("calendar_id", "event_uid|event_id"),
    order=("start", "calendar_id", "event_uid"),
    left_out=(
        *("attendees[].email", "attendees[].display_name", "attendees[].status", "conferencing.pending"),
        *("recurrence", "series_master", "attachments", "tags", "event_classes", "locale", "reminders", "color"),
        "subscriptions",
    ),
)

FREE_BUSY = Table(
    "free_busy",
    (
        Column("start", "start", "moment", "when it starts, inclusive"),
        Column("end", "end", "moment", "when it ends, exclusive"),
        Column("all_day", "start", "dated", "whether it is given in whole days"),
        Column("free_busy_status", "free_busy_status", "text", "tentative, busy, free or unknown"),
        Column("calendar_name", "calendar_name", "text", "the name of its calendar; from the list of calendars"),
        Column("start_tzid", "start.tzid", "text", "zone of the start; only with localized times"),
        Column("end_tzid", "end.tzid", "text", "zone of the end; only with localized times"),
        Column("calendar_id", "calendar_id", "text", "the calendar that the period is in"),
        Column("event_uid", "event_uid", "text", "Cronofy's id of the event behind it; with ids"),
        Column("event_id", "event_id", "text", "the application's own id; with ids"),
    ),
    key=("calendar_id", "event_uid|event_id"),
    order=("start", "calendar_id", "event_uid"),
    left_out=("deleted",),
)

_PROFILE = (
    Column("provider_name", "provider_name", "text", "google, apple, exchange, cronofy ..."),
    Column("provider_service", "provider_service", "text", "the provider's product: gsuite, office365 ..."),
    Column("profile_id", "profile_id", "text", "the connected profile"),
    Column("profile_name", "profile_name", "text", "its name, mostly an e-mail address"),
)

CALENDARS = Table(
    "calendars",
    (
        *_PROFILE,
        Column("calendar_id", "calendar_id", "text", "the calendar"),
        Column("calendar_name", "calendar_name", "text", "its name; two may have the same"),
        Column("calendar_readonly", "calendar_readonly", "boolean", "whether it refuses writes"),
        Column("calendar_deleted", "calendar_deleted", "boolean", "whether it was deleted; it stays listed"),
        Column("calendar_primary", "calendar_primary", "boolean", "whether it is the profile's main one"),
        Column(
            "calendar_integrated_conferencing_available",
            "calendar_integrated_conferencing_available",
            "boolean",
            "whether the provider can add its own call",
        ),
        Column(
            "calendar_attachments_available",
            "calendar_attachments_available",
            "boolean",
            "whether events can carry attachments",
        ),
        Column("permission_level", "permission_level", "text", "sandbox or unrestricted"),
    ),
    left_out=(),
)

PROFILES = Table(
    "profiles",
    (
        *_PROFILE,
        Column("profile_connected", "profile_connected", "boolean", "False: stale until linked again"),
        Column(
            "profile_initial_sync_required",
            "profile_initial_sync_required",
            "boolean",
            "True: the first synchronisation has not finished",
        ),
        Column("profile_relink_url", "profile_relink_url", "text", "where to link it again"),
    ),
    left_out=(),
)

CHANNELS = Table(
    "channels",
    (
        Column("channel_id", "channel_id", "text", "the channel"),
        Column("callback_url", "callback_url", "text", "where notifications go"),
        Column("filters_calendar_ids", "filters.calendar_ids", "list", "JSON list of calendars watched"),
        Column("filters_only_managed", "filters.only_managed", "boolean", "only the application's own events"),
    ),
    left_out=(),
)

RESOURCES = Table(
    "resources",
    (
        Column("email", "email", "text", "the resource's address"),
        Column("name", "name", "text", "its name"),
    ),
    left_out=(),
)

ACCESSIBLE_CALENDARS = Table(
    "accessible_calendars",
    (
        Column("calendar_type", "calendar_type", "text", "resource or unknown"),
        Column("email", "email", "text", "the calendar's address"),
        Column("name", "name", "text", "its name"),
    ),
    left_out=(),
)

AVAILABLE_PERIODS = Table(
    "available_periods",
    (
        Column("available_period_id", "available_period_id", "text", "the application's own id"),
        Column("start", "start", "moment", "when it starts, inclusive"),
        Column("end", "end", "moment", "when it ends, exclusive"),
        Column("start_tzid", "start.tzid", "text", "zone of the start"),
        Column("end_tzid", "end.tzid", "text", "zone of the end"),
    ),
    key=("available_period_id",),
    order=("start", "available_period_id"),
    left_out=(),
)

AVAILABILITY_RULES = Table(
    "availability_rules",
    (
        Column("availability_rule_id", "availability_rule_id", "text", "the application's own id"),
        Column("tzid", "tzid", "text", "the zone of the times"),
        Column("day", "weekly_periods.day", "text", "monday to sunday"),
        Column("start_time", "weekly_periods.start_time", "text", "when it starts, HH:MM in that zone"),
        Column("end_time", "weekly_periods.end_time", "text", "when it ends"),
        Column("calendar_ids", "calendar_ids", "list", "JSON list of the calendars that make busy; NA is all"),
    ),
    unrolled="weekly_periods",
    left_out=(),
)

AVAILABILITY = Table(
    "availability",
    (
        Column("start", "start", "moment", "when it starts, inclusive"),
        Column("end", "end", "moment", "when it ends, exclusive"),
        Column("participants", "participants", "list", "JSON list of those who are free then"),
    ),
    left_out=("participants[].sub",),
)

MEMBER_STATUSES = Table(
    "member_statuses",
    (
        Column("sub", "sub", "text", "the member's account or resource"),
        Column("sync_status", "sync_status", "text", "active, pending or disconnected"),
    ),
    key=("sub",),
    left_out=(),
)

SCHEDULING_REQUESTS = Table(
    "scheduling_requests",
    (
        Column("scheduling_request_id", "scheduling_request.scheduling_request_id", "text", "the request"),
        Column("summary", "scheduling_request.summary", "text", "the title of the meeting"),
        Column("slot_selection", "scheduling_request.slot_selection", "text", "pending, complete; the set is open"),
        Column("start", "scheduling_request.event.start", "moment", "when it starts, once chosen"),
        Column("end", "scheduling_request.event.end", "moment", "when it ends, once chosen"),
        Column("duration_minutes", "scheduling_request.duration.minutes", "number", "how long it is to be"),
        Column("recipients", "scheduling_request.recipients", "list", "JSON list of those who were sent the link"),
        Column("primary_select_url", "scheduling_request.primary_select_url", "text", "where the time is picked"),
        Column("dashboard_url", "scheduling_request.dashboard_url", "text", "the host's own page of it"),
        Column("view_url", "scheduling_request.recipient_operations.view_url", "text", "the recipient's page of it"),
        Column("decline_url", "scheduling_request.recipient_operations.decline_url", "text", "once a time is chosen"),
        Column(
            "reschedule_url", "scheduling_request.recipient_operations.reschedule_url", "text", "once a time is chosen"
        ),
        Column("collaborator_groups", "scheduling_request.collaborator_groups", "list", "JSON list of groups"),
        Column("buffer", "scheduling_request.buffer", "list", "JSON object of free time before and after"),
        Column(
            "metadata", "scheduling_request.event.metadata", "list", "JSON object; `scheduler` is what was captured"
        ),
    ),
    key=("scheduling_request_id",),
    left_out=("scheduling_request.event.summary", "scheduling_request.host", "scheduling_request.tags"),
)

ORGANIZATIONAL_UNIT_MEMBERS = Table(
    "organizational_unit_members",
    (
        Column("sub", "sub", "text", "the account; usable as host, member and for `impersonate`"),
        Column("email", "email", "text", "the primary address"),
        Column("roles", "roles", "list", "JSON list: member, developer, developer_admin, owner; the set is open"),
        Column("scheduler_enabled", "scheduler.enabled", "boolean", "whether the Scheduler is on for the person"),
        Column("scheduler_public_url", "scheduler.public_url", "text", "the public link; NA is none"),
    ),
    key=("sub",),
    left_out=(),
)

BOOKABLE_EVENTS = Table(
    "available_bookable_events",
    (
        Column("bookable_event_id", "bookable_event_id", "text", "the application's own id"),
        Column("start", "start", "moment", "when it starts, inclusive"),
        Column("end", "end", "moment", "when it ends, exclusive"),
        Column("capacity", "registration.capacity", "number", "how many places; NA is unlimited"),
        Column("registered_count", "registration.registered_count", "integer", "how many are taken"),
    ),
    key=("bookable_event_id",),
    order=("start", "bookable_event_id"),
    left_out=(),
)

MEETING_AGENTS = Table(
    "meeting_agents",
    (
        Column("interaction", "interaction", "text", "meeting_agent_activated, _complete or _failed"),
        Column("meeting_agent_sub", "meeting_agent.sub", "text", "the agent"),
        Column("state", "meeting_agent.state", "text", "created, complete, failed; the set is open"),
        Column("event_id", "event.event_id", "text", "the application's own id of the event; NA without an event"),
        Column("summary", "event.summary", "text", "the title of the event"),
        Column("start", "event.start", "moment", "when the event starts"),
        Column("end", "event.end", "moment", "when the event ends"),
        Column("join_url", "event.conferencing.join_url", "text", "address of the online meeting"),
        Column("scheduling_key", "meeting_agent.scheduling_key", "text", "the application's own id of the agent"),
        Column("transcript_url", "urls.transcript", "text", "for download_resource"),
        Column("audio_url", "urls.audio", "text", "for download_resource"),
        Column("video_url", "urls.video", "text", "for download_resource"),
        Column("dashboard_url", "urls.cronofy", "text", "the agent's page, for a browser"),
        Column("resources", "meeting_agent.resources", "list", "JSON list of all resources"),
    ),
)

ATTENDEES = Table(
    "attendees",
    (
        Column("calendar_id", "calendar_id", "text", "the calendar that the event is in"),
        Column("event_uid", "event_uid", "text", "Cronofy's id of the event"),
        Column("event_id", "event_id", "text", "the application's own id of the event"),
        Column("position", "position", "integer", "place in the event's list, from 0"),
        Column("email", "email", "text", "the attendee's address"),
        Column("display_name", "display_name", "text", "the attendee's name"),
        Column("status", "status", "text", "needs_action, accepted, declined, tentative or unknown"),
    ),
)

LIST_COLUMNS = frozenset(
    column.name
    for table in tuple(globals().values())
    if isinstance(table, Table)
    for column in table.columns
    if column.dtype == "list"
)
"""The columns that hold the JSON text of a list or object."""
