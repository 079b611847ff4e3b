"""What is made of mutants before a test sees them, and that a survivor is told from the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.build.requirement import find_program
from harness.errors import BenchError
from harness.target import project_root
from tests.mutation.__main__ import difference
from tests.mutation.bench import Bench, Verdict
from tests.mutation.mutants import compiler_of, draw
from tests.mutation.subjects import SUBJECTS

pytestmark = pytest.mark.skipif(
    not all(find_program(name) for name in ("cmake", "ninja", "gcc")),
    reason="needs cmake, ninja and gcc",
)

SOURCE = "int twice(int x)\n{\n    return x + x;\n}\n"
EQUAL = SOURCE.replace("x + x", "2 * x")
OTHER = SOURCE.replace("x + x", "x - 1")
OTHER_AGAIN = SOURCE.replace("x + x", "x + -1")
REFUSED = SOURCE.replace("x + x", "y + x")


def test_a_mutant_has_to_compile_to_other_code(tmp_path: Path) -> None:
    compiled = compiler_of(tmp_path / "twice.c", project_root() / "firmware")
    made = [EQUAL, REFUSED, OTHER, OTHER_AGAIN]
    drawn = draw(SOURCE, made, compiled, n=9, seed=1)
    assert (drawn.made, drawn.refused, drawn.equal) == (4, 1, 2)
    assert len(drawn.texts) == 1 and drawn.texts[0] in (OTHER, OTHER_AGAIN)


def test_a_draw_is_repeated_by_its_seed() -> None:
    made = [str(n) for n in range(100)]
    first, again = (draw("original", made, str.encode, n=5, seed=3) for _ in range(2))
    assert first == again and len(first.texts) == 5
    assert draw("original", made, str.encode, n=5, seed=4).texts != first.texts
    assert sorted(draw("original", made, str.encode, n=200, seed=3).texts) == sorted(made)


def test_what_does_not_compile_has_no_mutants() -> None:
    with pytest.raises(BenchError, match="does not compile"):
        draw("original", ["mutant"], lambda _: None, n=5, seed=3)


def test_the_subjects_and_their_tests_are_there() -> None:
    root = project_root()
    for path, tests in SUBJECTS.items():
        assert (root / "firmware" / path).is_file(), path
        for name in tests:
            assert (root / name).is_file(), name


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (("value << 4 | digit", "value << 4 | digit"), Verdict.SURVIVED),
        (("value << 4 | digit", "value << 3 | digit"), Verdict.KILLED),
        (("i < HEX_LEN; i++", "i < HEX_LEN;"), Verdict.TOO_LONG),
    ],
)
def test_a_mutant_is_judged(tmp_path: Path, change: tuple[str, str], verdict: Verdict) -> None:
    path = "components/hil_agent/src/line_codec.c"
    bench = Bench(tmp_path, longest_cpu_s=5)
    text = (bench.firmware / path).read_text()
    assert change[0] in text
    with bench.changed(path, text.replace(*change)):
        assert bench.judge(("tests/node/test_agent_line.py",)) is verdict
    assert (bench.firmware / path).read_text() == text


def test_a_survivor_is_shown_by_its_lines() -> None:
    shown = difference("twice.c", SOURCE, OTHER)
    assert shown.splitlines() == [
        "twice.c",
        "@@ -3 +3 @@",
        "-    return x + x;",
        "+    return x - 1;",
    ]


def test_the_page_s_table_is_of_the_subjects_and_adds_up() -> None:
    page = (project_root() / "docs" / "mutation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.c)` \| \d+ \| (\d+) \| (\d+) \| (\d+) \|", page, re.MULTILINE)
    assert rows and {name for name, *_ in rows} <= {Path(path).name for path in SUBJECTS}
    assert all(int(judged) == int(found) + int(left) for _, judged, found, left in rows)
