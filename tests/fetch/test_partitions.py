"""Folders of accounts in the files of a fetch."""

from pathlib import Path
from urllib.parse import unquote

import duckdb
import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.fetch.partitions import account_folder, check_labels


@pytest.mark.parametrize(
    "label",
    [
        "ann@example.test",
        "Ann B.",
        "...",
        "google:ann",
        "a/b\\c",
        "Zoë *?",
        "nul",
        "a ",
        "日本 #1",
        "1,000",
        "x=7",
        "x" * 247,
    ],
)
def test_any_label_is_the_name_of_a_folder(client: cf.Client, tmp_path: Path, label: str) -> None:
    """On Windows too, which takes no colon in one and leaves out a dot or a space at the end; readers get the label."""
    name = account_folder(label)
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.endswith((".", " "))
    assert unquote(name) == f"account={label}"
    tasks = cf.plan_fetch([label], "2026-03-02", "2026-03-09")
    cf.run_fetch(tasks, {label: client}, tmp_path / "out")
    assert pd.read_parquet(tmp_path / "out")["account"].astype(str).unique().tolist() == [label]
    query = f"SELECT DISTINCT account FROM read_parquet('{tmp_path}/out/**/*.parquet', hive_partitioning = true)"
    assert duckdb.sql(query).fetchall() == [(label,)]
    assert cf.run_fetch(tasks, {label: client}, tmp_path / "out")["outcome"].tolist() == ["skipped"]


@pytest.mark.parametrize(
    "label",
    [
        *("007", "-3", " 7 ", "1e5", "3.14", ".5", "1d", "0x10", "0b11", "0x1p3", "NaN", "-Infinity", "１２", "epoch"),
        *("2026-03-01", "2026-3-1", "1-1-1", "2026-03-01 10:00"),
    ],
)
def test_a_label_that_some_reader_takes_for_a_number_or_a_date_is_refused(label: str) -> None:
    """Pandas reads 0x10 as 16, DuckDB epoch as 1970, and Spark 1d as 1.0."""
    with pytest.raises(cf.FrameError, match=r"would be a number or a date .* such as 'person "):
        account_folder(label)
    assert account_folder(f"person {label}")


@pytest.mark.parametrize("label", ["é" * 124, "a" * 248, "a/" * 70, "half \ud83d", "__HIVE_DEFAULT_PARTITION__"])
def test_a_label_that_cannot_be_the_name_of_a_folder_is_refused(label: str) -> None:
    """Names have at most 255 bytes, and characters are whole."""
    with pytest.raises(cf.FrameError, match="cannot be the name of a folder: give the account a shorter one"):
        account_folder(label)


def test_only_ascii_is_encoded() -> None:
    """Spark decodes percent signs byte by byte, so that an é written as two of them would be two characters."""
    assert account_folder("Zoë/日本?") == "account=Zoë%2F日本%3F"


@pytest.mark.parametrize("other", ["ZOE\u0308", "Zoe\u0308", "ZOË"])
def test_labels_that_share_a_folder_on_some_system_are_refused(other: str) -> None:
    """Windows ignores case, and macOS how an accent is encoded as well."""
    with pytest.raises(cf.FrameError, match="differ in upper and lower case alone, or in how an accent is encoded"):
        check_labels(["Zoë", other])
