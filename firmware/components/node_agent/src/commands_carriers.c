// csi_carriers: which pair of a frame is which carrier, for questions in the arena.
#include <string.h>

#include "csi_layout.h"
#include "node_agent_parts.h"

_Static_assert(CSI_MAX_RUNS == 2u, "hil_csi_carriers_t has room for two");

static hil_csi_carriers_t answer_of(const hil_csi_question_t *question,
                                    const int8_t *iq /*[pairs][2]*/)
{
    csi_carriers_t found = {0};
    const esp_err_t err =
        csi_layout_carriers(question->csi_layout, question->n_subcarriers, iq, &found);
    hil_csi_carriers_t answer = {.error = (uint32_t)err};
    if (!err) {
        answer.basis = found.basis;
        answer.row = found.row;
        answer.n_runs = found.n_runs;
        answer.again = found.again;
        for (uint32_t i = 0; i < found.n_runs; i++) {
            answer.pair[i] = found.runs[i].pair;
            answer.carrier[i] = found.runs[i].carrier;
            answer.count[i] = found.runs[i].count;
        }
    }
    return answer;
}

static esp_err_t carriers(const uint8_t *request, size_t len, agent_reply_t *reply)
{
    hil_csi_carriers_req_t asked;
    memcpy(&asked, request, len);
    const size_t size = sizeof(hil_csi_question_t);
    const uint8_t *questions = agent_arena(asked.questions_offset, (uint64_t)asked.n * size, 1);
    uint8_t *out = agent_arena(asked.out_offset, (uint64_t)asked.n * sizeof(hil_csi_carriers_t), 1);
    bool outside = !questions || !out;
    for (uint32_t i = 0; !outside && i < asked.n; i++) {
        hil_csi_question_t question;
        memcpy(&question, questions + i * size, size);
        const bool has_pairs = question.iq_offset != HIL_NO_PAIRS;
        const int8_t *iq =
            has_pairs ? agent_arena(question.iq_offset, 2u * question.n_subcarriers, 1) : NULL;
        outside = has_pairs && !iq;
        if (!outside) {
            const hil_csi_carriers_t answer = answer_of(&question, iq);
            memcpy(out + i * sizeof answer, &answer, sizeof answer);
        }
    }
    return outside ? agent_fail(reply, ESP_ERR_INVALID_SIZE, "they do not lie in the arena")
                   : ESP_OK;
}

static const agent_command_t commands[] = {
    {"csi_carriers", sizeof(hil_csi_carriers_req_t), false, carriers},
};

const agent_command_group_t node_carriers_commands = {commands,
                                                      sizeof commands / sizeof commands[0]};
