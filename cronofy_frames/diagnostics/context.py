"""Inputs of a diagnostics run, and the credentials that connect() would pick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cronofy_frames.connecting import connect
from cronofy_frames.diagnostics import commands
from cronofy_frames.diagnostics.probe import ProbeClient
from cronofy_frames.signin import Place
from cronofy_frames.tokens import EnvironmentStore, FileStore, KeyringStore
from cronofy_frames.wire.client import Client
from cronofy_frames.wire.credentials import Tokens, TokenStore
from cronofy_frames.wire.messages import Hosts, data_center_of


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of a diagnostics run.

    Attributes
    ----------
    account, data_center
        The arguments of `doctor`.
    env
        Environment variables.
    place
        The environment in which this runs.
    clock
        The local time.
    timeout
        Seconds to wait for each response.
    transport
        The HTTP transport; None is the network.
    """

    account: str | None
    data_center: str | None
    env: Mapping[str, str]
    place: Place
    clock: Callable[[], datetime]
    timeout: float
    transport: Any = None

    @property
    def connect_call(self) -> str:
        """The call of connect() with these inputs."""
        return commands.connect(self.account, self.data_center)

    @property
    def uses_environment_tokens(self) -> bool:
        """Whether connect() would use the tokens of the environment."""
        return self.account is None and EnvironmentStore(self.env).load() is not None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials that connect() would pick.

    Attributes
    ----------
    hosts
        The hosts.
    store, tokens
        The token store, and the tokens at the start of the run.
    client_id, client_secret
        The application.
    """

    hosts: Hosts
    store: TokenStore
    tokens: Tokens
    client_id: str | None
    client_secret: str | None

    @classmethod
    def of(cls, inputs: Inputs) -> Credentials:
        """Return the credentials that connect() picks, by calling it, so that the two never differ."""
        with connect(account=inputs.account, data_center=inputs.data_center, environment=inputs.env) as client:
            return cls._of(client)

    @classmethod
    def _of(cls, client: Client) -> Credentials:
        return cls(client.hosts, client.store, client.tokens, client.client_id, client.client_secret)

    @property
    def account(self) -> str | None:
        """The name of the stored account; None for other tokens."""
        return self.store.account if isinstance(self.store, FileStore | KeyringStore) else None

    @property
    def kind(self) -> str:
        """The kind of token store: keyring, file or environment."""
        return "keyring" if isinstance(self.store, KeyringStore) else "file" if self.account else "environment"

    @property
    def has_application(self) -> bool:
        """Whether client_id and client_secret are known."""
        return bool(self.client_id and self.client_secret)

    @property
    def renews(self) -> bool:
        """Whether access tokens can be renewed."""
        return bool(self.tokens.refresh_token) and self.has_application

    def secrets(self) -> Iterator[str]:
        """Yield the secrets that no finding may show."""
        tokens = self.tokens
        for secret in (tokens.access_token, tokens.refresh_token, tokens.client_secret, self.client_secret):
            yield (secret or "").strip()

    def client(self, inputs: Inputs) -> ProbeClient:
        """Return a probe client with these credentials."""
        return ProbeClient(
            self.hosts,
            seconds=inputs.timeout,
            store=self.store,
            client_id=self.client_id,
            client_secret=self.client_secret,
            transport=inputs.transport,
            clock=inputs.clock,
        )

    def login(self, inputs: Inputs, scope: str | None = None) -> str:
        """Return the command that signs in again, after unsetting variables that would take precedence."""
        elsewhere = self.hosts != _environment_hosts(inputs)
        center = data_center_of(self.hosts.api) if elsewhere else None
        again = commands.login(scope=scope, account=self.account, data_center=center)
        if self.kind != "environment" or self.tokens.empty:
            return again
        names = [name for name in ("CRONOFY_ACCESS_TOKEN", "CRONOFY_REFRESH_TOKEN") if inputs.env.get(name)]
        return f"{commands.unset_variables(inputs.place, *names)}, then {again}" if names else again


def _environment_hosts(inputs: Inputs) -> Hosts | None:
    try:
        return Hosts.from_configuration(None, inputs.env)
    except ValueError:
        return None
