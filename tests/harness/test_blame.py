"""Whose fault an exception is: one sentence of each rule, without a session around it."""

from __future__ import annotations

import errno
import itertools

import pytest

from harness.errors import BenchError, NodeCrashed, PortMissing
from harness.plugin.blame import (
    HostFault,
    describe,
    each_error,
    is_host_fault,
    sentence_of,
    verdict_of_error,
)
from harness.report import Verdict

OF_THE_HOST = (
    *("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO", "ENOMEM", "ENOLCK", "ENOBUFS", "ENOEXEC"),
    *("EACCES", "EPERM", "ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"),
    *("EMFILE", "ENFILE", "EBUSY", "ETXTBSY", "EXDEV", "ESTALE", "ECHILD", "EADDRINUSE"),
)
OF_A_PEER = ("ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "EAGAIN")

CRASH = NodeCrashed("PANIC")
NO_POWER = BenchError("The power supply does not answer.", "Switch it on.")


def caused(error: BaseException, *causes: BaseException) -> BaseException:
    """`error` raised from the first cause, that one from the next, and so on."""
    for effect, cause in itertools.pairwise([error, *causes]):
        effect.__cause__ = cause
    return error


def together(*errors: Exception) -> ExceptionGroup[Exception]:
    return ExceptionGroup("errors in the tear-down", errors)


@pytest.mark.parametrize("name", [name for name in OF_THE_HOST if hasattr(errno, name)])
def test_disk_files_and_memory_are_the_host_s(name: str) -> None:
    error = OSError(getattr(errno, name), "said by the system")
    assert is_host_fault(error)
    assert verdict_of_error(error) is Verdict.BENCH


@pytest.mark.parametrize("name", OF_A_PEER)
def test_what_a_peer_does_is_the_device_s(name: str) -> None:
    assert verdict_of_error(OSError(getattr(errno, name), "said of a peer")) is Verdict.FAIL


def test_an_error_of_the_system_without_a_number_is_the_test_s_own() -> None:
    assert verdict_of_error(OSError("something of the test's own")) is Verdict.FAIL


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, Verdict.FAIL),
        (AssertionError(), Verdict.FAIL),
        (RuntimeError("a test's own mistake"), Verdict.FAIL),
        (CRASH, Verdict.FAIL),
        (NO_POWER, Verdict.BENCH),
        (MemoryError(), Verdict.BENCH),
    ],
    ids=repr,
)
def test_the_verdict_of_one_exception(error: BaseException | None, verdict: Verdict) -> None:
    assert verdict_of_error(error) is verdict


def test_a_cause_is_looked_for_however_deep_it_lies() -> None:
    assert verdict_of_error(caused(RuntimeError(), ValueError(), NO_POWER)) is Verdict.BENCH
    assert verdict_of_error(caused(RuntimeError(), ValueError(), CRASH)) is Verdict.FAIL


def test_the_outermost_of_a_chain_that_blames_somebody_decides() -> None:
    assert verdict_of_error(caused(NodeCrashed("PANIC"), NO_POWER)) is Verdict.FAIL
    assert verdict_of_error(caused(AssertionError(), NO_POWER)) is Verdict.FAIL
    assert verdict_of_error(caused(BenchError("No port."), CRASH)) is Verdict.BENCH


def test_of_several_errors_one_that_blames_the_device_is_enough() -> None:
    assert verdict_of_error(together(NO_POWER, MemoryError())) is Verdict.BENCH
    assert verdict_of_error(together(NO_POWER, CRASH)) is Verdict.FAIL
    assert verdict_of_error(together(NO_POWER, together(CRASH))) is Verdict.FAIL


def test_each_error_gives_causes_and_members_of_groups() -> None:
    inner = caused(ValueError("inner"), CRASH)
    assert isinstance(inner, ValueError)
    group = together(inner, NO_POWER)
    outer = caused(RuntimeError("outer"), group, MemoryError())
    assert list(each_error(outer)) == [outer, group, inner, CRASH, NO_POWER, group.__cause__]
    assert list(each_error(None)) == []


def test_what_the_bench_says_is_its_own_sentence() -> None:
    assert sentence_of(NO_POWER) == "The power supply does not answer. Switch it on."
    assert sentence_of(caused(RuntimeError("unreadable"), NO_POWER)) == str(NO_POWER)
    assert sentence_of(MemoryError()) == (
        "This machine failed the test: this machine has no memory left."
    )
    assert sentence_of(None) == ""


def test_of_several_sentences_each_is_said_once() -> None:
    errors = together(NO_POWER, BenchError("No relay."), BenchError(str(NO_POWER)))
    assert sentence_of(errors) == f"{NO_POWER}\nNo relay."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left", "/a/file"), "/a/file: No space left"),
        (OSError(errno.ENOSPC, "No space left"), "No space left"),
        (OSError(errno.ENOSPC, ""), "No space left on device"),
        (OSError("of the test's own."), "OSError: of the test's own"),
        (MemoryError(), "this machine has no memory left"),
        (ValueError("first line.\nsecond line"), "ValueError: first line"),
        (ValueError("no such X."), "ValueError: no such X"),
        (ValueError(), "ValueError"),
    ],
    ids=lambda value: repr(value).partition("\\")[0],  # a backslash in it is doubled by mutmut
)
def test_an_exception_in_words(error: BaseException, words: str) -> None:
    assert describe(error) == words


def test_a_fault_of_the_host_says_what_was_done_and_what_helps() -> None:
    error = OSError(errno.EACCES, "Permission denied", "/a/file")
    fault = HostFault("The report cannot be written", error, "Name another folder.")
    assert str(fault) == (
        "The report cannot be written: /a/file: Permission denied. Name another folder."
    )
    assert fault.error is error
    assert str(HostFault("It failed", PortMissing("COM3", "gone"))) == (
        "It failed: PortMissing: Port COM3 cannot be used: gone."
    )
