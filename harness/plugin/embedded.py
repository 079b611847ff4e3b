"""pytest-embedded's objects, made once a session by pytest-embedded's own builders.

pytest-embedded makes them anew for every test, which costs a reset and some 0.4 s each time. Here
they live as long as the session; the fixtures of the same names hand them out.
"""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import multiprocessing.util
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import embedded_internals
from harness.build import Firmware
from harness.device import orphans
from harness.embedded_internals import EmbeddedOptions
from harness.errors import BenchError, ToolMissing
from harness.interrupt import children_ignore_ctrl_c
from harness.plugin import echo
from harness.plugin.options import Choice
from harness.plugin.with_parent import end_with_parent
from harness.plugin.workers import worker_id

# What these are by default in pytest-embedded, where that is not None.
_DEFAULTS = {"esp_flash_force": False, "build_dir": "build"}
_DRAIN_S = 20.0  # the listener is a process, and takes a moment to start
_DRAIN_PAUSE_S = 0.002
_LONGEST_TMPDIR = 70  # bytes; a Unix socket's path takes some 100, the rest of it 30
# A forked process would keep the pipes of a worker open that has died, and pytest-xdist waits for
# their end.
_SPAWN = multiprocessing.get_context("spawn")


class LogLost(BenchError):
    """pytest-embedded's log of the device is not written any more, so `dut` sees nothing."""

    def __init__(self) -> None:
        super().__init__("The process that keeps pytest-embedded's log was ended from outside.")


class EmbeddedParts:
    """msg_queue, listener, pexpect_proc, app, serial, qemu, dut: one of each."""

    def __init__(
        self,
        config: pytest.Config,
        choice: Choice,
        firmware: Firmware,
        folder: Path,
        index: int = 0,
        manager: Any = None,
    ) -> None:
        """`index` counts the devices of a session; those after the first share its `manager`."""
        self._closers = contextlib.ExitStack()
        self._put_bytes = 0
        self._log_is_lost = False
        others = set(multiprocessing.active_children())
        try:
            self.manager = manager or self._make_manager()
            self._make(config, choice, firmware, folder, index)
        except BaseException:
            self.close()
            # One that was being started when the session was ended is in nobody's care yet, and
            # Python waits for it before it lets this process go.
            for child in set(multiprocessing.active_children()) - others:
                child.kill()
            raise

    def _make_manager(self) -> Any:
        # The folder of its socket is this process's, which may be killed.
        orphans.watch_folder(multiprocessing.util.get_temp_dir())
        manager = embedded_internals.start_manager(_manager_address(), _SPAWN, end_with_parent)
        self._closers.callback(manager.shutdown)
        return manager

    def _make(
        self,
        config: pytest.Config,
        choice: Choice,
        firmware: Firmware,
        folder: Path,
        index: int,
    ) -> None:
        logdir = folder / "dut" / worker_id(config)
        logdir.mkdir(parents=True, exist_ok=True)
        name = f"dut-{index}" if choice.count > 1 else "dut"  # as pytest-embedded calls them
        self._log_path = logdir / f"{name}{config.option.logfile_extension}"
        logfile = str(self._log_path)
        self.msg_queue = self.manager.MessageQueue()
        self.stdout_lock = _SPAWN.Lock()
        timestamps = embedded_internals.option_value(config.option.with_timestamp)
        self.listener = _SPAWN.Process(
            target=echo.listen,
            args=(self.msg_queue, logfile, timestamps, index, choice.count, self.stdout_lock),
        )
        self._log_path.touch()
        # The listener prints what it hears. That is for a person who watches, with -s.
        quiet = _no_output() if config.option.capture != "no" else contextlib.nullcontext()
        with quiet, children_ignore_ctrl_c():
            self.listener.start()
        log = self._closers.enter_context(self._log_path.open("rb"))
        self._closers.callback(self.listener.kill)
        self.pexpect_proc = embedded_internals.expect_in(log)
        self.meta = embedded_internals.make_meta(str(logdir), config.option.logfile_extension)
        self.values = {
            **_option_values(config),
            "_services": _services(config.option.embedded_services),
            "_meta": self.meta,
            "test_case_name": choice.label,
        }
        self.options = EmbeddedOptions(
            self.values,
            dut_index=index,
            _pexpect_logfile=logfile,
            pexpect_proc=self.pexpect_proc,
            msg_queue=self.msg_queue,
        )
        choice.target.configure_embedded(self.options, firmware)
        self._make_device()

    def _make_device(self) -> None:
        make, options = embedded_internals, self.options.raw
        self.app = make.make_app(options)
        self.openocd = self._closed_at_end(make.make_openocd(options))
        self.gdb = self._closed_at_end(make.make_gdb(options))
        self.serial = self._closed_at_end(self._make_serial())
        self.qemu = self._closed_at_end(make.make_qemu(options, self.app))
        self.espemu = self._closed_at_end(make.make_espemu(options, self.app))
        self.wokwi = self._closed_at_end(make.make_wokwi(options, self.app))
        machines = (self.serial, self.qemu, self.wokwi, self.espemu)
        self.dut = self._closed_at_end(
            make.make_dut(options, self.openocd, self.gdb, self.app, *machines)
        )

    def _make_serial(self) -> Any:
        """By pytest-embedded, which for ESP-IDF's linux target looks at the app and takes a class
        of its own, whatever it was told: so it does not see the app."""
        arguments = self.options.arguments("serial")
        if "app" in arguments:
            arguments["app"] = self.app
        return embedded_internals.make_serial(self.options.raw, self.msg_queue, None)

    @property
    def device(self) -> Any:
        """Whatever plays the device."""
        return next(part for part in (self.qemu, self.serial, self.espemu) if part is not None)

    def put(self, data: bytes) -> None:
        """What the device says, for pytest-embedded's log and for `dut.expect`."""
        if self._log_is_lost:
            return
        try:
            self.msg_queue.put(data)
        except (EOFError, OSError):
            # The node is heard all the same; only what asks for this log has to do without.
            self._log_is_lost = True
        else:
            self._put_bytes += len(data)

    def drain(self) -> None:
        """Waits until the listener has written down everything that was put."""
        deadline = time.monotonic() + _DRAIN_S
        while self._log_path.stat().st_size < self._put_bytes and not self.log_is_lost:
            if time.monotonic() > deadline:
                return
            time.sleep(_DRAIN_PAUSE_S)

    @property
    def log_is_lost(self) -> bool:
        """Whether the process that writes the log is gone, or the one that hands it over."""
        return self._log_is_lost or not self.listener.is_alive()

    def forget_output(self) -> None:
        """`dut.expect` sees nothing of what was said so far. Raises LogLost."""
        self.drain()
        if self.log_is_lost:
            raise LogLost
        os.lseek(self.pexpect_proc.child_fd, 0, os.SEEK_END)
        self.pexpect_proc.buffer = self.pexpect_proc.string_type()

    def close(self) -> None:
        """Ends the device and the log's listener."""
        self._closers.close()

    def _closed_at_end(self, part: Any) -> Any:
        if part is not None:
            self._closers.callback(embedded_internals.end_part, part)
        return part


