"""How much commands print on stderr, colours, and completion in shells."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import run_command

SCRIPT = Path(sys.executable).with_name("cronofy-frames")


@pytest.mark.parametrize("words", [["events", "--sandbox", "--quiet"], ["--quiet", "events", "--sandbox"]])
def test_quiet_leaves_out_what_was_written(words: list[str], tmp_path: Path) -> None:
    """Before or after the command; the file is written all the same."""
    done = run_command(*words, "-o", "e.csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "e.csv").stat().st_size > 1000


def test_errors_stay_when_quiet() -> None:
    """A failure is reported with and without --quiet."""
    done = run_command("events", "--quiet")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: no account is signed in")


def test_verbose_prints_each_request() -> None:
    """On stderr, beside the rows on standard output."""
    done = run_command("calendars", "--sandbox", "--verbose", "--format", "csv")
    assert done.returncode == 0
    assert b"GET /v1/calendars" in done.stderr
    assert b"GET /v1/calendars" not in done.stdout


def test_pictures_print_nothing_of_matplotlib(tmp_path: Path) -> None:
    """Without a folder for its caches, matplotlib would print where it keeps them and what it builds."""
    (tmp_path / "file").touch()
    done = run_command("heatmap", "--sandbox", folder=tmp_path, MPLCONFIGDIR=str(tmp_path / "file"))
    assert (done.returncode, done.stderr) == (0, b"wrote %s\n" % bytes(tmp_path / "heatmap.png"))


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}])
def test_output_has_no_colours(environment: dict[str, str]) -> None:
    """Neither help nor errors nor rows."""
    for words in (["--help"], ["events", "--nope"], ["calendars", "--sandbox"]):
        done = run_command(*words, TERM="xterm-256color", **environment)
        assert b"\x1b" not in done.stdout + done.stderr


COMPLETIONS = {
    "bash": {"COMP_WORDS": "cronofy-frames free", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "cronofy-frames free"},
    "fish": {"_TYPER_COMPLETE_ARGS": "cronofy-frames free", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_shells_complete_commands(shell: str) -> None:
    """The script of each shell asks for words with its own variables."""
    environment = {"_CRONOFY_FRAMES_COMPLETE": f"complete_{shell}", **COMPLETIONS[shell]}
    done = subprocess.run([SCRIPT], capture_output=True, env={"PATH": "/usr/bin:/bin", **environment}, timeout=60)
    assert b"free-busy" in done.stdout, done.stderr
    assert b"--install-completion" in run_command("--help").stdout
