"""A deployment reads back whatever it can, and calls nothing rolled back that is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from harness.sensing.deploy.deployment import DeployFailed, Deployment, RollbackFailed
from harness.sensing.deploy.fit import Refused
from harness.sensing.deploy.model import ModelFile, model_of
from kernels_ref import Feed, FeedKind, WeightBlob, init_random_blob
from tests.harness.fake_store import FakeStore


def model(feed: Feed | None = None, scale: float = 2.0) -> ModelFile:
    """The reference model with other weights."""
    blob = WeightBlob.parse(init_random_blob())
    return model_of(
        replace(blob, weights=blob.weights * scale, feed=feed).serialize(), Path("m.rvne")
    )


SPECTRA = Feed(FeedKind.SPECTRA, 5, 64)


def right(_frames: npt.NDArray[np.float32], _logits: npt.NDArray[np.float32]) -> None:
    pass


def wrong(_frames: npt.NDArray[np.float32], _logits: npt.NDArray[np.float32]) -> None:
    raise AssertionError("the logits are another model's")


def planned(
    store: FakeStore, of: ModelFile, may_set: bool = False, judge: Any = right
) -> Deployment:
    return Deployment(cast(Any, store), of, judge, may_set=may_set)


def test_what_is_there_afterwards_is_the_model() -> None:
    store = FakeStore()
    done = planned(store, model()).run()
    assert (done.slot, done.boot.weights_crc, done.working_set_bytes) == (0, model().crc, 4321)
    assert "read back byte for byte" in str(done)


@pytest.mark.parametrize("older", [False, True], ids=["the image's", "the older slot's"])
@pytest.mark.parametrize(
    ("fault", "judge", "words"),
    [
        ({"worn": 100}, right, "what lies in slot . has CRC"),
        ({"will_not_start": model().crc}, right, "the head does not start, start failed: ESP_FAIL"),
        ({}, wrong, "the logits are another model's"),
    ],
    ids=["a worn byte", "a head that does not start", "other logits"],
)
def test_what_does_not_run_is_taken_back(
    fault: dict[str, Any], judge: Any, words: str, older: bool
) -> None:
    store = FakeStore()
    if older:
        planned(store, model(scale=3.0)).run()
    before = store.boot_report()
    for name, value in fault.items():
        setattr(store, name, value)
    with pytest.raises(DeployFailed, match=words) as found:
        planned(store, model(), judge=judge).run()
    assert "Rolled back: the node runs" in str(found.value)
    after = store.boot_report()
    assert (after.weights_crc, after.weights_source) == (before.weights_crc, before.weights_source)


def test_a_boot_report_of_another_model_is_not_believed() -> None:
    """The right slot and generation, and the CRC of something else."""
    store = FakeStore()
    upload = store.upload_weights

    def swapped(_data: bytes, progress: object = None) -> Any:
        return upload(model(scale=9.0).data)

    store.upload_weights = swapped  # type: ignore[method-assign]
    with pytest.raises(DeployFailed, match="the boot report says slot 0, generation 1, CRC"):
        planned(store, model()).run()


@pytest.mark.parametrize("fault", ["keeps", "sticks"])
def test_a_way_back_that_leads_elsewhere_is_said(fault: str) -> None:
    store = FakeStore(**{fault: True})
    with pytest.raises(RollbackFailed, match="The way back failed as well: the node ran"):
        planned(store, model(SPECTRA), may_set=True, judge=wrong).run()


def test_another_feed_is_refused_and_nothing_is_written() -> None:
    store = FakeStore()
    with pytest.raises(Refused, match=r"trained on spectra every 100 ms, and on the node temporal"):
        planned(store, model(SPECTRA)).run()
    assert (store.written, store.values["temporal_feed"]) == (0, 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"temporal_feed": 1, "spectrum_hop": 10}, "spectrum_hop is 10 and has to be 5"),
        ({"temporal_feed": 1, "spectrum_hop": 5, "edge_tier": 1}, "edge_tier is 1 and has to be 2"),
    ],
)
def test_each_setting_is_looked_at(values: dict[str, int], words: str) -> None:
    store = FakeStore()
    store.values |= values
    store.restore()
    with pytest.raises(Refused, match=words):
        planned(store, model(SPECTRA)).run()
    planned(store, model(SPECTRA), may_set=True).run()
    assert (store.in_force["spectrum_hop"], store.in_force["edge_tier"]) == (5, 2)


def test_a_model_of_states_is_refused_where_spectra_are_fed() -> None:
    store = FakeStore()
    store.values["temporal_feed"] = 1
    store.restore()
    of_states = model(Feed(FeedKind.STATES, 0, 256))
    with pytest.raises(Refused, match=r"was trained on states, and on the node temporal_feed is 1"):
        planned(store, of_states).run()


def test_a_setting_that_is_not_in_force_is_no_deployment() -> None:
    """It was written, and the node goes on with the old one."""
    store = FakeStore(sticks=True)
    with pytest.raises(RollbackFailed, match="the setting spectrum_hop is 10, not 5"):
        planned(store, model(SPECTRA), may_set=True).run()


def test_too_little_memory_is_refused_with_what_there_is() -> None:
    store = FakeStore(no_memory=True)
    with pytest.raises(Refused, match="12,345 bytes are free without a head"):
        planned(store, model()).run()
    assert store.written == 0


def test_what_is_there_already_is_not_written_again() -> None:
    store = FakeStore()
    planned(store, model()).run()
    again = planned(store, model()).run()
    assert (store.written, again.is_new) == (1, False)
    store.worn = 7
    with pytest.raises(DeployFailed, match="byte 7"):
        planned(store, model()).run()
    assert store.written == 2, "what is there is another thing: it was written anew"
