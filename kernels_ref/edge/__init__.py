"""The edge features in float64, step by step as the firmware computes them."""
