"""Deliberate faults of training: what is trained is then not what a node runs."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

CLASSIFIER = "training/classifier.py"
ATTENTION = "training/attention.py"
CANDIDATES = "training/candidates.py"
STREAM = "training/stream.py"
EXPORT = "test_classifier.py::test_an_exported_model_is_the_oracle_s[groups-all-1-0]"
KERNEL = "test_attention.py::test_it_is_the_oracle_s_function_for_any_pattern"

_ALL = (
    Fault(
        "Wo transposed on export",
        (
            Edit(
                CLASSIFIER,
                "(stored.wo, attention.o_proj.weight.T)",
                "(stored.wo, attention.o_proj.weight.reshape(stored.wo.shape))",
            ),
        ),
        EXPORT,
        ("wo is transposed",),
    ),
    Fault(
        "scale and offset swapped on export",
        (
            Edit(
                CLASSIFIER,
                "[(parts.affine.scale, affine.scale), (parts.affine.offset, affine.offset)]",
                "[(parts.affine.scale, affine.offset), (parts.affine.offset, affine.scale)]",
            ),
        ),
        EXPORT,
        ("scale and offset are swapped",),
    ),
    Fault(
        "layers exported from the last to the first",
        (
            Edit(
                CLASSIFIER,
                "    parts = cut(model.shape, weights)\n",
                "    parts = cut(model.shape, weights)\n"
                "    parts = parts._replace(layers=parts.layers[::-1], mlps=parts.mlps[::-1])\n",
            ),
        ),
        EXPORT,
        ("the layers are in another order",),
    ),
    Fault(
        "trained with the other pooling",
        (Edit(CLASSIFIER, "self.pooling is Pooling.LAST_TOKEN", "self.pooling is Pooling.MEAN"),),
        EXPORT.replace("-all-", "-stem-"),  # with maxima there is one pooling
        ("the pooling is the other one",),
    ),
    Fault(
        "query heads dealt out in turn",
        (
            Edit(
                ATTENTION,
                "by_head = q.unflatten(2, (k.shape[2], -1)).transpose(1, 2)",
                "by_head = q.unflatten(2, (-1, k.shape[2])).permute(0, 3, 1, 2, 4)",
            ),
            Edit(
                ATTENTION,
                "out = out.unflatten(0, (batch, -1)).transpose(1, 2)",
                "out = out.unflatten(0, (batch, -1)).permute(0, 2, 3, 1, 4)",
            ),
        ),
        KERNEL,
        ("query head h reads key/value head h % Hkv",),
    ),
    Fault(
        "a landmark seen before its block is complete",
        (Edit(CANDIDATES, "shift = 1 if pattern.causal else 0", "shift = 0"),),
        "test_attention.py::test_a_token_knows_nothing_of_later_ones",
        ("knows what comes after token",),
    ),
    Fault(
        "the gradient of the keys stops at the landmarks",
        (Edit(CANDIDATES, "in_blocks += means[:, :whole, None] / self._block", "pass"),),
        "test_attention.py::test_its_gradient_is_that_of_its_function",
        ("GradcheckError",),
    ),
    Fault(
        "a step's landmark is the sum of its block",
        (Edit(STREAM, "(self._sums / (place + 1))", "(self._sums / 1)"),),
        "test_aggregator.py::test_a_step_is_forward_at_its_place",
        ("assert",),
    ),
    Fault(
        "what float16 cannot hold is exported as an infinity",
        (
            Edit(
                CLASSIFIER,
                "return blob.converted(dtype)",
                "return WeightBlob(self.shape, weights.astype(dtype.numpy), dtype, self.pooling)",
            ),
        ),
        "test_classifier.py::test_a_weight_that_the_type_cannot_hold_is_refused",
        ("DID NOT RAISE",),
    ),
)
FAULTS = {fault.name: fault for fault in _ALL}
