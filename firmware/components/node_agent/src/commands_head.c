// A temporal head for a test, whose blob lies in the scratch memory (head_*), and the profile of
// where the time of a classification, or of a step of a stream, goes.
#include <string.h>

#include "machine_port.h"
#include "node_agent_parts.h"

#if CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "ruv_profile.h"
#include "ruv_temporal_form.h"

#define FLOAT_ALIGN 4u
#define INIT_MS     60000u // folding multiplies matrices
#define CLASSIFY_MS 120000u
#define MAX_CLASSES ((HIL_MAX_PAYLOAD - sizeof(hil_classify_t)) / sizeof(float))

// ---- the profile --------------------------------------------------------------------------------

_Static_assert(HIL_PROFILE_PHASES == RUV_PHASES, "every phase has a place in hil_profile_t");

static bool profiling;
static hil_profile_t last;

void agent_profile_begin(void)
{
    if (profiling) {
        if (machine_port->stack_depth) {
            (void)machine_port->stack_depth(true);
        }
        ruv_profile_start(machine_port->cycles);
    }
}

void agent_profile_end(void)
{
    if (profiling) {
        const ruv_profile_t found = ruv_profile_stop();
        memcpy(last.cycles, found.cycles, sizeof last.cycles);
        memcpy(last.macs, found.macs, sizeof last.macs);
        last.marks = found.marks;
        last.stack_bytes = machine_port->stack_depth ? machine_port->stack_depth(false) : 0;
    }
}

void agent_profile_off(void)
{
    profiling = false;
    memset(&last, 0, sizeof last);
}

static esp_err_t profile(agent_io_t *io)
{
    (void)agent_answer(io, &last, sizeof last);
    agent_profile_off();
    profiling = ((const hil_switch_req_t *)io->in)->on != 0;
    return ESP_OK;
}

// ---- the head -----------------------------------------------------------------------------------

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

static esp_err_t none_open(agent_io_t *io)
{
    return agent_fail(io, ESP_ERR_INVALID_STATE, "no head is open");
}

static esp_err_t head_open(agent_io_t *io)
{
    const hil_head_open_req_t *asked = io->in;
    agent_head_close();
    const uint8_t *blob = agent_arena(asked->blob_offset, asked->blob_len, 1);
    if (!blob) {
        return agent_outside(io, "blob");
    }
    if (asked->form > RUV_FORM_FOLDED) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "form %u: at most %d", asked->form,
                          (int)RUV_FORM_FOLDED);
    }
    if (asked->n_classes > MAX_CLASSES) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "n_classes %u: a reply has room for %u",
                          (unsigned)asked->n_classes, (unsigned)MAX_CLASSES);
    }
    const ruv_form_t form = (ruv_form_t)asked->form;
    machine_port->watchdog(INIT_MS);
    size_t bytes = 0;
    esp_err_t err = ruv_temporal_init_with(blob, asked->blob_len, asked->input_dim,
                                           asked->window_len, asked->n_classes, form, &head.ctx);
    err = err ? err : ruv_temporal_use_kernel(head.ctx, (ruv_kernel_t)asked->kernel);
    err = err ? err
              : ruv_temporal_required_bytes_with(blob, asked->blob_len, asked->window_len, form,
                                                 &bytes);
    machine_port->watchdog(MACHINE_WATCHDOG_MS);
    if (err) {
        agent_head_close();
        return err;
    }
    head.input_dim = asked->input_dim;
    head.n_classes = asked->n_classes;
    const hil_head_open_t answer = {(uint32_t)bytes, (uint8_t)ruv_temporal_form(head.ctx)};
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t head_push(agent_io_t *io)
{
    const hil_head_push_req_t *asked = io->in;
    if (!head.ctx) {
        return none_open(io);
    }
    const uint64_t bytes = (uint64_t)asked->n_frames * head.input_dim * sizeof(float);
    const float *frames = agent_arena(asked->frames_offset, bytes, FLOAT_ALIGN);
    if (!frames) {
        return agent_outside(io, "frames");
    }
    hil_head_push_t answer = {0};
    while (answer.done < asked->n_frames && !answer.error) {
        const uint64_t before = machine_port->cycles();
        const esp_err_t err =
            ruv_temporal_push(head.ctx, frames + (size_t)answer.done * head.input_dim);
        answer.cycles = machine_port->cycles() - before;
        answer.error = (uint32_t)err;
        answer.done += err == ESP_OK;
    }
    answer.frames_in_ring = ruv_temporal_frames(head.ctx);
    return agent_answer(io, &answer, sizeof answer);
}

static esp_err_t head_classify(agent_io_t *io)
{
    static float logits[MAX_CLASSES];
    if (!head.ctx) {
        return none_open(io);
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
    (void)agent_answer(io, &answer, sizeof answer);
    return agent_append(io, logits, head.n_classes * sizeof logits[0]);
}

static esp_err_t head_close(agent_io_t *io)
{
    if (!head.ctx) {
        return none_open(io);
    }
    agent_head_close();
    return ESP_OK;
}

#endif

const agent_command_t node_head_commands[] = {
    {"head_open", sizeof(hil_head_open_req_t), false, OF_HEAD(head_open)},
    {"head_push", sizeof(hil_head_push_req_t), false, OF_HEAD(head_push)},
    {"head_classify", 0, false, OF_HEAD(head_classify)},
    {"head_close", 0, false, OF_HEAD(head_close)},
    {"profile", sizeof(hil_switch_req_t), false, OF_HEAD(profile)},
    {0},
};
