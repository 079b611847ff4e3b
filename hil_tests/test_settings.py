"""The settings: what can be set, that it survives a reset, and what it changes.

Each is set by the agent on every target, and where the node has NVS also from outside, as
`hil provision` does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from harness.device.base import Device
from harness.sensing.node import SensingNode
from harness.sensing.nvs import NVS_OFFSET, NVS_SIZE, SETTINGS, Value, make_image
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.udp import UdpSource
from harness.sensing.structs.controller import ControllerState, Observation
from harness.sensing.structs.csi import CsiFrameRequest
from harness.sensing.structs.sense import StreamRates
from harness.sensing.structs.settings import Setting, SettingKind
from harness.sensing.structs.state import HeadState, SensingBootReport, SettingsLost, WeightsSource
from hil_tests.support.packets import packets_of
from hil_tests.support.refusal import refused
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import FeatureState

pytestmark = pytest.mark.reboots

SetUp = Callable[[Mapping[str, Value]], SensingBootReport]
KINDS = {
    "u8": SettingKind.U8,
    "u16": SettingKind.U16,
    "u32": SettingKind.U32,
    "string": SettingKind.TEXT,
    "hex2bin": SettingKind.BYTES,
}
NUMBERS = [s for s in SETTINGS.values() if KINDS[s.encoding] <= SettingKind.U32]
SENDER = bytes.fromhex("02c511000001")
WELL = Observation(coherence=0.9, pkt_yield=20)
PASSIVE_LOW_RATE, RESPIRATION, FAST_MOTION = 0, 2, 3
IDLE, ACTIVE = ControllerState.SENSE_IDLE, ControllerState.SENSE_ACTIVE
ALERT, DEGRADED = ControllerState.ALERT, ControllerState.DEGRADED


@pytest.fixture
def write_partition(
    node: SensingNode, device: Device
) -> Iterator[Callable[[bytes], SensingBootReport]]:
    """Stops the node, writes the partition, starts it; afterwards the partition is empty again."""

    def write(image: bytes) -> SensingBootReport:
        device.stop()
        device.connection.close()
        device.write_flash(NVS_OFFSET, image)
        device.start()
        node.connection.open()
        return node.wait_boot(after="new settings")

    yield write
    write(b"\xff" * NVS_SIZE)


@pytest.fixture
def tell(node: SensingNode) -> Iterator[SetUp]:
    """Sets what is given by the agent, and boots; afterwards the node has its own id again."""
    before = node.settings().node_id

    def apply(settings: Mapping[str, Value]) -> SensingBootReport:
        for name, value in settings.items():
            if name == "sender":
                node.sender(bytes(value))
            elif isinstance(value, bytes):
                node.hop_table(value)
            else:
                assert isinstance(value, int)
                node.setting(Setting[name.upper()], value)
        return node.reset()

    yield apply
    node.setting(Setting.NODE_ID, before)


@pytest.fixture(params=["told", pytest.param("in NVS", marks=pytest.mark.needs("nvs"))])
def set_up(request: pytest.FixtureRequest) -> SetUp:
    """Boots with these settings."""
    if request.param == "told":
        told: SetUp = request.getfixturevalue("tell")
        return told
    write: Callable[[bytes], SensingBootReport] = request.getfixturevalue("write_partition")
    return lambda settings: write(make_image(settings))


def test_the_node_and_the_harness_have_the_same_list(node: SensingNode) -> None:
    """Names, kinds, ranges, defaults, and the numbers by which the agent is told."""
    told = {
        name: (line.kind, line.low, line.high, line.fallback)
        for name, line in node.setting_list().items()
    }
    ours = {
        name: (KINDS[setting.encoding], setting.low, setting.high, setting.default or 0)
        for name, setting in SETTINGS.items()
    }
    assert told == ours
    assert {name: line.key for name, line in node.setting_list().items()} == {
        key.name.lower(): key for key in Setting
    }


def test_a_node_as_delivered_has_the_defaults(node: SensingNode) -> None:
    settings = node.settings()
    for line in node.setting_list().values():
        if line.name.startswith("thr_"):
            assert getattr(settings, line.name) == np.float32(line.fallback / 1000), line.name
        elif hasattr(settings, line.name) and line.name not in ("node_id", "hop_table", "sender"):
            assert getattr(settings, line.name) == line.fallback, line.name
    assert (settings.hop_table, settings.has_sender) == (b"", 0)


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_what_is_out_of_range_is_refused_and_changes_nothing(node: SensingNode, setting) -> None:
    key = Setting[setting.name.upper()]
    before = node.settings()
    outside = [value for value in (setting.low - 1, setting.high + 1, 2**32 - 1) if value >= 0]
    for value in outside:
        with refused("ESP_ERR_INVALID_ARG", what=f"{setting.name} = {value}"):
            node.setting(key, value)
    node.restore()
    assert node.settings() == before


@pytest.mark.parametrize(
    "channels", [b"\0", b"\x0f", b"\x01\x01", bytes(range(1, 15)) + b"\x01", bytes(1500)]
)
def test_what_is_no_hop_table_is_refused_and_changes_nothing(
    node: SensingNode, channels: bytes
) -> None:
    node.hop_table(b"\x0b\x06")
    with refused("ESP_ERR_INVALID_ARG"):
        node.hop_table(channels)
    node.restore()
    assert node.settings().hop_table == b"\x0b\x06"


@pytest.mark.parametrize("mac", [SENDER[:5], SENDER + b"\0", b"\xff" * 6, bytes(6), bytes(1500)])
def test_what_is_no_sender_is_refused_and_changes_nothing(node: SensingNode, mac: bytes) -> None:
    node.sender(SENDER)
    with refused("ESP_ERR_INVALID_ARG"):
        node.sender(mac)
    node.restore()
    assert node.settings().sender == SENDER


def test_a_sender_that_is_set_is_the_only_one(node: SensingNode, set_up: SetUp) -> None:
    """As long as nobody says otherwise; without one, everybody's frames are taken."""
    for setting, taken in ((SENDER, 1), (b"", 2)):
        set_up({"sender": setting})
        node.restore()
        node.csi_feed(20.0)
        for last in (1, 2):
            mac = (*SENDER[:5], last)
            node.csi_frame(CsiFrameRequest(mac, 6, 1, 8, -50, -95), bytes(range(16)))
            node.advance(ms=50)
        seen = node.csi_status()
        assert (seen.accepted, seen.filtered) == (taken, 2 - taken)


