"""Record the cassettes: `python -m tests.witness.record`, with `--live` those of a real account."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pycronofy
from pycronofy.batch import BatchBuilder
from pycronofy.exceptions import PyCronofyPartialSuccessError, PyCronofyRequestError

from cronofy_frames.sandbox import Sandbox, serve
from tests.small import NOW
from tests.witness.scrub import Scrub
from tests.witness.tape import CASSETTES, tape

PAGE_SIZE = 5
SEED = 0
TZ = "Europe/London"
NOBODY = "not-a-token-that-anybody-was-given"
HOOK = "https://example.test/hook"
EVENT = {"event_id": "witness-1", "summary": "witness-lunch", "description": "", "tzid": TZ}


@dataclass(frozen=True)
class Given:
    """Input of a scene: a client, a calendar, and some days."""

    client: pycronofy.Client
    calendar_id: str
    start: date
    end: date

    @property
    def lunch(self) -> dict[str, Any]:
        """An event on the first day."""
        day = self.start.isoformat()
        return {**EVENT, "start": f"{day}T12:00:00Z", "end": f"{day}T13:00:00Z"}

    @property
    def days(self) -> dict[str, Any]:
        """The days in the form of the official client."""
        return {"from_date": self.start, "to_date": self.end, "tzid": TZ}


def calendars(setting: Given) -> None:
    """List the calendars."""
    setting.client.list_calendars()


def people(setting: Given) -> None:
    """Read account, userinfo and profiles."""
    setting.client.list_profiles()
    setting.client.userinfo()
    setting.client.account()


def events(setting: Given) -> None:
    """Read events over several pages."""
    setting.client.read_events(**setting.days).all()


def events_localized(setting: Given) -> None:
    """Read events with their zones, and deleted ones."""
    setting.client.read_events(**setting.days, localized_times=True, include_deleted=True).all()


def free_busy(setting: Given) -> None:
    """Read free/busy over several pages."""
    setting.client.read_free_busy(**setting.days).all()


def unknown_token(setting: Given) -> None:
    """Send a request with an unknown token."""
    setting.client.auth.update(access_token=NOBODY)
    expect_refusal(lambda: setting.client.list_calendars())


def refusals(setting: Given) -> None:
    """Send requests that are refused: days long ago, an unknown time zone."""
    expect_refusal(lambda: setting.client.read_events(from_date="2020-01-01", tzid=TZ))
    expect_refusal(lambda: setting.client.read_events(tzid="Europe/Nowhere"))


def renewal(setting: Given) -> None:
    """Be refused, renew the access token, and send the request again."""
    unknown_token(setting)
    setting.client.refresh_authorization()
    setting.client.list_calendars()


def writing(setting: Given) -> None:
    """Write an event, read it, delete it, and read again."""
    try:
        setting.client.upsert_event(setting.calendar_id, setting.lunch)
        setting.client.read_events(**setting.days, only_managed=True).all()
    finally:
        setting.client.delete_event(setting.calendar_id, EVENT["event_id"])
    setting.client.read_events(**setting.days, only_managed=True).all()


def batch(setting: Given) -> None:
    """Write an event, an invalid one, and delete the first, in one request."""
    builder = BatchBuilder()
    builder.upsert_event(setting.calendar_id, setting.lunch)
    builder.upsert_event(setting.calendar_id, {**setting.lunch, "event_id": "witness-2", "summary": None})
    builder.delete_event(setting.calendar_id, EVENT["event_id"])
    expect_refusal(lambda: setting.client.batch(builder))


def channel(setting: Given) -> None:
    """Create a channel, list it, close it, and list again."""
    made = setting.client.create_notification_channel(HOOK, calendar_ids=[setting.calendar_id])
    try:
        setting.client.list_notification_channels()
    finally:
        setting.client.close_notification_channel(made["channel_id"])
    setting.client.list_notification_channels()


def expect_refusal(ask: Callable[[], object]) -> None:
    """Send a request that is refused, wholly or in part."""
    try:
        ask()
    except PyCronofyRequestError as error:
        if error.response.status_code >= 500:
            raise
    except PyCronofyPartialSuccessError as partly:
        if len(partly.batch_response.errors()) != 1:
            raise
    else:
        raise RuntimeError("what had to be refused was not: the cassette would be wrong.")


Scene = Callable[[Given], None]
READING: tuple[Scene, ...] = (
    calendars,
    people,
    events,
    events_localized,
    free_busy,
    unknown_token,
    refusals,
)
RENEWING: tuple[Scene, ...] = (renewal,)
WRITING: tuple[Scene, ...] = (writing, batch, channel)
SCENES = {scene.__name__: scene for scene in (*READING, *RENEWING, *WRITING)}


def office() -> Sandbox:
    """Return the sandbox that is recorded: the seeded office with two events of the week deleted."""
    box = Sandbox(now=NOW, seed=SEED, page_size=PAGE_SIZE)
    maya = next(account for account in box.accounts if account.kind == "account")
    events = [event for event in maya.events.values() if date(2026, 3, 3) <= _day(event.start) <= date(2026, 3, 4)]
    for event in sorted(events, key=lambda event: event.event_uid)[:2]:
        box.remove_event(maya.sub, event.event_uid)
    return box


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def record_sandbox(folder: Path, *, private: bool = False) -> None:
    """Record every scene against a new sandbox."""
    for name, scene in SCENES.items():
        box = office()
        with serve(box) as served:
            client = pycronofy.Client(
                client_id=box.client_id,
                client_secret=box.client_secret,
                access_token=box.access_token,
                refresh_token=box.refresh_token,
            )
            client.request_handler.base_url = served.url
            calendar = next(calendar_ for calendar_ in box.accounts[0].calendars if calendar_.calendar_name == "Team")
            setting = Given(client, calendar.calendar_id, date(2026, 3, 2), date(2026, 3, 5))
            about = {"against": "sandbox", "seed": SEED, "page_size": PAGE_SIZE, "clock": box.now().isoformat()}
            play(scene, setting, folder / f"{name}.json", about, Scrub(served.url, private=private))
            if served.errors:
                raise RuntimeError(f"the sandbox stumbled: {served.errors[0]}")


def record_live(folder: Path, environment: Mapping[str, str], now: datetime) -> list[str]:
    """Record the scenes for which the environment has credentials; return the names of the others."""
    token = environment.get("CRONOFY_ACCESS_TOKEN")
    if not token:
        raise SystemExit("Set CRONOFY_ACCESS_TOKEN to record against a real account; tests/live/README.md says how.")
    secrets = {
        name: environment.get(f"CRONOFY_{name.upper()}") for name in ("client_id", "client_secret", "refresh_token")
    }
    calendar_id = environment.get("CRONOFY_LIVE_CALENDAR_ID", "")
    scenes = READING + (RENEWING if all(secrets.values()) else ()) + (WRITING if calendar_id else ())
    for scene in scenes:
        center = environment.get("CRONOFY_DATA_CENTER", "").lower() or None
        client = pycronofy.Client(access_token=token, data_center=center, **secrets)
        client.request_handler.base_url = environment.get("CRONOFY_API_URL") or client.request_handler.base_url
        scrub = Scrub(client.request_handler.base_url, private=True)
        setting = Given(client, calendar_id, now.date(), now.date() + timedelta(days=3))
        about = {"against": "a real account", "clock": now.isoformat(timespec="seconds")}
        play(scene, setting, folder / f"{scene.__name__}.json", about, scrub)
    return [name for name, scene in SCENES.items() if scene not in scenes]


def play(scene: Scene, setting: Given, path: Path, about: Mapping[str, Any], scrub: Scrub) -> None:
    """Record one scene into its cassette."""
    recorded = {
        **about,
        "by": "python -m tests.witness.record, with the official client pycronofy",
        "scene": " ".join((scene.__doc__ or "").split()),
        "given": {"start": setting.start.isoformat(), "end": setting.end.isoformat(), "tzid": TZ},
        "versions": {name: version(name) for name in ("cronofy-frames", "pycronofy", "vcrpy")},
    }
    path.unlink(missing_ok=True)
    with tape(path, scrub=scrub, recorded=recorded):
        scene(setting)


def main(arguments: list[str]) -> None:
    """Record, and print the result."""
    if arguments == ["--live"]:
        left_out = record_live(CASSETTES / "live", os.environ, datetime.now(UTC))
        print(f"{CASSETTES / 'live'}: left out {', '.join(left_out) or 'nothing'}")  # noqa: T201 -- its report
    elif not arguments:
        record_sandbox(CASSETTES)
        print(f"{CASSETTES}: {len(SCENES)} cassettes")  # noqa: T201 -- its report
    else:
        raise SystemExit("python -m tests.witness.record [--live]")


if __name__ == "__main__":
    main(sys.argv[1:])
