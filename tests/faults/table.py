"""Deliberate faults: what is broken, which test of the suite notices, and what it has to say."""

from __future__ import annotations

from tests.faults.deploy import DEPLOY
from tests.faults.edge import EDGE_FEATURES
from tests.faults.model import MODEL
from tests.faults.parsers import PARSERS
from tests.faults.power import POWER
from tests.faults.radio import RADIO
from tests.faults.sensing import SENSING
from tests.faults.store import STORE
from tests.faults.workshop import Edit, Fault

HEAD = "components/ruv_temporal/src/"
CRC = "components/crc32/src/"
NODE = "components/node/src/"
AGENT = "components/hil_agent/src/"
MACHINE = "components/machine/src/"
NODE_AGENT = "components/node_agent/src/"

_ALL = (
    Fault(
        "16 bytes leak every minute",
        (
            Edit(
                NODE + "adaptive_controller.c",
                "    const machine_heap_t heap = machine_port->heap();\n",
                "    static void *volatile leaked;\n"
                "    static unsigned times;\n"
                "    if (times++ % 2u == 0) { // it runs every 30 s\n"
                "        leaked = malloc(16);\n"
                "    }\n"
                "    if (!leaked) {\n"
                "        return;\n"
                "    }\n"
                "    const machine_heap_t heap = machine_port->heap();\n",
            ),
            Edit(
                NODE + "adaptive_controller.c",
                "#include <inttypes.h>\n",
                "#include <inttypes.h>\n#include <stdlib.h>\n",
            ),
        ),
        "test_soak.py::test_soak",
        ("heap_free: the heap leaks", "a minute over 30 minutes"),
        ("-m", "soak", "--soak-duration", "30m"),
    ),
    Fault(
        "landmark mean off by one token",
        (
            Edit(
                HEAD + "landmarks.c",
                "const float *block = rows + first * width;",
                "const float *block = rows + (first + (n - first > count)) * width;",
            ),
        ),
        "test_candidates.py::test_a_token_sees_exactly_its_candidates",
        ("the landmark means are off by one token", "averages tokens", "instead of"),
    ),
    Fault(
        "log stride missing its last power",
        (
            Edit(
                HEAD + "pattern.c",
                "stride != 0 && stride < p->n_tokens;",
                "stride != 0 && stride < p->n_tokens / 2;",
            ),
        ),
        "test_candidates.py::test_a_token_sees_exactly_its_candidates",
        ("the log stride misses the sequence's last power of two", "2^5, log stride"),
    ),
    Fault(
        "GQA head mapped h % Hkv",
        (
            Edit(
                HEAD + "attend.h",
                "return kv_head * (view->n_q_heads / view->n_kv_heads) + member;",
                "return kv_head + member * view->n_kv_heads;",
            ),
        ),
        "test_candidates.py::test_a_query_head_reads_the_values_of_its_group",
        ("GQA: query head 1 reads value head 1, expected 0", "mapped h % 2"),
    ),
    Fault(
        "softmax without max subtraction",
        (
            Edit(HEAD + "quad.c", "normal = ruv_exp2_in_range(all_set, any_set)", "normal = false"),
            Edit(
                HEAD + "quad.c",
                "*score = ruv_exp2_clamped(ruv_fma(*score, scale, -softmax->top[l]));",
                "*score = ruv_expf(*score * scale / 1.44269504f);",
            ),
            Edit(HEAD + "attend.c", "!(finite && softmax", "!((finite || true) && softmax"),
            Edit(
                HEAD + "quad.c",
                '#include "exp2_core.h"',
                '#include "exp2_core.h"\n#include "ruv_numbers.h"',
            ),
        ),
        "test_attention_inputs.py::test_adversarial_inputs",
        ("the softmax does not subtract the maximum before exp", "scores reach 300"),
    ),
    Fault(
        "struct field moved",
        (
            Edit(
                NODE + "../include/packet_list.h",
                "    WIRE_FIELD(float, top_logit)\n    WIRE_FIELD(float, top1_minus_top2)\n",
                "    WIRE_FIELD(float, top1_minus_top2)\n    WIRE_FIELD(float, top_logit)\n",
            ),
        ),
        "test_layout.py::test_a_packet_lies_in_memory_as_the_schema_says",
        ("temporal_classification.top_logit: schema offset 28 size 4, node offset 32 size 4",),
    ),
    Fault(
        "CRC polynomial changed",
        (Edit(CRC + "crc32_ieee.c", "0xEDB88320u", "0x82F63B78u"),),
        "test_boot.py::test_the_boot_report_says_what_runs",
        ("The node's lines cannot be read", "CRC polynomial", "CRC-32C (Castagnoli"),
    ),
    Fault(
        "blob CRC leaves out the magic",
        (
            Edit(
                HEAD + "blob.c",
                "crc32_ieee(0, bytes, len - RUV_BLOB_TRAILER_LEN)",
                "crc32_ieee(0, bytes + 4, len - RUV_BLOB_TRAILER_LEN - 4u)",
            ),
        ),
        "test_weights_blob.py::test_the_reference_blob_loads_and_computes",
        ("ESP_ERR_INVALID_CRC",),
    ),
    Fault(
        "packet CRC leaves out the magic",
        (
            Edit(
                NODE + "packet_encode.c",
                "crc32_ieee(0, out, offsetof(packet_temporal_classification_t, crc32))",
                "crc32_ieee(0, &out->version, offsetof(packet_temporal_classification_t, crc32)"
                " - 4u)",
            ),
        ),
        "test_task.py::test_a_packet_every_second",
        ("temporal_classification: bad CRC", "it leaves out the first 4 bytes"),
    ),
    Fault(
        "sequence number repeated",
        (
            Edit(
                NODE + "temporal_task.c",
                "++task.stats.seq,",
                "(task.stats.seq += task.stats.seq != 3u),",
            ),
        ),
        "test_task.py::test_sequence_numbers_start_at_one_and_never_repeat",
        ("sequence number 3 is repeated",),
    ),
    Fault(
        "reset reason wrong",
        (
            Edit(
                AGENT + "commands_session.c",
                "(uint8_t)machine_port->reset_reason",
                "(uint8_t)(machine_port->reset_reason == MACHINE_RESET_PANIC"
                " ? MACHINE_RESET_SOFTWARE : machine_port->reset_reason)",
            ),
        ),
        "test_boot.py::test_a_panic",
        ("reset reason after a panic (abort) is SW, expected PANIC",),
    ),
    Fault(
        "a drop not counted",
        (Edit(NODE + "temporal_task.c", "    task.stats.queue_drops++;\n", ""),),
        "test_task_queue.py::test_the_queue_is_32_deep_and_every_drop_is_counted",
        ("9 frames were refused", "queue_drops counts 0", "a drop is not counted"),
    ),
    Fault(
        "a tie won by the highest class",
        (Edit(NODE + "packet_encode.c", "logits[i] > logits[top]", "logits[i] >= logits[top]"),),
        "test_task.py::test_a_tie_goes_to_the_lowest_class",
        ("a tie of all classes went to class 3, expected 0",),
    ),
    Fault(
        "a short frame padded with the frame before",
        (
            Edit(
                NODE + "temporal_task.c",
                "    queue_item_t item = {0};",
                "    static queue_item_t item;",
            ),
        ),
        "test_task_queue.py::test_a_short_frame_s_rest_is_zeros_not_the_frame_before",
        ("a short frame is not padded with zeros",),
    ),
    Fault(
        "float16 cut off instead of rounded",
        (
            Edit(
                HEAD + "half.c",
                "return (value + half_minus_one + odd) >> shift;",
                "return (value + 0u * (half_minus_one + odd)) >> shift;",
            ),
        ),
        "test_stream.py::test_a_step_equals_the_oracle_at_every_position",
        ("streamed attention", "beyond the error budget", "repeat  pytest"),
    ),
    Fault(
        "a repeated request executed twice",
        (
            Edit(AGENT + "agent.c", "    if (cached) {", "    if (cached && cached_len == 0) {"),
            Edit(AGENT + "agent.c", "agent_state.last_id) <= 0", "agent_state.last_id) < 0"),
        ),
        "test_agent.py::test_a_repeated_id_is_answered_again_and_not_executed_again",
        ("one request, sent 5 times, was executed 5 times",),
    ),
    Fault(
        "a full cache overwrites its last token",
        (
            Edit(
                HEAD + "kv_cache.c",
                "    if (cache->len == cache->capacity) {\n        return ESP_ERR_NO_MEM;\n",
                "    if (cache->len == cache->capacity) {\n        cache->len--;\n",
            ),
        ),
        "test_stream_refusals.py::test_a_full_cache_refuses_and_is_unchanged",
        ("a full cache of 20 took 4 more steps", "expected ESP_ERR_NO_MEM"),
    ),
    Fault(
        "an error code of its own",
        (Edit(HEAD + "blob.c", "return ESP_ERR_INVALID_VERSION;", "return ESP_ERR_NOT_FINISHED;"),),
        "test_weights_blob.py::test_a_bad_blob_is_refused_with_exactly_its_error",
        ("version 2: head_open", "(0x10c), expected ESP_ERR_INVALID_VERSION"),
    ),
    Fault(
        "an unaligned access",
        (
            Edit(
                HEAD + "blob.c",
                "if (ruv_load_u32(bytes) != RUV_BLOB_MAGIC) {",
                "if (*(const uint32_t *)(const void *)bytes != RUV_BLOB_MAGIC) {",
            ),
        ),
        "test_weights_blob.py::test_a_blob_at_any_alignment_gives_the_same_bits",
        ("ended by a sanitizer's report", "load of misaligned address", "blob.c"),
        ("--sanitize",),
    ),
    Fault(
        "the last byte of a piece does not arrive",
        (
            Edit(
                AGENT + "commands_arena.c",
                "memcpy(to, io->tail, asked->len);",
                "memcpy(to, io->tail, asked->len - (asked->len > 2000u));",
            ),
        ),
        "test_edge_arithmetic.py::test_the_logarithm",
        ("call: ESP_ERR_INVALID_CRC", "x: the scratch memory does not hold what was sent"),
    ),
    Fault(
        "a log line lost",
        (
            Edit(
                MACHINE + "machine_log.c",
                "    machine_port->uart_write(text, len);\n",
                "    machine_port->uart_write(text, lines % 10u == 9u ? 0u : len);\n",
            ),
        ),
        "test_boot.py::test_no_log_line_is_lost_from_the_first_on",
        ("the node wrote", "log lines,", "were seen"),
    ),
    Fault(
        "a crash in a command",
        (
            Edit(
                NODE_AGENT + "commands_task.c",
                "    float logits[TEMPORAL_MAX_CLASSES];\n",
                "    float logits[TEMPORAL_MAX_CLASSES];\n"
                "    *(volatile uint8_t *)io->tail_len = 1;\n",
            ),
        ),
        "test_task.py::test_the_winner_and_margin_are_those_of_the_logits",
        ("The node reset by itself (reason: PANIC) while waiting for the reply to classify",),
    ),
    Fault(
        "a hang in a command",
        (
            Edit(
                NODE_AGENT + "commands_task.c",
                "    float logits[TEMPORAL_MAX_CLASSES];\n",
                "    float logits[TEMPORAL_MAX_CLASSES];\n"
                "    for (volatile size_t i = io->tail_len; i == 0;) {\n    }\n",
            ),
        ),
        "test_task.py::test_the_winner_and_margin_are_those_of_the_logits",
        ("The node reset by itself (reason: WDT) while waiting for the reply to classify",),
    ),
    Fault(
        "weights committed without a check",
        (
            Edit(
                NODE + "weights_upload.c",
                "esp_err_t err = check_upload(detail);",
                "esp_err_t err = check_upload(detail) ? ESP_OK : ESP_OK;",
            ),
        ),
        "test_weights_upload.py::test_a_refused_commit_leaves_the_old_blob",
        ("the commit of a corrupt blob was accepted, expected ESP_ERR_INVALID_CRC",),
    ),
)

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        *_ALL,
        *MODEL,
        *STORE,
        *POWER,
        *PARSERS,
        *DEPLOY,
        *SENSING,
        *RADIO,
        *EDGE_FEATURES,
    )
}
