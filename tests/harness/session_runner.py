"""Runs pytest with the harness's plugin on a scripted node, in a process and folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.harness.patience import PATIENCE_S

ROOT = Path(__file__).parents[2]
QUICK = ("-p", "no:hypothesispytest")
"""No session here draws examples, and half a second of each would go into loading who does."""


@dataclass(frozen=True)
class Outcome:
    """What a session left behind."""

    status: int
    output: str
    folder: Path

    @property
    def records(self) -> list[dict[str, Any]]:
        """The journal."""
        lines = (self.folder / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The journal's records of one kind."""
        return [record for record in self.records if record["kind"] == kind]

    @property
    def end(self) -> dict[str, Any]:
        """The journal's last word."""
        return self.of_kind("end")[0]

    @property
    def verdicts(self) -> dict[str, str]:
        """Test name without its file -> verdict."""
        return {r["name"].split("::")[-1]: r["verdict"] for r in self.of_kind("test")}


def run_session(
    folder: Path, tests: str, *arguments: str, env: dict[str, str] | None = None, fake: str = ""
) -> Outcome:
    """Runs the test file `tests` on the fake target; `fake` is code that changes the fake node."""
    session = start_session(folder, tests, *arguments, env=env, fake=fake)
    try:
        output = session.communicate(timeout=PATIENCE_S)[0]
    finally:
        session.kill()
    return Outcome(session.returncode, output, folder / "report")


def start_session(
    folder: Path, tests: str, *arguments: str, env: dict[str, str] | None = None, fake: str = ""
) -> subprocess.Popen[str]:
    """The same, under way; its output is one text on `stdout`."""
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "fake_target.py").write_text(_FAKE_TARGET + fake)
    (folder / "test_it.py").write_text(tests)
    (folder / "pytest.ini").write_text(_INI)
    report = folder / "report"
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *QUICK, "--target", "fake"]
        + ["--report-dir", str(report), "--build-dir", str(folder / "build"), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


_INI = """[pytest]
addopts = --strict-markers
markers =
    soak: takes hours
    live: needs a radio
"""

CONFTEST = """
pytest_plugins = ["harness.plugin", "harness.sensing.plugin"]
"""

_CONFTEST = f"import fake_target\n{CONFTEST}"

_FAKE_TARGET = """
import os
from types import MappingProxyType

from harness.build import Firmware
from harness.errors import BuildFailed, DeviceDied
from harness.node.structs import ResetReason
from harness.target import Capability, Target, registry
from tests.harness.fake_device import FakeConnection, FakeNode, Fault


class FakeRecipe:
    def build(self, request, progress=print):
        if os.environ.get("FAKE_BUILD") == "fails":
            raise BuildFailed(request.target, "ninja", "kernel.c:7:3: error: 'x' undeclared")
        sha = os.environ.get("FAKE_SHA", "00" * 32)
        request.build_dir.mkdir(parents=True, exist_ok=True)
        folder = request.build_dir
        return Firmware(request.target, folder / "node.elf", folder, sha, True)


class FakeDevice:
    def __init__(self, msg_queue, meta, app=None):
        self.fake = FakeNode()
        self.connection = FakeConnection(self.fake)
        self.connection.explain = lambda doing: self.died
        self.died = None
        self.power_cycles = 0
        set_up(self)
        self.fake.power_on()

    def stop(self):
        pass

    def die(self):
        self.died = DeviceDied("the fake", "was killed", "testing")
        self.connection.vanish()

    def power_cycle(self):
        self.power_cycles += 1
        self.fake.heal()
        self.fake.boot(ResetReason.POWERON)

    def write(self, data):
        self.fake.receive(data)

    def close(self):
        self.connection.close()


def set_up(device):
    pass


FAKE = Target(
    name="fake",
    summary="a scripted node",
    capabilities=frozenset({Capability("flash"), Capability("stepped-clock")}),
    requirements=(),
    embedded_services="",
    recipe=FakeRecipe(),
    configure_embedded=lambda options, firmware: options.use_process(FakeDevice),
    addr2line="addr2line",
)
registry.TARGETS = MappingProxyType({**registry.TARGETS, "fake": FAKE})
"""
