"""Parts of the node whose faults need a clock, a network or a flash that no target has."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest

from harness.sensing.structs.state import HeadState, SensingBootReport, SensingStatus
from tests.node.library import compiled

NODE = "components/node/src/"
MACHINE = "components/machine/src/"
SOURCES = [
    *(NODE + name for name in ("temporal_task.c", "packet_sink.c", "node_port.c")),
    *(NODE + name for name in ("weights_upload.c", "weights_store.c")),
    *(NODE + name for name in ("weights_slot.c", "weights_check.c")),
    *(MACHINE + name for name in ("machine_clock.c", "machine_log.c")),
    "components/crc32/src/crc32_ieee.c",
    "components/hil_agent/src/commands_session.c",
    "components/hil_agent/src/reply.c",
    "components/node_agent/src/reports.c",
    "../tests/node/agent_parts.c",
    "ports/shim/esp_err_names.c",
]
CONFIG = "#define CONFIG_CSI_TEMPORAL_HEAD_ENABLED 1\n#define CONFIG_TEMPORAL_CALL_SITES 1\n"
MAX_PAYLOAD = 2080
NOT_FOUND = 0x105
TIMEOUT = 0x107


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The parts, compiled for this machine."""
    return compiled(tmp_path_factory.mktemp("parts"), "node_parts.c", SOURCES, CONFIG)


@pytest.fixture
def parts(library: ctypes.CDLL) -> ctypes.CDLL:
    """The parts as after a boot: a period of a second, nothing classified."""
    library.parts_open()
    return library


def cost(parts: ctypes.CDLL, ms: int) -> None:
    """From now on a classify takes so long."""
    ctypes.c_uint64.in_dll(parts, "parts_classify_us").value = ms * 1000


def run(parts: ctypes.CDLL, *, until_ms: int) -> int:
    """Let time pass; how often was classified since the parts were opened."""
    parts.parts_run_until(ctypes.c_uint64(until_ms))
    return ctypes.c_uint32.in_dll(parts, "parts_classifies").value


def log_of(parts: ctypes.CDLL) -> str:
    text: bytes = (ctypes.c_char * 4096).in_dll(parts, "parts_log").value
    return text.decode()


@pytest.mark.parametrize("ms", [0, 50, 900])
def test_a_classify_within_its_period_keeps_it(parts: ctypes.CDLL, ms: int) -> None:
    cost(parts, ms)
    assert run(parts, until_ms=20_500) == 20
    assert "a classify takes" not in log_of(parts)


