// The head at boot and after. If something goes wrong the head is off, and a sentence says why.
#include "node_config.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "adaptive_controller.h"
#include "edge_features.h"
#include "machine_log.h"
#include "node.h"
#include "node_settings.h"
#include "temporal_task.h"
#include "weights_parts.h"

static const char *const TAG = "boot";

static node_head_t head;
static esp_err_t refused[WEIGHTS_SLOTS]; // the errors of slots whose weights did not start

const node_head_t *node_head(void)
{
    return &head;
}

// `format`: the reason, one sentence.
__attribute__((format(printf, 3, 4))) static void set_head(head_state_t state, esp_err_t error,
                                                           const char *format, ...)
{
    va_list arguments;
    head.state = state;
    head.error = error;
    memset(head.reason, 0, sizeof head.reason);
    va_start(arguments, format);
    (void)vsnprintf(head.reason, sizeof head.reason, format, arguments);
    va_end(arguments);
}

static const char *source_name(weights_source_t source)
{
    switch (source) {
    case WEIGHTS_SLOT_0:
        return "slot 0";
    case WEIGHTS_SLOT_1:
        return "slot 1";
    case WEIGHTS_EMBEDDED:
        return "the image";
    case WEIGHTS_NONE:
        break;
    }
    return "nowhere";
}

static void say_no_weights(void)
{
    for (unsigned slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        const esp_err_t err = head.weights.slot_error[slot];
        if (err != ESP_ERR_NOT_FOUND) {
            set_head(refused[slot] ? HEAD_FAILED : HEAD_OFF, err,
                     "no usable weights: slot %u has %s", slot, esp_err_to_name(err));
            return;
        }
    }
    set_head(HEAD_OFF, ESP_ERR_NOT_FOUND, "no weights in flash, none from the image");
}

// The head is on. Says where the weights are from, and which slots could not be used instead.
static void say_weights(void)
{
    const weights_selection_t *weights = &head.weights;
    char *reason = head.reason;
    const size_t size = sizeof head.reason;
    set_head(HEAD_ON, ESP_OK, "weights from %s", source_name(weights->source));
    for (unsigned slot = 0; slot < WEIGHTS_SLOTS; slot++) {
        const weights_shape_t *shape = &weights->slot_shape[slot];
        const esp_err_t err = weights->slot_error[slot];
        const size_t used = strlen(reason);
        weights_why_t why;
        if (shape->input_dim && weights_fit(shape, &why)) {
            (void)snprintf(reason + used, size - used, "; slot %u %s", slot, why.is);
        } else if (err && err != ESP_ERR_NOT_FOUND) {
            (void)snprintf(reason + used, size - used, "; slot %u has %s", slot,
                           esp_err_to_name(err));
        }
    }
}

static uint32_t feed_len(void)
{
    return node_settings()->temporal_feed == TEMPORAL_FEED_SPECTRUM ? EDGE_SPECTRUM_LEN
                                                                    : CONTROLLER_FEATURES;
}

// Whether the chosen feed is available and fits into a frame; else says why not.
static bool check_feed(void)
{
    if (feed_len() > CONFIG_TEMPORAL_INPUT_DIM) {
        set_head(HEAD_OFF, ESP_ERR_INVALID_ARG, "the feed has %u floats, a frame %u",
                 (unsigned)feed_len(), (unsigned)CONFIG_TEMPORAL_INPUT_DIM);
        return false;
    }
    if (node_settings()->temporal_feed == TEMPORAL_FEED_SPECTRUM &&
        node_settings()->edge_tier != EDGE_TIER_ALL) {
        set_head(HEAD_OFF, ESP_ERR_INVALID_STATE, "the feed spectrum needs edge_tier %u, it is %u",
                 (unsigned)EDGE_TIER_ALL, (unsigned)node_settings()->edge_tier);
        return false;
    }
    return true;
}

// Whether the weights fit the node and its settings; else says why not.
static bool check_fit(void)
{
    weights_why_t why;
    const esp_err_t misfit = weights_fit(&head.shape, &why);
    if (misfit) {
        set_head(HEAD_OFF, misfit, "%s %s, not %s", source_name(head.weights.source), why.is,
                 why.fits);
    }
    return !misfit;
}

static void start_head(void)
{
    if (!check_fit()) {
        return;
    }
    if (!node_settings()->start_head) {
        set_head(HEAD_OFF, ESP_ERR_INVALID_STATE, "not started: the setting says so");
        return;
    }
    if (!check_feed()) {
        return;
    }
    const esp_err_t err = temporal_task_start(head.shape.input_dim, weights_window(&head.shape),
                                              head.shape.n_classes);
    if (err) {
        set_head(HEAD_FAILED, err, "start failed: %s", esp_err_to_name(err));
    } else {
        say_weights();
    }
}

static void try_weights(void)
{
    head.weights = weights_store_select(node_settings()->embed_weights, refused);
    head.shape = (weights_shape_t){0};
    temporal_task_use_weights(head.weights.blob, head.weights.len);
    if (head.self_test_error) {
        set_head(HEAD_FAILED, head.self_test_error, "kernel self-test: %s",
                 esp_err_to_name(head.self_test_error));
        return;
    }
    if (head.weights.source == WEIGHTS_NONE) {
        say_no_weights();
        return;
    }
    const esp_err_t err = weights_check_blob(head.weights.blob, head.weights.len, &head.shape);
    if (err) { // only the embedded blob was not checked yet
        set_head(HEAD_OFF, err, "weights of the image: %s", esp_err_to_name(err));
        return;
    }
    start_head();
}

// Notes that these weights did not start. Returns whether others can be tried.
static bool refuse_weights(void)
{
    const weights_source_t source = head.weights.source;
    if (head.self_test_error || (source != WEIGHTS_SLOT_0 && source != WEIGHTS_SLOT_1)) {
        return false;
    }
    const unsigned slot = source == WEIGHTS_SLOT_0 ? 0 : 1;
    MACHINE_LOGW(TAG, "the head does not start with slot %u: %s", slot,
                 esp_err_to_name(head.error));
    refused[slot] = head.error;
    return true;
}

void node_restart_head(void)
{
    (void)temporal_task_stop();
    memset(refused, 0, sizeof refused);
    do {
        try_weights();
    } while (head.state == HEAD_FAILED && refuse_weights());
    MACHINE_LOGI(TAG, "temporal head %s: %s; fed with %s", head.state == HEAD_ON ? "on" : "off",
                 head.reason,
                 node_settings()->temporal_feed == TEMPORAL_FEED_SPECTRUM ? "spectra" : "states");
}

void node_boot_head(void)
{
    head.self_test_error = temporal_task_self_test();
    node_restart_head();
}

// Whether a boot would find the weights that the head runs on.
static bool same_weights(const weights_selection_t *found)
{
    const weights_selection_t *used = &head.weights;
    return found->source == used->source && found->blob == used->blob && found->len == used->len &&
           found->crc == used->crc && found->generation == used->generation &&
           memcmp(found->slot_error, used->slot_error, sizeof used->slot_error) == 0;
}

void node_reset_head_stream(void)
{
    const weights_selection_t found = weights_store_select(node_settings()->embed_weights, refused);
    if (head.state != HEAD_ON || !node_settings()->start_head || !check_fit() || !check_feed() ||
        !same_weights(&found) ||
        !temporal_task_reset_stream(head.shape.input_dim, weights_window(&head.shape),
                                    head.shape.n_classes)) {
        node_restart_head();
    }
}

#endif