def test_text_is_not_for_the_agent(node: SensingNode) -> None:
    for key in (Setting.SSID, Setting.PASSWORD, Setting.TARGET_HOST, Setting.HOP_TABLE):
        with refused("ESP_ERR_INVALID_ARG", what=key.name):
            node.setting(key, 1)
    with refused("ESP_ERR_INVALID_ARG", what="no key"):
        node.setting(len(Setting), 0)  # type: ignore[arg-type]


def test_a_setting_is_in_force_from_the_next_start_on(node: SensingNode) -> None:
    node.setting(Setting.THR_MOTION, 700)
    assert node.settings().thr_motion == np.float32(0.2)
    node.restore()
    assert node.settings().thr_motion == np.float32(0.7)
    node.panic()
    assert node.settings().thr_motion == np.float32(0.7)


@pytest.mark.parametrize("node_id", [0, 7, 255])
def test_the_node_id_is_in_every_packet(node: SensingNode, set_up: SetUp, node_id: int) -> None:
    set_up({"node_id": node_id})
    assert _node_ids(node) == {node_id}


@pytest.mark.parametrize(
    ("name", "value", "change", "state", "profile"),
    [
        ("min_pkt_yield", 0, {"pkt_yield": 0}, IDLE, PASSIVE_LOW_RATE),
        ("min_pkt_yield", 21, {}, DEGRADED, PASSIVE_LOW_RATE),
        ("min_pkt_yield", 1000, {"pkt_yield": 1000}, IDLE, PASSIVE_LOW_RATE),
        ("thr_coherence", 0, {"coherence": 0.0}, IDLE, PASSIVE_LOW_RATE),
        ("thr_coherence", 901, {}, DEGRADED, PASSIVE_LOW_RATE),
        ("thr_coherence", 1000, {"coherence": 1.0}, IDLE, PASSIVE_LOW_RATE),
        ("thr_anomaly", 0, {"anomaly": 0.0}, ALERT, FAST_MOTION),
        ("thr_anomaly", 300, {"anomaly": 0.3}, ALERT, FAST_MOTION),
        ("thr_anomaly", 1000, {"anomaly": 0.999}, IDLE, PASSIVE_LOW_RATE),
        ("thr_motion", 100, {"motion": 0.1}, ACTIVE, FAST_MOTION),
        ("thr_motion", 100, {"motion": 0.0999}, IDLE, PASSIVE_LOW_RATE),
        ("thr_motion", 1000, {"motion": 0.9}, IDLE, PASSIVE_LOW_RATE),
        ("thr_presence", 900, {"presence": 0.8}, IDLE, PASSIVE_LOW_RATE),
        ("thr_presence", 100, {"presence": 0.1}, IDLE, RESPIRATION),
        ("thr_still", 0, {"presence": 1.0}, IDLE, PASSIVE_LOW_RATE),
        ("thr_still", 150, {"presence": 1.0, "motion": 0.149}, IDLE, RESPIRATION),
    ],
)
def test_a_threshold_decides(
    node: SensingNode,
    set_up: SetUp,
    name: str,
    value: int,
    change: dict[str, float],
    state: ControllerState,
    profile: int,
) -> None:
    """What the pure function answers, what the fast loop does, and what the packet says."""
    set_up({name: value})
    observation = dataclasses.replace(WELL, **change)
    decision = node.decide(observation)
    assert (decision.state, decision.profile) == (state, profile)
    node.restore()
    node.mirror(True)
    node.observe(observation)
    node.advance(ms=200)
    assert node.status().controller_state == state
    assert [packet.mode for packet in node.packets] == [profile]
    shown = getattr(node.settings(), name)
    assert shown == (np.float32(value / 1000) if name.startswith("thr_") else value)


