"""Signals while a session runs: the first ends it in order, and none is left caught."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from harness.plugin.ended import OrderlyEnd, SessionEnded

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

SIGNALS = ("SIGTERM", "SIGHUP")


def handlers() -> list[object]:
    return [signal.getsignal(getattr(signal, name)) for name in SIGNALS]


@pytest.fixture
def end() -> Iterator[OrderlyEnd]:
    """Turned off at the end; the signals do what they do to any process."""
    numbers = [getattr(signal, name) for name in (*SIGNALS, "SIGINT")]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end = OrderlyEnd()
    yield end
    end.turn_off()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("name", SIGNALS)
def test_the_first_signal_ends_the_session_and_those_after_it_do_nothing(
    end: OrderlyEnd, name: str
) -> None:
    end.turn_on()
    with pytest.raises(SessionEnded, match=f"ended by {name}") as caught:
        os.kill(os.getpid(), getattr(signal, name))
    assert caught.value.name == name
    assert isinstance(caught.value, KeyboardInterrupt)
    for other in SIGNALS:
        os.kill(os.getpid(), getattr(signal, other))
    assert handlers() == [signal.SIG_IGN] * 2


def test_a_session_that_ends_is_not_cut_short(end: OrderlyEnd) -> None:
    end.turn_on()
    end.ignore()
    assert handlers() == [signal.SIG_IGN] * 2


def test_afterwards_the_signals_do_what_they_did(end: OrderlyEnd) -> None:
    end.turn_on()
    end.turn_off()
    assert handlers() == [signal.SIG_DFL] * 2
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end.turn_off()  # nothing is its own any more
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


def test_a_signal_that_is_to_be_ignored_stays_ignored(end: OrderlyEnd) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end.turn_on()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    end.turn_off()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_in_another_thread_nothing_is_caught(end: OrderlyEnd) -> None:
    failed: list[BaseException] = []

    def turn_on() -> None:
        try:
            end.turn_on()
        except ValueError as error:
            failed.append(error)

    thread = threading.Thread(target=turn_on)
    thread.start()
    thread.join()
    assert not failed
    assert handlers() == [signal.SIG_DFL] * 2


def ctrl_c() -> bool:
    """Whether a Ctrl-C interrupts what runs."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt as interrupted:
        assert type(interrupted) is KeyboardInterrupt
        return True
    return False


def test_a_ctrl_c_that_comes_twice_at_once_interrupts_once(
    end: OrderlyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    end.turn_on()
    assert [ctrl_c(), ctrl_c()] == [True, False]
    now[0] += 60.0
    assert ctrl_c()  # whoever types another does not want to wait


def test_a_session_that_has_been_interrupted_can_be_interrupted_while_it_ends(
    end: OrderlyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    end.turn_on()
    assert ctrl_c()
    end.ignore()
    now[0] += 60.0
    assert ctrl_c()


def test_a_session_that_ends_passes_over_the_first_ctrl_c_only(
    end: OrderlyEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    end.turn_on()
    end.ignore()
    assert [ctrl_c(), ctrl_c()] == [False, False]  # the second is the first one come twice
    now[0] += 60.0
    assert ctrl_c()
    end.ignore(ctrl_c_too=True)
    now[0] += 60.0
    assert not ctrl_c()
    end.turn_off()
    assert ctrl_c()
