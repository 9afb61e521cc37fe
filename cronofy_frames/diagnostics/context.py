"""What is looked into, and who would be asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cronofy_frames.connecting import connect
from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.probe import Brief
from cronofy_frames.signin import Place
from cronofy_frames.tokens import EnvironmentStore, FileStore, KeyringStore
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens, TokenStore
from cronofy_frames.wire.messages import Hosts, data_center_of


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked into.

    Attributes
    ----------
    account, data_center
        As given.
    env
        The variables.
    place
        Where this runs.
    clock
        The time here.
    seconds
        How long each answer may take.
    transport
        What carries requests; None for the network.
    """

    account: str | None
    data_center: str | None
    env: Mapping[str, str]
    place: Place
    clock: Callable[[], datetime]
    seconds: float
    transport: Any = None

    @property
    def connecting(self) -> str:
        """The call that connects."""
        return commands.connecting(self.account, self.data_center)

    @property
    def by_environment(self) -> bool:
        """Whether tokens of the environment count."""
        return self.account is None and EnvironmentStore(self.env).load() is not None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who would be asked for, as `connect` chooses.

    Attributes
    ----------
    hosts
        Where.
    store, tokens
        Where the tokens rest, and what they were when this began.
    client_id, client_secret
        The application.
    """

    hosts: Hosts
    store: TokenStore
    tokens: Tokens
    client_id: str | None
    client_secret: str | None

    @classmethod
    def of(cls, case: Case) -> Chosen:
        """Return what `connect` would take; it is asked itself, so that the two never differ."""
        with connect(account=case.account, data_center=case.data_center, environment=case.env) as client:
            return cls._of(client)

    @classmethod
    def _of(cls, client: Client) -> Chosen:
        return cls(client.hosts, client.store, client.tokens, client.client_id, client.client_secret)

    @property
    def account(self) -> str | None:
        """What the account is called, where it is a stored one."""
        return self.store.account if isinstance(self.store, FileStore | KeyringStore) else None

    @property
    def kind(self) -> str:
        """Where the tokens rest, in a word."""
        return "keyring" if isinstance(self.store, KeyringStore) else "file" if self.account else "environment"

    @property
    def application(self) -> bool:
        """Whether the application is known."""
        return bool(self.client_id and self.client_secret)

    @property
    def renews(self) -> bool:
        """Whether new access tokens can be got."""
        return bool(self.tokens.refresh_token) and self.application

    def secrets(self) -> Iterator[str]:
        """Yield what no finding may show."""
        known = self.tokens
        for one in (known.access_token, known.refresh_token, known.client_secret, self.client_secret):
            yield (one or "").strip()

    def brief(self, case: Case) -> Brief:
        """Return a client that speaks for it and does not wait for long."""
        return Brief(
            self.hosts,
            seconds=case.seconds,
            store=self.store,
            client_id=self.client_id,
            client_secret=self.client_secret,
            transport=case.transport,
            clock=case.clock,
        )

    def login(self, case: Case, scope: str | None = None) -> str:
        """Return the line that signs in again, after unsetting what would count before it."""
        elsewhere = self.hosts != _configured(case)
        center = data_center_of(self.hosts.api) if elsewhere else None
        again = commands.login(scope=scope, account=self.account, data_center=center)
        if self.kind != "environment" or self.tokens.empty:
            return again
        there = [name for name in ("CRONOFY_ACCESS_TOKEN", "CRONOFY_REFRESH_TOKEN") if case.env.get(name)]
        return f"{commands.unsetting(case.place, *there)}, then {again}" if there else again


def _configured(case: Case) -> Hosts | None:
    try:
        return Hosts.configured(None, case.env)
    except ValueError:
        return None
