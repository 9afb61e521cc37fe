"""Mutation testing: change the package in one place, and see whether a test fails. Run: make mutants MODULES="...".

The operators are those of cosmic-ray. Each mutant is tested in a fork of a process that has imported all libraries, and
the mutated source lives only in that fork: a subprocess that a test starts runs the package as it is. A module is
tested by the test file of its name and those given; without any, by the tests of its folder.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import difflib
import importlib
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import CodeType
from typing import Any

PYTEST = ["-x", "-q", "-n0", "--hypothesis-seed=0", "-p", "no:cacheprovider"]
PYTEST += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # pytest's plugins are among the libraries
MEMORY = 8 << 30
"""Bytes of address space of a fork: a loop without an end must not take the machine's memory."""

OPERATORS = re.compile(
    r"""core/(
    ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|(FloorDiv|Mod|Pow)_Mul|BitOr_BitAnd|BitAnd_BitOr|BitXor_BitOr)
    |ReplaceBinaryOperator_(LShift_RShift|RShift_LShift)
    |ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt)
    |ReplaceUnaryOperator_(USub_UAdd|Delete_Not|Delete_Invert)
    |AddNot|Replace(True|False|And|Or|Break|Continue)With\w+
    |ExceptionReplacer|NumberReplacer|RemoveDecorator|ZeroIterationForLoop
    )""",
    re.VERBOSE,
)
"""Of the ways to replace an operator those that are likely mistakes: eleven mutants of each plus would die alike."""

TYPING_DECORATOR = re.compile(r"@?(\w+\.)*(overload|override|final|runtime_checkable|dataclass\(.*)", re.DOTALL)
ARBITRARY = 10_000
"""From here on a number is a limit or a divisor, and no test should know its last digit."""


@dataclass(frozen=True)
class Mutant:
    """A changed source of a module, the line that is changed, and the operator of cosmic-ray that changed it."""

    line: int
    operator: str
    source: str


