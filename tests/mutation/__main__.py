"""Mutates C files of the firmware and says what no test noticed."""

from __future__ import annotations

import difflib
import tempfile
from collections import Counter
from pathlib import Path

import click

from tests.mutation.bench import Bench, Verdict
from tests.mutation.mutants import compiler_of, draw, made_by_rules
from tests.mutation.subjects import SUBJECTS

_BY_NAME = {Path(path).name: path for path in SUBJECTS}


@click.command()
@click.argument("files", nargs=-1, type=click.Choice(list(_BY_NAME)))
@click.option("--sample", default=12, show_default=True, help="Mutants a file, at most.")
@click.option("--seed", default=1, show_default=True, help="Draws them.")
def main(files: tuple[str, ...], sample: int, seed: int) -> None:
    """Mutates FILES, or every subject."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        bench = Bench(Path(folder))
        for name in files or _BY_NAME:
            judge_file(bench, _BY_NAME[name], sample, seed)


def judge_file(bench: Bench, path: str, sample: int, seed: int) -> None:
    """Say how many mutants of a file there were, and show those that no test failed on."""
    tests = SUBJECTS[path]
    if (said := bench.why_it_fails(tests)) is not None:
        raise click.ClickException(f"{path}: the tests do not pass without a mutant.\n{said}")
    source = bench.firmware / path
    original = source.read_text(encoding="utf-8")
    drawn = draw(original, made_by_rules(source), compiler_of(source, bench.firmware), sample, seed)
    found: Counter[Verdict] = Counter()
    for text in drawn.texts:
        with bench.changed(path, text):
            verdict = bench.judge(tests)
        found[verdict] += 1
        if verdict is not Verdict.KILLED:
            click.echo(f"{verdict.value}: {difference(path, original, text)}")
    counts = ", ".join(f"{found[verdict]} {verdict.value}" for verdict in Verdict)
    click.echo(
        f"{path}: {len(drawn.texts)} of {drawn.made} (refused {drawn.refused},"
        f" equal {drawn.equal}): {counts}"
    )


def difference(path: str, original: str, text: str) -> str:
    """The lines that differ."""
    lines = difflib.unified_diff(original.splitlines(), text.splitlines(), lineterm="", n=0)
    return "\n".join([path, *list(lines)[2:]])


if __name__ == "__main__":
    main()
