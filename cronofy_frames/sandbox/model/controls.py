"""Methods of the sandbox that act from outside the API: tokens of accounts, and edits that people make themselves."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

from cronofy_frames.sandbox.model.state import Account, Calendar, Event, EventTime, Profile, Revoked
from cronofy_frames.sandbox.model.times import is_instant, normalize_time
from cronofy_frames.sandbox.model.triggers import queue_due_triggers
from cronofy_frames.sandbox.model.world import Deliver, World, find_calendar, find_profile
from cronofy_frames.text import single_line


class Controls:
    """Base class of the sandbox for tests and notebooks: clock, accounts, tokens and external changes."""

    _world: World
    _lock: threading.RLock
    _deliver: Deliver | None

    def now(self) -> datetime:
        """Return the time in the sandbox, in UTC."""
        return self._world.now()

    def account(self, who: str) -> Account:
        """Return the account with this e-mail address, name, first name or sub; case is ignored."""
        return self._world.find_account(who)

    def tokens(self, who: str) -> dict[str, str]:
        """Return a valid access token and the refresh token of an account.

        Parameters
        ----------
        who
            E-mail address, name, first name or sub, or "service account"; case is ignored.
        """
        with self._lock:
            account, grants = self._world.find_account(who), self._world.grants
            lifetime = self._world.token_lifetime(account)
            first_grant = next(reversed(list(grants.of_account(account.sub))), None)
            grant = first_grant or grants.create_grant(account.sub, account.scope, lifetime=lifetime)
            access_token = grants.valid_token(grant) or grants.issue_token(grant)[0]
            return {"access_token": access_token, "refresh_token": grant.refresh_token}

    def expire(self, access_token: str) -> None:
        """Let an access token expire now; its refresh token stays valid."""
        with self._lock:
            if not self._world.grants.expire_token(access_token):
                raise LookupError("This access token is not one of this sandbox, or it was revoked.")

    def revoke(self, token: str) -> None:
        """Revoke the authorization of an access or refresh token, such as `tokens("Lena")["refresh_token"]`."""
        with self._lock:
            if not self._world.grants.is_known(token):
                raise LookupError("This token is not one of this sandbox, or was revoked: tokens(NAME) has others.")
            self._world.grants.revoke(token=token)

    def add_external_event(
        self,
        who: str,
        summary: str | None,
        start: EventTime,
        end: EventTime,
        *,
        calendar_id: str | None = None,
        **fields: Any,
    ) -> Event:
        """Add an event to a calendar as its owner would, and notify channels.

        Parameters
        ----------
        who
            Owner of the calendar: e-mail address, name, first name or sub.
        summary, start, end
            Title and times; times need a time zone, dates mean whole days.
        calendar_id
            The calendar; the primary one by default.
        fields
            Any other attributes of `Event`.
        """
        with self._lock:
            account = self._world.find_account(who)
            self._world.change_count += 1
            event = replace(self._external_event(account, calendar_id, summary, start, end), **fields)
            account.events[event.event_uid] = event
            self._world.notify_channels(account, event)
        self.send_out()
        return event

    def _external_event(
        self, account: Account, calendar_id: str | None, summary: str | None, start: EventTime, end: EventTime
    ) -> Event:
        calendar_id, now = calendar_id or _primary_calendar_id(account), self.now()
        minted = self._world.mint("external", calendar_id, len(account.events), self._world.change_count)
        event = Event(
            calendar_id=calendar_id,
            event_uid=f"evt_external_{minted[:24]}",
            start=normalize_time(start),
            end=normalize_time(end),
            summary=summary,
            created=now,
            updated=now,
        )
        event.transparency = "opaque" if is_instant(start) else "transparent"
        return event

    def edit_event(self, who: str, event_uid: str, **fields: Any) -> Event:
        """Change any event as its owner would in their calendar program, and notify channels."""
        with self._lock:
            account = self._world.find_account(who)
            event = account.events[event_uid]
            times_before = event.start, event.end
            for name, value in fields.items():
                setattr(event, name, value)
            event.start, event.end = normalize_time(event.start), normalize_time(event.end)
            event.updated = self.now()
            if times_before != (event.start, event.end):
                event.earlier_times = [*event.earlier_times, times_before]
            self._world.change_count += 1
            self._world.notify_channels(account, event)
        self.send_out()
        return event

    def remove_event(self, who: str, event_uid: str) -> Event:
        """Delete any event as its owner would in their calendar program, and notify channels."""
        return self.edit_event(who, event_uid, deleted=True)

    def revoke_calendar(self, who: str, calendar_id: str) -> None:
        """Take a calendar and its events away from the application, as its owner or the provider may."""
        with self._lock:
            account = self._world.find_account(who)
            profile, calendar = self._profile_with(account, calendar_id)
            events = {uid: event for uid, event in account.events.items() if event.calendar_id == calendar_id}
            profile.calendars.remove(calendar)
            account.events = {uid: event for uid, event in account.events.items() if uid not in events}
            self._world.revoked[account.sub, calendar_id] = Revoked(profile, calendar, events)
            self._world.change_count += 1

    def grant_calendar(self, who: str, calendar_id: str) -> None:
        """Grant a calendar again that was revoked, with the events that it had."""
        with self._lock:
            account = self._world.find_account(who)
            revoked = self._world.revoked.pop((account.sub, calendar_id), None)
            if revoked is None:
                raise LookupError(f"{calendar_id} is not a calendar of {single_line(who)} that was revoked.")
            revoked.profile.calendars.append(revoked.calendar)
            account.events |= revoked.events
            self._world.change_count += 1

    def connect_profile(self, who: str, profile_id: str, *, connected: bool = True) -> None:
        """Connect a profile, or end its connection: its events stay as they are until it is connected again."""
        with self._lock:
            profile = find_profile(self._world.find_account(who), profile_id)
            if profile is None:
                raise LookupError(f"{profile_id} is not a profile of {single_line(who)}.")
            profile.profile_connected = connected
            self._world.change_count += 1

    @staticmethod
    def _profile_with(account: Account, calendar_id: str) -> tuple[Profile, Calendar]:
        pair = find_calendar(account, calendar_id)
        if pair is None:
            raise LookupError(f"{calendar_id} is not a calendar of {single_line(account.name or account.sub)}.")
        return pair

    def send_out(self) -> None:
        """Deliver the queued callbacks without holding the lock, so that a receiver may call the sandbox."""
        with self._lock:
            queue_due_triggers(self._world)
            deliveries, self._world.pending = self._world.pending, []
            self._world.outbox.extend(deliveries)
        if self._deliver is None:
            return
        for delivery in deliveries:
            try:
                self._deliver(delivery.url, delivery.headers, delivery.body)
            except Exception as error:  # a failing receiver must not fail the request that queued the callback
                delivery.error = f"{type(error).__name__}: {error}"


def _primary_calendar_id(account: Account) -> str:
    calendars = [calendar for calendar in account.calendars if not calendar.calendar_deleted]
    if not calendars:
        raise LookupError(f"{single_line(account.name or account.sub)} has no calendar.")
    primary = next((calendar for calendar in calendars if calendar.calendar_primary), calendars[0])
    return primary.calendar_id
