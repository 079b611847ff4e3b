"""The session: one firmware, one device, one node, one journal."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

from harness.build import Firmware
from harness.errors import BenchError, DeviceFault
from harness.node.chip_crash import decode_crash
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin import steps
from harness.plugin.bring_up import bring_up
from harness.plugin.log_text import LogText
from harness.plugin.options import Choice
from harness.plugin.speaker import Speaker
from harness.report import Journal, ReportFolder

if TYPE_CHECKING:
    from harness.plugin.embedded import EmbeddedParts

BENCH = pytest.StashKey["Bench"]()

# Read from the node's status after each test.
_SAMPLED = ("heap_free", "heap_min_free", "stack_free_main", "stack_free_temporal", "queue_drops")


class Bench:
    """Everything that lives as long as the session. `problem` is what keeps tests from running."""

    def __init__(
        self,
        choice: Choice,
        folder: ReportFolder,
        config: pytest.Config,
        speaker: Speaker,
        worker: str = "",
    ) -> None:
        self.choice = choice
        self.folder = folder
        self.journal = Journal(folder.metrics)
        self.problem: BenchError | DeviceFault | None = None
        self.firmware: Firmware | None = None
        self.parts: EmbeddedParts | None = None
        self.arena_bytes = 0  # scratch memory of the node's agent
        self._config = config
        self.speaker = speaker
        self._worker = worker
        self._node: Node | None = None
        self._console: BinaryIO | None = None
        self._nonce_recorded = -1

    @property
    def node(self) -> Node:
        """The node. Raises what kept it from coming up."""
        if self.problem is not None:
            raise self.problem
        if self._node is None:
            raise RuntimeError("the session has not been prepared")
        return self._node

    @property
    def embedded(self) -> EmbeddedParts:
        """pytest-embedded's objects. Raises what kept them from being made."""
        if self.problem is not None:
            raise self.problem
        if self.parts is None:
            raise RuntimeError("the session has not been prepared")
        return self.parts

    # ---- the session's beginning and end ----------------------------------------------------

    def prepare(self) -> None:
        """Build, start, boot report, layout. What goes wrong is kept in `problem`."""
        if self.problem is not None:
            return
        try:
            self._build()
            self._start()
            self._meet()
        except (BenchError, DeviceFault) as problem:
            self.problem = problem
        finally:
            self.speaker.clear()

    def end(self, error: BaseException) -> None:
        """No test can run any more."""
        if self.problem is None and isinstance(error, BenchError | DeviceFault):
            self.problem = error

    def close(self) -> None:
        """Lets go of the device. Harmless when there is none."""
        if self.parts is not None:
            try:
                self.parts.device.stop()
            except DeviceFault as fault:
                # A leak that a sanitizer found when the node ended belongs to no test.
                self.journal.record("fault", message=str(fault))
            self.parts.drain()
            self.parts.close()
        if self._console is not None:
            self._console.close()

    def _build(self) -> None:
        with self._step("build") as step:
            self.speaker.say(f"building {self.choice.label}")
            request = self.choice.build_request
            self.firmware = self.choice.target.recipe.build(request, self.speaker.progress)
            state = "built" if self.firmware.was_built else "up to date"
            step["detail"] = f"{state}, image {self.firmware.elf_sha256[:16]}…"

    def _start(self) -> None:
        from harness.plugin.embedded import EmbeddedParts

        assert self.firmware is not None
        with self._step("start") as step:
            self.speaker.say(f"starting {self.choice.label}")
            self.parts = EmbeddedParts(self._config, self.choice, self.firmware, self.folder.path)
            self._node = node = Node(self.parts.device.connection)
            self._console = self.folder.console(self._worker).open("ab", buffering=0)
            node.tap(self._to_console_log)
            node.tap(LogText(self.parts.put).feed)
            node.connection.open()
            boot = bring_up(node, self.parts.device, self.firmware, self.speaker)
            step["detail"] = f"nonce {boot.boot_nonce:08x}, reset reason {boot.reset_reason_name}"
            self.record_boot()

    def _meet(self) -> None:
        assert self._node is not None
        self.arena_bytes = self._node.hello().arena_bytes
        with self._step("layout") as step:
            count = steps.check_layout(self._node.layout())
            step["detail"] = f"{count} structs lie in memory as the schema says"

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[dict[str, str]]:
        begun = time.monotonic()
        facts = {"detail": ""}
        try:
            yield facts
        except Exception as error:
            facts["detail"] = f"failed: {error}"
            raise
        finally:
            self.journal.record("step", name=name, seconds=time.monotonic() - begun, **facts)

    # ---- what the node said ------------------------------------------------------------------

    @property
    def log_seen(self) -> int:
        """Log lines so far."""
        return self._node.log_seen if self._node is not None else 0

    def log_since(self, begin: int, most: int) -> list[str]:
        """The log lines from number `begin` on, the last `most` of them."""
        if self._node is None:
            return []
        count = min(self._node.log_seen - begin, most)
        return [line.text for line in self._node.log[-count:]] if count > 0 else []

    def decoded_backtrace(self, log: list[str]) -> str:
        """The last panic in `log` with functions and lines; empty when there is none."""
        if self.firmware is None:
            return ""
        return decode_crash(log, self.firmware.elf, self.choice.target.toolchain)

    def _to_console_log(self, data: bytes) -> None:
        if self._console is not None and not self._console.closed:
            self._console.write(data)

    # ---- around each test -------------------------------------------------------------------

    def ready(self) -> Node:
        """The node in its known state. One that went silent is restarted by its power first."""
        node = self.node
        try:
            node.restore()
        except DeviceFault:
            # Whatever did this belongs to the test before; this one gets a fresh node.
            self.restart()
            node.restore()
        return node

    def restart(self) -> None:
        """Takes the device's power away and gives it back."""
        assert self.parts is not None
        self.parts.device.power_cycle()
        self.node.wait_boot(after="a power cycle")
        self.record_boot()

    def clean(self) -> None:
        """After a test about booting: settings, weights and boot as on a new node."""
        node = self.node
        try:
            steps.wipe(node)
        except DeviceFault:
            self.restart()
            steps.wipe(node)
        self.record_boot()

    def sample(self) -> None:
        """Heap, stack and drops into the journal."""
        status = self.node.status()
        self.journal.record("sample", values={name: getattr(status, name) for name in _SAMPLED})

    def record_boot(self) -> None:
        """The latest boot report into the journal, once."""
        if self._node is None or self._node.boot.boot_nonce == self._nonce_recorded:
            return
        boot = self._node.boot
        self._nonce_recorded = boot.boot_nonce
        self.journal.record("boot", report=describe_boot(boot))


def describe_boot(boot: BootReport) -> dict[str, Any]:
    """The report's fields as a person reads them."""
    facts: dict[str, Any] = {}
    for field in dataclasses.fields(boot):
        value = getattr(boot, field.name)
        if field.name == "partitions":
            value = [f"{p.name} 0x{p.offset:x}+0x{p.size:x}" for p in value[: boot.n_partitions]]
        elif field.name in ("boot_nonce", "weights_crc"):
            value = f"0x{value:08x}"
        elif field.name == "reset_reason":
            value = boot.reset_reason_name
        elif field.name in ("reserved", "n_partitions"):
            continue
        facts[field.name] = value.name if hasattr(value, "name") else value
    return facts
