"""People who are forgotten are taken out of events, too, that only name them."""

import unicodedata
from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.archive.sync import ArchiveWarning
from tests.archiving import ANN, Office, texts_of

KEY = b"a key of sixteen bytes, or more"
CAROL = "carol@example.test"
NOTE = {"email": "dan@example.test", "display_name": "Dan Wu", "comment": "Carol Núñez sends me", "status": "accepted"}


def add_events(team: Office) -> None:
    """Add an event of Carol's, and some that only name her."""
    team.add("Hers", attendees=[{"email": CAROL, "display_name": "Carol Núñez (Sales)", "status": "accepted"}])
    team.add("1:1 with CAROL NÚÑEZ", days=2, attendees=[NOTE])
    team.add("Other", days=3, description=f"ask Núñez, Carol {unicodedata.normalize('NFD', 'about Carol Núñez')}")
    team.add("Carol Singers", days=4, location={"description": "Room of carol núñez"})


def test_names_beside_an_address_are_taken_out_of_all_events(team: Office) -> None:
    """A full name that stood beside the address is found in events without the person, and the report names it."""
    add_events(team)
    team.sync()
    gone = team.archive.forget(email=CAROL)
    events = team.archive.events().set_index("summary")
    assert "1:1 with Forgotten" in events.index
    assert events.loc["Other", "description"] == "ask Forgotten about Forgotten"
    assert events.loc["Carol Singers", "location_description"] == "Room of Forgotten"
    assert "Forgotten sends me" in events.loc["1:1 with Forgotten", "attendees"]
    assert "núñez" not in unicodedata.normalize("NFC", texts_of(team.archive))
    assert gone.attrs["names"] == ["Carol Núñez (Sales)"]
    assert gone["rows"][0] == 4
    assert team.archive.check()["ok"].all()


def test_names_do_not_come_back(team: Office) -> None:
    """What is read again makes no version; what is new does not name them, also where an archive is opened anew."""
    add_events(team)
    team.sync()
    team.archive.forget(email=CAROL, names="Caro")
    team.archive.close()
    team.archive = cf.Archive(team.folder)
    report = team.sync(full=True)
    assert (report["new"], report["changed"], report["vanished"]) == (0, 0, 0)
    team.clock.move(hours=1)
    team.add("Caro / Ann")
    team.add("Carolina", description="Núñez, Carol; CARO-Lina")
    team.sync()
    events = team.archive.events().set_index("summary")
    assert "Forgotten / Ann" in events.index
    assert events.loc["Carolina", "description"] == "Forgotten; Forgotten-Lina"


def test_a_name_of_one_word_is_taken_out_on_request_only(team: Office) -> None:
    """A word could be anything, so that it has to be named; all names are whole words."""
    team.add("Bo", attendees=[{"email": CAROL, "display_name": "Bo", "status": "accepted"}])
    team.add("Bo and Bonnie", days=2)
    team.sync()
    team.archive.forget(email=CAROL)
    assert "Bo and Bonnie" in team.archive.events()["summary"].tolist()
    gone = team.archive.forget(email=CAROL, names=["Bo", "Bo Nguyen"])
    assert "Forgotten and Bonnie" in team.archive.events()["summary"].tolist()
    assert gone.attrs["names"] == ["Bo", "Bo Nguyen"]


def test_a_name_of_other_people_is_theirs_too(team: Office) -> None:
    """A namesake's display name goes, and not their address: the archive cannot tell them apart."""
    person = {"email": "nunez@home.test", "display_name": "Núñez, Carol", "status": "accepted"}
    team.add("Namesake", attendees=[person])
    team.sync()
    with pytest.warns(ArchiveWarning, match="occurs nowhere"):
        team.archive.forget(email=CAROL, names=("Carol Núñez",))
    attendees = team.archive.events().set_index("summary").loc["Namesake", "attendees"]
    assert "nunez@home.test" in attendees
    assert '"display_name":"Forgotten"' in attendees.replace(": ", ":")


def test_names_are_taken_out_of_an_archive_of_pseudonyms(team: Office) -> None:
    """A name in an event without the person is stored as it is there, until it is named."""
    add_events(team)
    archive = cf.Archive(team.folder.parent / "pseudonyms", pseudonyms=KEY)
    archive.sync(team.client)
    assert "1:1 with CAROL NÚÑEZ" in archive.events()["summary"].tolist()
    archive.forget(email=CAROL, names=["Carol Núñez"])
    assert "1:1 with Forgotten" in archive.events()["summary"].tolist()
    report = archive.sync(team.client, full=True).iloc[0]
    assert (report["new"], report["changed"]) == (0, 0)
    archive.close()


def test_an_account_labelled_with_the_name_is_the_person_s(team: Office) -> None:
    """It is refused, deleted on request, and never synced again."""
    team.archive.sync({"Ann Example": team.client})
    with pytest.raises(cf.FrameError, match=r"'Ann Example'.*delete_account=True"):
        team.archive.forget(email=ANN, names=["Example, Ann"])
    assert not team.archive._store.state.rows("select * from forgotten_names")
    team.archive.forget(email=ANN, names=["Example, Ann"], delete_account=True)
    assert team.archive.accounts().empty
    with pytest.warns(match="forgotten"):
        assert team.archive.sync({"ann EXAMPLE": team.client})["status"].tolist() == ["failed"]


def test_a_name_in_an_id_is_said_to_remain(team: Office) -> None:
    """Ids are not rewritten, which is an error that names the column."""
    own = {"event_id": "carol-nunez-1", "summary": "Own", "description": ""}
    team.client.create_event(
        calendar_id="cal_ann_home", **own, start="2026-03-06T09:00:00Z", end="2026-03-06T10:00:00Z"
    )
    team.sync()
    with pytest.raises(cf.FrameError, match="column event_id"):
        team.archive.forget(email=CAROL, names=["Carol Nunez"])


@pytest.mark.parametrize("names", [("",), (" - ",), (ANN,)])
def test_what_is_no_name_is_refused(team: Office, names: Any) -> None:
    """A text without words, and an address; nothing is forgotten then."""
    team.sync()
    with pytest.raises(ValueError, match="names are those of the person"):
        team.archive.forget(email=CAROL, names=names)
    assert not team.archive._store.state.rows("select * from forgotten")


def test_an_archive_from_before_names_is_migrated(team: Office) -> None:
    """People who were forgotten with an earlier version stay so."""
    team.sync()
    with pytest.warns(ArchiveWarning, match="occurs nowhere"):
        team.archive.forget(email=CAROL)
    with team.archive._store.state.transaction() as connection:
        for table in ("forgotten_names", "absences"):
            connection.execute(f"drop table {table}")
        connection.execute("pragma user_version = 4")
    team.archive.close()
    team.archive = cf.Archive(Path(team.folder))
    team.add("Hers", attendees=[{"email": CAROL, "display_name": "Carol", "status": "accepted"}])
    team.sync()
    assert CAROL not in texts_of(team.archive)
