"""What a model says of windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from harness.sensing.datasets.windows import Features
from training.classifier import TemporalClassifierModule

_MOST = 256


@torch.no_grad()
def probabilities(
    model: TemporalClassifierModule, windows: Sequence[Features]
) -> npt.NDArray[np.float64]:
    """[windows, classes], each of sum 1. windows: [T, D] each."""
    by_length: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        by_length.setdefault(len(window), []).append(place)
    out = np.zeros((len(windows), model.shape.n_classes))
    for places in by_length.values():
        for start in range(0, len(places), _MOST):
            some = places[start : start + _MOST]
            features = np.stack([windows[place] for place in some])
            logits = model(torch.from_numpy(features)).double()
            out[some] = logits.softmax(dim=-1).numpy()
    return out
