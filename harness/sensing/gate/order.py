"""Whether two encoders sort the neighbours of a window in the same order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Float64 = npt.NDArray[np.float64]

NEIGHBOURS = 50


def neighbour_orders(first: Float64, second: Float64, most: int = NEIGHBOURS) -> Float64:
    """Spearman's correlation [n] of each window's neighbours.

    For each window, the `most` windows that the first encoder finds nearest are sorted by the
    cosine similarity of each encoder; ties share their mean rank. The result is 0 for a window
    whose neighbours are all equally near for one encoder.

    Args:
        first, second: embeddings [n, d] of the same windows, of any length.

    Raises:
        ValueError: fewer than three windows, or other shapes.
    """
    if first.ndim != 2 or len(first) != len(second) or len(first) < 3:
        raise ValueError(f"embeddings of the shapes {first.shape} and {second.shape}")
    near, other = _similarities(first), _similarities(second)
    count = min(most, len(first) - 1)
    found = np.empty(len(first))
    for i in range(len(first)):
        others = np.delete(np.arange(len(first)), i)
        nearest = others[np.argsort(-near[i, others], kind="stable")[:count]]
        found[i] = spearman(near[i, nearest], other[i, nearest])
    return found


def spearman(a: Float64, b: Float64) -> float:
    """Pearson's correlation of the mean ranks of two lists [k]; 0 where one of them is constant."""
    centred = [ranks - ranks.mean() for ranks in map(rankdata, (a, b))]
    size = float(np.sqrt(np.prod([np.sum(each**2) for each in centred])))
    return float(centred[0] @ centred[1]) / size if size else 0.0


def rank_one(
    embeddings: Float64, persons: npt.NDArray[np.int64], recordings: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """[n]: whether the nearest window of another recording is the same person's.

    Windows of the same recording do not count: they are near because they follow each other.
    """
    near = _similarities(embeddings)
    near[recordings[:, None] == recordings] = -np.inf
    nearest: npt.NDArray[np.int64] = near.argmax(axis=1)
    return np.asarray(persons[nearest] == persons)


def _similarities(embeddings: Float64) -> Float64:
    size = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit = embeddings / np.where(size > 0, size, 1.0)
    return np.asarray(unit @ unit.T)
