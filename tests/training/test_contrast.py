"""The gate's trainings: the same start for both, nothing of the persons left out, a loss that is
InfoNCE, and a small gate from end to end."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from harness.errors import BenchError
from harness.sensing.datasets.split import FOLDS, SPLIT_SEED, folds_of
from harness.sensing.gate.criteria import criteria
from harness.sensing.gate.figures import Figures, Interval
from harness.sensing.recordings.frames import Recording, frames_of
from kernels_ref.head import Backend
from training.contrast.encoder import EMBEDDING, Encoder
from training.contrast.plan import Plan, parts_of, run
from training.contrast.train import TEMPERATURE, Budget, info_nce, train, view
from training.contrast.windows import Windows, windows_of

LENGTH, WIDTH = 40, 16
BUDGET = Budget(steps=3, batch=8)


def made(persons: int = 5, each: int = 8, seed: int = 1) -> Windows:
    """Each person has a level of their own in every feature, and so has each window."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(persons), each)
    level = rng.normal(0, 2, (persons, 1, WIDTH))
    own = rng.normal(0, 1, (persons * each, 1, WIDTH))
    x = level[who] + own + rng.normal(0, 1, (persons * each, LENGTH, WIDTH))
    names = tuple(f"set/{i}" for i in range(persons))
    return Windows(x.astype(np.float32), who, np.arange(persons * each), names)


def test_dense_and_sparse_begin_with_the_same_weights() -> None:
    encoders = []
    for backend in (Backend.DENSE, Backend.SPARSE):
        torch.manual_seed(7)
        encoders.append(Encoder(WIDTH, backend))
    dense, sparse = (encoder.state_dict() for encoder in encoders)
    assert dense.keys() == sparse.keys()
    assert all(torch.equal(dense[name], sparse[name]) for name in dense)
    x = torch.randn(2, LENGTH, WIDTH)
    out = [encoder(x) for encoder in encoders]
    assert out[0].shape == (2, EMBEDDING)
    assert torch.allclose(out[0].norm(dim=1), torch.ones(2), atol=1e-6)
    assert not torch.allclose(out[0], out[1], atol=1e-6), "the backends attend to the same tokens"


def test_the_loss_is_info_nce_both_ways() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.normal(0, 1, (2, 5, 3))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    scores = np.exp(first @ second.T / TEMPERATURE)
    own = np.diag(scores)
    expected = -(np.log(own / scores.sum(axis=1)) + np.log(own / scores.sum(axis=0))) / 2
    found = info_nce(torch.from_numpy(first), torch.from_numpy(second)).numpy()
    assert found == pytest.approx(expected)


def test_nothing_of_the_persons_left_out_goes_into_the_training() -> None:
    """The same window is embedded alike, whoever else is measured: not even their mean counts."""
    windows = made()
    seen = windows.chosen(windows.person != 0)
    alone, among = windows.of([0]), made()
    among.x[among.person != 0] += 100.0
    first = train(seen, alone, Backend.SPARSE, 1, BUDGET).embeddings
    second = train(seen, among, Backend.SPARSE, 1, BUDGET).embeddings[among.person == 0]
    assert np.allclose(first, second, atol=1e-6)


def test_the_seed_decides_everything() -> None:
    windows = made()
    runs = [train(windows, windows, Backend.DENSE, seed, BUDGET).embeddings for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0], runs[2], atol=1e-3)


def test_training_lowers_the_loss() -> None:
    windows = made(each=12)
    short = train(windows, windows, Backend.SPARSE, 1, Budget(1, 16)).loss.mean()
    longer = train(windows, windows, Backend.SPARSE, 1, Budget(25, 16)).loss.mean()
    assert longer < 0.9 * short


def test_a_view_is_of_its_own_window() -> None:
    """Each window is changed by itself: what another one holds does not show in it."""
    x = torch.randn(4, LENGTH, WIDTH)
    other = x.clone()
    other[1:] = 9.0
    views = [view(some, torch.Generator().manual_seed(3))[0] for some in (x, other)]
    assert torch.equal(views[0], views[1])
    assert not torch.equal(views[0], x[0])


def test_every_person_is_left_out_once() -> None:
    persons = [f"set/{i}" for i in range(11)] + [f"other/{i}" for i in range(7)]
    parts = parts_of(persons, 5)
    assert sorted(person for part in parts for person in part) == list(range(18))
    assert parts_of(persons, 2) == parts[:2]


def test_the_gate_leaves_out_the_persons_that_a_training_leaves_out() -> None:
    persons = [f"set/{i}" for i in range(18)]
    parts = [frozenset(persons[i] for i in part) for part in parts_of(persons, 5)]
    assert parts == folds_of(persons, FOLDS, SPLIT_SEED)


def test_few_persons_are_left_out_one_by_one() -> None:
    assert sorted(parts_of(["set/a", "set/b", "set/c", "set/d"], 5)) == [[0], [1], [2], [3]]


def test_a_small_gate_from_end_to_end() -> None:
    said: list[tuple[int, int, str]] = []
    kept: list[Figures] = []
    figures = run(Plan(2, 2, Budget(4, 8)), made(6), lambda *words: said.append(words), kept.append)
    assert [some.told["unseen"] for some in kept] == [2, 3]
    assert np.array_equal(kept[0].order, figures.order[:, :2])
    assert figures.dense_loss.shape == (2, 3)
    assert said[0] == (1, 32, "training 1 of 8 (dense)")
    assert said[-1] == (32, 32, "training 8 of 8 (sparse)")
    assert ((figures.dense_rank1 >= 0) & (figures.dense_rank1 <= 1)).all()
    assert (figures.order > figures.order_floor).mean() > 0.5, "the same start tells"
    assert len(criteria(figures, Interval(9.0, 8.0, 10.0))) == 4
    assert figures.told["persons_in_a_fold"] == 2


def recorded(name: str, subject: str, label: str = "walking", seconds: int = 8) -> Recording:
    """Fifty frames a second of a path that grows."""
    n = seconds * 50
    rng = np.random.default_rng(len(name))
    k = np.arange(52)
    z = 40 * np.exp(0.1j * k) + 15 * np.exp(0.5j * np.arange(n)[:, None] - 0.3j * k)
    pairs = np.stack([z.imag, z.real], axis=2) + rng.normal(0, 1, (n, 52, 2))
    frames = frames_of(np.arange(n) * 20_000, np.rint(pairs).astype(np.int8).reshape(n, -1))
    return Recording("set", name, label, lambda: frames, subject)


def test_windows_are_of_one_recording_and_one_person() -> None:
    from harness.sensing.edge_library import open_edge_library

    every = [recorded(f"{who}{i}", who) for who in "abcd" for i in range(2)]
    every += [recorded("x", ""), recorded("y", "a", "empty")]
    windows = windows_of(every, open_edge_library(), 5, 20, lambda *_: None)
    assert windows.persons == ("set/a", "set/b", "set/c", "set/d")
    assert windows.x.shape[1:] == (20, 16)
    assert sorted(set(windows.recording.tolist())) == list(range(8))
    for number in range(8):
        assert set(windows.person[windows.recording == number]) == {number // 2}
    with pytest.raises(BenchError, match="show 3 persons by name"):
        windows_of(every[:6], open_edge_library(), 5, 20, lambda *_: None)
