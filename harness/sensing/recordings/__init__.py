"""Recordings of channel state: where they lie, what they show, and their frames.

frames         what a recording and its frames are, and which frames a node's capture takes
labels         the words for what a recording shows
manifest       every recording of a folder, and the environment variable that names the folder
manifest_rows  the values of a manifest's row, and the rows of a user's own manifest
published      one reader for each published set of recordings
arrays         the files that frames lie in
importing/     the files that other tools write
"""
