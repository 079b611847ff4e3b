"""What the bench itself adds: setup and teardown of a test, and how fast an upload is."""

from __future__ import annotations

import contextlib
import os
import statistics

from harness.build import BuildRequest
from harness.cli.console import say
from harness.connection import connect_to
from harness.errors import BenchError, DeviceFault
from harness.report import Run, Verdict
from harness.sensing.benchmark.line import Rates, rates
from harness.sensing.benchmark.ports import paced_port, served_port
from harness.sensing.benchmark.results import Plan, Result
from harness.sensing.benchmark.suite import session
from harness.sensing.figure import Figure
from harness.sensing.node import SensingNode
from harness.target import find_target, firmware_dir, project_root

SETUP_AND_TEARDOWN_S = 0.05
SHARE = 0.70
TARGETS = ("host", "qemu", "linux", "esp32s3")
# The scheme of the address, empty for the port itself; and the baud rate.
PORTS = (("", 115_200), ("", 921_600), ("rfc2217", 921_600), ("socket", 921_600))
_TESTS = ("hil_tests/test_agent.py", "hil_tests/test_controller.py")
_LINE = "hil_tests/test_line.py"

HOW = (
    "Setup + teardown: of tests that need no reset, without the first one, whose setup is the"
    " session's. Upload: payload a second into the node's memory, with the rate of the line: its"
    " baud rate where there is one, else the rate at which the node takes in full lines that are"
    " made beforehand and ask for no work, without waiting for answers. Line and upload are"
    " measured in turn, and medians count. Base85 and framing leave at most 0.79 of a line. The"
    " serial ports are scripted, with a host node behind them; rfc2217 and socket lead to such a"
    " port, and a socket does not tell its baud rate"
)


def measure(plan: Plan) -> Result:
    """Setup + teardown and upload on each target that can run here; upload on serial ports."""
    figures: list[Figure] = []
    for name in TARGETS:
        can_run = all(need.find() for need in find_target(name).requirements)
        words = ("--target", name, "-m", "not reboots", *_TESTS, _LINE)
        run = session("pytest", *words).run if can_run else None
        figures += [*_setup_and_teardown(name, run), *_upload_of(name, run)]
    for scheme, baud in PORTS:
        figures += _upload_at(scheme, baud, plan.rounds)
    return Result("harness", HOW, (), tuple(figures))


def _setup_and_teardown(name: str, run: Run | None) -> list[Figure]:
    """Median and 95th percentile."""
    middle = high = None
    if run is not None:
        seconds = [test.overhead_s for test in run.tests if test.verdict is not Verdict.SKIP][1:]
        middle, high = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    return [
        Figure(
            f"setup + teardown of a test, {name}, {what}",
            value,
            SETUP_AND_TEARDOWN_S,
            at_least=False,
            unit="s",
        )
        for what, value in (("median", middle), ("95th percentile", high))
    ]


def _upload_of(name: str, run: Run | None) -> list[Figure]:
    found = {m.name: m.value for m in run.measurements} if run is not None else {}
    line, upload = found.get("line rate"), found.get("upload")
    return _figures(name, Rates(line, upload, 0.0) if line and upload else None)


def _upload_at(scheme: str, baud: int, rounds: int) -> list[Figure]:
    name = f"{scheme or 'serial'} at {baud}"
    found = None
    if os.name == "posix":
        try:
            found = _paced(scheme, baud, rounds)
        except (BenchError, DeviceFault) as error:
            say(f"harness: {name} was not measured: {error}")
    return _figures(name, found)


def _paced(scheme: str, baud: int, rounds: int) -> Rates:
    host = find_target("host")
    request = BuildRequest("host", firmware_dir(), project_root() / "build" / "host")
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(paced_port(host.recipe.build(request).elf, baud))
        if scheme:
            port = stack.enter_context(served_port(port, baud, scheme))
        node = SensingNode(connect_to(port, baud))
        stack.callback(node.connection.close)
        node.connection.open()
        node.wait_boot()
        return rates(node, rounds)


def _figures(name: str, found: Rates | None) -> list[Figure]:
    return [
        Figure(f"upload, {name}", found.upload if found else None, unit="B/s"),
        Figure(f"line, {name}", found.line if found else None, unit="B/s"),
        Figure(f"upload over line, {name}", found.share if found else None, SHARE, unit="x"),
    ]
