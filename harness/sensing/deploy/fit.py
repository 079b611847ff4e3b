"""Whether a node can run a model, and which settings the model needs."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import BenchError
from harness.sensing.deploy.model import ModelFile
from harness.sensing.structs.settings import Setting, Settings
from harness.sensing.structs.state import HeadState, SensingBootReport
from harness.sensing.structs.weights import PartitionInfo
from kernels_ref import FeedKind
from kernels_ref.edge.config import BIN_US, SPECTRUM_LEN, Tier
from kernels_ref.packets import TemporalFeed

_FEED_NAMES = {TemporalFeed.STATE: "states", TemporalFeed.SPECTRUM: "spectra"}


class Refused(BenchError):
    """The node cannot run the model; nothing on the node has changed."""


def check_fit(model: ModelFile, boot: SensingBootReport, store: PartitionInfo) -> None:
    """Raises Refused for a model that this build of the node cannot run with any settings."""
    _check_head(boot)
    _check_shape(model, boot)
    _check_feed_length(model, boot)
    _check_room(model, store)


def _check_head(boot: SensingBootReport) -> None:
    if boot.head_state is HeadState.NOT_BUILT:
        raise Refused(
            "The node's image is built without the temporal head, so no model can run on it.",
            "Leave out the overlay head_off.",
        )
    if boot.self_test_error:
        raise Refused(
            f"The node's kernel does not compute its known answer ({boot.head_reason}), so it runs "
            "no model.",
            "Find out why with: hil run",
        )


def _check_shape(model: ModelFile, boot: SensingBootReport) -> None:
    shape = model.shape
    if shape.input_dim != boot.input_dim:
        raise Refused(
            f"{model.path.name} takes {shape.input_dim} floats a frame, the node's frames have "
            f"{boot.input_dim}.",
            f"Train it for {boot.input_dim}, or build with TEMPORAL_INPUT_DIM={shape.input_dim}.",
        )
    if shape.n_classes > boot.max_classes:
        raise Refused(
            f"{model.path.name} tells {shape.n_classes} classes apart, a node at most "
            f"{boot.max_classes}."
        )
    if model.feed and model.feed.window_len > boot.window_len:
        raise Refused(
            f"{model.path.name} looks at {model.feed.window_len} frames, the node keeps "
            f"{boot.window_len}.",
            f"Build the node with TEMPORAL_WINDOW_LEN={model.feed.window_len}.",
        )


def _check_feed_length(model: ModelFile, boot: SensingBootReport) -> None:
    if model.feed is None or model.feed.kind is not FeedKind.SPECTRA:
        return
    if boot.input_dim < SPECTRUM_LEN:
        raise Refused(
            f"{model.path.name} is fed with spectra of {SPECTRUM_LEN} floats, the node's frames "
            f"have {boot.input_dim}.",
            f"Build the node with TEMPORAL_INPUT_DIM={SPECTRUM_LEN}.",
        )


def _check_room(model: ModelFile, store: PartitionInfo) -> None:
    room = min(store.slot_size) - store.blob_offset if store.size else 0
    if len(model.data) > room:
        what = f"a slot of its flash holds {room:,}" if room > 0 else "it has no weights partition"
        raise Refused(f"{model.path.name} has {len(model.data):,} bytes, and on the node {what}.")


def settings_for(model: ModelFile, now: Settings) -> dict[Setting, int]:
    """The settings that the model needs and that have another value now."""
    wanted: dict[Setting, int] = {Setting.START_HEAD: 1}
    if model.feed is not None:
        wanted[Setting.TEMPORAL_FEED] = int(model.feed.kind)
        if model.feed.kind is FeedKind.SPECTRA:
            wanted |= {
                Setting.SPECTRUM_HOP: model.feed.spectrum_hop,
                Setting.EDGE_TIER: int(Tier.ALL),
            }
    return {key: value for key, value in wanted.items() if value != value_of(now, key)}


def value_of(settings: Settings, key: Setting) -> int:
    """The value of a setting that is a number."""
    return int(getattr(settings, key.name.lower()))


def refuse_settings(model: ModelFile, now: Settings, wanted: Mapping[Setting, int]) -> None:
    """Raises Refused, which names the settings that the model needs, and their values now."""
    differing = ", ".join(
        f"{key.name.lower()} is {_said(key, value_of(now, key))} and has to be {_said(key, value)}"
        for key, value in wanted.items()
    )
    raise Refused(
        f"{model.path.name} {_trained_on(model)}, and on the node {differing}.",
        "Let it be set with: hil deploy --set",
    )


def _trained_on(model: ModelFile) -> str:
    if model.feed is None:
        return "needs a head that starts"
    if model.feed.kind is FeedKind.STATES:
        return "was trained on states"
    return f"was trained on spectra every {model.feed.spectrum_hop * BIN_US // 1000} ms"


def _said(key: Setting, value: int) -> str:
    if key is Setting.TEMPORAL_FEED:
        return f"{value} ({_FEED_NAMES[TemporalFeed(value)]})"
    return str(value)
