"""How right the node is on recordings, figure by figure.

listening   a node that hears a recording: the firmware's C
pool        recordings on all cores
breathing, nobody, movement, falls, cost
            the figures, a subject a file; rooms and disturbed: what some of them hear
figure      a figure, its target and its interval over subjects
scoreboard  all of them
plots, page what a person looks at
"""

from harness.sensing.sense.figure import Figure
from harness.sensing.sense.scoreboard import NothingToMeasure, Scoreboard, measure

__all__ = ["Figure", "NothingToMeasure", "Scoreboard", "measure"]
