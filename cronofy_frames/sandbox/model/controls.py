"""What a test or a notebook does to the sandbox from outside: people's own edits, tokens that end."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.model.state import Account, Event, Moment
from cronofy_frames.sandbox.model.times import is_time, whole
from cronofy_frames.sandbox.model.world import Deliver, World


class Outside:
    """The part of the sandbox that is not the API: who has which tokens, and what happens behind its back."""

    _world: World
    _lock: threading.RLock
    _deliver: Deliver | None

    def now(self) -> datetime:
        """Return the time in the sandbox, in UTC."""
        return self._world.now()

    def account(self, who: str) -> Account:
        """Return the account with this e-mail address, name, first name or sub; case does not count."""
        return self._world.find(who)

    def tokens(self, who: str) -> dict[str, str]:
        """Return an access token that is good now, and the refresh token, of somebody.

        Parameters
        ----------
        who
            E-mail address, name, first name or sub, or "service account"; case does not count.
        """
        with self._lock:
            account, grants = self._world.find(who), self._world.grants
            given = list(grants.of(account.sub))
            grant = given[-1] if given else grants.give(account.sub, account.scope, life=self._world.life(account))
            access_token = grants.live(grant) or grants.token(grant)[0]
            return {"access_token": access_token, "refresh_token": grant.refresh_token}

    def expire(self, access_token: str) -> None:
        """Let an access token expire now; its refresh token stays good."""
        with self._lock:
            if not self._world.grants.expire(access_token):
                raise LookupError("This sandbox has given no such access token, or it has ended.")

    def revoke(self, token: str) -> None:
        """End the authorization behind an access or refresh token."""
        with self._lock:
            self._world.grants.revoke(token=token)

    def add_external_event(
        self,
        who: str,
        summary: str | None,
        start: Moment,
        end: Moment,
        *,
        calendar_id: str | None = None,
        **fields: Any,
    ) -> Event:
        """Put an event into somebody's calendar as they would themselves; channels are told.

        Parameters
        ----------
        who
            Whose calendar: e-mail address, name, first name or sub.
        summary, start, end
            What and when; times have a zone, dates mean whole days.
        calendar_id
            Which calendar; the primary one by default.
        fields
            Anything else that an `Event` has.
        """
        with self._lock:
            account, now = self._world.find(who), self.now()
            calendar = calendar_id or _primary(account)
            self._world.changes += 1
            uid = (
                f"evt_external_{self._world.mint('external', calendar, len(account.events), self._world.changes)[:24]}"
            )
            event = Event(calendar, uid, whole(start), whole(end), summary, created=now, updated=now)
            event.transparency = "opaque" if is_time(start) else "transparent"
            event = account.events[uid] = replace(event, **fields)
            self._world.notify(account, event)
        self.send_out()
        return event

    def edit_event(self, who: str, event_uid: str, **fields: Any) -> Event:
        """Change an event, anybody's, as its owner would in their calendar; channels are told."""
        with self._lock:
            account = self._world.find(who)
            event = account.events[event_uid]
            place = event.start, event.end
            for name, value in fields.items():
                setattr(event, name, value)
            event.start, event.end, event.updated = whole(event.start), whole(event.end), self.now()
            if place != (event.start, event.end):
                event.places = [*event.places, place]
            self._world.changes += 1
            self._world.notify(account, event)
        self.send_out()
        return event

    def remove_event(self, who: str, event_uid: str) -> Event:
        """Delete an event, anybody's, as its owner would in their calendar; channels are told."""
        return self.edit_event(who, event_uid, deleted=True)

    def send_out(self) -> None:
        """Deliver the callbacks that wait, outside the lock, so that a receiver may call the sandbox."""
        with self._lock:
            waiting, self._world.waiting = self._world.waiting, []
            self._world.outbox.extend(waiting)
        if self._deliver is None:
            return
        for delivery in waiting:
            try:
                self._deliver(delivery.url, delivery.headers, delivery.body)
            except Exception as error:  # a receiver that is down is no fault of the request that told it
                delivery.error = f"{type(error).__name__}: {error}"


def _primary(account: Account) -> str:
    calendars = [calendar for calendar in account.calendars if not calendar.calendar_deleted]
    if not calendars:
        raise LookupError(f"{account.name or account.sub} has no calendar.")
    return next((one for one in calendars if one.calendar_primary), calendars[0]).calendar_id
