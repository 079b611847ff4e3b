"""The published figures of the temporal head that need no board, measured on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.cli.console import table_text
from harness.sensing.benchmark import speed
from kernels_ref import (
    AetherTemporalHead,
    SparseAttentionConfig,
    TemporalHeadConfig,
    dense_attention,
    edges,
    sparse_attention,
)

Array = npt.NDArray[np.float32]

PUBLISHED_SPEED_UPS = {64: 1.86, 128: 3.34, 256: 5.81, 512: 8.16, 1024: 21.21}
PUBLISHED_EDGES = {8192: 1_146_498, 16384: 2_334_274, 32768: 4_742_658}
STEP_BUDGET = 1e-6


@dataclass(frozen=True)
class Published:
    """One published figure, and what was measured.

    Attributes:
        name: what is measured.
        published: the published value, or the bound.
        measured: what came out here.
        holds: whether the measured value meets the published one; None where it has no better or
            worse.
        note: how it was measured, and whether it compares like with like.
        timed: taken from a clock, and so not the same on the next run.
    """

    name: str
    published: str
    measured: str
    holds: bool | None
    note: str
    timed: bool = False


def published_rows() -> list[Published]:
    """Measure everything; takes about half a minute."""
    return [*_differences(), *_streaming(), *_edge_counts(), *_speed()]


def exact_figures_hold(rows: list[Published]) -> bool:
    """Whether all figures hold that are not taken from a clock: these may fail nothing."""
    return all(row.holds is not False for row in rows if not row.timed)


def format_table(rows: list[Published]) -> str:
    """The figures as a table of plain text, a line each, and the notes below it."""
    notes = list(dict.fromkeys(row.note for row in rows))
    marks = {True: "yes", False: "NO", None: "-"}
    cells = [
        (row.name, row.published, row.measured, marks[row.holds], f"[{notes.index(row.note) + 1}]")
        for row in rows
    ]
    table = table_text(("figure", "published", "measured", "holds", "note"), cells)
    return "\n".join([table, "", *(f"[{i}] {note}" for i, note in enumerate(notes, 1))])


def published_inputs(n: int, heads: int, d: int) -> tuple[Array, Array, Array]:
    """q, k and v `[n, heads, d]` of the published comparison, in float32."""
    s, h, j = (x.astype(np.float32) for x in np.indices((n, heads, d)))
    tenth = np.float32(0.1)
    q = np.sin(s * 31 + h * 7 + j) * tenth
    k = np.cos(s * 17 + h * 3 + j) * tenth
    return q, k, k * np.float32(0.5)


def _differences() -> Iterator[Published]:
    note = "sparse against dense attention, float32, the published inputs"

    def difference(n: int, window: int, block: int) -> Array:
        q, k, v = published_inputs(n, 4, 16)
        sparse = sparse_attention(q, k, v, SparseAttentionConfig(window, block))
        return np.asarray(np.abs(sparse - dense_attention(q, k, v)))

    saturated = float(difference(32, 32, 32).max())
    yield Published(
        "max abs difference, saturated pattern (W=B=N=32)",
        "< 1e-4",
        f"{saturated:.2e}",
        saturated < 1e-4,
        note,
    )
    realistic = difference(256, 16, 32)
    for name, published, value in (
        ("max", 5.22e-3, float(realistic.max())),
        ("mean", 1.79e-3, float(realistic.mean())),
    ):
        yield Published(
            f"{name} abs difference, realistic pattern (N=256, W=16, B=32)",
            f"{published:.2e}",
            f"{value:.4e}",
            f"{value:.2e}" == f"{published:.2e}",
            note,
        )


def _streaming() -> Iterator[Published]:
    rng = np.random.default_rng(1)
    for name, kv_heads in (("grouped, default shape", 1), ("multi-head", 4)):
        config = TemporalHeadConfig(4, kv_heads, 32, TemporalHeadConfig.default_aether().attention)
        head = AetherTemporalHead(config)
        q, k, v = (
            rng.standard_normal((256, heads, 32)).astype(np.float32)
            for heads in (4, kv_heads, kv_heads)
        )
        cache = head.make_cache(256)
        steps = [head.step(q[i : i + 1], k[i : i + 1], v[i : i + 1], cache)[0] for i in range(256)]
        worst = float(np.abs(np.stack(steps) - head.forward(q, k, v)).max())
        yield Published(
            f"step against forward, all of 256 positions ({name})",
            "< 1e-3 at the last",
            f"{worst:.2e}",
            worst <= STEP_BUDGET,
            "normal inputs, float32; the project's own bound is 1e-6 at every position",
        )


def _edge_counts() -> Iterator[Published]:
    config = SparseAttentionConfig(window=128, block_size=64)
    for n, published in PUBLISHED_EDGES.items():
        count = edges(n, config)
        yield Published(
            f"edges, N={n}, W=128, B=64",
            f"{published:,}",
            f"{count:,}",
            count == published,
            "counted, causal; dense has N(N+1)/2: "
            + ", ".join(f"{m * (m + 1) // 2:,}" for m in PUBLISHED_EDGES),
        )


def _speed() -> Iterator[Published]:
    notes = {
        speed.SCALAR: (
            "Like for like: both sides as loops over scalars, one head of the four, which are "
            "alike, so that time goes with the number of multiplications as in the plain compiled "
            "code of the published figures. Medians of interleaved runs; d=32, W=16, B=32"
        ),
        speed.NUMPY: (
            "Not like for like, so no verdict: both sides in numpy, where a call costs as much as "
            "thousands of multiplications and dense is a library's matrix product; naive dense "
            "forms all N x N scores at once. Medians of interleaved runs, one thread; 4 heads, "
            "d=32, W=16, B=32"
        ),
    }
    seconds = speed.measure()
    for way, note in notes.items():
        comparable = way == speed.SCALAR
        for n, published in PUBLISHED_SPEED_UPS.items():
            sparse, dense = seconds[way][n]
            name = f"sparse over naive dense, N={n} ({way})"
            ratio = dense / sparse
            holds = round(ratio, 2) >= published if comparable else None
            yield Published(name, f"{published:.2f}x", f"{ratio:.2f}x", holds, note, timed=True)
        sparse, dense = (seconds[way][1024][i] / seconds[way][64][i] for i in range(2))
        name = f"cost growth N=64 to 1024, sparse ({way})"
        holds = sparse <= 24 if comparable else None
        yield Published(name, "24x", f"{sparse:.1f}x", holds, note, timed=True)
        name = f"cost growth N=64 to 1024, naive dense ({way})"
        yield Published(name, "274x", f"{dense:.1f}x", None, note, timed=True)
    for n, published in PUBLISHED_SPEED_UPS.items():
        ratio = n * (n + 1) / 2 / edges(n, speed.CONFIG)
        yield Published(
            f"dense edges over sparse edges, N={n}",
            f"{published:.2f}x",
            f"{ratio:.2f}x",
            None,
            "Counted, not timed: the ratio of work that a published speed-up stands for",
        )
