"""Benchmarks: what the project claims, measured."""
