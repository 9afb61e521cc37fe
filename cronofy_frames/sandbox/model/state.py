"""What the sandbox knows: plain data, no behaviour of the wire.

Times are aware datetimes in UTC or plain dates; a date means whole days, with the end exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Moment = date | datetime


@dataclass(slots=True)
class Event:
    """One event, or one occurrence of a series."""

    calendar_id: str
    event_uid: str
    start: Moment
    end: Moment
    summary: str | None
    created: datetime
    updated: datetime
    start_tzid: str = "Etc/UTC"
    end_tzid: str = "Etc/UTC"
    event_id: str | None = None
    managed_by: str | None = None  # the client_id of the application that wrote it; None: external
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
    written: dict[str, Any] = field(default_factory=dict)  # fields that writes take and reads never give
    places: list[tuple[Moment, Moment]] = field(default_factory=list)  # where it stood before it was moved
    recurrence: dict[str, Any] | None = None  # on the first of a series that an application wrote
    series_master: dict[str, str] | None = None  # on the others of it: event_id, event_uid of the first


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
    """A connection of an account to a provider."""

    profile_id: str
    profile_name: str | None
    provider_name: str
    provider_service: str
    profile_connected: bool = True
    profile_initial_sync_required: bool = False
    calendars: list[Calendar] = field(default_factory=list)


@dataclass(slots=True)
class Channel:
    """A push notification channel."""

    channel_id: str
    callback_url: str
    filters: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class AvailabilityRule:
    """When an account can be had, week for week."""

    availability_rule_id: str
    tzid: str
    weekly_periods: list[dict[str, str]]  # day, start_time, end_time, as on the wire
    calendar_ids: list[str] | None = None  # what makes the account busy; None: not said


@dataclass(slots=True)
class AvailablePeriod:
    """When an account can be had, once."""

    available_period_id: str
    start: datetime
    end: datetime
    start_tzid: str = "Etc/UTC"
    end_tzid: str = "Etc/UTC"


@dataclass(slots=True)
class Account:
    """An account, a service account or an application calendar: whoever a token speaks for."""

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
        """The calendars of all profiles, deleted ones too."""
        return [calendar for profile in self.profiles for calendar in profile.calendars]


@dataclass(slots=True)
class Invitee:
    """Somebody who was sent a smart invite, or answered one that was passed on, and what was answered last."""

    email: str
    status: str = "pending"  # pending | accepted | tentative | declined
    comment: str | None = None
    proposal: tuple[Moment, Moment] | None = None  # another start and end


@dataclass(slots=True)
class Invite:
    """A smart invite, to one recipient or to several."""

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
    """A place in a bookable event, or the wish for one."""

    registration_id: str
    status: str  # pending | accepted | declined | removed
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class BookableEvent:
    """Something with a number of places that people register for."""

    bookable_event_id: str
    start: datetime
    end: datetime
    status: str  # confirmed | cancelled
    capacity: int | None  # None: without end
    registrations: dict[str, Registration] = field(default_factory=dict)


@dataclass(slots=True)
class Attachment:
    """A file that events can carry; what is in it is not kept."""

    attachment_id: str
    file_name: str
    content_type: str
    md5: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be chosen at a link."""

    start: datetime
    end: datetime
    members: tuple[str, ...]  # the sub of everybody who is free
    item: int = 0  # its place in the sequence that was asked for


@dataclass(slots=True)
class Target:
    """A calendar that gets what is chosen at a link."""

    sub: str
    calendar_id: str
    event: dict[str, Any] = field(default_factory=dict)  # what is different about the event there
    attendee: dict[str, Any] | None = None  # how its owner is invited where the event is another's


@dataclass(slots=True)
class Link:
    """A page that somebody is sent to, to choose a time or a calendar."""

    link_id: str
    token: str
    kind: str  # scheduling | sequencing | adding
    event: dict[str, Any]  # as the application gave it
    targets: list[Target] = field(default_factory=list)
    availability: dict[str, Any] = field(default_factory=dict)  # the query, as the application gave it
    single: bool = False  # one event in one calendar, in place of one in each
    callbacks: dict[str, str] = field(default_factory=dict)  # completed_url, no_times_suitable_url, ...
    redirect: str | None = None  # where the browser goes afterwards
    notice: int = 0  # how many seconds ahead the earliest start is
    one_click: bool = False
    hour_format: str = "H"  # h | H: twelve hours or twenty-four
    tzid: str | None = None
    status: str = "open"  # open | completed | disabled
    display_message: str | None = None
    offered: set[str] = field(default_factory=set)  # what has been on the page
    told_of_none: bool = False  # that there was nothing on the page
    chosen: tuple[Slot, ...] = ()
    chosen_tzid: str = "Etc/UTC"


@dataclass(slots=True)
class Office:
    """The people at the start: what seeding or an .ics file makes, and the app begins with."""

    accounts: list[Account]
    problems: list[dict[str, str]] = field(default_factory=list)  # what an .ics file had and could not be read
