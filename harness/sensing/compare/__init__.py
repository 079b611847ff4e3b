"""The error budgets of the temporal head, and what a wrong attention looks like."""

from harness.sensing.compare.budget import (
    BudgetMeaningless,
    attention_budget,
    conditioned_attention_budget,
    logits_budget,
)
from harness.sensing.compare.explain import explain_uniform
from harness.sensing.compare.model import ExpectedLogits, expected_logits
from harness.sensing.compare.pattern import Pattern, Variation, sight, uniform_weights

__all__ = [
    "BudgetMeaningless",
    "ExpectedLogits",
    "Pattern",
    "Variation",
    "attention_budget",
    "conditioned_attention_budget",
    "expected_logits",
    "explain_uniform",
    "logits_budget",
    "sight",
    "uniform_weights",
]
