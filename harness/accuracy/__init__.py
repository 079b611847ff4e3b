"""How right a model is on a node: persons it has never seen, through the whole path.

card      what lies beside a model: its task, its classes, the persons it was not trained on
hearing   raw frames into the node's capture, and what it concludes; the spectra of the same frames
score     accuracy, F1, confusion; where device and oracle differ, and whether that is a tie
"""

from harness.accuracy.card import Card, NoCard, read_card
from harness.accuracy.hearing import Heard, hear
from harness.accuracy.score import Judged, Score, Sides, score_of

__all__ = [
    "Card",
    "Heard",
    "Judged",
    "NoCard",
    "Score",
    "Sides",
    "hear",
    "read_card",
    "score_of",
]
