"""What the firmware reads from outside, fuzzed: the first inputs, those that are kept, and runs."""

from harness.sensing.fuzz.corpora import CORPORA, pack, unpack
from harness.sensing.fuzz.coverage import Branches, branches
from harness.sensing.fuzz.runs import FuzzRun, Replay, fuzz, minimise, replay
from harness.sensing.fuzz.seeds import seeds
from harness.sensing.fuzz.targets import TARGETS, build_feeders, build_fuzzers, missing_compiler

__all__ = [
    "CORPORA",
    "TARGETS",
    "Branches",
    "FuzzRun",
    "Replay",
    "branches",
    "build_feeders",
    "build_fuzzers",
    "fuzz",
    "minimise",
    "missing_compiler",
    "pack",
    "replay",
    "seeds",
    "unpack",
]
