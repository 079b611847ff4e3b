"""Mutants of a C file: drawn by a seed from those that compile to other code."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.build.requirement import find_program
from harness.errors import BenchError, ToolMissing
from tests.node.library import FOLDERS

_FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-ffp-contract=off"]
_CONFIG = "#define CONFIG_CSI_TEMPORAL_HEAD_ENABLED 1\n#define CONFIG_TEMPORAL_CALL_SITES 1\n"

Compile = Callable[[str], bytes | None]
"""From a source's text to its object code; None where the compiler refuses it."""


@dataclass(frozen=True)
class Draw:
    """Mutants of one file, and what became of the others that were looked at."""

    made: int  # by the rules
    refused: int  # by the compiler, warnings included
    equal: int  # the same object code as the source's, or as an earlier mutant's
    texts: list[str]


def made_by_rules(source: Path) -> list[str]:
    """Every mutant that universalmutator's rules for C make of a file.

    Raises:
        ToolMissing: it is not installed.
    """
    program = find_program("mutate")
    if program is None:
        raise ToolMissing("universalmutator was not found. Type: tox -e mutation-c")
    with tempfile.TemporaryDirectory() as folder:
        words = [str(program), str(source), "c", "--noCheck", "--mutantDir", folder]
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        files = Path(folder).glob(f"{source.stem}.mutant.*.c")
        numbered = sorted(files, key=lambda file: int(file.name.split(".")[-2]))
        return [file.read_text(encoding="utf-8") for file in numbered]


def compiler_of(source: Path, firmware: Path) -> Compile:
    """The compiler for a file below a firmware folder, with the warnings that its build has.

    Raises:
        ToolMissing: there is none.
    """
    compiler = find_program("gcc")
    if compiler is None:
        raise ToolMissing("No C compiler was found: install gcc.")
    words = [str(compiler), *_FLAGS, *(f"-I{firmware / name}" for name in FOLDERS)]
    words += ["-iquote", str(source.parent), "-x", "c", "-c", "-"]

    def compiled(text: str) -> bytes | None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "sdkconfig.h").write_text(_CONFIG, encoding="utf-8")
            out = Path(folder) / "object.o"
            whole = [*words, f"-I{folder}", "-o", str(out)]
            done = subprocess.run(whole, input=text.encode(), capture_output=True)
            return out.read_bytes() if done.returncode == 0 else None

    return compiled


def draw(original: str, made: list[str], compiled: Compile, n: int, seed: int) -> Draw:
    """At most n of the mutants made, in an order of the seed's.

    Raises:
        BenchError: the original does not compile.
    """
    order = made.copy()
    random.Random(seed).shuffle(order)
    seen = {compiled(original)}
    if None in seen:
        raise BenchError("The file does not compile as it is.")
    refused = equal = 0
    texts: list[str] = []
    for text in order:
        if len(texts) == n:
            break
        code = compiled(text)
        if code is None:
            refused += 1
        elif code in seen:
            equal += 1
        else:
            seen.add(code)
            texts.append(text)
    return Draw(len(made), refused, equal, texts)
