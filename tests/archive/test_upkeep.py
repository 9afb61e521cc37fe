"""Checks of an archive that depend on the system."""

from pathlib import Path

from cronofy_frames.archive.upkeep import permission_problems


def test_modes_say_nothing_where_the_system_has_none(tmp_path: Path) -> None:
    """Windows gives each folder a mode that lets all read, so that every archive there would fail its check."""
    tmp_path.chmod(0o755)
    assert permission_problems(tmp_path, is_posix=False) == []
    assert len(permission_problems(tmp_path, is_posix=True)) == 1
    tmp_path.chmod(0o700)
    assert permission_problems(tmp_path, is_posix=True) == []
