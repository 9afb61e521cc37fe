"""Names of calendars that shells complete after `--calendar`."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from cronofy_frames.cli.calendar_names import with_names_kept
from cronofy_frames.sandbox import serve
from tests.command_line import run_command
from tests.small import small_box

SCRIPT = Path(sys.executable).with_name("cronofy-frames")


def completed(home: Path, words: str, shell: str = "zsh") -> str:
    """Return what a shell is offered at the end of a command line."""
    environment = {"CRONOFY_FRAMES_HOME": str(home), "_CRONOFY_FRAMES_COMPLETE": f"complete_{shell}"}
    line = f"cronofy-frames {words}"
    if shell == "bash":
        environment |= {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run([SCRIPT], capture_output=True, env={"PATH": "/usr/bin:/bin", **environment}, timeout=60)
    return done.stdout.decode()


def frame_of(*names: str | None) -> pd.DataFrame:
    """Return a frame with these calendars."""
    return pd.DataFrame({"calendar_name": names})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of stored accounts."""
    monkeypatch.setenv("CRONOFY_FRAMES_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("command", ["events", "heatmap", "plan sheet.csv"])
def test_names_that_start_so_are_offered(home: Path, shell: str, command: str) -> None:
    """Bash gets a word that it can take as it is."""
    with_names_kept(frame_of("Team calendar", "Temp", "Home", None), None)
    offered = completed(home, f"{command} --calendar Te", shell)
    assert ("Team\\ calendar" if shell == "bash" else "Team calendar") in offered
    assert "Temp" in offered
    assert "Home" not in offered


def test_a_list_of_calendars_replaces_and_other_reads_add(home: Path) -> None:
    """Events of one calendar do not end the completion of the others; a deleted calendar goes with the next list."""
    with_names_kept(frame_of("Work", "Home"), None, has_all=True)
    with_names_kept(frame_of("Team"), None)
    file = home / "calendars" / "default.txt"
    assert file.read_text().split("\n") == ["Home", "Team", "Work"]
    with_names_kept(frame_of("Work", "bell \a", "two\nlines"), None, has_all=True)
    assert file.read_text() == "Work"
    assert file.stat().st_mode & 0o777 == 0o600


def test_each_account_has_its_own_names(home: Path) -> None:
    """The account on the command line decides."""
    with_names_kept(frame_of("Work"), "ann")
    assert "Work" in completed(home, "events --account ann --calendar W")
    assert "Work" not in completed(home, "events --calendar W")


def test_a_folder_that_cannot_be_written_changes_nothing(home: Path) -> None:
    """The read succeeds, and nothing is completed."""
    home.write_text("a file", encoding="utf-8")
    frame = frame_of("Work")
    assert with_names_kept(frame, None) is frame
    assert "Work" not in completed(home, "events --calendar W")


def test_a_read_of_an_account_keeps_names_and_one_of_a_sandbox_does_not(tmp_path: Path) -> None:
    """The file has names and nothing else."""
    environment = {"CRONOFY_FRAMES_HOME": str(tmp_path)}
    run_command("calendars", "--sandbox", **environment)
    assert not (tmp_path / "calendars").exists()
    box = small_box()
    with serve(box) as served:
        token = box.tokens("ann@example.test")["access_token"]
        done = run_command("calendars", CRONOFY_ACCESS_TOKEN=token, CRONOFY_API_URL=served.url, **environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "calendars" / "default.txt").read_text() == "Holidays\nHome\nWork"
