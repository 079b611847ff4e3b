"""The controller's loops on a clock that a test moves, without a node about them."""

from __future__ import annotations

import ctypes
import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.sensing.structs.controller import ControllerState
from tests.node.library import compiled

SOURCES = ["components/node/src/adaptive_controller.c"]
CONFIG = "#define CONFIG_CSI_TEMPORAL_HEAD_ENABLED 1\n#define CONFIG_TEMPORAL_CALL_SITES 1\n"
FEATURES = (
    *("motion", "presence", "respiration_bpm", "respiration_conf", "heartbeat_bpm"),
    *("heartbeat_conf", "anomaly", "env_shift", "coherence"),
)
MAX_KEPT = 64
FAST, MEDIUM, SLOW = 200_000, 1_000_000, 30_000_000
PASSIVE, RESPIRATION, FAST_MOTION, CALIBRATING = 0, 2, 3, 4
BOOT, SELF_TEST, INIT, SYNC = (
    *(ControllerState.BOOT, ControllerState.SELF_TEST),
    *(ControllerState.RADIO_INIT, ControllerState.TIME_SYNC),
)
CALIBRATION, IDLE = ControllerState.CALIBRATION, ControllerState.SENSE_IDLE
ACTIVE, ALERT = ControllerState.SENSE_ACTIVE, ControllerState.ALERT
DEGRADED = ControllerState.DEGRADED
LIMITS = {"coherence": 0.2, "anomaly": 0.6, "motion": 0.2, "presence": 0.5, "still": 0.05}


class Observed(ctypes.Structure):
    """observation_t."""

    _fields_ = (
        *((name, ctypes.c_float) for name in FEATURES),
        *((name, ctypes.c_uint16) for name in ("pkt_yield", "quality_flags")),
    )


class Decision(ctypes.Structure):
    """decision_t."""

    _fields_ = (("state", ctypes.c_int), ("profile", ctypes.c_int))


class Thresholds(ctypes.Structure):
    """controller_thresholds_t."""

    _fields_ = (
        ("min_pkt_yield", ctypes.c_uint16),
        *((name, ctypes.c_float) for name in LIMITS),
    )


WELL = {"coherence": 0.9, "pkt_yield": 20}


