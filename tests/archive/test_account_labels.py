"""Accounts of an archive are chosen by their labels, as people spell them."""

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import cronofy_frames as cf
from tests.archiving import ANN, Office

KEY = b"a key of sixteen bytes, or more"

READS: dict[str, Callable[[cf.Archive, Any], pd.DataFrame]] = {
    "events": lambda archive, account: archive.events(account=account),
    "changes": lambda archive, account: archive.changes(account=account),
    "free_busy": lambda archive, account: archive.free_busy(account=account),
    "calendars": lambda archive, account: archive.calendars(account=account),
    "coverage": lambda archive, account: archive.coverage(account=account),
}


def two_accounts(team: Office, **options: Any) -> cf.Archive:
    """Return an archive of Ann and Bob."""
    archive = cf.Archive(team.folder.parent / "two.archive", clock=team.clock, **options)
    clients = {ANN: team.client, "bob@example.test": cf.connect(sandbox=cf.Sandbox(now=team.clock, seed=3))}
    archive.sync(clients)
    return archive


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("options", [{}, {"pseudonyms": KEY}])
def test_an_address_is_a_label_in_any_spelling(team: Office, options: dict[str, Any], name: str) -> None:
    """Also where the archive stores its pseudonym; several spellings of one account are one."""
    with two_accounts(team, **options) as archive:
        label = archive.events(account=ANN)["account"].iloc[0]
        assert (label == ANN) is not bool(options)
        expected = READS[name](archive, label)
        for spelling in (ANN, "ann+x@EXAMPLE.test", [ANN, f"mailto:{ANN}", label]):
            pd.testing.assert_frame_equal(READS[name](archive, spelling), expected)


@pytest.mark.parametrize("name", READS)
def test_an_unknown_account_is_an_error_with_the_nearest_label(team: Office, name: str) -> None:
    """It names the labels of the archive, and suggests the one that is meant."""
    with (
        two_accounts(team) as archive,
        pytest.raises(ValueError, match=r"\(ann@example.test, bob@example.test\).*Did you mean 'ann@example.test'\?"),
    ):
        READS[name](archive, "Anne@example.test")


def test_names_are_suggested_in_any_case(team: Office) -> None:
    """A label that is no address has to be as it is, and the error says how that is."""
    team.archive.sync({"Ann": team.client})
    with pytest.raises(ValueError, match=r"Did you mean 'Ann'\?"):
        team.archive.events(account="ANN")


def test_without_its_key_an_archive_of_pseudonyms_knows_no_address(team: Office) -> None:
    """The error says what to open it with; whether the domains stay need not be said again."""
    with two_accounts(team, pseudonyms=KEY, keep_domain=True):
        pass
    with (
        cf.Archive(team.folder.parent / "two.archive") as archive,
        pytest.raises(ValueError, match=re.escape("pseudonyms=key")),
    ):
        archive.events(account=ANN)
    with cf.Archive(team.folder.parent / "two.archive", pseudonyms=KEY) as archive:
        assert archive.events(account=ANN)["account"].str.endswith("@example.test").all()
        with pytest.raises(ValueError, match="account is a label"):
            archive.events(account="zoe@example.test")


TAKERS: dict[str, Callable[[cf.Archive, Any], object]] = {
    "sync": lambda archive, clients: archive.sync(clients),
    "due": lambda archive, clients: archive.due(clients),
    "notifications": lambda archive, clients: cf.notifications(archive, clients),
}


@pytest.mark.parametrize("name", TAKERS)
@pytest.mark.parametrize("other", ["Ann@Example.test", "ann+work@example.test", f"mailto:{ANN}"])
def test_two_spellings_of_one_stored_label_are_refused(team: Office, other: str, name: str) -> None:
    """Where pseudonyms are stored they are one label, so that one of the two clients would be left out silently."""
    with (
        two_accounts(team, pseudonyms=KEY) as archive,
        pytest.raises(ValueError, match=re.escape(f"{ANN!r} and {other!r} are one address") + ".*another label"),
    ):
        TAKERS[name](archive, {ANN: team.client, other: team.client})


@pytest.mark.parametrize("options", [{}, {"pseudonyms": KEY}])
@pytest.mark.parametrize("name", ["sync", "notifications"])
def test_a_label_is_a_text(team: Office, name: str, options: dict[str, Any]) -> None:
    """Any other key of the mapping, and an empty one, is refused by everything that takes clients for an archive."""
    with two_accounts(team, **options) as archive:
        for label in (" ", 5):
            with pytest.raises(ValueError, match=re.escape(f"texts, and not empty; not {label!r}")):
                TAKERS[name](archive, {label: team.client})


def test_labels_that_are_stored_as_they_are_may_be_near(team: Office) -> None:
    """Without pseudonyms two addresses that differ in a plus-tag are two labels, of which each is found."""
    clients = {"ann+a@example.test": team.client, "ann+b@example.test": cf.connect(sandbox=cf.Sandbox(now=team.clock))}
    with cf.Archive(team.folder.parent / "near.archive", clock=team.clock) as archive:
        assert archive.sync(clients)["status"].tolist() == ["synced", "synced"]
        assert cf.notifications(archive, clients).subscribe("https://hook.example.test/") == 2
        assert set(archive.events(account="ann+a@example.test")["account"]) == {"ann+a@example.test"}


@pytest.mark.parametrize("name", READS)
def test_an_address_of_two_accounts_is_ambiguous(team: Office, name: str) -> None:
    """A spelling that is that of neither label is refused with both, and is not one of them by chance."""
    clients = {"ann+a@example.test": team.client, "ann+b@example.test": cf.connect(sandbox=cf.Sandbox(now=team.clock))}
    with cf.Archive(team.folder.parent / "near.archive", clock=team.clock) as archive:
        archive.sync(clients)
        with pytest.raises(ValueError, match=r"\(ann\+a@example.test, ann\+b@example.test\): give one of these"):
            READS[name](archive, ANN)


@pytest.mark.parametrize("name", [*TAKERS, "absent"])
def test_without_its_key_an_archive_of_pseudonyms_takes_no_clients_by_address(team: Office, name: str) -> None:
    """It would count every account as new, or as absent."""
    with two_accounts(team, pseudonyms=KEY):
        pass
    take = TAKERS.get(name, lambda archive, clients: archive.absent(clients))
    with (
        cf.Archive(team.folder.parent / "two.archive") as archive,
        pytest.raises(cf.FrameError, match=re.escape("pseudonyms=key")),
    ):
        take(archive, {ANN: team.client})


def test_spellings_of_one_label_are_not_absent(team: Office) -> None:
    """Which accounts are absent is clear however often an address is among the labels."""
    with two_accounts(team, pseudonyms=KEY) as archive:
        (bob,) = archive.absent([ANN, "Ann@Example.test"])
        assert archive.absent([ANN], former="bob@example.test") == []
        assert archive.events(account=bob)["account"].nunique() == 1
