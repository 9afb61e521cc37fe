"""A small office with known ids, shared by the tests."""

from datetime import UTC, date, datetime

from cronofy_frames.sandbox import Sandbox
from cronofy_frames.sandbox.model.state import Account, Attachment, Calendar, Event, EventTime, Office, Profile

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
WORK, HOME, READONLY = "cal_ann_work@x", "cal_ann_home", "cal_ann_holidays"
SCOPE = (
    "read_account list_calendars read_events create_event delete_event read_free_busy create_calendar "
    "change_participation_status"
)


def event(uid: str, start: EventTime, end: EventTime, **more: object) -> Event:
    """Return an external event in the work calendar."""
    made = datetime(2026, 2, 1, tzinfo=UTC)
    return Event(
        **{
            "calendar_id": WORK,
            "event_uid": f"evt_external_{uid}",
            "start": start,
            "end": end,
            "summary": uid,
            "created": made,
            "updated": made,
            **more,
        }
    )


def small_office() -> Office:
    """Return Ann with two calendars and one of holidays, some events, and a service account."""
    events = [
        event(
            "standup",
            datetime(2026, 3, 4, 9, tzinfo=UTC),
            datetime(2026, 3, 4, 9, 15, tzinfo=UTC),
            attendees=[{"email": "ann@example.test", "display_name": "Ann", "status": "needs_action"}],
        ),
        event(
            "review",
            datetime(2026, 3, 5, 14, tzinfo=UTC),
            datetime(2026, 3, 5, 15, tzinfo=UTC),
        ),
        event("retreat", date(2026, 3, 9), date(2026, 3, 12), transparency="transparent"),
        event("dentist", datetime(2026, 3, 6, 8, tzinfo=UTC), datetime(2026, 3, 6, 9, tzinfo=UTC), calendar_id=HOME),
    ]
    calendars = [
        Calendar(WORK, "Work", calendar_primary=True, permission_level="unrestricted", tzid="Europe/London"),
        Calendar(HOME, "Home"),
        Calendar(READONLY, "Holidays", calendar_readonly=True),
    ]
    ann = Account(
        "acc_ann",
        email="ann@example.test",
        name="Ann Example",
        zoneinfo="Europe/London",
        scope=SCOPE,
        profiles=[Profile("pro_ann", "ann@example.test", "google", "gsuite", calendars=calendars)],
        events={event_.event_uid: event_ for event_ in events},
    )
    service = Account(
        "ser_office",
        kind="service_account",
        email="admin@example.test",
        name="Service account",
        scope="service_account/accounts/manage service_account/resources/manage",
        domain="example.test",
        resources=[{"email": "room@example.test", "name": "Room"}],
    )
    return Office([ann, service])


def small_box(**own: object) -> Sandbox:
    """Return a sandbox with the small office, an attachment and a fixed clock."""
    box = Sandbox(**{"office": small_office(), "now": NOW, **own})
    box._world.attachments["att_1"] = Attachment("att_1", "a.txt", "text/plain", "5d41402abc4b2a76b9719d911017c592")
    return box
