// The temporal task, as the rest of the node uses it.
#include <string.h>

#include "node.h"
#include "node_agent_parts.h"
#include "temporal_task.h"

enum {
    TASK_STOP = 0,
    TASK_START = 1,
    TASK_HOLD = 2,
    TASK_RELEASE = 3
};

static esp_err_t task(agent_io_t *io)
{
    const hil_task_req_t *asked = io->in;
    switch (asked->action) {
    case TASK_STOP:
        return temporal_task_stop();
    case TASK_START:
        return temporal_task_start(asked->input_dim, asked->window_len, asked->n_classes);
    case TASK_HOLD:
        return temporal_task_hold(true);
    case TASK_RELEASE:
        return temporal_task_hold(false);
    default:
        return agent_fail(io, ESP_ERR_INVALID_ARG, "action %u: at most %u", asked->action,
                          TASK_RELEASE);
    }
}

static esp_err_t push(agent_io_t *io)
{
    static float frame[HIL_MAX_PAYLOAD / sizeof(float)];
    const hil_push_req_t *asked = io->in;
    const uint8_t *at = io->tail;
    const size_t frame_bytes = asked->frame_len * sizeof(float);
    if (asked->n_frames * frame_bytes != io->tail_len) {
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "%u frames of %u floats, but %u bytes",
                          asked->n_frames, asked->frame_len, (unsigned)io->tail_len);
    }
    if (frame_bytes > sizeof frame) { // possible with n_frames 0
        return agent_fail(io, ESP_ERR_INVALID_SIZE, "frame_len %u is too long", asked->frame_len);
    }
    hil_push_t answer = {0, 0, ESP_OK};
    for (uint32_t i = 0; i < asked->n_frames; i++, at += frame_bytes) {
        memcpy(frame, at, frame_bytes);
        const esp_err_t err = temporal_task_push_frame(frame, asked->frame_len);
        if (err) {
            answer.rejected++;
            answer.last_error = (uint32_t)err;
        } else {
            answer.accepted++;
        }
    }
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t classify(agent_io_t *io)
{
    float logits[TEMPORAL_MAX_CLASSES];
    uint32_t n_classes = 0;
    uint32_t n_frames = 0;
    uint64_t cycles = 0;
    const esp_err_t err = temporal_task_classify(logits, &n_classes, &n_frames, &cycles);
    if (err) {
        return err;
    }
    const hil_classify_t answer = {n_classes, n_frames, cycles};
    (void)agent_answer(io, &answer, sizeof answer);
    return agent_append(io, logits, n_classes * sizeof logits[0]);
}

static esp_err_t self_test(agent_io_t *io)
{
    (void)io;
    return temporal_task_self_test();
}

const agent_command_t node_task_commands[] = {
    {"push", sizeof(hil_push_req_t), true, push},
    {"classify", 0, false, classify},
    {"task", sizeof(hil_task_req_t), false, task},
    {"self_test", 0, false, self_test},
    {0},
};
