"""The half of the harness that is about the sensing node: its structs and calls, the packets
that it sends, recordings, soak, replay, models. The other half, the bench, knows nothing of it.
"""
