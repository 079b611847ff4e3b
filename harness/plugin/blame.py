"""Whose fault an exception is."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from harness.errors import BenchError, DeviceFault
from harness.report import Verdict

# Errors of this machine's disk, files or memory. Any other comes from a peer (timed out, refused,
# reset), and the peer of a test is the device.
_HOST_ERRNOS = frozenset(
    getattr(errno, name)
    for name in (
        *("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO", "ENOMEM", "ENOLCK", "ENOBUFS", "ENOEXEC"),
        *("EACCES", "EPERM", "ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP"),
        *("EMFILE", "ENFILE", "EBUSY", "ETXTBSY", "EXDEV", "ESTALE", "ECHILD", "EADDRINUSE"),
    )
    if hasattr(errno, name)
)


class HostFault(BenchError):
    """The operating system refused what the session needs. `error` is its exception."""

    def __init__(self, doing: str, error: BaseException, remedy: str = "") -> None:
        super().__init__(f"{doing}: {describe(error)}.", remedy)
        self.error = error


def describe(error: BaseException) -> str:
    """An exception in words, without its class if the operating system has a text for it."""
    if isinstance(error, OSError) and error.errno is not None:
        said = error.strerror or os.strerror(error.errno)
        return f"{error.filename}: {said}" if error.filename else said
    if isinstance(error, MemoryError):
        return "this machine has no memory left"
    text = str(error).partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def verdict_of_error(error: BaseException | None) -> Verdict:
    """FAIL or BENCH. One error of a group that blames the device is enough for FAIL."""
    if isinstance(error, BaseExceptionGroup):
        verdicts = {verdict_of_error(each) for each in error.exceptions}
        return Verdict.FAIL if Verdict.FAIL in verdicts else Verdict.BENCH
    cause = error
    while cause is not None:
        if isinstance(cause, DeviceFault | AssertionError):
            return Verdict.FAIL
        if is_host_fault(cause):
            return Verdict.BENCH
        cause = cause.__cause__
    return Verdict.FAIL


def is_host_fault(error: BaseException) -> bool:
    """Whether the bench or this machine caused this exception, its own cause left aside."""
    if isinstance(error, BenchError | MemoryError):
        return True
    return isinstance(error, OSError) and error.errno in _HOST_ERRNOS


def each_error(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, what caused it, and those of a group."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from each_error(one)
        error = error.__cause__


def sentence_of(error: BaseException | None) -> str:
    """The message of a fault of the bench; of a group each message once."""
    if isinstance(error, BaseExceptionGroup):
        return "\n".join(dict.fromkeys(map(sentence_of, error.exceptions)))
    for cause in each_error(error):
        if isinstance(cause, BenchError):
            return str(cause)
    return "" if error is None else f"This machine failed the test: {describe(error)}."