def test_thresholds_do_not_change_each_other(node: SensingNode, set_up: SetUp) -> None:
    values = {name: 100 + 7 * i for i, name in enumerate(n for n in SETTINGS if n[:4] == "thr_")}
    set_up({**values, "min_pkt_yield": 9})
    settings = node.settings()
    assert {name: round(getattr(settings, name) * 1000) for name in values} == values
    assert settings.min_pkt_yield == 9


@pytest.mark.parametrize(
    ("tier", "has_motion", "has_vitals"), [(0, False, False), (1, True, False), (2, True, True)]
)
def test_the_edge_tier_says_what_is_computed(
    node: SensingNode, set_up: SetUp, tier: int, has_motion: bool, has_vitals: bool
) -> None:
    """Of an empty room, somebody who walks, and then sits still."""
    set_up({"edge_tier": tier})
    assert node.settings().edge_tier == tier
    node.restore()
    node.stream_rates(StreamRates(raw_every=0))
    node.mock_scenario(Scenario.EMPTY, 5)
    node.advance(seconds=40)
    node.mirror(True)
    node.mock_scenario(Scenario.WALKING, 5)
    node.advance(seconds=10)
    node.mock_scenario(Scenario.STATIC_PERSON, 5)
    node.advance(seconds=90)
    sent = packets_of(node, FeatureState)
    assert len(sent) == 500
    assert any(packet.motion_score > 0 for packet in sent) == has_motion
    assert any(packet.respiration_bpm > 0 for packet in sent) == has_vitals
    assert any(packet.heartbeat_bpm > 0 for packet in sent) == has_vitals


@pytest.mark.parametrize(
    ("channels", "dwell_ms"),
    [([1, 6, 11], 10), ([13], 60000), (list(range(14, 0, -1)), 123)],
    ids=["three", "one", "all"],
)
def test_the_hop_table_is_reported(
    node: SensingNode, set_up: SetUp, channels: list[int], dwell_ms: int
) -> None:
    set_up({"hop_table": bytes(channels), "hop_dwell_ms": dwell_ms})
    settings = node.settings()
    assert (list(settings.hop_table), settings.hop_dwell_ms) == (channels, dwell_ms)


def test_no_channels_mean_no_hopping(node: SensingNode, set_up: SetUp) -> None:
    set_up({"hop_table": b"\x01\x06"})
    set_up({"hop_table": b""})
    assert node.settings().hop_table == b""


@pytest.mark.needs("head")
def test_a_head_that_is_not_started(set_up: SetUp) -> None:
    assert set_up({"start_head": 0}).head_state == HeadState.OFF
    assert set_up({"start_head": 1}).head_state == HeadState.ON


@pytest.mark.needs("head")
def test_weights_of_the_image_that_are_not_used(set_up: SetUp) -> None:
    boot = set_up({"embed_weights": 0})
    assert boot.head_state == HeadState.OFF
    assert boot.weights_source == WeightsSource.NONE


def test_every_setting_at_once(node: SensingNode, set_up: SetUp) -> None:
    numbers = {setting.name: setting.high for setting in NUMBERS if setting.name != "target_port"}
    set_up({**numbers, "hop_table": b"\x0e\x01", "sender": SENDER})
    settings = node.settings()
    for name, value in numbers.items():
        expected = value / 1000 if name.startswith("thr_") else value
        assert getattr(settings, name) == expected, name
    assert (settings.hop_table, settings.sender) == (b"\x0e\x01", SENDER)


