"""The firmware's kernel on this machine: fast against plain, and sparse against naive dense."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.cli.console import say
from harness.sensing.benchmark.results import Plan, Result, ratios
from harness.sensing.benchmark.speed import CONFIG, HEAD_DIM, HEADS, operands
from harness.sensing.benchmark.timing import timed_curves
from harness.sensing.figure import Figure
from harness.sensing.kernel_library import KernelLibrary, open_library
from harness.sensing.structs.kernel import Kernel
from kernels_ref import SparseAttentionConfig

DEFAULT = SparseAttentionConfig(window=32, block_size=16)
DEFAULT_LENGTHS = (64, 256, 1000, 4096, 8192)
PUBLISHED_LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
PLAIN_TARGETS = {256: 4.0, 1000: 4.0, 8192: 4.0}
DENSE_TARGETS = {1024: 40.0, 8192: 200.0}
FIT_FROM = 256

_Ways = Iterator[tuple[tuple[str, int], Callable[[], object]]]


def measure(plan: Plan) -> Result:
    """Builds the library and times it."""
    say("kernel: building, then a minute or two")
    library = open_library()
    ways = [*_default_shape(library, plan), *_published_shape(library, plan)]
    times = timed_curves(dict(ways), plan.rounds, FIT_FROM)
    figures: list[Figure] = ratios(
        "fast over plain, default shape", times["plain, 4/1"], times["fast, 4/1"], PLAIN_TARGETS
    )
    figures += ratios(
        "sparse over naive dense", times["naive dense, 4/4"], times["fast, 4/4"], DENSE_TARGETS
    )
    return Result("kernel", _HOW, tuple(times.values()), tuple(figures))


_HOW = (
    "The firmware's C as a shared library, one thread, -O2 throughout: the fast kernel with its "
    "loops in vectors, the plain one and naive dense as loops over scalars. Medians of interleaved "
    f"runs. 4/1: the default shape, 4 query heads on 1, d={HEAD_DIM}, W={DEFAULT.window}, "
    f"B={DEFAULT.block_size}; 4/4: {HEADS} heads, d={HEAD_DIM}, W={CONFIG.window}, "
    f"B={CONFIG.block_size}, as the published speed-ups"
)


def _default_shape(library: KernelLibrary, plan: Plan) -> _Ways:
    for n in plan.lengths(DEFAULT_LENGTHS):
        qkv = operands(n, 1)
        for kernel in Kernel:
            name = f"{kernel.name.lower()}, 4/1"
            yield (name, n), library.prepared(*qkv, DEFAULT, kernel)


def _published_shape(library: KernelLibrary, plan: Plan) -> _Ways:
    for n in plan.lengths(PUBLISHED_LENGTHS):
        qkv = operands(n)
        yield ("fast, 4/4", n), library.prepared(*qkv, CONFIG, Kernel.FAST)
        yield ("naive dense, 4/4", n), library.dense(*qkv)