@pytest.mark.parametrize(("ms", "gap_ms"), [(1200, 3000), (2600, 6000), (9000, 19_000)])
def test_a_classify_beyond_its_period_is_made_less_often_and_said_once(
    parts: ctypes.CDLL, ms: int, gap_ms: int
) -> None:
    """Half of the time is left to whatever else the core has to do."""
    cost(parts, ms)
    made = run(parts, until_ms=200_000)
    assert abs(made - 200_000 // gap_ms) <= 1, f"{made} in 200 s, expected one every {gap_ms} ms"
    assert log_of(parts).count("a classify takes") == 1
    assert f"a classify takes {ms} ms: one every {gap_ms} ms, not every 1000" in log_of(parts)


def test_a_classify_that_is_fast_again_has_its_period_again(parts: ctypes.CDLL) -> None:
    cost(parts, 1200)
    slow = run(parts, until_ms=30_000)
    cost(parts, 20)
    assert run(parts, until_ms=60_000) - slow >= 27


def test_a_classify_far_too_long_is_the_last(parts: ctypes.CDLL) -> None:
    """Before one comes near to what the watchdog grants."""
    cost(parts, 11_000)
    assert run(parts, until_ms=300_000) == 1
    assert "a classify takes 11000 ms: none is made any more" in log_of(parts)
    parts.parts_open()
    assert run(parts, until_ms=5_500) == 5


def boot_report(parts: ctypes.CDLL) -> SensingBootReport:
    return SensingBootReport.parse(answer_of(parts.parts_boot_report))


def status_of(parts: ctypes.CDLL) -> SensingStatus:
    return SensingStatus.parse(answer_of(parts.parts_status))


def answer_of(call: Callable[[ctypes.Array[ctypes.c_char]], int]) -> bytes:
    payload = ctypes.create_string_buffer(MAX_PAYLOAD)
    length = call(payload)
    return payload.raw[:length]


def test_a_head_that_keeps_its_period_says_where_its_weights_are_from(parts: ctypes.CDLL) -> None:
    cost(parts, 900)
    run(parts, until_ms=5_000)
    report, status = boot_report(parts), status_of(parts)
    assert (report.head_state, report.head_error) == (HeadState.ON, 0)
    assert report.head_reason == "weights from the image"
    assert (status.head_state, status.head_error) == (HeadState.ON, 0)
    assert status.classify_gap_ms == 1000


def test_a_head_that_is_slow_says_so_when_it_is_asked(parts: ctypes.CDLL) -> None:
    """Not on the log alone, which nobody may have read; no longer when it is fast again."""
    cost(parts, 2600)
    run(parts, until_ms=20_000)
    report, status = boot_report(parts), status_of(parts)
    assert report.head_state == HeadState.ON
    assert report.head_reason == "a classify takes 2600 ms: one every 6000 ms, not every 1000"
    assert (status.head_state, status.classify_gap_ms) == (HeadState.ON, 6000)
    cost(parts, 20)
    run(parts, until_ms=40_000)
    assert boot_report(parts).head_reason == "weights from the image"
    assert status_of(parts).classify_gap_ms == 1000


def test_a_head_that_gave_up_says_so_when_it_is_asked(parts: ctypes.CDLL) -> None:
    cost(parts, 11_000)
    run(parts, until_ms=20_000)
    report, status = boot_report(parts), status_of(parts)
    assert (report.head_state, report.head_error) == (HeadState.FAILED, TIMEOUT)
    assert report.head_reason == "a classify takes 11000 ms: none is made any more"
    assert (status.head_state, status.head_error) == (HeadState.FAILED, TIMEOUT)
    assert status.classify_gap_ms == 0


def granted(parts: ctypes.CDLL) -> int:
    """How long the watchdog would have let the last classify run, in ms."""
    return ctypes.c_uint32.in_dll(parts, "parts_granted_ms").value


def test_the_watchdog_grants_four_times_what_the_last_classify_took(parts: ctypes.CDLL) -> None:
    """The first, of which nothing is known, gets what any may take; a hang is found soon after."""
    cost(parts, 500)
    parts.parts_push(10)
    run(parts, until_ms=1_600)
    assert granted(parts) == 30_000
    run(parts, until_ms=2_600)
    assert granted(parts) == 3_000 + 4 * 500
    cost(parts, 0)
    run(parts, until_ms=4_600)
    assert granted(parts) == 3_000


def test_the_watchdog_grants_more_for_more_frames(parts: ctypes.CDLL) -> None:
    """Every frame may look at every other: twice as many take four times as long."""
    cost(parts, 200)
    parts.parts_push(10)
    run(parts, until_ms=1_600)
    parts.parts_push(10)
    run(parts, until_ms=2_600)
    assert granted(parts) == 3_000 + 4 * 4 * 200
    parts.parts_push(180)
    run(parts, until_ms=3_600)
    assert granted(parts) == 30_000, "never more than the most"


def test_a_mirror_that_was_turned_off_gets_no_packet(parts: ctypes.CDLL) -> None:
    """It is read once, by whoever has the lock; what it was before is nobody's any more."""
    assert parts.parts_mirrored_after_its_end() == 0
    assert parts.parts_mirrored_without_lock() == 0


def test_figures_of_64_bits_are_written_with_the_lock(parts: ctypes.CDLL) -> None:
    """A chip of 32 bits writes them in two pieces."""
    assert parts.parts_written_without_lock() == 0


def test_figures_of_64_bits_are_read_with_the_lock(parts: ctypes.CDLL) -> None:
    cost(parts, 5)
    run(parts, until_ms=2_600)
    parts.parts_read_in_one_piece.restype = ctypes.c_bool
    assert parts.parts_read_in_one_piece()


def test_what_the_network_took_is_counted_apart_from_what_was_mirrored(
    parts: ctypes.CDLL,
) -> None:
    parts.packet_sink_reset_counters()
    refuses = ctypes.c_uint32.in_dll(parts, "parts_net_refuses")
    parts.parts_send(3, False)
    parts.parts_send(4, True)
    assert (parts.packet_sink_network(), parts.packet_sink_sent()) == (7, 7)
    refuses.value = 1
    try:
        parts.parts_send(5, True)  # mirrored, and not taken
        parts.parts_send(6, False)
    finally:
        refuses.value = 0
    assert (parts.packet_sink_network(), parts.packet_sink_sent()) == (7, 12)
    assert parts.packet_sink_failed() == 11
    parts.packet_sink_reset_counters()
    assert parts.packet_sink_network() == 0


def test_the_network_sends_without_the_lock_that_log_lines_take(parts: ctypes.CDLL) -> None:
    """Its own thread may log, and wait for the lock, while the sender waits for it."""
    assert parts.parts_held_while_sending() == 0


def test_an_upload_without_a_partition_is_refused(parts: ctypes.CDLL) -> None:
    assert parts.parts_begin_upload() == NOT_FOUND
    assert "no weights partition" in log_of(parts)
