"""Puts a model from a file into a node, and proves that it runs there.

model       the file, what it asks of a node, and which model a target was given last
fit         whether a node can run it, and what has to be set for it
deployment  upload, restart, proof, and the way back
"""
