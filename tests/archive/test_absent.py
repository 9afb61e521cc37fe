"""Accounts of an archive that are no longer among the clients are named, as their history stops."""

import re
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.archive.sync import ArchiveWarning
from tests.archiving import ANN, Office

KEY = b"a key of sixteen bytes, or more"


def clients_of(team: Office) -> dict[str, Any]:
    """Return clients of Ann and Lena."""
    return {ANN: team.client, "Lena": cf.connect(sandbox=cf.Sandbox(now=team.clock), account="Lena")}


@pytest.mark.parametrize("options", [{}, {"pseudonyms": KEY}])
def test_the_report_names_accounts_without_a_client(team: Office, options: dict[str, Any]) -> None:
    """By the labels of the archive, without former ones; parts of a mapping in turn are no cause for a warning."""
    clients = clients_of(team)
    with cf.Archive(team.folder.parent / "two.archive", **options) as archive:
        assert archive.sync(clients).attrs["absent"] == []
        for days in range(10):
            label = list(clients)[days % 2]
            (other,) = set(clients) - {label}
            team.clock.move(days=1)
            report = archive.sync({label: clients[label]})
            assert len(report) == 1
            assert len(report.attrs["absent"]) == 1
            assert archive.sync({label: clients[label]}, former=other).attrs["absent"] == []
        assert archive.absent(clients) == []
        assert archive.absent([ANN]) == ["Lena"]
        assert archive.absent([], former=[ANN, "Lena"]) == []
        with pytest.raises(ValueError, match=re.escape("Did you mean 'Lena'?")):
            archive.sync(clients, former="Lenna")


def test_an_account_that_is_absent_for_a_week_is_warned_of(team: Office) -> None:
    """From a mapping; the warning says since when and what to do, and former accounts are no cause for it."""
    clients = clients_of(team)
    team.archive.sync(clients)
    del clients["Lena"]
    team.clock.move(days=7, hours=-1)
    team.archive.sync(clients)
    team.clock.move(hours=2)
    with pytest.warns(ArchiveWarning, match=r"Lena was last synced 7 days ago.*former="):
        team.archive.sync(clients)
    team.archive.sync(clients, former="Lena")


def test_the_warning_names_three_accounts_and_counts_the_others(team: Office) -> None:
    """Of four it names three, and of three all."""
    box = cf.Sandbox(now=team.clock)
    names = ("Maya", "Daniel", "Lena", "Wei Ling Tan", "Arjun")
    clients = {name: cf.connect(sandbox=box, account=name) for name in names}
    team.archive.sync(clients)
    team.clock.move(days=8)
    present = {"Maya": clients["Maya"]}
    with pytest.warns(ArchiveWarning, match=r"([\w ]+ was last synced 8 days ago, ){2}[\w ]+ ago, and 1 more\. Add"):
        team.archive.sync(present)
    with pytest.warns(ArchiveWarning, match=r"stops: (\w+ was last synced 8 days ago(, |\. Add)){3}"):
        team.archive.sync(present, former="Wei Ling Tan")


def test_a_single_client_is_known_by_its_account(team: Office) -> None:
    """Its label in the archive need not be given; others are named in the report, without a warning."""
    team.archive.sync(clients_of(team))
    team.clock.move(days=30)
    report = team.archive.sync(team.client)
    assert report.attrs["absent"] == ["Lena"]
