"""Makes the harness available to every test below this folder."""

import sys
from pathlib import Path

# A checkout works without being installed.
sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["harness.plugin", "harness.sensing.plugin"]
