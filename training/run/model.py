"""The network that is trained: its shape and its first weights."""

from __future__ import annotations

import dataclasses

import torch

from harness.sensing.datasets.tasks import ACTIONS_TASK, MOVING_TASK, Task
from kernels_ref.blob_header import Feed, FeedKind, Pooling
from kernels_ref.blob_layout import ModelShape
from kernels_ref.head import Backend
from training.classifier import TemporalClassifierModule
from training.run.streams import Values

HOP = 20
"""Bins of 20 ms from one spectrum to the next: 2.5 frames a second."""


NETWORKS = {
    # The convolution halves the number of tokens; the maxima show what happens once in 20 s.
    ACTIONS_TASK.name: ModelShape(
        *(16, 4, 1, 8, 1, 6),
        mlp_width=32,
        input_affine=True,
        stem_taps=5,
        stem_width=48,
        conv_taps=5,
        conv_stride=2,
        conv_width=32,
        max_pooling=True,
    ),
    MOVING_TASK.name: ModelShape(
        *(16, 4, 1, 32, 2, 3),
        mlp_width=64,
        input_affine=True,
        stem_taps=4,
        stem_width=64,
    ),
}
"""The shape for each task; numbers of features and classes come from the task."""


def new_model(
    task: Task, mean: Values, deviation: Values, seed: int, backend: Backend = Backend.SPARSE
) -> TemporalClassifierModule:
    """A model with drawn weights whose input is standardised by these statistics [16].

    Dense and sparse models of one seed have the same weights.
    """
    torch.manual_seed(seed)
    shape = dataclasses.replace(
        NETWORKS[task.name], input_dim=len(mean), n_classes=len(task.classes)
    )
    feed = Feed(FeedKind.SPECTRA, HOP, task.frames)
    model = TemporalClassifierModule(shape, Pooling.MEAN, feed, backend=backend)
    with torch.no_grad():
        model.affine.scale.copy_(torch.from_numpy(1 / deviation))
        model.affine.offset.copy_(torch.from_numpy(-mean / deviation))
    return model
