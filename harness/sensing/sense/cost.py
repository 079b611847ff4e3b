"""What the edge features cost: memory on this machine, and instructions if a target counted
them."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.journal import Record
from harness.sensing.figure import Figure

STATE_BYTES = 48 * 1024
MEAN_INSTRUCTIONS, MAX_INSTRUCTIONS = 100_000, 250_000

STATE = "edge state"
MEAN, MAX = "edge features for 20 ms, mean", "edge features for 20 ms, most"
AS_IT_CAME = "edge features for a frame, most"
"""Names of measurements in the node's session. A frame pays for the bins of 20 ms that it
completes: one where 50 frames a second come evenly, several where fewer come or after a loss."""


def figures(state_bytes: int, records: Sequence[Record]) -> list[Figure]:
    """records: of a node that heard a few recordings; without them only the memory is known."""
    measured = [record for record in records if record["kind"] == "measure"]
    state = _worst(measured, STATE, "bytes")
    return [
        Figure(
            "state of the edge features",
            state_bytes if state is None else state,
            STATE_BYTES,
            at_least=False,
            unit="bytes",
            note="on this machine" if state is None else "on the target",
        ),
        _instructions(
            "for each frame of 50 a second, mean", _worst(measured, MEAN), MEAN_INSTRUCTIONS
        ),
        _instructions(
            "for each frame of 50 a second, most", _worst(measured, MAX), MAX_INSTRUCTIONS
        ),
        _instructions("for a frame as it came, most", _worst(measured, AS_IT_CAME), None),
    ]


def _instructions(name: str, value: float | None, target: int | None) -> Figure:
    note = "no target counted them" if value is None else "of the recording that takes most"
    return Figure(name, value, target, at_least=False, unit="instructions", note=note)


def _worst(records: Sequence[Record], name: str, unit: str = "instructions") -> float | None:
    values = [
        float(record["value"])
        for record in records
        if str(record["name"]).startswith(name) and record["unit"] == unit
    ]
    return max(values, default=None)
