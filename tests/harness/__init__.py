"""Tests of the harness; the fakes stand in for nodes and ports."""
