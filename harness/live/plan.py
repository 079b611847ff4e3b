"""How long, and what is expected."""

from __future__ import annotations

DEFAULT_LIVE_S = 30.0
