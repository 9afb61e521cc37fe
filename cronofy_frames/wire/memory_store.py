"""Tokens that rest nowhere but in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from cronofy_frames.wire.credentials import Tokens, after_fork, variable


class MemoryStore:
    """Keeps tokens as long as the process lives.

    Examples
    --------
    >>> store = cf.MemoryStore(cf.Tokens(access_token="a"))
    >>> store.load()
    <Tokens: access_token set, refresh_token not set, scope None, sub None>
    """

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._renew_locks()
        after_fork(self._renew_locks)

    def _renew_locks(self) -> None:
        self._lock, self._held = threading.Lock(), threading.RLock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.load()!r}>"

    def load(self) -> Tokens | None:
        """Return the tokens kept."""
        with self._lock:
            return self._tokens

    def save(self, tokens: Tokens) -> None:
        """Keep these tokens."""
        with self._lock:
            self._tokens = tokens

    def lock(self) -> threading.RLock:
        """Hold the tokens for one thread, as a context manager."""
        return self._held


class EnvironmentStore(MemoryStore):
    """Starts from `CRONOFY_ACCESS_TOKEN` and `CRONOFY_REFRESH_TOKEN`; renewed tokens stay in memory.

    Parameters
    ----------
    environment
        The variables; by default the process's own.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        found = Tokens(variable("CRONOFY_ACCESS_TOKEN", environment), variable("CRONOFY_REFRESH_TOKEN", environment))
        super().__init__(None if found.empty else found)
