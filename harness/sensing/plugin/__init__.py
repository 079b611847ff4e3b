"""The sensing node's half of the pytest plugin.

application  what the bench asks of this firmware: calls, structs, settings, packets
options      what a command line can say about recordings, models, soaks
fixtures     what a test can ask for in addition to the bench's own fixtures
traffic      every packet that a node mirrored in a session
"""

pytest_plugins = [
    "harness.sensing.plugin.options",
    "harness.sensing.plugin.application",
    "harness.sensing.plugin.fixtures",
]
