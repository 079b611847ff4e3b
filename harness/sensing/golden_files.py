"""Makes everything in `fixtures/`: reference blobs, and golden vectors from the oracle.

The inputs of the golden vectors come from the generator of the reference blob, so that a program in
any language can make them from the seeds in the files.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT
from harness.sensing.reception.item import Datagram
from harness.sensing.reception.recording import Recording
from kernels_ref import (
    Pooling,
    SparseAttentionConfig,
    TemporalClassifier,
    WeightBlob,
    WeightDtype,
    init_random_blob,
    sparse_attention,
)
from kernels_ref.edge import mock
from kernels_ref.packets import FeatureState, Packet, RawCsiFrame, channel_to_mhz
from kernels_ref.reference_blob import xorshift_units

RECORDING, RECORDED_S, RECORDED_SEED = "static_person.pcap", 70, 3
FEATURE_PERIOD_US = 200_000

README = """\
# Fixtures

Made by `./hil fixtures`; nothing here is edited by hand.

| file | what |
|---|---|
| `reference_*.rvne` | the reference blob: float32 and float16, last-token and mean pooling |
| `golden_attention.json` | sparse attention in float64 to 13 decimals, a case per kind of pattern |
| `golden_logits.json` | logits in float64 of the reference blobs, to 13 decimals |
| `static_person.pcap` | 70 s of synthetic channel state (static person, seed 3) as it \
would be recorded of node 1; its feature states hold nothing but the time |
| `models/` | trained by `hil train`, not by `hil fixtures`: docs/models.md |

**Inputs.** A tensor with `seed` s and `scale` a is filled in C order with `(u - 0.5) * 2 * a`,
where u are the draws of xorshift64* (shifts 13, 7, 17, multiplier 0x2545F4914F6CDD1D) from the
state s: the high 32 bits, rounded to float32, divided by float32(2^32 - 1), every operation in
float32. The outputs are what the oracle computes from these float32 values in float64.
"""


def make_fixtures(folder: Path) -> list[Path]:
    """Write every fixture into `folder` and return the files. Floats agree to 1e-12 anywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {"README.md": README.encode()}
    for blob_file, dtype, pooling in _blobs():
        files[blob_file] = init_random_blob(dtype=dtype, pooling=pooling)
    files["golden_attention.json"] = _json(_attention_cases())
    files["golden_logits.json"] = _json(_logits_cases())
    for name, data in files.items():
        (folder / name).write_bytes(data)
    _write_recording(folder / RECORDING)
    files[RECORDING] = b""
    return [folder / name for name in files]


def seeded(seed: int, shape: tuple[int, ...], scale: float) -> npt.NDArray[np.float32]:
    """A float32 tensor as the README of the fixtures describes it."""
    unit = xorshift_units(int(np.prod(shape)), seed)
    values = (unit - np.float32(0.5)) * np.float32(2) * np.float32(scale)
    return values.reshape(shape)


def _write_recording(path: Path) -> None:
    """Writes raw frames at their times, and every 200 ms a feature state, which has the time."""
    states = range(FEATURE_PERIOD_US, RECORDED_S * 1_000_000 + 1, FEATURE_PERIOD_US)
    sent: list[tuple[int, Packet]] = [(ts_us, _feature_state(ts_us)) for ts_us in states]
    sent += _recorded_frames()
    with Recording(path, DEFAULT_UDP_PORT) as out:
        for ts_us, packet in sorted(sent, key=lambda item: item[0]):
            out.write(Datagram(packet.encode(), ts_us / 1e6, "node"))


def _recorded_frames() -> list[tuple[int, Packet]]:
    """Each frame, and when it was taken, in microseconds."""
    told = (mock.Scenario.STATIC_PERSON, RECORDED_SEED)
    heard = mock.heard(*told, RECORDED_S * mock.RATE_HZ)
    return [
        (
            int(heard.ts_us[i]),
            RawCsiFrame(
                node_id=1,
                n_antennas=1,
                n_subcarriers=mock.PAIRS,
                freq_mhz=channel_to_mhz(mock.CHANNEL),
                seq=i + 1,
                rssi=int(heard.rssi[i]),
                noise_floor=mock.NOISE_FLOOR,
                layout=mock.layout(*told),
                iq=heard.iq[i].tobytes(),
            ),
        )
        for i in range(len(heard))
    ]


def _feature_state(now_us: int) -> FeatureState:
    names = (field.name for field in dataclasses.fields(FeatureState))
    nothing = dict.fromkeys(names, 0) | {"node_id": 1, "ts_us": now_us}
    return FeatureState(**nothing | {"seq": now_us // FEATURE_PERIOD_US})


def _blobs() -> list[tuple[str, WeightDtype, Pooling]]:
    return [
        (f"reference_{dtype.name.lower()}{suffix}.rvne", dtype, pooling)
        for pooling, suffix in ((Pooling.LAST_TOKEN, ""), (Pooling.MEAN, "_mean"))
        for dtype in WeightDtype
    ]


def _attention_cases() -> list[dict[str, Any]]:
    default: dict[str, Any] = {"window": 3, "block_size": 4}
    patterns: dict[str, dict[str, Any]] = {
        "grouped": {},
        "not causal": {"causal": False},
        "no log stride": {"use_log_stride": False},
        "no landmarks": {"use_landmarks": False},
        "several global tokens": {"global_tokens": (0, 5, 11, 40)},
        "saturated": {"window": 26, "block_size": 26},
    }
    heads = dict.fromkeys(patterns, (4, 2)) | {"multi-head": (3, 3), "multi-query": (4, 1)}
    cases = []
    for number, (name, (q_heads, kv_heads)) in enumerate(heads.items()):
        pattern = default | patterns.get(name, {})
        shapes = {"q": (26, q_heads, 4), "k": (26, kv_heads, 4), "v": (26, kv_heads, 4)}
        inputs: dict[str, dict[str, Any]] = {
            tensor: {"seed": 100 * number + i + 1, "shape": shape, "scale": 2.0}
            for i, (tensor, shape) in enumerate(shapes.items())
        }
        q, k, v = (seeded(**x).astype(np.float64) for x in inputs.values())
        out = sparse_attention(q, k, v, SparseAttentionConfig(**pattern))
        cases.append({"name": name, "pattern": pattern, "inputs": inputs, "out": _listed(out)})
    return cases


def _logits_cases() -> list[dict[str, Any]]:
    cases = []
    for blob_file, dtype, pooling in _blobs():
        blob = WeightBlob.parse(init_random_blob(dtype=dtype, pooling=pooling))
        classifier = TemporalClassifier.from_blob(blob)
        for n in (1, 31, 33, 256):
            inputs: dict[str, Any] = {"seed": n, "shape": (n, blob.shape.input_dim), "scale": 3.0}
            frames = seeded(**inputs)
            logits = classifier.logits(frames.astype(np.float64))
            cases.append({"blob": blob_file, "frames": inputs, "logits": _listed(logits)})
    return cases


def _listed(values: npt.NDArray[np.float64]) -> Any:
    """Rounded to 13 decimals: the rest depends on the machine's linear algebra."""
    return np.round(values, 13).tolist()


def _json(cases: list[dict[str, Any]]) -> bytes:
    """A case in each line, so that a person can read a difference."""
    lines = ",\n".join(json.dumps(case) for case in cases)
    return f"[\n{lines}\n]\n".encode()
