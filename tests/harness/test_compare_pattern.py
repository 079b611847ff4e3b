"""The pattern in words: what a token sees and by which rule, and how each variation changes it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.compare.pattern import Pattern, Variation, sight, uniform_weights
from kernels_ref import SparseAttentionConfig

CAUSAL = SparseAttentionConfig(window=2, block_size=4, global_tokens=(0, 3))
BOTH_WAYS = SparseAttentionConfig(window=1, block_size=4, global_tokens=(0, 40), causal=False)
PLAIN = SparseAttentionConfig(
    window=1, block_size=4, global_tokens=(), use_log_stride=False, use_landmarks=False
)


def in_order(value: object) -> str:
    """A test's name, the same in every process: a set that was read from bytecode may be walked
    through in another order than the one that was compiled."""
    return str(sorted(value) if isinstance(value, set) else value)


def test_a_token_s_tokens_each_with_its_first_rule() -> None:
    assert sight(20, 32, CAUSAL).tokens == {
        18: "window",
        19: "window",
        20: "window",
        0: "global token",
        3: "global token",
        16: "20 - 2^2, log stride",
        12: "20 - 2^3, log stride",
        4: "20 - 2^4, log stride",
    }


def test_a_token_sees_ahead_where_the_pattern_does() -> None:
    assert sight(8, 16, BOTH_WAYS).tokens == {
        7: "window",
        8: "window",
        9: "window",
        0: "global token",
        6: "8 - 2^1, log stride",
        4: "8 - 2^2, log stride",
        10: "8 + 2^1, log stride",
        12: "8 + 2^2, log stride",
    }
    assert 15 in sight(15, 16, BOTH_WAYS).tokens and 16 not in sight(15, 16, BOTH_WAYS).tokens


def test_a_global_token_is_seen_from_itself_on() -> None:
    config = SparseAttentionConfig(window=0, block_size=4, global_tokens=(5,), use_log_stride=False)
    assert set(sight(4, 8, config).tokens) == {4}
    assert set(sight(5, 8, config).tokens) == {5}
    assert sight(6, 8, config).tokens == {6: "window", 5: "global token"}


def test_a_global_token_behind_the_last_token_is_not_seen() -> None:
    config = SparseAttentionConfig(window=1, block_size=4, global_tokens=(16,), causal=False)
    assert 16 not in sight(8, 16, config).tokens
    assert sight(8, 17, config).tokens[16] == "global token"


def test_a_token_s_landmarks_each_with_its_rule_and_its_tokens() -> None:
    seen = sight(33, 40, CAUSAL)  # eight whole blocks lie behind it
    assert seen.landmarks == {
        6: "beside the pivot",
        7: "pivot",
        5: "pivot 7 - 2^1, log stride",
        3: "pivot 7 - 2^2, log stride",
    }
    assert seen.blocks == {b: range(4 * b, 4 * b + 4) for b in (6, 7, 5, 3)}
    assert seen.size == len(seen.tokens) + 4


def test_landmarks_on_both_sides_leave_out_the_token_s_own() -> None:
    assert sight(13, 38, BOTH_WAYS).landmarks == {
        2: "beside the pivot",
        4: "beside the pivot",
        1: "pivot 3 - 2^1, log stride",
        5: "pivot 3 + 2^1, log stride",
        7: "pivot 3 + 2^2, log stride",
    }
    assert sight(37, 38, BOTH_WAYS).landmarks == {
        8: "beside the pivot",
        7: "pivot 9 - 2^1, log stride",
        5: "pivot 9 - 2^2, log stride",
        1: "pivot 9 - 2^3, log stride",
    }
    assert sight(0, 38, BOTH_WAYS).blocks[8] == range(32, 36)
    assert sight(29, 38, BOTH_WAYS).blocks[9] == range(36, 38)  # the last block is a short one


def test_before_the_first_whole_block_there_is_no_landmark() -> None:
    assert sight(2, 16, CAUSAL).landmarks == {}
    assert sight(3, 16, CAUSAL).landmarks == {0: "pivot"}


def test_what_a_configuration_leaves_out() -> None:
    seen = sight(9, 16, PLAIN)
    assert seen.tokens == {8: "window", 9: "window"} and seen.landmarks == {} == seen.blocks


def test_equal_scores_share_the_output() -> None:
    pattern = Pattern({0: "", 2: ""}, {1: ""}, {1: range(2, 4)})
    assert pattern.weights(5) == pytest.approx(np.array([1, 0, 1.5, 0.5, 0]) / 3)
    assert Pattern().weights(2) == pytest.approx(np.zeros(2))
    weights = uniform_weights(32, CAUSAL)
    assert weights.shape == (32, 32) and weights.sum(axis=1) == pytest.approx(np.ones(32))


@pytest.mark.parametrize(
    ("variation", "lost", "gained"),
    [
        (Variation(), set(), set()),
        (Variation(window=1), set(), {17}),
        (Variation(window=-1), {18}, set()),
        (Variation(window=-9), {18, 19}, set()),
        (Variation(stride_powers=-1), {4}, set()),
        (Variation(sequence_powers=-1), {4}, set()),
        (Variation(stride_start=3), {16}, set()),
        (Variation(globals_seen=False), {0, 3}, set()),
        (Variation(log_stride_seen=False), {16, 12, 4}, set()),
        (Variation(landmarks_seen=False, landmark_stride=False), set(), set()),
    ],
    ids=in_order,
)
def test_a_variation_changes_a_token_s_tokens(
    variation: Variation, lost: set[int], gained: set[int]
) -> None:
    right, wrong = (set(sight(20, 32, CAUSAL, v).tokens) for v in (Variation(), variation))
    # a window that is narrower leaves to the log stride what it had before
    strides = {20 - 2**p for p in range(5)} if variation.window < 0 else set()
    assert right - wrong == lost - strides and wrong - right == gained


def test_fewer_powers_are_fewer_ahead_as_well() -> None:
    right, wrong = (
        set(sight(9, 16, BOTH_WAYS, Variation(stride_powers=powers)).tokens) for powers in (0, -1)
    )
    assert right == {0, 1, 5, 7, 8, 9, 10, 11, 13}
    assert right - wrong == {1, 13}


@pytest.mark.parametrize(
    ("variation", "blocks"),
    [
        (Variation(landmark_first=1), {6: range(25, 28), 7: range(29, 32)}),
        (Variation(landmark_last=-1), {6: range(24, 27), 7: range(28, 31)}),
        (Variation(landmark_last=1), {6: range(24, 29), 7: range(28, 33)}),
        (Variation(available=-1), {5: range(20, 24), 6: range(24, 28)}),
        (Variation(available=1), {7: range(28, 32), 8: range(32, 36)}),
        (Variation(available=9), {8: range(32, 36), 9: range(36, 40)}),
        (Variation(available=-9), {}),
        (Variation(landmarks_seen=False), {}),
    ],
    ids=str,
)
def test_a_variation_changes_a_token_s_landmarks(
    variation: Variation, blocks: dict[int, range]
) -> None:
    config = SparseAttentionConfig(window=2, block_size=4, use_log_stride=False)
    assert sight(33, 40, config, variation).blocks == blocks


@pytest.mark.parametrize(
    ("config", "token", "moved_out"), [(CAUSAL, 33, set()), (BOTH_WAYS, 9, {0})]
)
def test_moved_blocks_are_those_that_were_there(
    config: SparseAttentionConfig, token: int, moved_out: set[int]
) -> None:
    """Nor is there a block before the first one or behind the last, of ten, that is moved in."""
    by = config.block_size if config.causal else -config.block_size
    right, wrong = (
        set(sight(token, 40, config, variation).landmarks)
        for variation in (Variation(), Variation(landmark_first=by, landmark_last=by))
    )
    assert wrong == right - moved_out


def test_landmarks_alone_may_lack_the_log_stride() -> None:
    seen = sight(33, 40, CAUSAL, Variation(landmark_stride=False))
    assert set(seen.landmarks) == {6, 7}
    assert 33 - 2**4 in seen.tokens


def test_a_block_that_a_variation_moves_before_the_first_token_is_not_seen() -> None:
    config = SparseAttentionConfig(window=0, block_size=4, use_log_stride=False)
    assert sight(3, 8, config, Variation(landmark_first=-1, landmark_last=-1)).blocks == {}
    short = SparseAttentionConfig(window=0, block_size=1, use_log_stride=False)
    assert sight(3, 8, short, Variation(landmark_first=1)).blocks == {}
    assert sight(3, 8, short).blocks == {2: range(2, 3), 3: range(3, 4)}
