"""What a session does at its beginning and its end."""

from __future__ import annotations

import gc

MOST_OF_WHAT_IS_IMPORTED = 10_000  # objects


def test_what_was_imported_is_not_searched_for_garbage() -> None:
    assert gc.get_freeze_count() > MOST_OF_WHAT_IS_IMPORTED
