"""Forgetting a person finds their own account, whatever its label, and is never quietly nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.archive.sync import ArchiveWarning
from cronofy_frames.sandbox.model.state import Calendar, Profile
from tests.archiving import ANN, Office, office, texts_of
from tests.small import small_office

KEY = b"a key of sixteen bytes, or more"
BOSS = "boss@example.test"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Office]:
    """Ann's office, where her account also has a profile of her boss."""
    people = small_office()
    calendars = [Calendar("cal_boss", "Calendar", calendar_primary=True)]
    people.accounts[0].profiles.append(Profile("pro_boss", BOSS, "google", "gsuite", calendars=calendars))
    with office(tmp_path, office=people) as made:
        yield made


@pytest.mark.parametrize("label", ["Ann", "Office 3", None])
@pytest.mark.parametrize("options", [{}, {"pseudonyms": KEY}])
def test_an_account_under_a_nickname_is_found_by_its_profile(
    team: Office, label: str | None, options: dict[str, Any]
) -> None:
    """It is refused, and deleted on request; the next sync fails under any label."""
    with cf.Archive(team.folder.parent / "named.archive", **options) as archive:
        archive.sync(team.client if label is None else {label: team.client})
        with pytest.raises(cf.FrameError, match="delete_account=True"):
            archive.forget(email=ANN)
        gone = archive.forget(email=ANN, delete_account=True)
        assert gone["place"].tolist() == ["account", "versions", "calendars"]
        assert gone["rows"].tolist()[0] == 4
        assert archive.accounts().empty
        with pytest.warns(ArchiveWarning, match="forgotten"):
            assert archive.sync({"another": team.client})["status"].tolist() == ["failed"]
        assert archive.accounts().empty
        assert ANN not in texts_of(archive)


def test_of_several_profiles_the_label_says_whose_the_account_is(assistant: Office) -> None:
    """An account named by the person is theirs, though it has further profiles."""
    assistant.archive.sync({"Ann": assistant.client})
    gone = assistant.archive.forget(email=ANN, delete_account=True)
    assert gone["place"].tolist()[0] == "account"
    assert assistant.archive.accounts().empty


def test_a_profile_in_the_account_of_another_person_is_not_deleted(assistant: Office) -> None:
    """It is named, and nothing is forgotten, until the account is named."""
    assistant.archive.sync({"Ann": assistant.client})
    with pytest.raises(cf.FrameError, match=r"account='Ann'"):
        assistant.archive.forget(email=BOSS, delete_account=True)
    assert BOSS in texts_of(assistant.archive)
    gone = assistant.archive.forget(email=BOSS)
    assert gone.iloc[-1].to_dict() == {"place": "account 'Ann'", "rows": 4, "forgotten": False}
    assert gone.attrs["accounts"] == ["Ann"]
    assert len(assistant.archive.events()) > 0
    with pytest.raises(cf.FrameError, match=r"account='Ann'"):
        assistant.archive.forget(email=BOSS, delete_account=True)
    assistant.archive.forget(email=BOSS, delete_account=True, account="Ann")
    assert assistant.archive.accounts().empty


def test_no_account_to_delete_is_an_error_that_names_the_labels(team: Office) -> None:
    """Nothing is forgotten then; an account can be named, in any spelling, and an unknown one is an error, too."""
    team.archive.sync({"Team Ann": team.client})
    message = "no account in this archive is zoe@example.test's"
    with pytest.raises(cf.FrameError, match=rf"{message}.*Team Ann.*account="):
        team.archive.forget(email="zoe@example.test", delete_account=True)
    with pytest.raises(cf.FrameError, match=re.escape("Did you mean 'Team Ann'?")):
        team.archive.forget(email="zoe@example.test", names=["Team An"], delete_account=True)
    with pytest.raises(ValueError, match=re.escape("Did you mean 'Team Ann'?")):
        team.archive.forget(email="zoe@example.test", delete_account=True, account="Team Anne")
    with pytest.raises(ValueError, match="delete_account=True"):
        team.archive.forget(email="zoe@example.test", account="Team Ann")
    assert not team.archive._store.state.rows("select * from forgotten")


def test_all_accounts_of_a_person_have_to_be_named(team: Office) -> None:
    """One whose label is the address cannot stay; nothing is forgotten then."""
    archive = team.archive
    other = cf.connect(sandbox=cf.Sandbox(now=team.clock, seed=3))
    archive.sync({ANN: team.client, "spare": other})
    with pytest.raises(cf.FrameError, match=re.escape(ANN)):
        archive.forget(email=ANN, delete_account=True, account="spare")
    gone = archive.forget(email=ANN, delete_account=True, account=[ANN, "spare"])
    assert gone["place"].tolist()[:2] == ["account", "account"]
    assert archive.accounts().empty


@pytest.mark.parametrize("options", [{}, {"pseudonyms": KEY}])
def test_an_address_that_occurs_nowhere_is_said(team: Office, options: dict[str, Any]) -> None:
    """A warning says so, and the person does not come in later; a second time nothing is said."""
    with cf.Archive(team.folder.parent / "other.archive", **options) as archive:
        archive.sync(team.client)
        with pytest.warns(ArchiveWarning, match=r"zoe@example.test occurs nowhere in the archive"):
            gone = archive.forget(email="zoe@example.test")
        assert not gone.attrs["found"]
        assert gone["rows"].tolist() == [0, 0]
        archive.forget(email="zoe@example.test")
        team.clock.move(hours=1)
        team.add("Zoe", attendees=[{"email": "zoe@example.test", "status": "accepted"}])
        archive.sync(team.client)
        assert "zoe@example.test" not in texts_of(archive)
        assert "Zoe" in archive.events()["summary"].tolist()


@pytest.mark.parametrize("place", ["attendee", "text", "profile"])
def test_an_address_is_found_in_any_place(assistant: Office, place: str) -> None:
    """Nothing is warned of then, and a name that is found does not count as the address."""
    email = {"attendee": "bob@example.test", "text": "eve@example.test", "profile": BOSS}[place]
    bob = {"email": "bob@example.test", "display_name": "Bob", "status": "accepted"}
    assistant.add("Any", description="Ask EVE+x@example.test or Zoe Lee", attendees=[bob])
    assistant.sync()
    assert assistant.archive.forget(email=email).attrs["found"]
    with pytest.warns(ArchiveWarning, match="occurs nowhere"):
        gone = assistant.archive.forget(email="zoe@example.test", names=["Zoe Lee"])
    assert gone["rows"].tolist()[0] == 1
    assert pd.Series(assistant.archive.events()["description"]).str.contains("Forgotten").any()
