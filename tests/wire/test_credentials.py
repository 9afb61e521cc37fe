"""Tokens as plain data, secrets that are not shown, and a token store that fails."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cronofy_frames.errors import CronofyError
from cronofy_frames.wire import credentials
from cronofy_frames.wire.credentials import SecretDict, TokenKeeper, Tokens, hide_secrets, read_variable

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WHOLE = Tokens("a", "r", "s", "acc_1", NOW, "ann@example.test", "google", "c", "x", "api", "app")


def test_the_repr_says_which_tokens_are_set() -> None:
    """Each of the two tokens by itself."""
    assert repr(Tokens("a")).startswith("<Tokens: access_token set, refresh_token not set, scope None")
    assert repr(Tokens(None, "r")).startswith("<Tokens: access_token not set, refresh_token set, scope None")


@pytest.mark.parametrize(
    ("tokens", "data"),
    [
        (Tokens(), {}),
        (Tokens("a"), {"access_token": "a"}),
        (Tokens("a", expires_at=NOW), {"access_token": "a", "expires_at": "2026-03-02T09:00:00Z"}),
    ],
)
def test_tokens_become_plain_data_and_come_back(tokens: Tokens, data: dict[str, str]) -> None:
    """Fields that are not set are left out; unknown keys of a newer version are ignored."""
    assert tokens.to_dict() == data
    assert Tokens.from_dict({**data, "unknown": 1, "scope": None}) == tokens


def test_all_fields_come_back() -> None:
    """Nothing of an account is lost."""
    assert Tokens.from_dict(WHOLE.to_dict()) == WHOLE
    assert set(WHOLE.to_dict()) == set(Tokens.__slots__)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "Tokens are a mapping, as Tokens.to_dict gives it; not a list."),
        ({"scope": ["planted"]}, "scope of tokens is a text; not a list."),
        ({"expires_at": "planted"}, "expires_at of tokens must be a time with a zone"),
        ({"expires_at": "2026-03-02T10:00:00"}, "expires_at of tokens must be a time with a zone"),
        ({"expires_at": "0001-01-01T00:00:00+23:00"}, "expires_at of tokens must be a time with a zone"),
    ],
)
def test_other_data_are_refused_without_their_values(data: Any, message: str) -> None:
    """The message names the key."""
    with pytest.raises(CronofyError) as caught:
        Tokens.from_dict(data)
    assert str(caught.value).startswith(message)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("seconds", ["soon", [], {}, float("inf"), float("nan")])
def test_a_lifetime_that_cannot_be_read_is_unknown(seconds: Any) -> None:
    """The new token is taken all the same."""
    assert Tokens("a").renewed({"access_token": "b", "expires_in": seconds}, NOW) == Tokens("b")


def test_an_answer_for_the_same_account_keeps_its_fields() -> None:
    """Also the expiry, where the token is the same one; an account that was not known takes the answer's id."""
    assert WHOLE.renewed({"sub": "acc_1"}, NOW + timedelta(hours=1)) == WHOLE
    assert Tokens("a", "r").renewed({"sub": "acc_1"}, NOW) == Tokens("a", "r", sub="acc_1")


def test_secrets_in_answers_are_hidden_at_every_level() -> None:
    """In the repr only, and only where there is a secret; an empty one is shown as it is."""
    plain = {"sub": "acc_1", "rows": [1]}
    assert hide_secrets(plain) is plain
    assert hide_secrets(["access_token"]) == ["access_token"]
    answer = hide_secrets({"sub": "acc_1", "inner": {"refresh_token": "planted", "access_token": ""}})
    assert isinstance(answer, SecretDict)
    assert answer["inner"]["refresh_token"] == "planted"
    assert repr(answer) == "{'sub': 'acc_1', 'inner': {'refresh_token': <set>, 'access_token': ''}}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" a ", "a"),
        ("'a'", "a"),
        ('" a "', "a"),
        ("'a", "'a"),
        ("a'", "a'"),
        ("'", "'"),
        ("''", None),
        ("aba", "aba"),
        ("'a\"", "'a\""),
        ("", None),
    ],
)
def test_quotation_marks_around_a_variable_are_removed(text: str, value: str | None) -> None:
    """Only a pair of the same; what is empty without them counts as not set."""
    assert read_variable("X", {"X": text}) == value
    assert read_variable("Y", {"X": text}) is None


class Failing:
    """A store whose methods raise what they are set to raise."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self.tokens = tokens
        self.load_error: Exception | None = None
        self.save_error: Exception | None = None

    def load(self) -> Tokens | None:
        if self.load_error:
            raise self.load_error
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        if self.save_error:
            raise self.save_error
        self.tokens = tokens


def test_unsaved_tokens_outlive_a_store_that_fails_altogether() -> None:
    """Tokens that could not be saved are used also where the store cannot be read any more."""
    store = Failing(Tokens("old"))
    keeper = TokenKeeper(store)
    store.save_error = store.load_error = OSError(5, "Input/output error")
    keeper.save(Tokens("new"))
    assert keeper.load() == Tokens("new")
    store.load_error = RuntimeError("planted")
    assert keeper.load() == Tokens("new")
    store.save_error = store.load_error = None
    keeper.save(Tokens("newer"))
    assert keeper.load() == store.tokens == Tokens("newer")


def test_a_store_that_cannot_be_read_before_saving_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The tokens are saved all the same, and the text of the exception is not repeated."""
    caplog.set_level("INFO", "cronofy_frames")
    store = Failing()
    store.load_error = RuntimeError("planted")
    TokenKeeper(store).save(Tokens("new"))
    assert store.tokens == Tokens("new")
    assert "the store could not be read before saving: RuntimeError" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), CronofyError("the folder is read-only")])
def test_errors_that_quote_no_token_pass_as_they_are(error: Exception) -> None:
    """Those of the operating system and of this package."""
    store = Failing()
    store.load_error = store.save_error = error
    keeper = TokenKeeper(store)
    for attempt in (keeper.load, keeper.forget):
        with pytest.raises(type(error)) as caught:
            attempt()
        assert caught.value is error


def test_tokens_that_cannot_be_deleted_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """After a revocation they no longer work."""
    store = Failing(Tokens("a"))
    store.save_error = OSError("planted")
    TokenKeeper(store).save(Tokens())
    assert caplog.messages == [
        "Failing could not delete the tokens (OSError): they no longer work; delete them.",
    ]


def test_a_forked_child_has_free_locks() -> None:
    """A lock that another thread of the parent held at the fork would stay locked in the child for ever."""
    keeper = TokenKeeper(Failing(Tokens("a")))
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with keeper.lock():
            is_held.set()
            is_over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    old = keeper._thread_lock
    assert not old.acquire(blocking=False)
    credentials._renew_all_locks()
    assert keeper._thread_lock.acquire(blocking=False)
    keeper._thread_lock.release()
    is_over.set()
    thread.join()


def test_objects_that_are_gone_have_no_locks_to_renew() -> None:
    """The registration keeps no store alive."""
    before = len(credentials._forked)
    keeper = TokenKeeper(Failing())
    assert len(credentials._forked) == before + 1
    del keeper
    assert len(credentials._forked) <= before
