"""Comparison of what a device computed with what a golden model says."""

from harness.compare.allowance import (
    Allowance,
    AllowanceInvalid,
    absolute,
    dot,
    exp,
    relative,
    total,
    ulp,
)
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
    "Allowance",
    "AllowanceInvalid",
    "BitsDiffer",
    "Budget",
    "Comparison",
    "GoldenModelUnusable",
    "Labels",
    "ShapeDiffers",
    "Term",
    "ToleranceExceeded",
    "absolute",
    "compare",
    "dot",
    "exp",
    "identify_crc",
    "known_crc",
    "relative",
    "same_bits",
    "total",
    "ulp",
]
