// Frames of channel state into the edge features.
#include "csi_frame.h"

#include <math.h>

#include "csi_layout.h"
#include "edge_features.h"
#include "fuzz.h"

#define MAX_FRAMES     64u
#define CALIBRATION_MS 1000u

static void look_at_layouts(input_t *input)
{
    csi_reception_t reception = {
        .secondary = take_u8(input),
        .signal = take_u8(input),
    };
    const uint8_t flags = take_u8(input);
    reception.is_wide = flags & 1u;
    reception.is_stbc = flags & 2u;
    reception.first_word_invalid = flags & 4u;
    reception.kept = (uint8_t)(flags >> 3u & 7u);
    csi_carriers_t carriers;
    const uint16_t word = csi_layout_of_reception(&reception);
    (void)csi_layout_carriers(word, 64u * (1u + (flags & 3u)), NULL, &carriers);
    const uint16_t pairs = take_u16(input);
    (void)csi_layout_carriers(csi_layout_of_length(reception.secondary, pairs, flags & 4u), pairs,
                              NULL, &carriers);
}

static void check(const edge_features_t *seen)
{
    const float shares[] = {seen->motion,         seen->presence, seen->respiration_conf,
                            seen->heartbeat_conf, seen->anomaly,  seen->env_shift,
                            seen->coherence};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        REQUIRE(shares[i] >= 0.0f && shares[i] <= 1.0f);
    }
    for (size_t i = 0; i < EDGE_VECTOR_LEN; i++) {
        REQUIRE(seen->vector[i] >= 0.0f && seen->vector[i] <= 1.0f);
    }
    REQUIRE(isfinite(seen->respiration_bpm) && isfinite(seen->heartbeat_bpm));
    REQUIRE(isfinite(seen->motion_energy) && isfinite(seen->presence_score));
    REQUIRE(seen->frames >= seen->late + seen->duplicates + seen->faint + seen->other_basis);
}

// Repeats the input's last pairs where it has ended.
static void push(edge_t *edge, input_t *input, csi_frame_t *frame)
{
    static const uint16_t usual[] = {64, 128, 192, 53, 57, 114, 234, 256};
    const uint8_t how = take_u8(input);
    frame->ts_us += how & 0x80u ? (uint64_t)take_u16(input) << (how & 0x0Fu) : 20000u;
    frame->rssi = (int8_t)take_u8(input);
    frame->channel = (uint8_t)(1u + (how >> 4u & 1u));
    frame->n_antennas = how & 0x20u ? take_u8(input) : 1u;
    frame->n_subcarriers = how & 0x40u ? take_u16(input) : usual[how & 7u];
    frame->layout = how & 8u ? take_u16(input) : 0;
    const uint32_t pairs = (uint32_t)frame->n_antennas * frame->n_subcarriers;
    const size_t bytes = pairs <= CSI_MAX_PAIRS ? 2u * pairs : 0;
    uint8_t *const iq = malloc(bytes > 0 ? bytes : 1);
    const uint8_t seed = take_u8(input);
    REQUIRE(iq);
    for (size_t i = 0; i < bytes; i++) {
        iq[i] = (uint8_t)(i < input->left ? input->at[i] : seed + 37u * i);
    }
    const size_t used = bytes < input->left && (how & 0x40u) ? bytes : 0;
    input->at += used;
    input->left -= used;
    frame->iq = (const int8_t *)iq;
    const esp_err_t err = edge_push(edge, frame);
    csi_carriers_t carriers;
    const bool has_size = pairs > 0 && pairs <= CSI_MAX_PAIRS;
    const esp_err_t want =
        has_size ? csi_layout_carriers(frame->layout, frame->n_subcarriers, frame->iq, &carriers)
                 : ESP_ERR_INVALID_SIZE;
    free(iq);
    REQUIRE(err == want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static edge_t edge;
    input_t input = {data, len};
    edge_config_t config = edge_default_config();
    csi_frame_t frame = {.mac = {2, 0, 0, 0, 0, 1}, .noise_floor = -95};
    config.calibration_ms = CALIBRATION_MS;
    config.tier = (uint8_t)(take_u8(&input) % (EDGE_TIER_ALL + 1));
    config.spectrum_every = take_u8(&input);
    look_at_layouts(&input);
    REQUIRE(edge_init(&edge, &config) == ESP_OK);
    for (uint32_t n = 0; n < MAX_FRAMES && input.left > 0; n++) {
        push(&edge, &input, &frame);
        check(edge_features(&edge));
    }
    edge_silent(&edge);
    check(edge_features(&edge));
    return 0;
}
