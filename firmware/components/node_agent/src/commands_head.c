// head_open, head_push, head_classify, head_close: a temporal head of the test's own, with a blob
// that lies in the arena. head_null: the head's interface, called with nothing.
#include <string.h>

#include "machine_port.h"
#include "node_agent_parts.h"
#include "node_config.h"
#include "ruv_temporal.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#define FLOAT_ALIGN 4u
#define INIT_MS     60000u // folding multiplies matrices
#define CLASSIFY_MS 120000u
#define MAX_CLASSES ((HIL_MAX_PAYLOAD - sizeof(hil_classify_t)) / sizeof(float))

static struct {
    ruv_temporal_ctx_t *ctx; // NULL: none open
    uint32_t input_dim;
    uint32_t n_classes;
} head;

void agent_head_close(void)
{
    ruv_temporal_destroy(head.ctx);
    head.ctx = NULL;
}

static esp_err_t none_open(agent_reply_t *reply)
{
    return agent_fail(reply, ESP_ERR_INVALID_STATE, "no head is open");
}

static esp_err_t head_open(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_head_open_req_t asked;
    memcpy(&asked, request, len);
    agent_head_close();
    const uint8_t *blob = agent_arena(asked.blob_offset, asked.blob_len, 1);
    if (!blob) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE, "the blob does not lie in the arena");
    }
    if (asked.form > RUV_FORM_FOLDED) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "form %u: at most %d", asked.form,
                          (int)RUV_FORM_FOLDED);
    }
    if (asked.n_classes > MAX_CLASSES) {
        return agent_fail(reply, ESP_ERR_INVALID_ARG, "n_classes %u: a reply carries %u",
                          (unsigned)asked.n_classes, (unsigned)MAX_CLASSES);
    }
    const ruv_form_t form = (ruv_form_t)asked.form;
    machine_port->watchdog(INIT_MS);
    size_t bytes = 0;
    esp_err_t err = ruv_temporal_init_with(blob, asked.blob_len, asked.input_dim, asked.window_len,
                                           asked.n_classes, form, &head.ctx);
    if (!err) {
        err = ruv_temporal_use_kernel(head.ctx, (ruv_kernel_t)asked.kernel);
    }
    if (!err) {
        err =
            ruv_temporal_required_bytes_with(blob, asked.blob_len, asked.window_len, form, &bytes);
    }
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (err) {
        agent_head_close();
        return err;
    }
    head.input_dim = asked.input_dim;
    head.n_classes = asked.n_classes;
    const hil_head_open_t answer = {(uint32_t)bytes, (uint8_t)ruv_temporal_form(head.ctx)};
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t head_push(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_head_push_req_t asked;
    memcpy(&asked, request, len);
    if (!head.ctx) {
        return none_open(reply);
    }
    const uint64_t bytes = (uint64_t)asked.n_frames * head.input_dim * sizeof(float);
    const float *frames = agent_arena(asked.frames_offset, bytes, FLOAT_ALIGN);
    if (!frames) {
        return agent_fail(reply, ESP_ERR_INVALID_SIZE,
                          "the frames do not lie 4-aligned in the arena");
    }
    hil_head_push_t answer = {0};
    while (answer.done < asked.n_frames && !answer.error) {
        const uint64_t before = machine_port->cycles();
        const esp_err_t err =
            ruv_temporal_push(head.ctx, frames + (size_t)answer.done * head.input_dim);
        answer.cycles = machine_port->cycles() - before;
        answer.error = (uint32_t)err;
        answer.done += err == ESP_OK;
    }
    answer.frames_in_ring = ruv_temporal_frames(head.ctx);
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static esp_err_t head_classify(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    static float logits[MAX_CLASSES];
    (void)request;
    (void)len;
    if (!head.ctx) {
        return none_open(reply);
    }
    machine_port->watchdog(CLASSIFY_MS);
    agent_profile_begin();
    const uint64_t before = machine_port->cycles();
    const esp_err_t err = ruv_temporal_classify(head.ctx, logits, head.n_classes);
    const uint64_t cycles = machine_port->cycles() - before;
    agent_profile_end();
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (err) {
        return err;
    }
    const hil_classify_t answer = {head.n_classes, ruv_temporal_frames(head.ctx), cycles};
    agent_answer(reply, &answer, sizeof answer);
    memcpy(reply->payload + reply->len, logits, head.n_classes * sizeof logits[0]);
    reply->len += head.n_classes * sizeof logits[0];
    return ESP_OK;
}

static esp_err_t head_close(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    if (!head.ctx) {
        return none_open(reply);
    }
    agent_head_close();
    return ESP_OK;
}

#else

static esp_err_t not_built(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    return agent_fail(reply, ESP_ERR_NOT_SUPPORTED, "this image is built without the head");
}

#define head_open     not_built
#define head_push     not_built
#define head_classify not_built
#define head_close    not_built

void agent_head_close(void)
{
}

#endif

static esp_err_t head_null(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    (void)request;
    (void)len;
    ruv_temporal_ctx_t *ctx = NULL;
    const hil_head_null_t answer = {
        .init = (uint32_t)ruv_temporal_init(NULL, 0, 16, 256, 4, &ctx),
        .init_with = (uint32_t)ruv_temporal_init_with(NULL, 0, 16, 256, 4, RUV_FORM_AUTO, &ctx),
        .required_bytes = (uint32_t)ruv_temporal_required_bytes(NULL, 0, 256, NULL),
        .required_bytes_with =
            (uint32_t)ruv_temporal_required_bytes_with(NULL, 0, 256, RUV_FORM_AUTO, NULL),
        .use_kernel = (uint32_t)ruv_temporal_use_kernel(NULL, RUV_KERNEL_FAST),
        .push = (uint32_t)ruv_temporal_push(NULL, NULL),
        .classify = (uint32_t)ruv_temporal_classify(NULL, NULL, 4),
        .self_test = (uint32_t)ruv_temporal_kernel_self_test(),
    };
    ruv_temporal_destroy(ctx);
    agent_answer(reply, &answer, sizeof answer);
    return ESP_OK;
}

static const agent_command_t commands[] = {
    {"head_open", sizeof(hil_head_open_req_t), false, head_open},
    {"head_push", sizeof(hil_head_push_req_t), false, head_push},
    {"head_classify", 0, false, head_classify},
    {"head_close", 0, false, head_close},
    {"head_null", 0, false, head_null},
};

const agent_command_group_t node_head_commands = {commands, sizeof commands / sizeof commands[0]};
