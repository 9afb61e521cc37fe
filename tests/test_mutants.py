"""The runner of mutants: which mutants it makes, and that the tests of a small package kill them or do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import mutants

ROOT = Path(__file__).parent.parent

MODULE = '''
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 1


def half(number: int | None) -> int | None:
    """Return half, rounded down."""
    assert number is not None
    return number // 2
'''


def test_only_code_that_runs_is_mutated() -> None:
    """Annotations, assertions and what is for the type checker are left as they are."""
    pytest.importorskip("cosmic_ray", reason="comes with `make mutants`")
    changed = {mutant.source.splitlines()[mutant.line - 1].strip() for mutant in mutants.mutants_of(MODULE)}
    assert changed == {"return number * 2", "return number // 3", "return number // 1"}


@pytest.mark.parametrize(
    ("assertion", "verdict"),
    [("half(4) == 2", "killed"), ("half(0) == 0", "survived"), ("half(-1) < 0", "time limit")],
)
def test_a_mutant_is_killed_if_a_test_fails(tmp_path: Path, assertion: str, verdict: str) -> None:
    """A mutant takes the place of its module where the tests import it; a loop without an end is stopped."""
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "halves.py").write_text("def half(number):\n    return number // 2\n")
    (tmp_path / "test_halves.py").write_text(
        f"from sums.halves import half\n\ndef test_half():\n    assert {assertion}\n"
    )
    mutant = "def half(number):\n    while number < 0:\n        pass\n    return number * 2\n"
    script = f"""
import os, pathlib, sys
from tests import mutants
os.chdir({str(tmp_path)!r})
sys.path.insert(0, "")
runner = mutants.Runner(pathlib.Path("sums/halves.py"), ["test_halves.py"], pathlib.Path({str(tmp_path)!r}))
runner.prepare()
runner.limit = min(runner.limit, 20 if {verdict!r} != "time limit" else 2)
print([verdict for _, verdict in runner.verdicts([mutants.Mutant(2, "", {mutant!r})], jobs=1)])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str([verdict]), done.stderr


def test_a_module_is_tested_by_the_file_of_its_name() -> None:
    """Without a file of its name, it is tested by the folder."""
    assert mutants.default_tests(Path("cronofy_frames/wire/auth.py")) == ["tests/wire/test_auth.py"]
    assert mutants.default_tests(Path("cronofy_frames/wire/faults.py")) == ["tests/wire"]
