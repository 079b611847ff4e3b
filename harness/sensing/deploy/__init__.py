"""A model from a file into a node, and the proof that it runs there.

model       the file, and what it asks of a node
fit         whether a node can run it, and what has to be set for it
deployment  upload, restart, proof, and the way back
last        which model a target was given last
"""

from harness.sensing.deploy.deployment import Deployed, DeployFailed, Deployment, RollbackFailed
from harness.sensing.deploy.fit import Refused, settings_for
from harness.sensing.deploy.last import LastDeployed
from harness.sensing.deploy.model import ModelFile, read_model

__all__ = [
    "DeployFailed",
    "Deployed",
    "Deployment",
    "LastDeployed",
    "ModelFile",
    "Refused",
    "RollbackFailed",
    "read_model",
    "settings_for",
]
