"""pytest-embedded's own fixtures. They keep their names and meaning, and hand out the session's one
device instead of a new one for every test."""

from __future__ import annotations

from typing import Any

import pytest

from harness import embedded_internals
from harness.plugin.hil_session import HIL_SESSION, HilSession


@pytest.fixture(scope="session")
def msg_queue(hil_session: HilSession) -> Any:
    """Where everything the device says is put."""
    return hil_session.embedded.msg_queue


@pytest.fixture(scope="session")
def pexpect_proc(hil_session: HilSession) -> Any:
    """What `dut.expect` reads from."""
    return hil_session.embedded.pexpect_proc


@pytest.fixture(scope="session")
def app(hil_session: HilSession) -> Any:
    """The built binary's folder."""
    return hil_session.embedded.app


@pytest.fixture(scope="session")
def serial(hil_session: HilSession) -> Any:
    """The serial service's object, if the target has one."""
    return hil_session.embedded.serial


@pytest.fixture(scope="session")
def qemu(hil_session: HilSession) -> Any:
    """The emulator, if the target is one."""
    return hil_session.embedded.qemu


@pytest.fixture(scope="session")
def openocd(hil_session: HilSession) -> Any:
    """The jtag service's OpenOCD, if it was asked for."""
    return hil_session.embedded.openocd


@pytest.fixture(scope="session")
def gdb(hil_session: HilSession) -> Any:
    """The jtag service's GDB, if it was asked for."""
    return hil_session.embedded.gdb


@pytest.fixture(scope="session")
def espemu(hil_session: HilSession) -> Any:
    """Espressif's emulator, if the target is one."""
    return hil_session.embedded.espemu


@pytest.fixture(scope="session")
def wokwi(hil_session: HilSession) -> Any:
    """The simulator, if it was asked for."""
    return hil_session.embedded.wokwi


@pytest.fixture
def dut(hil_session: HilSession) -> Any:
    """The device under test; `dut.expect(...)` sees what the device says from here on, and of a
    firmware without an agent, which is restarted, from its boot on. With --count a tuple of them,
    as in pytest-embedded."""
    hil_session.ready_all()  # their answers come after everything that was said before
    for attached in hil_session.attached:
        attached.forget_output()
    duts = tuple(attached.parts.dut for attached in hil_session.attached)
    return duts if len(duts) > 1 else duts[0]


@pytest.fixture(scope="session", name=embedded_internals.OPTIONS_FIXTURE)
def classes_and_options(hil_session: HilSession) -> Any:
    """The classes of the fixtures above, and their arguments."""
    return hil_session.embedded.options.raw


@pytest.fixture(scope="session", name=embedded_internals.META_FIXTURE)
def meta(hil_session: HilSession) -> Any:
    """Where the logs of the devices are."""
    return hil_session.embedded.meta


@pytest.fixture(scope="session", name=embedded_internals.LISTENER_FIXTURE)
def listener(hil_session: HilSession) -> Any:
    """The process that writes the log of the device."""
    return hil_session.embedded.listener


# pytest-embedded makes the next three for every test or session, asked or not. Here the session's
# objects exist already, and a session without a device needs none.


@pytest.fixture(scope="session", name=embedded_internals.VALUES_FIXTURE)
def option_values(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options as pytest-embedded's builders take them."""
    embedded = _embedded(request)
    return embedded.values if embedded else {}


@pytest.fixture(scope="session", name=embedded_internals.MANAGER_FIXTURE)
def manager(request: pytest.FixtureRequest) -> Any:
    """The process that has the queues."""
    embedded = _embedded(request)
    return embedded.manager if embedded else None


@pytest.fixture(scope="session", name=embedded_internals.STDOUT_LOCK_FIXTURE)
def stdout_lock(request: pytest.FixtureRequest) -> Any:
    """Taken by each listener while it prints."""
    embedded = _embedded(request)
    return embedded.stdout_lock if embedded else None


def _embedded(request: pytest.FixtureRequest) -> Any:
    hil = request.config.stash.get(HIL_SESSION, None)
    return None if hil is None else hil.parts
