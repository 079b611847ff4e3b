"""Booting: every way to start, its reset reason and a new nonce, and what the report says."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.device.base import Device
from harness.node.structs import BootReport, ClockMode, PanicKind, ResetReason
from harness.sensing.node import SensingNode
from harness.sensing.structs.state import HeadState, WeightsSource
from hil_tests.support.model import REFERENCE

WATCHDOG_S = 3.0


def expect_reason(boot: BootReport, expected: ResetReason, after: str) -> None:
    assert boot.reset_reason == expected, (
        f"reset reason after {after} is {boot.reset_reason_name}, expected {expected.name}"
    )


@pytest.mark.needs("head")
@pytest.mark.reboots
def test_the_boot_report_says_what_runs(node: SensingNode) -> None:
    boot, hello = node.reset(), node.hello()
    assert boot.boot_nonce == hello.boot_nonce
    assert boot.elf_sha256 == hello.elf_sha256
    assert (boot.target, boot.version) == (hello.target, hello.version)
    assert boot.chip
    assert boot.self_test_error == 0
    assert boot.head_state == HeadState.ON
    assert boot.head_error == 0
    assert boot.weights_source == WeightsSource.EMBEDDED
    assert (boot.weights_len, boot.weights_crc) == (41_244, REFERENCE.crc)
    assert (boot.input_dim, boot.window_len, boot.n_classes) == (16, 256, 4)
    assert boot.classify_period_ms == 1000


def test_the_boot_report_lists_the_partitions(node: SensingNode) -> None:
    parts = node.boot.partitions[: node.boot.n_partitions]
    (weights,) = (part for part in parts if part.name == "weights")
    assert weights.size == node.partition_info().size
    for part in parts:
        assert part.offset + part.size <= node.boot.flash_bytes, part.name


@pytest.mark.needs("head")
def test_the_self_test_passes_when_asked_again(node: SensingNode) -> None:
    node.self_test()


@pytest.mark.reboots
@pytest.mark.needs("power-cut")
def test_a_cold_start(node: SensingNode, device: Device) -> None:
    nonces = {node.boot.boot_nonce}
    for _ in range(2):
        device.power_cycle()
        boot = node.wait_boot(after="power came back")
        expect_reason(boot, ResetReason.POWERON, "a cold start")
        assert boot.boot_nonce not in nonces
        nonces.add(boot.boot_nonce)


@pytest.mark.reboots
def test_a_requested_reset(node: SensingNode) -> None:
    nonces = {node.boot.boot_nonce}
    for _ in range(3):
        boot = node.reset()
        expect_reason(boot, ResetReason.SW, "a requested reset")
        assert boot.boot_nonce not in nonces
        nonces.add(boot.boot_nonce)


@pytest.mark.reboots
@pytest.mark.parametrize("kind", list(PanicKind), ids=lambda kind: kind.name.lower())
def test_a_panic(node: SensingNode, kind: PanicKind) -> None:
    before = node.boot.boot_nonce
    boot = node.panic(kind)
    expect_reason(boot, ResetReason.PANIC, f"a panic ({kind.name.lower()})")
    assert boot.boot_nonce != before


@pytest.mark.reboots
@pytest.mark.needs("watchdog")
@pytest.mark.parametrize("irq_off", [False, True], ids=["busy", "interrupts-off"])
def test_a_hang_is_ended_by_the_watchdog(node: SensingNode, irq_off: bool) -> None:
    before = node.boot.boot_nonce
    boot = node.hang(irq_off=irq_off)
    assert ResetReason(boot.reset_reason).is_watchdog, (
        f"reset reason after a hang is {boot.reset_reason_name}, expected a watchdog's"
    )
    assert boot.boot_nonce != before


@pytest.mark.reboots
@pytest.mark.needs("watchdog", "full-speed")
def test_time_in_which_a_node_could_not_run_is_no_hang(node: SensingNode, device: Any) -> None:
    """A machine that is busy with other work stops a process for seconds, as this does. What the
    watchdog had left then, it has left afterwards."""
    with ThreadPoolExecutor(1) as at_once:
        hanging = at_once.submit(node.hang)
        time.sleep(WATCHDOG_S / 6)
        os.kill(device.pid, signal.SIGSTOP)
        time.sleep(WATCHDOG_S + 1.0)
        os.kill(device.pid, signal.SIGCONT)
        went_on = time.monotonic()
        boot = hanging.result()
    assert time.monotonic() - went_on > WATCHDOG_S / 3
    assert isinstance(boot.reset_reason, ResetReason) and boot.reset_reason.is_watchdog


@pytest.mark.reboots
def test_a_reset_forgets_what_the_node_was_told(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(seconds=3)
    boot = node.reset()
    assert boot.clock_mode == ClockMode.REAL
    status = node.status()
    assert status.clock_mode == ClockMode.REAL
    assert status.queue_drops == 0
    assert node.hello().last_id <= 3


@pytest.mark.needs("head")
@pytest.mark.reboots
def test_no_log_line_is_lost_from_the_first_on(node: SensingNode) -> None:
    """The node counts what it logs, from the line that names it on.

    What ESP-IDF and its bootloader say before that looks the same and is not the node's.
    """
    before = node.log_seen
    node.reset()
    for _ in range(5):
        node.stop_task()
        node.start_task(input_dim=16, window_len=256, n_classes=4)
    node.restore()
    node.advance(seconds=31)
    written = node.status().log_lines
    logged = [line for line in node.log[-(node.log_seen - before) :] if line.parts is not None]
    begins = next(i for i, line in enumerate(logged) if line.parts[3].startswith("node "))
    seen = logged[begins:]
    assert len(seen) == written, f"the node wrote {written} log lines, {len(seen)} were seen"
    assert written >= 12


@pytest.mark.reboots
def test_a_node_comes_back_from_many_resets_in_a_row(node: SensingNode) -> None:
    before = node.status().head_state
    nonces = [node.reset().boot_nonce for _ in range(5)]
    assert len(set(nonces)) == len(nonces)
    assert node.status().head_state == before