class Loops:
    """The controller, started at time 0."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        self.library.controller_next.restype = ctypes.c_uint64
        self.library.controller_start()

    def set(self, name: str, value: int, kind: type[ctypes.c_uint32] = ctypes.c_uint32) -> None:
        kind.in_dll(self.library, f"loops_{name}").value = value

    def number(self, name: str) -> int:
        return ctypes.c_uint32.in_dll(self.library, f"loops_{name}").value

    def at(self, us: int) -> None:
        """It is so late, and the controller runs."""
        ctypes.c_uint64.in_dll(self.library, "loops_now_us").value = us
        self.library.controller_run()

    def through(self, first: int, last: int, step: int = FAST) -> None:
        for us in range(first, last + 1, step):
            self.at(us)

    def sense(self, phase: ControllerState, **values: float) -> None:
        """Sensing has this to say."""
        Observed.in_dll(self.library, "loops_observation").__init__(**WELL | values)
        ctypes.c_bool.in_dll(self.library, "loops_sensed").value = True
        self.set("phase", int(phase))

    def observe(self, **values: float) -> None:
        self.library.controller_observe(ctypes.byref(Observed(**WELL | values)))

    @property
    def next(self) -> int:
        return int(self.library.controller_next())

    @property
    def state(self) -> ControllerState:
        return ControllerState(self.library.controller_state())

    def last(self, name: str, kind: type[ctypes.c_uint32] = ctypes.c_uint32) -> int:
        """Of the last packet."""
        of_each = (kind * MAX_KEPT).in_dll(self.library, f"loops_{name}")
        return int(of_each[(self.number("packets") - 1) % MAX_KEPT])

    @property
    def sent(self) -> dict[str, float]:
        """What the last packet was made of; zeros are left out."""
        of_each = (Observed * MAX_KEPT).in_dll(self.library, "loops_sent")
        last = of_each[(self.number("packets") - 1) % MAX_KEPT]
        values = {name: getattr(last, name) for name, *_ in Observed._fields_}
        return {name: value for name, value in values.items() if value}

    @property
    def log(self) -> list[str]:
        text: bytes = (ctypes.c_char * 4096).in_dll(self.library, "loops_log").value
        return text.decode().splitlines()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, firmware: Path) -> Path:
    folder = tmp_path_factory.mktemp("loops")
    compiled(folder, "controller_loops.c", SOURCES, CONFIG, firmware)
    return folder / "node.so"


@pytest.fixture
def loops(built: Path, tmp_path: Path) -> Loops:
    return Loops(Path(shutil.copy(built, tmp_path / "own.so")))


def decide(
    observed: dict[str, float], limits: dict[str, float], least: int
) -> tuple[ControllerState, int]:
    """The decision, by the rules of the specification in their order."""
    seen = dict.fromkeys(FEATURES, 0.0) | observed
    if seen["pkt_yield"] < least or seen["coherence"] < limits["coherence"]:
        return DEGRADED, PASSIVE
    if seen["anomaly"] >= limits["anomaly"]:
        return ALERT, FAST_MOTION
    if seen["motion"] >= limits["motion"]:
        return ACTIVE, FAST_MOTION
    still = seen["motion"] < limits["still"]
    return IDLE, RESPIRATION if seen["presence"] >= limits["presence"] and still else PASSIVE


def test_the_decision_at_every_limit_and_beside_it(loops: Loops) -> None:
    """Each score at its limit, and next below; those of motion at that of stillness too."""
    library = loops.library
    library.controller_decide.restype = Decision
    limits = {name: float(np.float32(value)) for name, value in LIMITS.items()}
    thresholds = Thresholds(5, *limits.values())

    def about(name: str) -> list[float]:
        at = np.float32(limits[name])
        return [0.0, float(np.nextafter(at, np.float32(0))), float(at), 1.0]

    motions = sorted({*about("motion"), *about("still")})
    cases = itertools.product(
        (0, 4, 5, 300), about("coherence"), about("anomaly"), motions, about("presence")
    )
    for pkt_yield, coherence, anomaly, motion, presence in cases:
        observed = {
            "pkt_yield": pkt_yield,
            "coherence": coherence,
            "anomaly": anomaly,
            "motion": motion,
            "presence": presence,
        }
        found = library.controller_decide(
            ctypes.byref(Observed(**observed)), ctypes.byref(thresholds)
        )
        assert (found.state, found.profile) == decide(observed, limits, 5), observed


def test_a_packet_every_200_ms_and_nothing_sooner(loops: Loops) -> None:
    assert loops.state == BOOT and loops.next == FAST
    for k in range(1, 12):
        loops.at(k * FAST - 1)
        assert loops.number("packets") == k - 1
        loops.at(k * FAST)
        assert loops.number("packets") == k == loops.library.controller_feature_seq()
        assert loops.last("sent_us", ctypes.c_uint64) == k * FAST
        assert loops.last("seq", ctypes.c_uint16) == k
        assert loops.next == (k + 1) * FAST


def test_what_is_due_next_is_the_first_of_the_three(loops: Loops) -> None:
    """After a gap the fast loop is beside the others, which then may come first."""
    loops.at(FAST)
    loops.at(MEDIUM - 50_000)  # fell behind: the fast loop runs once, and from here on
    assert loops.number("packets") == 2 and loops.next == MEDIUM
    loops.at(MEDIUM)
    assert loops.next == MEDIUM + 150_000
    loops.at(SLOW - 1_150_000)
    loops.at(SLOW - 150_000)
    assert loops.next == SLOW and loops.number("head_healths") == 0
    loops.at(SLOW)
    assert loops.number("head_healths") == 1


@pytest.mark.parametrize(("late", "packets"), [(2 * FAST - 1, 1), (2 * FAST, 1), (7 * FAST, 1)])
def test_what_was_missed_is_not_made_up_for(loops: Loops, late: int, packets: int) -> None:
    """A loop that is late keeps its beat, one that missed a beat begins a new one."""
    loops.at(late)
    assert loops.number("packets") == packets
    assert loops.next == (2 * FAST if late < 2 * FAST else min(late + FAST, 2 * MEDIUM))


def test_a_change_of_state_is_logged_once_a_second(loops: Loops) -> None:
    loops.observe(motion=0.9)
    loops.through(FAST, MEDIUM - FAST)
    assert loops.state == ACTIVE and loops.log == []
    loops.at(MEDIUM)
    assert loops.log == ["Istate 0 -> 6"]
    loops.through(MEDIUM + FAST, 3 * MEDIUM)
    assert len(loops.log) == 1
    loops.observe(anomaly=0.9)
    loops.through(3 * MEDIUM + FAST, 4 * MEDIUM)
    assert loops.log[1:] == ["Istate 6 -> 7"]


def test_the_self_test_is_a_state_that_is_logged_at_once(loops: Loops) -> None:
    loops.library.controller_self_test()
    assert loops.state == SELF_TEST and loops.log == ["Istate 0 -> 1"]
    loops.library.controller_start()
    assert loops.state == BOOT
    loops.library.controller_self_test()
    assert len(loops.log) == 2


@pytest.mark.parametrize(("source", "healths"), [(0, 0), (1, 1), (2, 1), (3, 1)])
def test_health_every_30_s(loops: Loops, source: int, healths: int) -> None:
    """The message goes out where there is a source; a line is logged in any case."""
    loops.set("source", source)
    loops.through(FAST, SLOW - FAST)
    assert loops.number("head_healths") == loops.number("healths") == 0
    loops.at(SLOW)
    assert (loops.number("head_healths"), loops.number("healths")) == (1, healths)
    packets = SLOW // FAST
    said = f"Ihealth: state 8, features {packets}, heap 2000 free, stack 512 free"
    assert loops.log[-1] == said
    loops.through(SLOW + FAST, 2 * SLOW)
    assert (loops.number("head_healths"), loops.number("healths")) == (2, 2 * healths)


def test_what_is_told_goes_before_what_is_sensed_until_the_next_start(loops: Loops) -> None:
    loops.sense(IDLE, motion=0.9)
    loops.observe(presence=0.75)
    loops.at(FAST)
    assert loops.sent == pytest.approx({**WELL, "presence": 0.75})
    assert (loops.state, loops.last("profile")) == (IDLE, RESPIRATION)
    loops.library.controller_start()
    assert loops.library.controller_feature_seq() == 0
    loops.at(3 * FAST)
    assert loops.sent == pytest.approx({**WELL, "motion": 0.9}) and loops.state == ACTIVE


def test_what_is_no_longer_sensed_is_not_said_again(loops: Loops) -> None:
    loops.sense(IDLE, motion=0.9)
    loops.at(FAST)
    assert loops.state == ACTIVE
    ctypes.c_bool.in_dll(loops.library, "loops_sensed").value = False
    loops.at(2 * FAST)
    assert loops.sent == {} and loops.state == DEGRADED


@pytest.mark.parametrize(
    ("phase", "coherence", "state", "profile"),
    [
        (INIT, 0.9, INIT, PASSIVE),
        (INIT, 0.1, INIT, PASSIVE),
        (SYNC, 0.9, SYNC, PASSIVE),
        (SYNC, 0.1, SYNC, PASSIVE),
        (CALIBRATION, 0.9, CALIBRATION, CALIBRATING),
        (CALIBRATION, 0.1, DEGRADED, PASSIVE),
        (IDLE, 0.9, ACTIVE, FAST_MOTION),
        (IDLE, 0.1, DEGRADED, PASSIVE),
    ],
)
def test_the_way_to_sensing(
    loops: Loops, phase: ControllerState, coherence: float, state: ControllerState, profile: int
) -> None:
    loops.sense(phase, motion=0.9, coherence=coherence)
    loops.at(FAST)
    assert (loops.state, loops.last("state"), loops.last("profile")) == (state, state, profile)


def test_what_is_told_has_no_way_to_go(loops: Loops) -> None:
    loops.sense(CALIBRATION)
    loops.observe(motion=0.9)
    loops.at(FAST)
    assert loops.state == ACTIVE


@pytest.mark.parametrize(("feed", "frames"), [(0, 3), (1, 0)])
def test_the_head_is_fed_where_it_takes_states(loops: Loops, feed: int, frames: int) -> None:
    loops.set("feed", feed)
    loops.observe(**{name: (k + 1) / 16 for k, name in enumerate(FEATURES)})
    loops.through(FAST, 3 * FAST)
    assert loops.number("frames") == frames
    if frames:
        frame = (ctypes.c_float * len(FEATURES)).in_dll(loops.library, "loops_frame")
        assert list(frame) == [(k + 1) / 16 for k in range(len(FEATURES))]
        assert loops.number("frame_len") == len(FEATURES)


def test_a_start_begins_every_beat_anew(loops: Loops) -> None:
    ctypes.c_uint64.in_dll(loops.library, "loops_now_us").value = 12_345
    loops.observe(motion=0.9)
    loops.library.controller_start()
    assert loops.next == 12_345 + FAST
    loops.at(12_345 + FAST)
    assert loops.sent == {}
    loops.through(12_345 + 2 * FAST, 12_345 + MEDIUM - FAST)
    assert loops.log == []
    loops.at(12_345 + MEDIUM)
    assert loops.log == ["Istate 0 -> 8"]
    loops.through(12_345 + MEDIUM + FAST, 12_345 + SLOW - 1)
    assert loops.number("head_healths") == 0
    loops.at(12_345 + SLOW)
    assert loops.number("head_healths") == 1
