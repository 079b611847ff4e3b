"""From wrong weights to the sentence that names the cause."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import Variation, explain_uniform, sight, uniform_weights
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


@pytest.mark.parametrize(
    ("variation", "sentence"),
    [
        (
            Variation(stride_powers=-1),
            "the log stride misses its last power: token 8 does not see token 0",
        ),
        (Variation(landmark_first=1, landmark_last=1), "landmark means are off by one token"),
        (Variation(landmark_last=-1), "leave out their block's last token"),
        (Variation(window=-1), "the window is one token too narrow"),
        (Variation(window=1), "the window is one token too wide"),
        (Variation(available=-1), "landmarks become available one block too late"),
        (Variation(log_stride_seen=False, landmark_stride=False), "there is no log stride"),
        (Variation(landmark_stride=False), "landmarks have no log stride"),
        (Variation(globals_seen=False), "global tokens are not seen"),
        (Variation(landmarks_seen=False), "landmarks are not seen"),
    ],
)
def test_a_known_mistake_is_named(variation: Variation, sentence: str) -> None:
    config = SparseAttentionConfig(window=5, block_size=8, global_tokens=(1,))
    if variation.globals_seen:
        config = SparseAttentionConfig(window=5, block_size=8, global_tokens=())
    assert sentence in str(explain_uniform(observed(config, variation), config))


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
    assert "head 0: token 37 does not see token 5 (37 - 2^5" in str(
        explain_uniform(weights, config)
    )


def test_one_candidate_too_many_is_found() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    pattern = sight(20, N, config)
    pattern.tokens[7] = ""
    weights[20, 0] = pattern.weights(N)
    assert "token 20 sees token 7, which no rule gives it" in str(explain_uniform(weights, config))


def test_weights_that_do_not_sum_to_one_are_said_as_such() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    assert "instead of 1" in str(explain_uniform(observed(config, Variation()) * 0.9, config))


def test_nan_is_said_as_such() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    weights = observed(config, Variation())
    weights[11] = np.nan
    assert "token 11, head 0: the output is not finite" in str(explain_uniform(weights, config))


def test_right_weights_need_no_explanation() -> None:
    config = SparseAttentionConfig(window=3, block_size=4)
    assert explain_uniform(observed(config, Variation()), config) is None
