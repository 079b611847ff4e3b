"""What each error says, and that it keeps its facts."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import (
    BenchError,
    BootNotSeen,
    BuildFailed,
    ConnectionLost,
    DeviceAborted,
    DeviceDied,
    DeviceFault,
    NodeCrashed,
    NodeError,
    NodeSilent,
    PortMissing,
    ProtocolFault,
    ToolMissing,
    WrongChecksum,
)

OF_THE_BENCH = (BenchError, ConnectionLost, PortMissing, ToolMissing, BuildFailed, DeviceDied)
OF_THE_DEVICE = (
    *(NodeError, NodeSilent, NodeCrashed, BootNotSeen, DeviceAborted),
    *(WrongChecksum, ProtocolFault),
)
LOG = ["I (1) a", "E (2) \x1b[2Jb"]
SHOWN = "\nLast log lines:\n  I (1) a\n  E (2) \\x1b[2Jb"


def test_there_are_two_families_and_nothing_between_them() -> None:
    assert all(issubclass(kind, BenchError) for kind in OF_THE_BENCH)
    assert all(issubclass(kind, DeviceFault) for kind in OF_THE_DEVICE)
    assert not any(issubclass(kind, DeviceFault) for kind in OF_THE_BENCH)
    assert not any(issubclass(kind, BenchError) for kind in OF_THE_DEVICE)


@pytest.mark.parametrize(
    ("kind", "arguments", "text", "facts"),
    [
        (BenchError, ("No port.",), "No port.", {"what": "No port.", "remedy": ""}),
        (
            BenchError,
            ("No port.", "Plug it in."),
            "No port. Plug it in.",
            {"what": "No port.", "remedy": "Plug it in."},
        ),
        (
            ConnectionLost,
            ("COM3", "it ended", "Look."),
            "The connection to COM3 was lost: it ended. Look.",
            {"where": "COM3", "why": "it ended", "remedy": "Look."},
        ),
        (ConnectionLost, ("COM3", "it ended"), "The connection to COM3 was lost: it ended.", {}),
        (
            PortMissing,
            ("COM3", "it is gone", "Look."),
            "Port COM3 cannot be used: it is gone. Look.",
            {"port": "COM3", "why": "it is gone", "remedy": "Look."},
        ),
        (PortMissing, ("COM3", "it is gone"), "Port COM3 cannot be used: it is gone.", {}),
        (
            ToolMissing,
            ("ninja", "to build", "Install it."),
            "ninja is needed to build and was not found. Install it.",
            {"tool": "ninja", "needed_for": "to build", "remedy": "Install it."},
        ),
        (ToolMissing, ("ninja", "to build"), "ninja is needed to build and was not found.", {}),
        (
            BuildFailed,
            ("host", "ninja all", "  a.c:1: error\n\n"),
            "The firmware for host did not build: ninja all\n  a.c:1: error",
            {"target": "host", "command": "ninja all", "output": "  a.c:1: error\n\n"},
        ),
        (
            DeviceDied,
            ("the emulator", "was killed", "booting", "oops\x1b[2J\n"),
            "the emulator was killed while booting.\nIts last output:\noops\\x1b[2J",
            {
                "device": "the emulator",
                "how": "was killed",
                "doing": "booting",
                "output": "oops\x1b[2J\n",
            },
        ),
        (
            DeviceDied,
            ("the emulator", "was killed", "", " \n"),
            "the emulator was killed.",
            {"doing": ""},
        ),
        (DeviceDied, ("the emulator", "was killed"), "the emulator was killed.", {"output": ""}),
        (
            NodeError,
            (-1, "ESP_FAIL", "flash \x00 full", "commit"),
            "commit: ESP_FAIL (0xffffffff), flash \\x00 full",
            {"code": -1, "name": "ESP_FAIL", "detail": "flash \x00 full", "command": "commit"},
        ),
        (
            NodeError,
            (258, "ESP_ERR_INVALID_ARG"),
            "ESP_ERR_INVALID_ARG (0x102)",
            {"code": 258, "detail": "", "command": ""},
        ),
        (
            NodeSilent,
            ("waiting", 1.25, LOG),
            "The node gave no answer in 1.2 s while waiting; the connection is open." + SHOWN,
            {"doing": "waiting", "waited_s": 1.25, "log": tuple(LOG)},
        ),
        (
            NodeCrashed,
            ("PANIC", "waiting", LOG),
            "The node reset by itself (reason: PANIC) while waiting." + SHOWN,
            {"reason": "PANIC", "doing": "waiting", "log": tuple(LOG)},
        ),
        (
            NodeCrashed,
            ("PANIC",),
            "The node reset by itself (reason: PANIC).",
            {"doing": "", "log": ()},
        ),
        (
            BootNotSeen,
            ("a reset", 2.0, "it said nothing", LOG),
            "No boot report with a new nonce came in 2.0 s after a reset; it said nothing." + SHOWN,
            {"asked": "a reset", "waited_s": 2.0, "seen": "it said nothing", "log": tuple(LOG)},
        ),
        (
            DeviceAborted,
            ("the node", "ended with a report", "booting", "16 bytes leaked \n"),
            "the node ended with a report while booting.\nReport:\n16 bytes leaked",
            {
                "device": "the node",
                "how": "ended with a report",
                "doing": "booting",
                "report": "16 bytes leaked \n",
            },
        ),
        (
            DeviceAborted,
            ("the node", "ended with a report"),
            "the node ended with a report.",
            {"doing": "", "report": ""},
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_an_error_says_its_facts_and_keeps_them(
    kind: type[Exception], arguments: tuple[Any, ...], text: str, facts: dict[str, object]
) -> None:
    error = kind(*arguments)
    assert str(error) == text
    assert {name: getattr(error, name) for name in facts} == facts
