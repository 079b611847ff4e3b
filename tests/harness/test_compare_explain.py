"""From wrong weights to the sentence that names the cause."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.compare.explain import explain_uniform
from harness.sensing.compare.pattern import Variation, sight, uniform_weights
from kernels_ref import SparseAttentionConfig, edges, sparse_attention

N = 48
CONFIGS = [
    SparseAttentionConfig(window=3, block_size=4),
    SparseAttentionConfig(window=0, block_size=1, global_tokens=()),
    SparseAttentionConfig(window=4, block_size=7, causal=False),
    SparseAttentionConfig(window=2, block_size=5, use_log_stride=False),
    SparseAttentionConfig(window=2, block_size=5, causal=False, global_tokens=(9, 50)),
    SparseAttentionConfig(window=100, block_size=100, use_landmarks=False),
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("n", [1, 2, 5, 16, N])
def test_the_pattern_is_the_oracle_s(config: SparseAttentionConfig, n: int) -> None:
    v = np.eye(n)[:, None, :]
    seen = sparse_attention(np.zeros((n, 1, n)), np.zeros((n, 1, n)), v, config)
    np.testing.assert_allclose(seen[:, 0], uniform_weights(n, config), atol=1e-12)
    assert sum(sight(i, n, config).size for i in range(n)) == edges(n, config)


def observed(config: SparseAttentionConfig, variation: Variation) -> np.ndarray:
    return uniform_weights(N, config, variation)[:, None, :].astype(np.float32)


ALL_RULES = SparseAttentionConfig(window=5, block_size=8, global_tokens=(30,))
STRIDE_ALONE = SparseAttentionConfig(window=0, block_size=8, global_tokens=(), use_landmarks=False)


@pytest.mark.parametrize(
    ("variation", "cause", "instance"),
    [
        (
            Variation(stride_powers=-1),
            "the log stride misses its last power",
            "token 8 does not see token 0 (8 - 2^3, log stride)",
        ),
        (
            Variation(sequence_powers=-1),
            "the log stride misses the sequence's last power of two",
            "token 32 does not see token 0 (32 - 2^5, log stride)",
        ),
        (
            Variation(log_stride_seen=False, landmark_stride=False),
            "there is no log stride",
            "token 8 does not see token 0 (8 - 2^3, log stride)",
        ),
        (
            Variation(log_stride_seen=False),
            "token candidates have no log stride",
            "token 8 does not see token 0 (8 - 2^3, log stride)",
        ),
        (
            Variation(landmark_stride=False),
            "landmarks have no log stride",
            (
                "token 23 does not see the landmark of block 0 (pivot 2 - 2^1, log stride),"
                " the mean of tokens 0..7"
            ),
        ),
        (
            Variation(window=-1),
            "the window is one token too narrow",
            "token 5 does not see token 0 (window)",
        ),
        (
            Variation(window=1),
            "the window is one token too wide",
            "token 6 sees token 0, which no rule gives it",
        ),
        (
            Variation(globals_seen=False),
            "global tokens are not seen",
            "token 36 does not see token 30 (global token)",
        ),
        (
            Variation(landmarks_seen=False),
            "landmarks are not seen",
            "token 7 does not see the landmark of block 0 (pivot), the mean of tokens 0..7",
        ),
        (
            Variation(landmark_first=1, landmark_last=1),
            "the landmark means are off by one token, too late",
            "landmark of block 0 averages tokens 1..8 instead of 0..7",
        ),
        (
            Variation(landmark_first=-1, landmark_last=-1),
            "the landmark means are off by one token, too early",
            "token 7 does not see the landmark of block 0 (pivot), the mean of tokens 0..7",
        ),
        (
            Variation(landmark_last=-1),
            "the landmark means leave out their block's last token",
            "landmark of block 0 averages tokens 0..6 instead of 0..7",
        ),
        (
            Variation(landmark_first=1),
            "the landmark means leave out their block's first token",
            "landmark of block 0 averages tokens 1..7 instead of 0..7",
        ),
        (
            Variation(landmark_last=1),
            "the landmark means hold one token of the next block",
            "landmark of block 0 averages tokens 0..8 instead of 0..7",
        ),
        (
            Variation(available=-1),
            "landmarks become available one block too late",
            "token 7 does not see the landmark of block 0 (pivot), the mean of tokens 0..7",
        ),
        (
            Variation(available=1),
            "landmarks become available one block too early",
            "token 0 sees landmark 0",
        ),
    ],
    ids=str,
)
def test_a_known_mistake_is_named(variation: Variation, cause: str, instance: str) -> None:
    assert explain_uniform(observed(ALL_RULES, variation), ALL_RULES) == f"{cause}: {instance}"


def test_a_log_stride_that_starts_late_shows_where_there_is_no_window() -> None:
    said = explain_uniform(observed(STRIDE_ALONE, Variation(stride_start=1)), STRIDE_ALONE)
    assert said == (
        "the log stride starts at 2^1 instead of 2^0:"
        " token 1 does not see token 0 (1 - 2^0, log stride)"
    )


def test_three_differences_of_a_token_are_told_at_most() -> None:
    config = SparseAttentionConfig(window=3, block_size=4, global_tokens=())
    weights = observed(config, Variation(log_stride_seen=False, landmark_stride=False))[40:]
    assert explain_uniform(weights, config, first=40) == (
        "there is no log stride: token 40 does not see token 36 (40 - 2^2, log stride);"
        " token 40 does not see token 32 (40 - 2^3, log stride);"
        " token 40 does not see token 24 (40 - 2^4, log stride)"
    )


def test_the_example_instance_carries_the_rule() -> None:
    config = SparseAttentionConfig(window=3, block_size=8, global_tokens=(), use_landmarks=False)
    said = explain_uniform(observed(config, Variation(stride_powers=-1))[37:], config, first=37)
    assert said == (
        "the log stride misses its last power: token 37 does not see token 5 (37 - 2^5, log stride)"
    )


def test_a_shifted_landmark_names_its_tokens() -> None:
    config = SparseAttentionConfig(window=0, block_size=16, use_log_stride=False)
    said = explain_uniform(
        observed(config, Variation(landmark_first=1, landmark_last=1))[47:], config, first=47
    )
    assert "landmark of block 2 averages tokens 33..47 instead of 32..47" in str(said) or (
        "landmark of block 1 averages tokens 17..32 instead of 16..31" in str(said)
    )


def test_one_missing_candidate_of_one_token_is_found() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    pattern = sight(37, N, config)
    del pattern.tokens[5]
    weights[37, 0] = pattern.weights(N)
    assert explain_uniform(weights, config) == (
        "head 0: token 37 does not see token 5 (37 - 2^5, log stride)"
    )


def test_one_missing_landmark_of_one_head_is_found() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation()).repeat(2, axis=1)
    pattern = sight(37, N, config)
    del pattern.landmarks[7], pattern.blocks[7]
    weights[37, 1] = pattern.weights(N)
    assert explain_uniform(weights, config) == (
        "head 1: token 37 does not see the landmark of block 7 (beside the pivot),"
        " the mean of tokens 28..31"
    )


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (5, "token 5 (not a candidate) the weight 0.1, expected 0"),
        (20, "token 20 (window) the weight 0.183333, expected 0.0833333"),
        (13, "token 13 (seen through a landmark) the weight 0.120833, expected 0.0208333"),
    ],
)
def test_a_weight_that_no_candidate_explains_is_told_as_it_is(token: int, words: str) -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = uniform_weights(N, config)[:, None, :].repeat(2, axis=1)
    weights[20, 1, token] += 0.1
    weights[20, 1, [18, 19]] -= 0.05
    assert explain_uniform(weights[10:], config, first=10) == (
        f"token 20, head 1 gives {words} (1/12 per candidate)"
    )


def test_one_candidate_too_many_is_found() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    pattern = sight(20, N, config)
    pattern.tokens[7] = ""
    weights[20, 0] = pattern.weights(N)
    assert explain_uniform(weights, config) == (
        "head 0: token 20 sees token 7, which no rule gives it"
    )


def test_weights_that_do_not_sum_to_one_are_said_as_such() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    weights[9] *= 0.9
    assert explain_uniform(weights[5:], config, first=5) == (
        "the weights of token 9, head 0 sum to 0.9 instead of 1:"
        " the softmax does not normalise over exactly its candidates"
    )


def test_nan_is_said_as_such() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    weights = weights.repeat(2, axis=1)
    for value in (np.nan, np.inf):
        weights[11, 1, 3] = value
        assert explain_uniform(weights[4:], config, first=4) == (
            "token 11, head 1: the output is not finite although every score is 0"
        )


def test_right_weights_need_no_explanation() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    assert explain_uniform(observed(config, Variation()), config) is None


def test_one_weight_that_is_off_by_less_than_a_sum_may_be_is_told_by_itself() -> None:
    """Each of n weights may be off by as much as is still the same."""
    config = SparseAttentionConfig(window=4, block_size=4)
    observed = uniform_weights(20, config)[:, None, :].copy()
    observed[5, 0, 3] += 1e-4
    said = explain_uniform(observed, config)
    assert said is not None and said.startswith("token 5, head 0 gives token 3 ")
