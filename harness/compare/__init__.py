"""Comparison of what a device computed with what the oracle says."""

from harness.compare.budget import (
    Budget,
    BudgetMeaningless,
    Term,
    attention_budget,
    conditioned_attention_budget,
    logits_budget,
)
from harness.compare.crc import identify_crc, known_crc
from harness.compare.explain import explain_uniform
from harness.compare.model import ExpectedLogits, expected_logits
from harness.compare.pattern import Pattern, Variation, sight, uniform_weights
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
    "BudgetMeaningless",
    "Comparison",
    "ExpectedLogits",
    "GoldenModelUnusable",
    "Labels",
    "Pattern",
    "ShapeDiffers",
    "Term",
    "ToleranceExceeded",
    "Variation",
    "attention_budget",
    "compare",
    "conditioned_attention_budget",
    "expected_logits",
    "explain_uniform",
    "identify_crc",
    "known_crc",
    "logits_budget",
    "same_bits",
    "sight",
    "uniform_weights",
]
