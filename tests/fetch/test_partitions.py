"""Folders of accounts in the files of a fetch."""

from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

import cronofy_frames as cf
from cronofy_frames.fetch.partitions import account_folder


@pytest.mark.parametrize("label", ["ann@example.test", "Ann B.", "...", "google:ann", "a/b\\c", "Zoë *?", "nul", "a "])
def test_any_label_is_the_name_of_a_folder(client: cf.Client, tmp_path: Path, label: str) -> None:
    """On Windows too, which takes no colon in one and leaves out a dot or a space at the end; readers get the label."""
    name = account_folder(label)
    assert not set(name) & set('<>:"/\\|?*')
    assert not name.endswith((".", " "))
    assert unquote(name) == f"account={label}"
    tasks = cf.plan_fetch([label], "2026-03-02", "2026-03-09")
    cf.run_fetch(tasks, {label: client}, tmp_path / "out")
    assert pd.read_parquet(tmp_path / "out")["account"].astype(str).unique().tolist() == [label]
    assert cf.run_fetch(tasks, {label: client}, tmp_path / "out")["outcome"].tolist() == ["skipped"]
