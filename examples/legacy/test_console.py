"""A firmware without the agent: its log and its answers, read as with pytest-embedded alone."""

from __future__ import annotations

from typing import Any


def test_it_boots(dut: Any) -> None:
    dut.expect(r"I \(\d+\) app: reset reason: [a-z ]+\n", timeout=10)
    dut.expect_exact("app: ready", timeout=10)


def test_it_answers(dut: Any) -> None:
    dut.expect_exact("app: ready", timeout=10)
    dut.write("version")
    dut.expect(r"I \(\d+\) app: version \d+\.\d+\.\d+", timeout=10)
    dut.write("hello")
    dut.expect_exact("what is hello?", timeout=10)


def test_a_crash_is_in_its_log(dut: Any) -> None:
    dut.expect_exact("app: ready", timeout=10)
    dut.write("crash")
    dut.expect(r"(?i)panic: .*\n", timeout=10)
    dut.expect_exact("app: reset reason: panic", timeout=10)
