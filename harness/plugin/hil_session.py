"""The session: one firmware, its devices and nodes, one journal."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from harness.build import Firmware
from harness.errors import BenchError, DeviceFault
from harness.node.chip_crash import decode_crash
from harness.node.node import Node
from harness.node.structs import BootReport
from harness.plugin.application import application_of
from harness.plugin.blame import HostFault, each_error
from harness.plugin.bring_up import check_layout, factory_reset, wipe
from harness.plugin.dut_session import DutSession, ListenedSession
from harness.plugin.embedded import EmbeddedParts
from harness.plugin.options import Choice
from harness.plugin.terminal_output import TerminalOutput
from harness.plugin.workers import worker_id
from harness.report import Journal, ReportFolder

HIL_SESSION = pytest.StashKey["HilSession"]()


class HilSession:
    """Everything that lives as long as the session. `problem` is the error that keeps tests from
    running."""

    def __init__(self, config: pytest.Config, choice: Choice, folder: ReportFolder) -> None:
        self.choice = choice
        self.folder = folder
        self.journal = Journal(folder.metrics, worker_id(config))
        self.problem: BenchError | DeviceFault | None = None
        self.host_problem: BenchError | None = None  # this machine failed outside of any test
        self.firmware: Firmware | None = None
        self.was_used = False  # whether the running test has used a device
        self._found_in_test = False  # whether the running test has found a fault of the device
        self._known_wrong = False  # whether a test has found a fault that the next test may meet
        self.arena_bytes = 0  # scratch memory of the node's agent
        self.application = application_of(config)
        self.terminal = TerminalOutput(config)
        self._config = config
        self._attached: list[DutSession] = []

    @property
    def attached(self) -> list[DutSession]:
        """The devices of the session. Raises the error that kept them from starting."""
        self.was_used = True
        if not self._attached:
            self.prepare()  # a test may ask for a device only while it runs
        if self.problem is not None:
            raise self.problem
        return self._attached

    @property
    def node(self) -> Node:
        """The first node. Raises as `attached`."""
        return self.attached[0].node

    @property
    def embedded(self) -> EmbeddedParts:
        """pytest-embedded's objects of the first device. Raises as `attached`."""
        return self.attached[0].parts

    @property
    def parts(self) -> EmbeddedParts | None:
        """The same, None when no device has been started. Raises nothing."""
        return self._attached[0].parts if self._attached else None

    # ---- the session's beginning and end ----------------------------------------------------

    def prepare(self) -> None:
        """Builds, starts, awaits the boot report and compares the layout, once. An error is kept in
        `problem`."""
        if self.problem is not None or self._attached:
            return
        try:
            self._build()
            self.application.begin(self.choice.capabilities)
            for index in range(self.choice.count):
                self._start(index)
            self._meet()
        except (BenchError, DeviceFault) as problem:
            self.problem = problem
        except Exception as error:  # noqa: BLE001 - any other error: no device was judged
            self.problem = self._host_fault("The session could not be prepared", error)
        finally:
            self.terminal.clear()

    def build_ahead(self) -> None:
        """Builds the image for the workers of pytest-xdist, which report an error themselves."""
        try:
            self._build()
        except Exception as error:  # noqa: BLE001 - each worker gets the same error
            self.journal.record("build_ahead", failed=True, message=str(error))
        finally:
            self.terminal.clear()

    def end(self, error: BaseException) -> None:
        """Says that no test can run any more."""
        if self.problem is None and isinstance(error, BenchError | DeviceFault):
            self.problem = error

    def host_failed(self, doing: str, error: Exception) -> None:
        """Says that this machine has failed outside of any test."""
        self.host_problem = self.host_problem or self._host_fault(doing, error)

    def look_at_report(self) -> BenchError | None:
        """How this machine has failed the session so far: the journal or a console log cannot be
        written, or `host_failed` was called. None when it has not."""
        unwritten = [(self.journal.path, self.journal.problem)]
        unwritten += [(one.console_path, one.console_problem) for one in self._attached]
        for path, error in unwritten:
            if error is not None and self.host_problem is None:
                self.host_problem = HostFault(f"The report cannot be written to {path}", error)
        return self.host_problem

    def _host_fault(self, doing: str, error: Exception) -> HostFault:
        trace = "".join(traceback.format_exception(error))
        self.journal.record("host_fault", test="", message=f"{doing}: {error}", traceback=trace)
        return HostFault(doing, error)

    def close(self) -> None:
        """Ends and closes the devices, if there are any."""
        for attached in reversed(self._attached):
            for kind, fields in self.application.records(attached.node):
                self.journal.record(kind, node=attached.number, **fields)
            for end in (attached.stop, attached.close):
                try:
                    end()
                except DeviceFault as fault:
                    # A sanitizer finds a leak when the process ends, after the last test.
                    self.journal.record("fault", test="", message=str(fault))
                except (BenchError, OSError) as error:
                    # Every test has been judged, so this changes no verdict.
                    self.journal.record("teardown", test="", message=str(error))
        self.application.end()

    def _build(self) -> None:
        with self._step("build") as step:
            self.terminal.say(f"building {self.choice.label}")
            request = dataclasses.replace(self.choice.build_request, say=self.terminal.say)
            try:
                self.firmware = self.choice.target.recipe.build(request, self.terminal.progress)
            except OSError as error:
                raise HostFault(
                    f"The firmware cannot be built in {request.build_dir}",
                    error,
                    "Name another folder with --build-dir.",
                ) from error
            state = "built" if self.firmware.was_built else "up to date"
            step["detail"] = f"{state}, image {self.firmware.elf_sha256[:16]}…"

    def _start(self, index: int) -> None:
        assert self.firmware is not None
        name = self.choice.label if self.choice.count == 1 else f"node {index + 1}"
        with self._step("start" if self.choice.count == 1 else f"start {name}") as step:
            self.terminal.say(f"starting {name}")
            manager = self._attached[0].parts.manager if self._attached else None
            parts = EmbeddedParts(
                self._config, self.choice, self.firmware, self.folder.path, index, manager
            )
            kind = DutSession if self.application.has_agent else ListenedSession
            console = self.folder.console(worker_id(self._config), index)
            one = kind(index, parts, console, self.application)
            self._attached.append(one)
            step["detail"] = one.bring_up(self.firmware, self.terminal)
            self.record_boot(one)

    def _meet(self) -> None:
        if not self.application.has_agent:
            return
        node = self._attached[0].node
        self.arena_bytes = node.hello().arena_bytes
        with self._step("layout") as step:
            count = check_layout(self.application.layouts(), node.layout())
            step["detail"] = f"{count} structs lie in memory as the schema says"
        option = self._config.option
        if not (option.as_found or self.application.takes_as_found(self._config)):
            self._factory_reset()
        if len(self._attached) > 1:
            with self._step("node ids") as step:
                take = self.application.take_number
                ids = [take(attached.node, attached.number) for attached in self._attached]
                step["detail"] = ", ".join(ids)

    def _factory_reset(self) -> None:
        with self._step("factory state") as step:
            found = [factory_reset(attached.node, self.application) for attached in self._attached]
            step["detail"] = f"wiped: {'; '.join(filter(None, found))}" if any(found) else "clean"
            for attached in self._attached:
                self.record_boot(attached)

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
    def log_seen(self) -> list[int]:
        """Log lines of each node so far."""
        return [attached.node.log_seen for attached in self._attached]

    def log_since(self, begin: Sequence[int], most: int) -> list[str]:
        """The log lines of each node from the numbers in `begin` on, the last `most` of them. With
        several nodes each line says which node printed it."""
        lines = []
        for attached in self._attached:
            start = begin[attached.index] if attached.index < len(begin) else 0
            whose = f"[node {attached.number}] " if len(self._attached) > 1 else ""
            lines += [f"{whose}{line}" for line in attached.log_since(start, most)]
        return lines

    def decoded_backtrace(self, log: list[str]) -> str:
        """The last panic in `log` with functions and lines; empty when there is none."""
        if self.firmware is None:
            return ""
        tools = self.choice.target.toolchain
        return decode_crash(log, self.firmware.elf, tools, keep=self.folder.path)

    # ---- around each test -------------------------------------------------------------------

    def ready(self) -> Node:
        """The first node in its known state; see `ready_all`."""
        node = self.attached[0].ready(self._restarted)
        self._known_wrong = False
        return node

    def ready_all(self) -> list[Node]:
        """Every node in its known state."""
        nodes = [attached.ready(self._restarted) for attached in self.attached]
        self._known_wrong = False
        return nodes

    def begin_test(self, name: str) -> None:
        """The test `name` begins."""
        self.journal.test = name
        self.was_used = self._found_in_test = False

    def note_fault(self, error: BaseException | None) -> None:
        """Remembers the error with which a phase of a test ended, if it blames the device."""
        if any(isinstance(each, DeviceFault) for each in each_error(error)):
            self._found_in_test = self._known_wrong = True

    def look_again(self) -> None:
        """Called after a test's last fixture: raises what has gone wrong with a node.

        A test that has found a fault is not asked again: its node is restarted before the next.
        """
        if self.problem is None and not self._found_in_test:
            for attached in self._attached:
                attached.look()

    @property
    def log_is_lost(self) -> bool:
        """Whether a process that writes pytest-embedded's log has ended."""
        return any(attached.parts.log_is_lost for attached in self._attached)

    def _restarted(self, attached: DutSession, fault: DeviceFault) -> None:
        """A node was found wrong as a test began; the test before it may have found that too."""
        if not self._known_wrong:
            message = f"Between two tests: {fault}"
            self.journal.record("fault", test="", message=message, **_whose(attached))
        self.record_boot(attached)

    def clean(self) -> None:
        """After a test about booting: brings every node to its factory state and restarts it.

        Raises the DeviceFault that it met, once every node is in order again, unless the test has
        found one itself.
        """
        found: DeviceFault | None = None
        for attached in self.attached:
            try:
                wipe(attached.node, self.application)
            except DeviceFault as fault:
                found = found or fault
                attached.restart()
                wipe(attached.node, self.application)
            self.record_boot(attached)
        if found is not None and not self._found_in_test:
            raise found

    def sample(self) -> None:
        """Writes heap, stack and drops of each node into the journal."""
        for attached in self.attached:
            if (values := attached.sample()) is not None:
                self.journal.record("sample", values=values, **_whose(attached))
            self.application.settle(attached.node)

    def record_boot(self, attached: DutSession) -> None:
        """Writes the latest boot report into the journal, once."""
        if (boot := attached.take_boot()) is not None:
            self.journal.record("boot", report=describe_boot(boot), **_whose(attached))


def _whose(attached: DutSession) -> dict[str, int]:
    """The field of a record that names the node; a record of the first node has none."""
    return {"node": attached.number} if attached.index else {}


def describe_boot(boot: BootReport) -> dict[str, Any]:
    """All fields of the report, in a form that a person can read."""
    facts: dict[str, Any] = {}
    for field in dataclasses.fields(boot):
        value = getattr(boot, field.name)
        if field.name == "partitions":
            value = [f"{p.name} 0x{p.offset:x}+0x{p.size:x}" for p in value[: boot.n_partitions]]
        elif field.name.endswith(("_nonce", "_crc")):
            value = f"0x{value:08x}"
        elif field.name == "reset_reason":
            value = boot.reset_reason_name
        elif field.name == "n_partitions":
            continue
        facts[field.name] = value.name if hasattr(value, "name") else value
    return facts
