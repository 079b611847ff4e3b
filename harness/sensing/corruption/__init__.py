"""Weight blobs that were changed, before the two parsers: the node's in C and the oracle's."""

from harness.sensing.corruption.judged import Tally, Wrong, judge
from harness.sensing.corruption.parsers import PARSER, BlobParser, ParserEnded, build_parser
from harness.sensing.corruption.sweeps import Case, Sweep, all_sweeps

__all__ = [
    "PARSER",
    "BlobParser",
    "Case",
    "ParserEnded",
    "Sweep",
    "Tally",
    "Wrong",
    "all_sweeps",
    "build_parser",
    "judge",
]
