"""pytest-embedded's objects, made once a session by pytest-embedded's own builders.

pytest-embedded makes them anew for every test, which costs a reset and some 0.4 s each time. Here
they live as long as the session; the fixtures of the same names hand them out.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
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
from pytest_embedded import dut_factory
from pytest_embedded import plugin as embedded_plugin
from pytest_embedded.log import MessageQueueManager
from pytest_embedded.utils import SERVICE_LIB_NAMES, ClassCliOptions, Meta

from harness.build import Firmware
from harness.device import orphans
from harness.errors import BenchError, ToolMissing
from harness.interrupt import children_ignore_ctrl_c
from harness.plugin import echo
from harness.plugin.options import Choice
from harness.plugin.process import worker_id
from harness.plugin.with_parent import end_with_parent

# What these are by default in pytest-embedded, where that is not None.
_DEFAULTS = {"esp_flash_force": False, "build_dir": "build"}
_DRAIN_S = 20.0  # the listener is a process, and takes a moment to start
_DRAIN_PAUSE_S = 0.002
_LONGEST_TMPDIR = 70  # bytes; a Unix socket's path takes some 100, the rest of it 30
_MADE_HERE = {
    "_services",
    "dut_index",
    "_pexpect_logfile",
    "test_case_name",
    "pexpect_proc",
    "msg_queue",
    "_meta",
    "kwargs",
}


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
        manager: MessageQueueManager | None = None,
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

    def _make_manager(self) -> MessageQueueManager:
        # A forked process would keep the pipes of a worker open that has died, and pytest-xdist
        # waits for their end.
        context = multiprocessing.get_context("spawn")
        # The folder of its socket is this process's, which may be killed.
        orphans.watch_folder(multiprocessing.util.get_temp_dir())
        manager = MessageQueueManager(address=_manager_address(), ctx=context)
        manager.start(end_with_parent)
        self._closers.callback(manager.shutdown)
        # DutFactory.create, for tests that want a second device, looks here.
        embedded_plugin._MP_MANAGER = manager
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
        self._logfile = logdir / f"{name}{config.option.logfile_extension}"
        logfile = str(self._logfile)
        self.msg_queue = self.manager.MessageQueue()
        self.stdout_lock = dut_factory._ctx.Lock()
        timestamps = embedded_plugin._str_bool(config.option.with_timestamp)
        self.listener = dut_factory._ctx.Process(
            target=echo.listen,
            args=(self.msg_queue, logfile, timestamps, index, choice.count, self.stdout_lock),
        )
        # The listener prints what it hears. That is for a person who watches, with -s.
        quiet = _no_output() if config.option.capture != "no" else contextlib.nullcontext()
        with quiet, children_ignore_ctrl_c():
            log = dut_factory._pexpect_fr_gn(logfile, self.listener)
        self._closers.callback(log.close)
        self._closers.callback(self.listener.kill)
        self.pexpect_proc = dut_factory.pexpect_proc_fn(log)

        self.meta = Meta(str(logdir), {}, {}, config.option.logfile_extension)
        self.values = _option_values(config)
        self.values |= {
            "_services": _services(config.option.embedded_services),
            "_meta": self.meta,
            "test_case_name": choice.label,
        }
        dut_factory.set_parametrized_fixtures_cache(self.values)
        self.options: ClassCliOptions = dut_factory._fixture_classes_and_options_fn(
            **self.values,
            dut_index=index,
            _pexpect_logfile=logfile,
            pexpect_proc=self.pexpect_proc,
            msg_queue=self.msg_queue,
        )
        choice.target.configure_embedded(self.options, firmware)
        self._make_device()

    def _make_device(self) -> None:
        options = self.options
        self.app = dut_factory.app_fn(options)
        self.openocd = self._closed_at_end(dut_factory.openocd_gn(options))
        self.gdb = self._closed_at_end(dut_factory.gdb_gn(options))
        self.serial = self._closed_at_end(self._make_serial())
        self.qemu = self._closed_at_end(dut_factory.qemu_gn(options, self.app))
        self.espemu = self._closed_at_end(dut_factory.espemu_gn(options, self.app))
        self.wokwi = self._closed_at_end(dut_factory.wokwi_gn(options, self.app))
        self.dut = self._closed_at_end(
            dut_factory.dut_gn(
                options,
                self.openocd,
                self.gdb,
                self.app,
                self.serial,
                self.qemu,
                self.wokwi,
                self.espemu,
            )
        )

    def _make_serial(self) -> Any:
        """By pytest-embedded, which for ESP-IDF's linux target looks at the app and takes a class
        of its own, whatever it was told: so it does not see the app."""
        arguments = self.options.kwargs.get("serial", {})
        if "app" in arguments:
            arguments["app"] = self.app
        return dut_factory.serial_gn(self.options, self.msg_queue, None)

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
        while self._logfile.stat().st_size < self._put_bytes and not self.log_is_lost:
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
            self._closers.callback(dut_factory._close_or_terminate, part)
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
    wanted = inspect.signature(dut_factory._fixture_classes_and_options_fn).parameters
    values = {}
    for name in wanted:
        if name not in _MADE_HERE:
            value = config.getoption(name, None)
            values[name] = embedded_plugin._str_bool(value) or _DEFAULTS.get(name)
    return values


def _services(names: str) -> list[str]:
    """The services as pytest-embedded lists them.

    Raises: BenchError for an unknown one, ToolMissing for one whose package is not installed.
    """
    services = [name.strip() for name in names.split(",") if name.strip()]
    for name in services:
        package = SERVICE_LIB_NAMES.get(name)
        if package is None:
            known = ", ".join(sorted(SERVICE_LIB_NAMES))
            raise BenchError(f"--embedded-services names no service {name!r}.", f"Known: {known}.")
        if not _is_installed(package):
            raise ToolMissing(package, f"for service {name}", f"Type: pip install {package}")
    return ["base", *services]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package.replace("-", "_")) is not None
