"""Mutation of the C sources: small changes drawn by a seed, each of which a test has to notice."""
