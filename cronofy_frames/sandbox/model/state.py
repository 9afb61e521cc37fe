"""State of the sandbox as plain dataclasses: accounts, calendars, events and everything else that requests change.

Times are aware datetimes in UTC, or dates for whole days; ends are exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

EventTime = date | datetime
"""A start or end: an instant in UTC, or a whole day."""


@dataclass(slots=True)
class Event:
    """One event, or one occurrence of a series."""

    calendar_id: str
    event_uid: str
    start: EventTime
    end: EventTime
    summary: str | None
    created: datetime
    updated: datetime
    start_tzid: str = "Etc/UTC"
    end_tzid: str = "Etc/UTC"
    event_id: str | None = None
    managed_by: str | None = None  # client_id of the application that wrote it; None: an external event
    description: str | None = ""
    location: dict[str, str] | None = None  # description, lat, long: all text, as on the wire
    organizer: dict[str, str | None] | None = None  # email, display_name
    attendees: list[dict[str, str | None]] = field(default_factory=list)  # email, display_name, status
    participation_status: str = "accepted"
    transparency: str = "opaque"
    extended_transparency: str | None = None
    status: str = "confirmed"
    categories: list[str] = field(default_factory=list)
    recurring: bool = False
    series_identifier: str | None = None
    event_private: bool = False
    deleted: bool = False
    url: str | None = None
    meeting_url: str | None = None
    conferencing: dict[str, Any] | None = None
    google_event_id: str | None = None
    write_only: dict[str, Any] = field(default_factory=dict)  # fields that writes accept and reads never return
    earlier_times: list[tuple[EventTime, EventTime]] = field(default_factory=list)  # start and end before each move
    recurrence: dict[str, Any] | None = None  # on the first event of a series that an application wrote
    series_master: dict[str, str] | None = None  # on its other events: event_id and event_uid of the first


@dataclass(slots=True)
class Calendar:
    """A calendar of a profile."""

    calendar_id: str
    calendar_name: str
    calendar_readonly: bool = False
    calendar_deleted: bool = False
    calendar_primary: bool = False
    calendar_integrated_conferencing_available: bool = False
    calendar_attachments_available: bool = False
    permission_level: str = "sandbox"
    color: str | None = None
    tzid: str = "Etc/UTC"


@dataclass(slots=True)
class Profile:
    """A connection of an account to a calendar provider."""

    profile_id: str
    profile_name: str | None
    provider_name: str
    provider_service: str
    profile_connected: bool = True
    profile_initial_sync_required: bool = False
    calendars: list[Calendar] = field(default_factory=list)


@dataclass(slots=True)
class Revoked:
    """A calendar that was taken away from the application, with the events that it had."""

    profile: Profile
    calendar: Calendar
    events: dict[str, Event]


@dataclass(slots=True)
class Channel:
    """A push notification channel."""

    channel_id: str
    callback_url: str
    filters: dict[str, Any] = field(default_factory=dict)
    scheduling_conversations: bool = False  # whether it is notified of conversations too


@dataclass(slots=True)
class AvailabilityRule:
    """Weekly times at which an account is available."""

    availability_rule_id: str
    tzid: str
    weekly_periods: list[dict[str, str]]  # day, start_time, end_time, as on the wire
    calendar_ids: list[str] | None = None  # calendars that make the account busy; None: not specified


@dataclass(slots=True)
class AvailablePeriod:
    """A single period in which an account is available."""

    available_period_id: str
    start: datetime
    end: datetime
    start_tzid: str = "Etc/UTC"
    end_tzid: str = "Etc/UTC"


@dataclass(slots=True)
class Account:
    """What a token gives access to: a person's account, a service account or an application calendar."""

    sub: str
    kind: str = "account"  # account | service_account | application_calendar
    email: str | None = None
    name: str | None = None
    zoneinfo: str = "Etc/UTC"
    scope: str = ""
    profiles: list[Profile] = field(default_factory=list)
    conferencing_profiles: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict, repr=False)  # by event_uid
    channels: dict[str, Channel] = field(default_factory=dict)
    domain: str | None = None  # service accounts
    resources: list[dict[str, str]] = field(default_factory=list)  # service accounts: email, name
    authorized_by: str | None = None  # sub of the service account that it was authorized through
    application_calendar_id: str | None = None
    availability_rules: dict[str, AvailabilityRule] = field(default_factory=dict)
    available_periods: dict[str, AvailablePeriod] = field(default_factory=dict)

    @property
    def calendars(self) -> list[Calendar]:
        """The calendars of all profiles, deleted calendars included."""
        return [calendar for profile in self.profiles for calendar in profile.calendars]


