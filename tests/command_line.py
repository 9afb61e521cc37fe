"""Runs the command line in a process of its own."""

import subprocess
import sys
from pathlib import Path


def run_command(*words: str, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command, and return its exit code and output."""
    command = [sys.executable, "-m", "cronofy_frames", *map(str, words)]
    env = {"PATH": "/usr/bin:/bin", "COLUMNS": "200", **environment}
    return subprocess.run(command, capture_output=True, env=env, cwd=folder, timeout=120)
