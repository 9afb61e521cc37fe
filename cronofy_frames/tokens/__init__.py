"""Where tokens rest: memory, the environment, a file for its owner's eyes only, the system's keyring."""

from cronofy_frames.tokens.file_store import FileStore as FileStore
from cronofy_frames.tokens.keyring_store import KeyringStore as KeyringStore
from cronofy_frames.tokens.places import HOMELESS as HOMELESS
from cronofy_frames.tokens.places import homeless as homeless
from cronofy_frames.tokens.registry import Kept as Kept
from cronofy_frames.tokens.registry import account_named as account_named
from cronofy_frames.tokens.registry import kept_accounts as kept_accounts
from cronofy_frames.tokens.registry import listed as listed
from cronofy_frames.tokens.registry import store_named as store_named
from cronofy_frames.wire.memory_store import EnvironmentStore as EnvironmentStore
from cronofy_frames.wire.memory_store import MemoryStore as MemoryStore
