"""Deliberate faults in what a model has behind flags: input scale, convolution, stem, MLP, feed."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

HEAD = "components/ruv_temporal/src/"
NODE = "components/node/src/"
SHAPES = "test_classifier_extended.py::test_logits_of_every_shape_in_both_forms"

MODEL = (
    Fault(
        "scale and offset swapped",
        (
            Edit(
                HEAD + "classifier.c",
                "blob->input_dim, scale, offset,",
                "blob->input_dim, offset, scale,",
            ),
        ),
        SHAPES,
        ("of which scale and offset are swapped",),
    ),
    Fault(
        "the MLP's bias left out",
        (
            Edit(
                HEAD + "mlp.c",
                "ruv_project_batch(classifier, &first, mlp->w1, mlp->inputs, mlp->width, true);",
                "ruv_project_batch(classifier, &first, mlp->w1, mlp->inputs, mlp->width, false);",
            ),
        ),
        SHAPES,
        ("of which the MLPs' first bias is left out",),
    ),
    Fault(
        "an MLP that the self-test has to find wrong",
        (
            Edit(
                HEAD + "mlp.c",
                "const ruv_matrix_t b2 = ruv_weights(&classifier->blob, layer, first + 3);",
                "const ruv_matrix_t b2 = ruv_weights(&classifier->blob, layer, first + 1);",
            ),
        ),
        "test_boot.py::test_the_self_test_passes_when_asked_again",
        ("ESP_FAIL",),
    ),
    Fault(
        "the ReLU dropped",
        (
            Edit(HEAD + "mlp.c", "h[t + step] < 0.0f ? 0.0f : h[t + step]", "h[t + step]"),
            Edit(HEAD + "mlp.c", "h[t] < 0.0f ? 0.0f : h[t]", "h[t]"),
        ),
        SHAPES,
        ("of which the MLPs have no ReLU",),
    ),
    Fault(
        "the last token's MLP left out",
        (
            Edit(
                HEAD + "classifier_folded.c",
                "        ruv_mlp_run_one(classifier, layer, classifier->pooled);\n",
                "",
            ),
        ),
        SHAPES,
        ("of which the last layer's MLP is left out",),
    ),
    Fault(
        "the hidden width misread",
        (Edit(HEAD + "blob.c", "? bytes[0x07] : 0", "? bytes[0x07] & 0x7Fu : 0"),),
        SHAPES,
        ("head_open: ESP_ERR_INVALID_SIZE",),
    ),
    Fault(
        "a hidden unit's overflow cut off",
        (Edit(HEAD + "mlp.c", "    h[0] += check;\n", "    (void)check;\n"),),
        "test_classifier_extended.py::test_what_leaves_the_range_is_an_error",
        ("a hidden unit, far below 0", "expected ESP_FAIL"),
    ),
    Fault(
        "the stem reads later frames",
        (Edit(HEAD + "mlp.c", "lanes.x[l] - before * dim;", "lanes.x[l] - (before > 99u) * dim;"),),
        SHAPES,
        ("beyond the error budget", "stem"),
    ),
    Fault(
        "another frame before the window's first",
        (
            Edit(
                HEAD + "mlp.c",
                "ruv_copy(rows - k * width, rows, width);",
                "ruv_copy(rows - k * width, rows + width, width);",
            ),
        ),
        "test_classifier_extended.py::test_logits_at_fillings_of_the_window",
        ("beyond the error budget", "with stem"),
    ),
    Fault(
        "the convolution takes no strides",
        (
            Edit(
                HEAD + "mlp.c",
                "(size_t)token * blob->conv_stride * width",
                "(size_t)token * width",
            ),
        ),
        SHAPES,
        ("beyond the error budget", "convolution"),
    ),
    Fault(
        "the convolution begins at the first frame",
        (Edit(HEAD + "mlp.c", "(n - 1) % blob->conv_stride * width", "0 * n"),),
        "test_classifier_extended.py::test_logits_at_fillings_of_the_window",
        ("beyond the error budget", "convolved"),
    ),
    Fault(
        "the convolution's bias left out",
        (
            Edit(
                HEAD + "mlp.c",
                "w, weights.rows, weights.columns, true);",
                "w, weights.rows, weights.columns, false);",
            ),
        ),
        SHAPES,
        ("of which the convolution's bias is left out",),
    ),
    Fault(
        "maxima ahead of the mean",
        (
            Edit(
                HEAD + "classifier.c",
                "    const ruv_matrix_t wc = ruv_weights(&classifier->blob, 0, RUV_WC);\n",
                "    const uint32_t dim = classifier->blob.dim;\n"
                "    for (uint32_t t = 0; classifier->blob.max_pooling && t < dim; t++) {\n"
                "        float *p = classifier->pooled + t, kept = *p;\n"
                "        *p = p[dim];\n"
                "        p[dim] = kept;\n"
                "    }\n"
                "    const ruv_matrix_t wc = ruv_weights(&classifier->blob, 0, RUV_WC);\n",
            ),
        ),
        SHAPES,
        ("of which maxima and means are swapped",),
    ),
    Fault(
        "a maximum not looked for in the last token",
        (
            Edit(
                HEAD + "classifier_parts.c",
                "    for (uint32_t i = 1; i < n; i++) {\n        const float *x =",
                "    for (uint32_t i = 1; i + 1 < n; i++) {\n        const float *x =",
            ),
        ),
        "test_classifier_extended.py::test_maxima_at_fillings_of_the_window",
        ("beyond the error budget",),
    ),
    Fault(
        "the feed of the model not checked",
        (
            Edit(
                NODE + "weights_check.c", "shape->window_len == 0 || wants == has", "wants <= 255u"
            ),
        ),
        "test_model_fit.py::test_a_model_of_another_feed_alone_turns_the_head_off",
        ("a model that wants spectra every 200 ms, not every 60 ms runs",),
    ),
    Fault(
        "the build's window taken for the model's",
        (
            Edit(
                NODE + "weights_check.c",
                "shape->window_len ? shape->window_len",
                "shape->window_len == 1u ? 1u",
            ),
        ),
        "test_model_fit.py::test_an_extended_model_runs_in_the_task",
        ("71 == 64",),
    ),
)
