"""In-memory token stores: tokens that last as long as the process, or start from environment variables."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from cronofy_frames.wire.credentials import Tokens, after_fork, read_variable


class MemoryStore:
    """Token store in memory: tokens last as long as the process.

    Examples
    --------
    >>> store = cf.MemoryStore(cf.Tokens(access_token="a"))
    >>> store.load()
    <Tokens: access_token set, refresh_token not set, scope None, sub None>
    """

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens
        self._renew_locks()
        after_fork(self, MemoryStore._renew_locks)

    def _renew_locks(self) -> None:
        self._lock, self._account_lock = threading.Lock(), threading.RLock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.load()!r}>"

    def load(self) -> Tokens | None:
        """Return the stored tokens; None where there are none."""
        with self._lock:
            return self._tokens

    def save(self, tokens: Tokens) -> None:
        """Replace the stored tokens."""
        with self._lock:
            self._tokens = tokens

    def lock(self) -> threading.RLock:
        """Return a context manager that holds the account for one thread."""
        return self._account_lock


class EnvironmentStore(MemoryStore):
    """Token store that starts from environment variables; renewed tokens stay in memory.

    The variables are `CRONOFY_ACCESS_TOKEN` and `CRONOFY_REFRESH_TOKEN`.

    Parameters
    ----------
    environment
        The variables; by default the process's own.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        tokens = Tokens(
            read_variable("CRONOFY_ACCESS_TOKEN", environment), read_variable("CRONOFY_REFRESH_TOKEN", environment)
        )
        super().__init__(None if tokens.empty else tokens)
