"""Every name of pytest-embedded that it does not offer to others and the bench needs, in one place.

pytest-embedded makes its objects anew for each test and reads consoles by polling. The bench makes
them once a session, with classes of its own among them. `MISSING` says of each name which public
way there is not; a version that has one makes the name unnecessary here.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import IO, Any, Protocol

from harness.errors import BenchError

_REMEDY = "Type: pip install 'pytest-embedded~=2.9'"

try:
    from pytest_embedded import Dut, dut_factory, log, plugin, utils
except ImportError as error:
    raise BenchError(
        f"pytest-embedded {version('pytest-embedded')} is not as the bench needs it: {error}.",
        _REMEDY,
    ) from None

# `module:name`, or `module:Class()._name` for what its constructor sets; behind it the public way
# that is missing.
MISSING: Mapping[str, str] = {
    "pytest_embedded.dut_factory:_listen": "a log whose text is shown on a stream of one's own",
    "pytest_embedded.dut_factory:_stdout": "the same: the stream is a variable of the module",
    "pytest_embedded.dut_factory:_fixture_classes_and_options_fn": (
        "the classes and arguments that follow from the options, to replace some of them"
    ),
    "pytest_embedded.dut_factory:set_parametrized_fixtures_cache": (
        "`DutFactory.create` in a session whose options did not come through fixtures"
    ),
    "pytest_embedded.dut_factory:app_fn": "an `app` that lives longer than a test",
    "pytest_embedded.dut_factory:openocd_gn": "an `openocd` that lives longer than a test",
    "pytest_embedded.dut_factory:gdb_gn": "a `gdb` that lives longer than a test",
    "pytest_embedded.dut_factory:serial_gn": "a `serial` that lives longer than a test",
    "pytest_embedded.dut_factory:qemu_gn": "a `qemu` that lives longer than a test",
    "pytest_embedded.dut_factory:espemu_gn": "an `espemu` that lives longer than a test",
    "pytest_embedded.dut_factory:wokwi_gn": "a `wokwi` that lives longer than a test",
    "pytest_embedded.dut_factory:dut_gn": "a `dut` that lives longer than a test",
    "pytest_embedded.dut_factory:_close_or_terminate": "one way to end any of these objects",
    "pytest_embedded.log:MessageQueueManager": "queues of a process with an address of one's own",
    "pytest_embedded.log:PexpectProcess": "`expect` in a log file that is there already",
    "pytest_embedded.log:DuplicateStdoutPopen": "a base class for services that are processes",
    "pytest_embedded.log:DuplicateStdoutPopen()._fw": "a process that is started later, and again",
    "pytest_embedded.log:DuplicateStdoutPopen()._logfile": "the same: where its errors are kept",
    "pytest_embedded.plugin:_MP_MANAGER": "`DutFactory.create` with queues that are there already",
    "pytest_embedded.plugin:_str_bool": "an option's value as its fixtures read it",
    "pytest_embedded.plugin:_fixture_classes_and_options": "a fixture of this name for a session",
    "pytest_embedded.plugin:_listener": "the same",
    "pytest_embedded.plugin:_meta": "the same",
    "pytest_embedded.plugin:_mp_manager": "the same, and no process in a session without device",
    "pytest_embedded.plugin:_stdout_lock": "the same, and no lock in a session without device",
    "pytest_embedded.plugin:parametrize_fixtures": "the same, and no folder for each test",
    "pytest_embedded.utils:Meta": "the folder of the logs as an argument",
    "pytest_embedded.utils:SERVICE_LIB_NAMES": "the services that there are, and their packages",
    "pytest_embedded_serial:Serial()._q": "a serial object that is made without opening a port",
    "pytest_embedded_serial:Serial()._meta": "the same",
}


class NamesGone(BenchError):
    """The installed pytest-embedded has not all that the bench needs of it."""

    def __init__(self, gone: Sequence[str]) -> None:
        super().__init__(
            f"pytest-embedded {version('pytest-embedded')} has no {', no '.join(gone)}"
            " any more, which the bench needs.",
            _REMEDY,
        )
        self.gone = tuple(gone)


def check_names() -> None:
    """Raises NamesGone for every name in `MISSING` that is not there."""
    if gone := [name for name in MISSING if not _is_there(name)]:
        raise NamesGone(gone)


def _is_there(name: str) -> bool:
    owner, is_set, attribute = name.partition("().")
    try:
        found = pkgutil.resolve_name(owner)
    except (ImportError, AttributeError):
        return False
    return not is_set or attribute in found.__init__.__code__.co_names


check_names()

make_app = dut_factory.app_fn
make_openocd = dut_factory.openocd_gn
make_gdb = dut_factory.gdb_gn
make_serial = dut_factory.serial_gn
make_qemu = dut_factory.qemu_gn
make_espemu = dut_factory.espemu_gn
make_wokwi = dut_factory.wokwi_gn
make_dut = dut_factory.dut_gn
end_part = dut_factory._close_or_terminate
service_packages: Mapping[str, str] = utils.SERVICE_LIB_NAMES
option_value = plugin._str_bool

# The names of fixtures that exist once a session here.
OPTIONS_FIXTURE = "_fixture_classes_and_options"
LISTENER_FIXTURE = "_listener"
META_FIXTURE = "_meta"
MANAGER_FIXTURE = "_mp_manager"
STDOUT_LOCK_FIXTURE = "_stdout_lock"
VALUES_FIXTURE = "parametrize_fixtures"


class _TextStream(Protocol):
    def write(self, text: str) -> object: ...
    def flush(self) -> None: ...


# ---- the log of a device ---------------------------------------------------------------------


def start_manager(
    address: tuple[str, int] | None, context: BaseContext, run_first: Callable[[], None]
) -> Any:
    """The process that has the queues; it begins with `run_first`. `DutFactory.create` uses it."""
    manager = log.MessageQueueManager(address=address, ctx=context)
    manager.start(run_first)
    plugin._MP_MANAGER = manager
    return manager


def listen(shown_on: _TextStream | None, *arguments: Any, **options: Any) -> None:
    """Writes what a queue gives into a log file and shows it on `shown_on`; does not return."""
    dut_factory._stdout = shown_on
    dut_factory._listen(*arguments, **options)


def expect_in(file: IO[bytes]) -> Any:
    """What `dut.expect` reads a log file with."""
    return log.PexpectProcess(file)


def make_meta(folder: str, extension: str) -> Any:
    """Where the logs of devices are."""
    return utils.Meta(folder, {}, {}, extension)


# ---- what is to be made ----------------------------------------------------------------------


# What is no option of the command line: the bench gives it itself.
_NO_OPTIONS = {
    *("_services", "test_case_name", "_meta"),
    *("dut_index", "_pexpect_logfile", "pexpect_proc", "msg_queue", "kwargs"),
}


def option_names() -> Sequence[str]:
    """The options of the command line that `EmbeddedOptions` takes."""
    taken = inspect.signature(dut_factory._fixture_classes_and_options_fn).parameters
    return [name for name in taken if name not in _NO_OPTIONS]


class EmbeddedOptions:
    """What pytest-embedded is about to make: for each fixture a class and its arguments.

    values: options, services, and what else is of the session. of_device: what each device has of
    its own: index, log, queue.
    """

    def __init__(self, values: Mapping[str, Any], **of_device: Any) -> None:
        dut_factory.set_parametrized_fixtures_cache(values)
        self.raw = dut_factory._fixture_classes_and_options_fn(**values, **of_device)

    def arguments(self, fixture: str) -> dict[str, Any]:
        """Of the class that the fixture is made of; they can be changed."""
        arguments: dict[str, Any] = self.raw.kwargs[fixture]
        return arguments

    def replace(self, fixture: str, device: type, **arguments: Any) -> None:
        """The fixture is made of `device`, with these arguments besides."""
        self.raw.classes[fixture] = device
        self.arguments(fixture).update(arguments)

    def use_process(self, device: type, **arguments: Any) -> None:
        """`device` becomes the `serial` fixture, and the DUT writes to it."""
        shared = {name: self.arguments("dut")[name] for name in ("msg_queue", "meta")}
        # None stands for the object of that name, which is made first
        self.replace("serial", device, **shared, app=None, **arguments)
        self.replace("dut", ProcessDut, serial=None)


class ProcessDut(Dut):  # type: ignore[misc]
    """A DUT that is a process of this machine; `serial` is that process."""

    def __init__(self, serial: Any, **arguments: Any) -> None:
        self.serial = serial
        super().__init__(**arguments)

    def write(self, s: str | bytes) -> None:
        """Bytes to the console, as they are; text gets a newline."""
        self.serial.write(s if isinstance(s, bytes) else f"{s}\n".encode())


# ---- bases of devices ------------------------------------------------------------------------


class ServiceProcess(log.DuplicateStdoutPopen):  # type: ignore[misc]
    """Base of a service that is a process: it is prepared first, and started later and again.

    stderr_file, stderr_path: what the process writes its errors to.
    """

    REDIRECT_CLS = None  # a connection reads the console

    def prepare(self, msg_queue: Any, meta: Any) -> None:
        """What pytest-embedded's constructor does, without a process yet."""
        log.DuplicateStdoutPopen.__init__(self, msg_queue, cmd=[], meta=meta)
        self.stderr_file: IO[str] = self._fw
        self.stderr_path = Path(self._logfile)


def prepare_serial(serial: Any, output: Any, meta: Any) -> None:
    """What pytest-embedded's methods read of a serial object; esptool's words go to `output`."""
    serial._q, serial._meta = output, meta
