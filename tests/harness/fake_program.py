"""A program that plays the native node, or QEMU with the node in it; ends as it is told.

Run as `python -m tests.harness.fake_program native|qemu <the arguments of the real one>`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from harness.node.structs import ResetReason
from tests.harness.fake_device import FakeNode

ASAN = """\
=================================================================
==4711==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014
    #0 0x55d0 in ruv_temporal_push firmware/components/ruv_temporal/src/ring.c:12
SUMMARY: AddressSanitizer: heap-buffer-overflow
"""
UBSAN = "ring.c:12:7: runtime error: index 4 out of bounds for type 'float [4]'\n"
LEAK = "==4711==ERROR: LeakSanitizer: detected memory leaks\n"


def make_executable(folder: Path, role: str) -> Path:
    """A file that can be started like the real program."""
    script = folder / f"fake-{role}"
    root = Path(__file__).parents[2]
    program = shlex.join([sys.executable, "-m", "tests.harness.fake_program", role])
    script.write_text(f'#!/bin/sh\ncd {shlex.quote(str(root))} && exec {program} "$@"\n')
    script.chmod(0o755)
    return script


def say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


class Ending:
    """The command `end`: how the process is to end, at once or when its input ends."""

    def __init__(self) -> None:
        self.at_end = ""

    def __call__(self, payload: bytes) -> bytes:
        how = payload.decode()
        if how == "leak":
            self.at_end = LEAK
            return b""
        if how == "asan":
            say("boot noise\n" + ASAN)
            os._exit(1)
        if how == "ubsan":
            say(UBSAN)
            os._exit(1)
        if how.startswith("exit "):
            say("it is over\n")
            os._exit(int(how.split()[1]))
        if how == "asked from outside":
            say("qemu-system-riscv32: terminating on signal 15 from pid 1\n")
            os._exit(0)
        signal.signal(signal.Signals[how], signal.SIG_DFL)
        os.kill(os.getpid(), signal.Signals[how])
        return b""


def new_node(send: Callable[[bytes], None]) -> tuple[FakeNode, Ending]:
    node, ending = FakeNode(), Ending()
    setattr(node.commands, "do_end", ending)  # noqa: B010
    node.send = send
    node.commands.nonce = int.from_bytes(os.urandom(3), "little")
    return node, ending


def native() -> None:
    def send(data: bytes) -> None:
        os.write(1, data)

    node, ending = new_node(send)
    node.log(f"I (1) main: arguments {sys.argv[2:]}")
    node.power_on()
    while data := os.read(0, 65536):
        node.receive(data)
    say(ending.at_end)
    os._exit(23 if ending.at_end else 0)


def qemu() -> None:
    arguments = " ".join(sys.argv[2:])
    if "--refuse" in arguments:
        say("qemu-system-riscv32: -machine nope: unsupported machine type\n")
        os._exit(1)
    monitor = re.search(r"-qmp unix:(\S+),server=on", arguments)
    assert monitor and "-chardev stdio,id=uart" in arguments
    node, _ = new_node(lambda data: os.write(1, data))
    server = socket.socket(socket.AF_UNIX)
    server.bind(monitor[1])
    server.listen()
    threading.Thread(target=serve_monitor, args=(server, node), daemon=True).start()
    node.log(f"I (1) main: arguments {arguments}")
    node.power_on()
    while data := os.read(0, 65536):
        node.receive(data)


def serve_monitor(server: socket.socket, node: FakeNode) -> None:
    """QMP: JSON objects with nothing between them."""
    version = {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}
    greeting = {"QMP": {"version": version, "capabilities": []}}
    while True:
        peer, _ = server.accept()
        with contextlib.suppress(OSError), peer:
            peer.sendall(json.dumps(greeting).encode() + b"\n")
            text = ""
            while data := peer.recv(4096):
                text += data.decode()
                with contextlib.suppress(json.JSONDecodeError):
                    request, end = json.JSONDecoder().raw_decode(text)
                    text = text[end:].lstrip()
                    peer.sendall(json.dumps(answer(request, node)).encode() + b"\n")


def answer(request: dict[str, object], node: FakeNode) -> dict[str, object]:
    if request["execute"] == "mute":
        threading.Event().wait()
    if request["execute"] == "system_reset":
        node.boot(ResetReason.POWERON)
    return {"return": {}} | ({"id": request["id"]} if "id" in request else {})


if __name__ == "__main__":
    {"native": native, "qemu": qemu}[sys.argv[1]]()
