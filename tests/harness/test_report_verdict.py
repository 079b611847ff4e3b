"""Verdicts and their counts."""

from __future__ import annotations

from harness.report import STOPPED_BY_HAND, Counts, Verdict

SOME = Counts(passed=1, failed=2, bench=3, skipped=4)


def test_a_verdict_has_its_exit_status() -> None:
    assert {verdict.value: verdict.exit_status for verdict in Verdict} == {
        "PASS": 0,
        "FAIL": 1,
        "BENCH": 2,
        "SKIP": 1,
    }
    assert STOPPED_BY_HAND == 130


def test_counts_of_verdicts() -> None:
    of_each = [Verdict.PASS] + 2 * [Verdict.FAIL] + 3 * [Verdict.BENCH] + 4 * [Verdict.SKIP]
    assert Counts.of(iter(of_each)) == SOME
    assert Counts.of([]) == Counts()


def test_counts_add_up() -> None:
    assert SOME + Counts(10, 20, 30, 40) == Counts(11, 22, 33, 44)
    assert SOME.total == 10


def test_counts_in_words_name_the_bench_where_it_failed() -> None:
    assert str(SOME) == "1 passed, 2 failed, 4 skipped, 3 bench"
    assert str(Counts(passed=1)) == "1 passed, 0 failed, 0 skipped"
