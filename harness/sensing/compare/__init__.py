"""The error budgets of the temporal head, and what a wrong attention looks like."""