def _manager_address() -> tuple[str, int] | None:
    """A port of this machine where the usual socket's path would be longer than such a path can be;
    either asks for the session's own key."""
    folder = tempfile.gettempdir()
    return ("127.0.0.1", 0) if len(os.fsencode(folder)) > _LONGEST_TMPDIR else None


@contextlib.contextmanager
def _no_output() -> Iterator[None]:
    """A process that is started inside has no standard output, and no standard error."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere, kept = os.open(os.devnull, os.O_WRONLY), (os.dup(1), os.dup(2))
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        for number, stream in enumerate(kept, start=1):
            os.dup2(stream, number)
            os.close(stream)
        os.close(nowhere)


def _option_values(config: pytest.Config) -> dict[str, Any]:
    """Every option that pytest-embedded's builders take, as the command line gave it."""
    values = {}
    for name in embedded_internals.option_names():
        value = embedded_internals.option_value(config.getoption(name, None))
        values[name] = value or _DEFAULTS.get(name)
    return values


def _services(names: str) -> list[str]:
    """The services as pytest-embedded lists them.

    Raises: BenchError for an unknown one, ToolMissing for one whose package is not installed.
    """
    services = [name.strip() for name in names.split(",") if name.strip()]
    for name in services:
        package = embedded_internals.service_packages.get(name)
        if package is None:
            known = ", ".join(sorted(embedded_internals.service_packages))
            raise BenchError(f"--embedded-services names no service {name!r}.", f"Known: {known}.")
        if not _is_installed(package):
            raise ToolMissing(package, f"for service {name}", f"Type: pip install {package}")
    return ["base", *services]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package.replace("-", "_")) is not None
