"""Recordings of channel state: where they lie, what they show, and their frames.

frames     what a recording is
labels     the words for what it shows
manifest   every recording of a folder
layouts    one reader for each form of a manifest
arrays     the files that frames lie in
found      the environment variable that names the folder
"""

from harness.sensing.recordings.found import NOT_SET, VARIABLE, data_folder
from harness.sensing.recordings.frames import (
    BadRecording,
    Frames,
    Recording,
    Span,
    frames_of,
    joined,
)
from harness.sensing.recordings.manifest import read_folder

__all__ = [
    "NOT_SET",
    "VARIABLE",
    "BadRecording",
    "Frames",
    "Recording",
    "Span",
    "data_folder",
    "frames_of",
    "joined",
    "read_folder",
]