@dataclass(slots=True)
class Invitee:
    """A person who was sent a smart invite, or answered a forwarded one, with the latest answer."""

    email: str
    status: str = "pending"  # pending | accepted | tentative | declined
    comment: str | None = None
    proposal: tuple[EventTime, EventTime] | None = None  # another start and end


@dataclass(slots=True)
class Invite:
    """A smart invite to one recipient or to several."""

    smart_invite_id: str
    event: Event
    recipients: list[Invitee]
    many: bool = False
    callback_url: str | None = None
    organizer: dict[str, str] | None = None  # name, email
    method: str = "request"  # request | cancel
    sequence: int = 0  # how often it was changed
    replies: list[Invitee] = field(default_factory=list)


@dataclass(slots=True)
class Registration:
    """A registration for a bookable event."""

    registration_id: str
    status: str  # pending | accepted | declined | removed
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class BookableEvent:
    """An event with a number of places that people register for."""

    bookable_event_id: str
    start: datetime
    end: datetime
    status: str  # confirmed | cancelled
    capacity: int | None  # None: unlimited
    registrations: dict[str, Registration] = field(default_factory=dict)


@dataclass(slots=True)
class Attachment:
    """Metadata of a file that events can refer to; the content is not stored."""

    attachment_id: str
    file_name: str
    content_type: str
    md5: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that a visitor can choose at a scheduling link."""

    start: datetime
    end: datetime
    members: tuple[str, ...]  # the sub of every member that is free
    item: int = 0  # index of its item in the sequence that the link asks for


@dataclass(slots=True)
class TargetCalendar:
    """A calendar into which the event of a link is written."""

    sub: str
    calendar_id: str
    event: dict[str, Any] = field(default_factory=dict)  # fields that replace those of the link's event
    attendee: dict[str, Any] | None = None  # how its owner is invited when the event is in another calendar


@dataclass(slots=True)
class Link:
    """A page on which a visitor chooses a time or a calendar."""

    link_id: str
    token: str
    kind: str  # scheduling | sequencing | adding
    event: dict[str, Any]  # as in the request
    targets: list[TargetCalendar] = field(default_factory=list)
    availability: dict[str, Any] = field(default_factory=dict)  # the query, as in the request
    single: bool = False  # write one event into one calendar, instead of one into each
    callbacks: dict[str, str] = field(default_factory=dict)  # completed_url, no_times_suitable_url, ...
    redirect_url: str | None = None  # where the browser goes after the choice
    notice_seconds: int = 0  # the earliest start is so long after now
    one_click: bool = False
    hour_format: str = "H"  # h | H: 12 or 24 hours
    tzid: str | None = None
    status: str = "open"  # open | completed | disabled
    display_message: str | None = None
    offered_keys: set[str] = field(default_factory=set)  # keys of the offers that the page has shown
    reported_no_times: bool = False  # whether no_times_displayed_url was called
    chosen_slots: tuple[Slot, ...] = ()
    chosen_tzid: str = "Etc/UTC"


@dataclass(slots=True)
class MeetingAgent:
    """A bot that joins an online meeting, at a join URL or of an event."""

    sub: str
    join_url: str
    email: str | None = None  # of the attendee for whom it comes
    display_name: str | None = None
    scheduling_key: str | None = None
    join_time: datetime | None = None
    subscriptions: list[dict[str, Any]] = field(default_factory=list)  # as in the request
    state: str = "scheduled"  # scheduled | created | complete | failed
    event_uid: str | None = None


@dataclass(slots=True)
class Conversation:
    """A conversation in which two people settle a time."""

    scheduling_conversation_id: str
    sub: str  # of the account that started it
    body: dict[str, Any]  # as in the request
    status: str = "in_progress"  # in_progress | completed
    chosen: dict[str, Any] | None = None  # the slot


@dataclass(slots=True)
class SchedulingRequest:
    """A link of the Scheduler at which a recipient picks a time."""

    scheduling_request_id: str
    token: str  # of the page at which the time is picked
    event: dict[str, Any]  # as in the request
    recipients: list[dict[str, Any]]  # email, display_name, slot_selector
    host: str | None = None  # sub; None: settled among the host group when a time is chosen
    host_group: dict[str, Any] | None = None  # as in the request
    collaborator_groups: list[dict[str, Any]] = field(default_factory=list)  # as in the request
    buffer: dict[str, Any] | None = None
    slot_selection: str = "pending"  # pending | complete | cancelled
    start: datetime | None = None  # once chosen
    end: datetime | None = None


@dataclass(slots=True)
class Office:
    """The accounts that a sandbox starts with, from seed data or an .ics file."""

    accounts: list[Account]
    problems: list[dict[str, str]] = field(default_factory=list)  # parts of an .ics file that could not be read
