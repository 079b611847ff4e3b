"""What Ninja prints, taken apart: steps for whoever watches, and what was wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.build.firmware import Progress
from harness.program_output import program_lines

# Ninja writes "[3/40] Building C object …/sparse_attention.c.o"
_STEP = re.compile(r"^\[(\d+)/(\d+)\] (?:.*/)?(\S+)$")
_WRONG = re.compile(r"\berror\b|undefined reference|CMake Error", re.IGNORECASE)
_MOST_LINES = 60


def run_ninja(
    command: Sequence[str], progress: Progress, variables: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Runs Ninja, or what runs it. Returns the number of steps done, and what the tools said when
    it failed; empty when it did not."""
    steps, output = 0, []
    with program_lines(command, variables) as ninja:
        assert ninja.stdout is not None
        for line in ninja.stdout:
            if step := _STEP.match(line.rstrip()):
                steps += 1
                source = step[3].removesuffix(".obj").removesuffix(".o")
                progress(f"{step[1]}/{step[2]} {source}")
            else:
                output.append(line.rstrip())
    return steps, _compiler_message(output) if ninja.returncode else ""


def _compiler_message(output: Sequence[str]) -> str:
    """What the compiler, the linker or CMake said, without the commands and the build's chatter."""
    kept: list[str] = []
    is_command = False
    for line in output:
        if line.startswith("FAILED:"):
            is_command = True  # the next line is the command
        elif is_command:
            is_command = False
        elif line and not line.startswith(("[", "-- ", "ninja:", "ninja failed")):
            kept.append(line)
    first = next((i for i, line in enumerate(kept) if _WRONG.search(line)), 0)
    # gcc names the function before the error
    shown = kept[max(0, first - 2) :][:_MOST_LINES] or output
    return "\n".join(shown).strip() or "It said nothing."
