"""Training of models: PyTorch modules that compute what the oracle does.

Nothing outside this package imports it or PyTorch, so that everything else works without.
"""
