"""Token stores: memory, environment variables, private files, the keyring of the operating system."""

from cronofy_frames.tokens.account_document import NO_HOME as NO_HOME
from cronofy_frames.tokens.account_document import lacks_home as lacks_home
from cronofy_frames.tokens.file_store import FileStore as FileStore
from cronofy_frames.tokens.keyring_store import KeyringStore as KeyringStore
from cronofy_frames.tokens.registry import StoredAccount as StoredAccount
from cronofy_frames.tokens.registry import account_list as account_list
from cronofy_frames.tokens.registry import find_account as find_account
from cronofy_frames.tokens.registry import list_accounts as list_accounts
from cronofy_frames.tokens.registry import make_store as make_store
from cronofy_frames.wire.memory_store import EnvironmentStore as EnvironmentStore
from cronofy_frames.wire.memory_store import MemoryStore as MemoryStore