def test_settings_written_many_times(node: SensingNode) -> None:
    """More often than a small store has room for; the last value counts, and the others stay."""
    node.hop_table(b"\x05\x03")
    node.setting(Setting.THR_STILL, 77)
    for value in range(1200):
        node.setting(Setting.MIN_PKT_YIELD, value % 1000)
    node.reset()
    settings = node.settings()
    assert (settings.min_pkt_yield, settings.hop_table) == (199, b"\x05\x03")
    assert settings.thr_still == np.float32(0.077)


# ---- only from outside -----------------------------------------------------------------------


@pytest.mark.needs("nvs", "network")
def test_where_packets_go(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport]
) -> None:
    before = len(node.log)
    write_partition(make_image({"target_host": "127.0.0.1", "target_port": 40123}))
    node.wait_log("packets go to 127.0.0.1:40123", start=before)


@pytest.mark.needs("nvs", "network")
def test_a_port_out_of_range_is_said_and_not_used(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport]
) -> None:
    before = len(node.log)
    write_partition(make_image({"target_port": 0}))
    node.wait_log("target_port = 0 is not in 1 to 65535", start=before)
    node.wait_log(f"packets go to 127.0.0.1:{SETTINGS['target_port'].default}", start=before)


@pytest.mark.needs("nvs", "network")
def test_a_restore_says_where_packets_go(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport], reception: Reception
) -> None:
    """From its boot on a node sends where it is set to, where nobody of the session listens."""
    elsewhere = UdpSource("127.0.0.1", 0)
    elsewhere.claim()
    try:
        with Reception([elsewhere]) as other:
            write_partition(make_image({"target_port": elsewhere.port}))
            other.wait_for(bool, "waiting for a packet at the port that is set", 60.0)
            reception.collect()
            node.restore()
            other.collect()
            node.mirror(True)
            node.advance(seconds=2)
            sent = len(node.packets)
            assert sent >= 10
            reception.wait_for(
                lambda packets: len(packets) >= sent, "waiting for the session's packets", 60.0
            )
            assert other.collect() == []
    finally:
        elsewhere.release()


@pytest.mark.needs("nvs")
@pytest.mark.parametrize(
    ("name", "value"), [("edge_tier", 3), ("hop_dwell_ms", 9), ("thr_still", 1001)]
)
def test_what_is_out_of_range_in_the_partition_is_said_and_has_its_default(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport], name: str, value: int
) -> None:
    """Another program may have written it."""
    before = len(node.log)
    write_partition(make_image({name: value, "hop_table": b"\x01", "min_pkt_yield": 7}))
    node.wait_log(f"{name} = {value} is not in", start=before)
    settings = node.settings()
    default = SETTINGS[name].default
    assert default is not None
    assert getattr(settings, name) == (
        np.float32(default / 1000) if name.startswith("thr_") else default
    )
    assert settings.min_pkt_yield == 7


@pytest.mark.needs("nvs")
@pytest.mark.parametrize("table", [b"\x00", b"\x01\x01", bytes(range(1, 18))])
def test_a_hop_table_in_the_partition_that_is_none_is_said_and_not_used(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport], table: bytes
) -> None:
    before = len(node.log)
    write_partition(make_image({"hop_table": table}))
    node.wait_log("hop_table is no list of channels", start=before)
    assert node.settings().hop_table == b""


@pytest.mark.needs("nvs")
def test_a_sender_in_the_partition_that_is_none_is_said_and_not_used(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport]
) -> None:
    before = len(node.log)
    write_partition(make_image({"sender": SENDER[:4]}))
    node.wait_log("sender is no address of one", start=before)
    assert node.settings().has_sender == 0


@pytest.mark.needs("nvs")
def test_a_damaged_partition_means_defaults(
    node: SensingNode, write_partition: Callable[[bytes], SensingBootReport]
) -> None:
    """The node starts with its defaults instead of not at all."""
    boot = write_partition(bytes(range(256)) * (NVS_SIZE // 256))
    assert boot.settings_lost == SettingsLost.ERASED, "the boot report says nothing of it"
    assert node.settings().start_head == 1
    assert _node_ids(node) == {1}
    assert node.reset().settings_lost == SettingsLost.ERASED
    assert write_partition(make_image({"node_id": 3})).settings_lost == SettingsLost.KEPT


def _node_ids(node: SensingNode) -> set[int]:
    node.restore()
    node.mirror(True)
    node.advance(seconds=2)
    return {packet.node_id for packet in node.packets}
