"""Recordings as data sets: windows of the spectra that a node's head is fed with.

tasks     what a model tells apart, and the rule by which a fall is reported
spectra   the node's front end over a recording
windows   windows with label, person and session
physics   what the node says of them without a model
radio     the same recordings under worse reception
split     persons into training and test, never windows
"""
