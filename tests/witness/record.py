"""Records the cassettes: `python -m tests.witness.record`, with `--live` those of a real account.

Everything is asked by the official Python client. Against the sandbox the clock stands still, so that recording
again gives the same bytes. Against a real account (CRONOFY_ACCESS_TOKEN, and CRONOFY_DATA_CENTER or CRONOFY_API_URL)
nothing is written unless CRONOFY_LIVE_CALENDAR_ID names a calendar for it, and every text that could say something
about somebody is replaced; look through cassettes/live before you share it all the same.
"""

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
    """What a scene is played with: a client, somebody's calendar, and a stretch of days."""

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
        """The stretch as the official client takes it."""
        return {"from_date": self.start, "to_date": self.end, "tzid": TZ}


def calendars(given: Given) -> None:
    """List the calendars."""
    given.client.list_calendars()


def people(given: Given) -> None:
    """Ask who the account is."""
    given.client.list_profiles()
    given.client.userinfo()
    given.client.account()


def events(given: Given) -> None:
    """Read events over several pages."""
    given.client.read_events(**given.days).all()


def events_localized(given: Given) -> None:
    """Read events with their zones, and deleted ones."""
    given.client.read_events(**given.days, localized_times=True, include_deleted=True).all()


def free_busy(given: Given) -> None:
    """Read free/busy over several pages."""
    given.client.read_free_busy(**given.days).all()


def unknown_token(given: Given) -> None:
    """Ask with a token that nobody was given."""
    given.client.auth.update(access_token=NOBODY)
    refused(lambda: given.client.list_calendars())


def refusals(given: Given) -> None:
    """Ask for what is out of reach: days long ago, an unknown zone."""
    refused(lambda: given.client.read_events(from_date="2020-01-01", tzid=TZ))
    refused(lambda: given.client.read_events(tzid="Europe/Nowhere"))


def renewal(given: Given) -> None:
    """Be refused, renew the access token, and ask again."""
    unknown_token(given)
    given.client.refresh_authorization()
    given.client.list_calendars()


def writing(given: Given) -> None:
    """Write an event, read it, delete it, and find it gone."""
    try:
        given.client.upsert_event(given.calendar_id, given.lunch)
        given.client.read_events(**given.days, only_managed=True).all()
    finally:
        given.client.delete_event(given.calendar_id, EVENT["event_id"])
    given.client.read_events(**given.days, only_managed=True).all()


def batch(given: Given) -> None:
    """Write one event, be refused another, and delete the first, in one request."""
    builder = BatchBuilder()
    builder.upsert_event(given.calendar_id, given.lunch)
    builder.upsert_event(given.calendar_id, {**given.lunch, "event_id": "witness-2", "summary": None})
    builder.delete_event(given.calendar_id, EVENT["event_id"])
    refused(lambda: given.client.batch(builder))


def channel(given: Given) -> None:
    """Open a channel, list it, close it, and find it closed."""
    made = given.client.create_notification_channel(HOOK, calendar_ids=[given.calendar_id])
    try:
        given.client.list_notification_channels()
    finally:
        given.client.close_notification_channel(made["channel_id"])
    given.client.list_notification_channels()


def refused(ask: Callable[[], object]) -> None:
    """Ask for what has to be refused, wholly or in part."""
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
    """Return the sandbox that is recorded: the seeded office with two events of the week called off."""
    box = Sandbox(now=NOW, seed=SEED, page_size=PAGE_SIZE)
    maya = next(account for account in box.accounts if account.kind == "account")
    week = [one for one in maya.events.values() if date(2026, 3, 3) <= _day(one.start) <= date(2026, 3, 4)]
    for event in sorted(week, key=lambda one: one.event_uid)[:2]:
        box.remove_event(maya.sub, event.event_uid)
    return box


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def record_sandbox(folder: Path, *, private: bool = False) -> None:
    """Record every scene against a sandbox of its own."""
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
            calendar = next(one for one in box.accounts[0].calendars if one.calendar_name == "Team")
            given = Given(client, calendar.calendar_id, date(2026, 3, 2), date(2026, 3, 5))
            about = {"against": "sandbox", "seed": SEED, "page_size": PAGE_SIZE, "clock": box.now().isoformat()}
            play(scene, given, folder / f"{name}.json", about, Scrub(served.url, private=private))
            if served.errors:
                raise RuntimeError(f"the sandbox stumbled: {served.errors[0]}")


def record_live(folder: Path, environment: Mapping[str, str], now: datetime) -> list[str]:
    """Record what the environment has credentials for; return the names of the scenes left out."""
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
        given = Given(client, calendar_id, now.date(), now.date() + timedelta(days=3))
        about = {"against": "a real account", "clock": now.isoformat(timespec="seconds")}
        play(scene, given, folder / f"{scene.__name__}.json", about, scrub)
    return [name for name, scene in SCENES.items() if scene not in scenes]


def play(scene: Scene, given: Given, path: Path, about: Mapping[str, Any], scrub: Scrub) -> None:
    """Play one scene onto its cassette, anew."""
    recorded = {
        **about,
        "by": "python -m tests.witness.record, with the official client pycronofy",
        "scene": " ".join((scene.__doc__ or "").split()),
        "given": {"start": given.start.isoformat(), "end": given.end.isoformat(), "tzid": TZ},
        "versions": {name: version(name) for name in ("cronofy-frames", "pycronofy", "vcrpy")},
    }
    path.unlink(missing_ok=True)
    with tape(path, scrub=scrub, recorded=recorded):
        scene(given)


def main(arguments: list[str]) -> None:
    """Record, and say what was."""
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
