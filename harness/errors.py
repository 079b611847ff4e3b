"""Errors say whose fault they are. There are two families:

* `BenchError`: port, cable, tool, host. The device was not judged; the verdict is BENCH.
* `DeviceFault`: the device is wrong. The verdict is FAIL.

Every error carries its facts as attributes and says them in one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.visible import visible


class BenchError(Exception):
    """A fault of the bench. `what` is one sentence, `remedy` what a person can do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what} {remedy}".rstrip())
        self.what = what
        self.remedy = remedy


class ConnectionLost(BenchError):
    """The byte stream to the node has ended, or its port has vanished and did not come back."""

    def __init__(self, where: str, why: str, remedy: str = "") -> None:
        super().__init__(f"The connection to {where} was lost: {why}.", remedy)
        self.where, self.why = where, why


class PortMissing(BenchError):
    """The port is not there or cannot be opened."""

    def __init__(self, port: str, why: str, remedy: str = "") -> None:
        super().__init__(f"Port {port} cannot be used: {why}.", remedy)
        self.port, self.why = port, why


class ToolMissing(BenchError):
    """A program or package that is needed is not installed."""

    def __init__(self, tool: str, needed_for: str, remedy: str = "") -> None:
        super().__init__(f"{tool} is needed {needed_for} and was not found.", remedy)
        self.tool, self.needed_for = tool, needed_for


class BuildFailed(BenchError):
    """The firmware did not build; `output` is the compiler's own message."""

    def __init__(self, target: str, command: str, output: str) -> None:
        super().__init__(f"The firmware for {target} did not build: {command}\n{output.rstrip()}")
        self.target, self.command, self.output = target, command, output


class DeviceDied(BenchError):
    """The process that plays the device (an emulator, the native node) was ended from outside."""

    def __init__(self, device: str, how: str, doing: str = "", output: str = "") -> None:
        what = f"{device} {how}" + (f" while {doing}." if doing else ".")
        super().__init__(what + _block("Its last output:", output))
        self.device, self.how, self.doing, self.output = device, how, doing, output


class DeviceFault(Exception):
    """The device is wrong."""


class NodeError(DeviceFault):
    """The node answered a request with an `esp_err_t` other than ESP_OK.

    `code` is the signed esp_err_t, `name` its name, `detail` the node's own text (may be empty).
    """

    def __init__(self, code: int, name: str, detail: str = "", command: str = "") -> None:
        super().__init__(
            (f"{command}: " if command else "")
            + f"{name} (0x{code & 0xFFFFFFFF:x})"
            + (f", {visible(detail)}" if detail else "")
        )
        self.code, self.name, self.detail, self.command = code, name, detail, command


class NodeSilent(DeviceFault):
    """The connection is open and the node does not answer."""

    def __init__(self, doing: str, waited_s: float, log: Sequence[str] = ()) -> None:
        super().__init__(
            f"The node gave no answer in {waited_s:.1f} s while {doing}; the connection is open."
            + _log_block(log)
        )
        self.doing, self.waited_s, self.log = doing, waited_s, tuple(log)


class NodeCrashed(DeviceFault):
    """A boot report came that nobody had asked for. `reason` is the reset reason's name."""

    def __init__(self, reason: str, doing: str = "", log: Sequence[str] = ()) -> None:
        super().__init__(
            f"The node reset by itself (reason: {reason})"
            + (f" while {doing}." if doing else ".")
            + _log_block(log)
        )
        self.reason, self.doing, self.log = reason, doing, tuple(log)


class BootNotSeen(DeviceFault):
    """A reset was asked for, and no boot report with a new nonce came."""

    def __init__(self, asked: str, waited_s: float, seen: str, log: Sequence[str] = ()) -> None:
        super().__init__(
            f"No boot report with a new nonce came in {waited_s:.1f} s after {asked}; {seen}."
            + _log_block(log)
        )
        self.asked, self.waited_s, self.seen, self.log = asked, waited_s, seen, tuple(log)


class NotBroughtBack(BootNotSeen):
    """A faulty node was restarted by a power cycle and did not come back."""


class DeviceAborted(DeviceFault):
    """The firmware itself ended the process that runs it: a sanitizer's report, a fatal signal."""

    def __init__(self, device: str, how: str, doing: str = "", report: str = "") -> None:
        what = f"{device} {how}" + (f" while {doing}." if doing else ".")
        super().__init__(what + _block("Report:", report))
        self.device, self.how, self.doing, self.report = device, how, doing, report


class WrongChecksum(DeviceFault):
    """Every line of the node has the form of the protocol and a CRC of another kind."""


class ProtocolFault(DeviceFault):
    """The node's answer has the right CRC but does not match the schema of the protocol."""


def _block(title: str, text: str) -> str:
    return f"\n{title}\n{visible(text).rstrip()}" if text.strip() else ""


def _log_block(log: Sequence[str]) -> str:
    return _block("Last log lines:", "\n".join(f"  {line}" for line in log))