def typing_nodes(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    """Yield what is there for the type checker or arbitrary: annotations, assertions, large numbers and the like."""
    for node in ast.walk(tree):
        decorators = getattr(node, "decorator_list", [])
        yield from (item for item in decorators if TYPING_DECORATOR.fullmatch(ast.unparse(item)))
        yield from filter(None, (getattr(node, "annotation", None), getattr(node, "returns", None)))
        match node:
            case ast.Assert() | ast.ImportFrom():
                yield node
            case ast.If(test=test) if ast.unparse(test).endswith("TYPE_CHECKING"):
                yield node
            case ast.Constant(value=int() | float() as value) if value >= ARBITRARY:
                yield node


def typing_ranges(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the (line, column) ranges that are not mutated; columns count characters, where `ast` counts bytes."""
    lines = source.splitlines()

    def position(line: int, column: int) -> tuple[int, int]:
        return line, len(lines[line - 1].encode()[:column].decode())

    return [
        (position(node.lineno, node.col_offset), position(node.end_lineno or 0, node.end_col_offset or 0))
        for node in typing_nodes(ast.parse(source))
    ]


def is_same_code(source: str, mutated: str) -> bool:
    """Return whether a mutation changed nothing, as where an operator does not handle what it meets."""
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(mutated))
    except SyntaxError:
        return True


def mutants_of(source: str) -> list[Mutant]:
    """Return every mutant of a module, by line."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    untouched, mutants, sources = typing_ranges(source), [], {source}
    for name in filter(OPERATORS.fullmatch, operator_names()):
        operator = get_operator(name)()
        nodes = ast_nodes(get_ast(source))
        positions = [(start, node.parent) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (start, parent) in enumerate(positions):
            # a decorator's position is that of its sign
            inside = any(low <= start < high or (low[0], low[1] - 1) == start for low, high in untouched)
            inside |= parent is not None and parent.type == "parameters"  # the star before keyword-only arguments
            mutated = None
            with suppress(AttributeError):  # an exception's name with a dot in it is not mutated
                mutated = None if inside else mutate_code(source, operator, occurrence)
            if mutated and mutated not in sources and not is_same_code(source, mutated):
                sources.add(mutated)
                mutants.append(Mutant(start[0], name.removeprefix("core/"), mutated))
    return sorted(mutants, key=lambda mutant: (mutant.line, mutant.operator))


class MutantFinder(importlib.machinery.SourceFileLoader):
    """An import hook that gives one module a source other than that of its file."""

    def __init__(self, module: Path, source: str) -> None:
        name = ".".join(module.with_suffix("").parts).removesuffix(".__init__")
        super().__init__(name, str(module.absolute()))
        self.source = source

    def find_spec(self, name: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        """Return the module's spec if it is the mutated one."""
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, _fullname: str) -> CodeType:
        """Return the code of the mutant."""
        return compile(self.source, self.path, "exec")


def loaded_libraries() -> list[str]:
    """Return the names of the imported modules that are installed, and not of the package or its tests."""
    files = {name: str(getattr(module, "__file__", None) or "") for name, module in list(sys.modules.items())}
    return [name for name, file in files.items() if file.startswith((sys.prefix, sys.base_prefix))]


def run_tests(module: Path, source: str, tests: Sequence[str], folder: Path) -> None:
    """Run pytest with a mutant in place of its module, and leave the process with its exit code."""
    import pytest

    os.setsid()
    folder.mkdir()
    os.environ.update(TMPDIR=str(folder), HYPOTHESIS_STORAGE_DIRECTORY=str(folder / "hypothesis"))
    tempfile.tempdir = None
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    vars(builtins)["CosmicRayTestingException"] = type("CosmicRayTestingException", (Exception,), {})
    sys.meta_path.insert(0, MutantFinder(module, source))
    code = pytest.main([*PYTEST, *tests])
    (folder / "modules").write_text("\n".join(loaded_libraries()))
    os._exit(code)


class Runner:
    """Runs the tests of one module (a file below the current folder) against its mutants."""

    def __init__(self, module: Path, tests: Sequence[str], folder: Path) -> None:
        self.module, self.tests, self.folder = module, tests, folder
        self.context = multiprocessing.get_context("fork")
        self.limit = 600.0

    def start(self, source: str, name: str) -> Any:
        """Start a process that tests a source."""
        process = self.context.Process(target=run_tests, args=(self.module, source, self.tests, self.folder / name))
        process.start()
        return process

    def prepare(self) -> None:
        """Run the tests on the module as it is, import the libraries that they use, and set the time limit."""
        process = self.start(self.module.read_text(), "unchanged")
        process.join()
        if process.exitcode:
            raise SystemExit((self.folder / "unchanged" / "output").read_text() + "The tests fail without a mutant.")
        for name in (self.folder / "unchanged" / "modules").read_text().splitlines():
            with suppress(Exception):
                importlib.import_module(name)
        started = time.monotonic()
        self.start(self.module.read_text(), "preloaded").join()
        self.limit = 10 + 5 * (time.monotonic() - started)

    def verdicts(self, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
        """Yield each mutant with "killed", "survived" or "time limit", a few at a time."""
        waiting = list(enumerate(mutants))
        running: dict[Any, tuple[Mutant, float]] = {}
        while waiting or running:
            while waiting and len(running) < jobs:
                number, mutant = waiting.pop(0)
                running[self.start(mutant.source, str(number))] = (mutant, time.monotonic() + self.limit)
            wait([process.sentinel for process in running], timeout=1)
            for process, (mutant, end) in list(running.items()):
                if process.is_alive() and time.monotonic() < end:
                    continue
                del running[process]
                verdict = "time limit" if process.is_alive() else "killed" if process.exitcode else "survived"
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.join()
                yield mutant, verdict


def chosen_tests(module: Path, more: Sequence[str] = ()) -> list[str]:
    """Return the test file of a module's name and those given; without any, the tests of its folder."""
    folder = Path("tests", *module.parent.parts[1:])
    mirror = folder / f"test_{module.stem}.py"
    return [*([str(mirror)] if mirror.exists() else []), *more] or [str(folder)]


def difference(module: Path, mutant: Mutant) -> str:
    """Return the place of a mutant and its changed lines."""
    lines = difflib.unified_diff(
        module.read_text(encoding="utf-8").splitlines(), mutant.source.splitlines(), n=0, lineterm=""
    )
    changed = [f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "\n".join([f"{module}:{mutant.line} {mutant.operator}", *changed, ""])


def measure_module(module: Path, options: argparse.Namespace) -> float:
    """Print the survivors of a module and how many mutants were killed; return the share."""
    mutants = mutants_of(module.read_text(encoding="utf-8"))
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    killed = expired = 0
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        runner = Runner(module, chosen_tests(module, options.tests), Path(folder))
        runner.prepare()
        for mutant, verdict in runner.verdicts(mutants, options.jobs):
            killed += verdict != "survived"
            expired += verdict == "time limit"
            if verdict == "survived":
                sys.stdout.write(difference(module, mutant))
                sys.stdout.flush()
    share = 100 * killed / max(len(mutants), 1)
    sys.stdout.write(f"{module}: {killed} of {len(mutants)} killed ({share:.1f} %), {expired} by the time limit\n")
    return share if mutants else 100.0


def main() -> int:
    """Measure the modules that are given; return 1 if one is below the bar."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="+", type=Path, metavar="module", help="a file of the package")
    parser.add_argument("--tests", nargs="+", default=[], help="more test files and folders, after the module's own")
    parser.add_argument("--sample", type=int, help="how many mutants of each module to try")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="mutants to try at a time")
    parser.add_argument("--least", type=float, default=90.0, help="percentage of mutants that have to be killed")
    options = parser.parse_args()
    shares = [measure_module(module, options) for module in options.modules]
    return int(min(shares) < options.least)


if __name__ == "__main__":
    sys.exit(main())
