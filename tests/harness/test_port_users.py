"""One port, one program: who has it is said at once, and the first one is left in peace."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from serial import SerialException

from harness.connection import SerialConnection, port_users
from harness.connection.serial_port import PortBusy, cannot_open
from tests.harness.fake_device import wait_until

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="needs a pseudo-terminal and /proc"
)

_OPENS = """
import sys, serial
port = serial.Serial(sys.argv[1], exclusive=sys.argv[2] == "locked" or None)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def pseudo_terminal() -> Iterator[tuple[int, str]]:
    """The other end, and the port's name."""
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@contextmanager
def another_program(port: str, how: str) -> Iterator[int]:
    """Has the port open, as no child of this process. Its number."""
    command = f"[sys.executable, '-c', {_OPENS!r}, *sys.argv[1:]]"
    launcher = f"import subprocess, sys; sys.exit(subprocess.call({command}))"
    with subprocess.Popen(
        [sys.executable, "-c", launcher, port, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None and program.stdin is not None
        assert program.stdout.readline() == "open\n"
        yield program.pid
        program.stdin.close()


def test_a_port_that_another_program_has_is_refused_at_once_with_its_name(
    pseudo_terminal: tuple[int, str],
) -> None:
    _, port = pseudo_terminal
    with another_program(port, "locked"):
        with pytest.raises(PortBusy) as caught:
            SerialConnection(port).open()
        said = str(caught.value)
        assert f"Port {port} cannot be used: another program uses it." in said
        assert "It is in use by python" in said and "(process " in said
    free = SerialConnection(port)
    free.open()
    free.close()


def test_the_one_that_was_there_first_keeps_every_byte(pseudo_terminal: tuple[int, str]) -> None:
    board, port = pseudo_terminal
    first, second = SerialConnection(port), SerialConnection(port)
    heard = bytearray()
    first.on_bytes = heard.extend
    first.open()
    os.write(board, b"before ")
    wait_until(lambda: heard == b"before ")
    with pytest.raises(PortBusy):
        second.open()
    os.write(board, b"after")
    wait_until(lambda: heard == b"before after")
    first.close()
    second.open()  # it is free again
    second.close()


def test_a_program_that_locks_nothing_is_seen_as_well(
    pseudo_terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal program left open; a pseudo-terminal stands for the board's port here."""
    _, port = pseudo_terminal
    monkeypatch.setattr(port_users, "_is_pseudo_terminal", lambda _port: False)
    with another_program(port, "unlocked"), pytest.raises(PortBusy, match="in use by python"):
        SerialConnection(port).open()


def test_a_port_that_may_not_be_opened_names_the_group_that_may() -> None:
    refused = SerialException(13, "could not open port /dev/ttyS0: Permission denied")
    error = cannot_open("/dev/no-such-port", refused)
    assert "sudo usermod -aG dialout $USER and log in again" in error.remedy
    assert "plugged in" not in str(error)
