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
