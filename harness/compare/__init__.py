"""Comparison of what a device computed with what a golden model says."""

from harness.compare.budget import Budget, Term
from harness.compare.crc import identify_crc, known_crc
from harness.compare.tolerance import (
    BitsDiffer,
    Comparison,
    GoldenModelUnusable,
    Labels,
    ShapeDiffers,
    ToleranceExceeded,
    compare,
    same_bits,
)

__all__ = [
    "BitsDiffer",
    "Budget",
    "Comparison",
    "GoldenModelUnusable",
    "Labels",
    "ShapeDiffers",
    "Term",
    "ToleranceExceeded",
    "compare",
    "identify_crc",
    "known_crc",
    "same_bits",
]
