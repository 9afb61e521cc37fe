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


def half(number: int | None, *, step: int | None = None) -> int | None:
    """Return half, rounded down."""
    assert number is not None
    return number // 2
'''


def test_only_code_that_runs_is_mutated() -> None:
    """Annotations, assertions and what is for the type checker are left as they are."""
    pytest.importorskip("cosmic_ray", reason="comes with `make mutants`")
    changed = {mutant.source.splitlines()[mutant.line - 1].strip() for mutant in mutants.mutants_of(MODULE)}
    assert changed == {"return number * 2", "return number // 3", "return number // 1"}


def test_the_exceptions_that_a_module_catches_are_mutated() -> None:
    """One with a dot in its name is left as it is, and the rest of the module is mutated all the same."""
    pytest.importorskip("cosmic_ray", reason="comes with `make mutants`")
    source = "try:\n    x = 1\nexcept (json.JSONDecodeError, KeyError):\n    x = 2\n"
    changed = [mutant.source for mutant in mutants.mutants_of(source) if mutant.operator == "ExceptionReplacer"]
    assert changed == [source.replace("KeyError", "CosmicRayTestingException")]


SCRIPT = """
import os, pathlib, sys
from tests import mutants
os.chdir(sys.argv[1])
sys.path.insert(0, "")
runner = mutants.Runner(pathlib.Path("sums/halves.py"), ["test_halves.py"], pathlib.Path.cwd())
runner.prepare()
runner.limit = 4
sources = ["return number * 2", "return number >> 1", "while True: pass"]
tried = [mutants.Mutant(line, "", f"def half(number):\\n    {source}\\n") for line, source in enumerate(sources)]
print(*[verdict for _, verdict in sorted(runner.verdicts(tried, jobs=2), key=lambda pair: pair[0].line)], sep=", ")
"""


def test_a_mutant_is_killed_if_a_test_fails(tmp_path: Path) -> None:
    """A mutant takes the place of its module where the tests import it; a loop without an end is stopped."""
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "halves.py").write_text("def half(number):\n    return number // 2\n")
    test = "from sums.halves import half\n\ndef test_half():\n    assert half(4) == 2\n"
    (tmp_path / "test_halves.py").write_text(test)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "killed, survived, time limit", done.stderr


def test_a_module_is_tested_by_the_file_of_its_name() -> None:
    """The test files that are given come after it; without any, the folder is run."""
    auth, recorder = Path("cronofy_frames/wire/auth.py"), Path("cronofy_frames/wire/recorder.py")
    assert mutants.chosen_tests(auth) == ["tests/wire/test_auth.py"]
    assert mutants.chosen_tests(auth, ["tests/tokens"]) == ["tests/wire/test_auth.py", "tests/tokens"]
    assert mutants.chosen_tests(recorder) == ["tests/wire"]
    assert mutants.chosen_tests(recorder, ["tests/wire/test_client.py"]) == ["tests/wire/test_client.py"]
