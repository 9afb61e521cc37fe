"""Folders of this computer."""

from pathlib import Path
from typing import Any

import pytest

import cronofy_frames as cf
from cronofy_frames.local_paths import local_folder


@pytest.mark.parametrize("url", ["s3://bucket/team", "file:///tmp/team", "abfs://box@account/team", Path("s3://a/b")])
def test_a_url_is_no_folder(url: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive and a fetch refuse it, and make no folder of that name."""
    monkeypatch.chdir(tmp_path)
    tasks = cf.plan_fetch(["ann"], "2026-03-01", "2026-04-01")
    with pytest.raises(cf.FrameError, match="is a URL: give a folder of this computer"):
        cf.run_fetch(tasks, {}.__getitem__, url)
    with pytest.raises(cf.FrameError, match="is a URL"):
        cf.Archive(url)
    assert list(tmp_path.iterdir()) == []


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell has it, in an archive too; a drive letter is no URL."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert local_folder("~/team") == tmp_path / "team"
    assert cf.Archive("~/team.archive").folder == tmp_path / "team.archive"
    assert local_folder("C:/team").name == "team"
