/*
 * The node agent's wire structs: requests, replies and events of the HIL protocol, version 1.
 *
 * Everything is little-endian and packed. The host side holds the same definitions; the `layout`
 * command reports sizeof and every offsetof of what stands here, and the harness refuses to go on
 * when the two differ. docs/node-protocol.md describes the line format and each command.
 */
#pragma once

#include <stdint.h>

#define HIL_PROTOCOL_VERSION 1u
#define HIL_MAX_LINE         2688u /* bytes of one line, the newline included */
#define HIL_MAX_PAYLOAD      2080u /* bytes of one payload before base85: any wire packet */
#define HIL_REPLY_CACHE      8u    /* requests that may be unanswered at a time */

#define HIL_PACKED __attribute__((packed))

/* ---- session ---------------------------------------------------------------------------- */

typedef struct HIL_PACKED {
    uint32_t protocol;
} hil_hello_req_t;

typedef struct HIL_PACKED {
    uint32_t protocol;
    uint32_t boot_nonce;
    uint16_t max_line;
    uint16_t max_payload;
    uint16_t rx_buffer; /* bytes the host may have unanswered on the line */
    uint8_t reply_cache;
    uint8_t clock_mode;   /* 0 real, 1 stepped */
    uint32_t arena_bytes; /* scratch memory for kernel tests */
    uint32_t last_id;     /* the highest request id executed since boot */
    char target[16];      /* "qemu", "host", "linux", "esp32s3", ... NUL padded */
    char version[32];
    uint8_t elf_sha256[32];
} hil_hello_t;

typedef struct HIL_PACKED {
    uint16_t index;
} hil_layout_req_t;

/* A layout reply: this header, name[name_len], then n_fields times hil_layout_field_t + name. */
typedef struct HIL_PACKED {
    uint16_t total; /* how many structs the node knows */
    uint16_t index;
    uint16_t size; /* sizeof */
    uint8_t n_fields;
    uint8_t name_len;
} hil_layout_t;

typedef struct HIL_PACKED {
    uint16_t offset;
    uint16_t size;
    uint8_t name_len;
} hil_layout_field_t;

typedef struct HIL_PACKED {
    uint64_t now_us; /* the node's clock, real or stepped */
    uint8_t clock_mode;
    uint8_t head_state;       /* hil_head_state_t */
    uint8_t controller_state; /* the state numbers of the adaptive controller */
    uint8_t cycle_unit;       /* 0 none, 1 retired instructions, 2 CPU cycles */
    uint32_t head_error;      /* esp_err_t: why the head is off, 0 when it is on */
    uint32_t heap_free;
    uint32_t heap_min_free;   /* lowest since boot */
    uint32_t stack_free_main; /* high-water mark: bytes never used, main loop */
    uint32_t
        stack_free_temporal; /* the temporal task's; equals main's where they share one stack */
    uint16_t queue_depth;
    uint16_t queue_capacity;
    uint32_t queue_drops;
    uint32_t drop_log_lines; /* how often a drop was logged */
    uint32_t frames_pushed;  /* accepted into the queue */
    uint32_t frames_short;   /* of those, padded with zeros */
    uint32_t frames_refused; /* non-finite frames the head refused */
    uint32_t classify_count;
    uint32_t classify_errors;
    uint32_t temporal_seq; /* seq of the last 0xC5110007, 0: none yet */
    uint32_t feature_seq;  /* how many 0xC5110006 were emitted */
    uint32_t packets_sent;
    uint32_t packets_failed;
    uint32_t packets_network; /* of those sent, the ones that the network took */
    uint32_t log_lines;       /* log lines written since boot */
    uint32_t rx_bytes;
    uint32_t rx_overruns; /* bytes the UART lost */
    uint32_t lines_ok;
    uint32_t lines_garbage; /* not a request at all */
    uint32_t lines_overlong;
    uint32_t lines_bad_crc;
    uint32_t unknown_commands;
    uint32_t replays;         /* repeated ids answered from the cache */
    uint32_t stale_ids;       /* ids too old to answer, refused */
    uint64_t push_cycles;     /* the last push, in cycle_unit */
    uint64_t classify_cycles; /* the last classify */
    uint64_t classify_cycles_max;
    uint32_t classify_gap_ms; /* from one to the next; 0: none is made */
} hil_status_t;

typedef enum {
    HIL_HEAD_OFF = 0,
    HIL_HEAD_ON = 1,
    HIL_HEAD_FAILED = 2,
    HIL_HEAD_NOT_BUILT = 3
} hil_head_state_t;

/* Back to the state after boot without a reset: task, queue, counters, arena, mirror and
 * observation. */
typedef struct HIL_PACKED {
    uint8_t clock_mode;   /* stepped time starts at 0 */
    uint16_t target_port; /* packets go there until the next boot or restore; 0: as it is set */
} hil_restore_req_t;

typedef struct HIL_PACKED {
    uint64_t us;
} hil_advance_req_t;

typedef struct HIL_PACKED {
    uint64_t now_us;
} hil_time_t;

/* `panic`: 0 abort, 1 load from an unmapped address, 2 illegal instruction. `hang`: 0 busy loop, 1
 * with interrupts off. */
typedef struct HIL_PACKED {
    uint8_t kind;
} hil_kind_req_t;

/* `setting`: a number that survives reset. The keys are the places in the node's list, as
 * `setting_info` tells them. It takes effect with the next boot or restore. */
typedef struct HIL_PACKED {
    uint8_t key;
    uint32_t value;
} hil_setting_req_t;

/* `hop_table`: followed by the channels, one byte each; none: no hopping. `sender`: followed by the
 * address of the one whose frames are taken; none: of all. As `setting` otherwise. */

typedef struct HIL_PACKED {
    uint16_t index;
} hil_setting_info_req_t;

/* One line of the list of settings. */
typedef struct HIL_PACKED {
    uint16_t total; /* how many there are */
    uint8_t key;
    uint8_t kind; /* 0 u8, 1 u16, 2 u32, 3 text, 4 bytes */
    uint32_t low; /* of the value; of the length for text and bytes */
    uint32_t high;
    uint32_t fallback; /* where it was never set */
    char name[16];
} hil_setting_info_t;

#define HIL_MAX_CHANNELS 14u

/* `settings`: those in force. */
typedef struct HIL_PACKED {
    uint8_t embed_weights;
    uint8_t start_head;
    uint8_t node_id;
    uint8_t edge_tier;
    uint16_t min_pkt_yield;
    uint16_t hop_dwell_ms;
    float thr_coherence;
    float thr_anomaly;
    float thr_motion;
    float thr_presence;
    float thr_still;
    uint8_t n_channels;
    uint8_t channels[HIL_MAX_CHANNELS]; /* then zeros */
    uint8_t has_sender;
    uint8_t sender[6];
    uint16_t traffic_hz;
    uint8_t temporal_feed; /* what the head is fed with: 0 states, 1 spectra */
    uint8_t spectrum_hop;
} hil_settings_t;

/* ---- boot report (event `boot`) --------------------------------------------------------- */

typedef struct HIL_PACKED {
    char name[16];
    uint32_t offset;
    uint32_t size;
} hil_partition_t;

#define HIL_MAX_PARTITIONS 8u

typedef struct HIL_PACKED {
    uint32_t protocol;
    uint32_t boot_nonce;
    uint8_t reset_reason; /* node_reset_reason_t */
    uint8_t clock_mode;
    uint8_t head_state;       /* hil_head_state_t */
    uint8_t weights_source;   /* 0 none, 1 slot 0, 2 slot 1, 3 embedded */
    uint32_t head_error;      /* esp_err_t */
    uint32_t self_test_error; /* esp_err_t */
    uint32_t slot_error[2];   /* esp_err_t; NOT_FOUND: empty */
    uint32_t weights_crc;
    uint32_t weights_len;
    uint32_t weights_generation;
    uint32_t flash_bytes;
    uint32_t heap_bytes;
    uint32_t input_dim;
    uint32_t window_len; /* the most that a model may have */
    uint32_t n_classes;  /* of the weights, where there are any */
    uint32_t classify_period_ms;
    uint8_t elf_sha256[32];
    char target[16];
    char chip[32];
    char version[32];
    char idf_version[32];
    char head_reason[64]; /* one sentence */
    uint8_t n_partitions;
    uint8_t temporal_feed; /* what the head is fed with: 0 states, 1 spectra */
    uint8_t settings_lost; /* 1: the store was unreadable and erased, and not written anew since; 2:
                              none can be opened */
    uint8_t max_classes;   /* the most that a model may have */
    hil_partition_t partitions[HIL_MAX_PARTITIONS];
} hil_boot_report_t;

/* ---- weights ---------------------------------------------------------------------------- */

typedef struct HIL_PACKED {
    uint32_t total_len;
    uint32_t crc32; /* zlib's, over all but the last 4 bytes: the one that a blob ends in. It tells
                       uploads apart; over all bytes it would be the same for every blob. */
    uint8_t flags;  /* bit 0: accept a blob whose shape is not the node's */
} hil_weights_begin_req_t;

typedef struct HIL_PACKED {
    uint32_t resume_offset; /* 0, or how much of this same upload is already there */
    uint8_t slot;
} hil_weights_begin_t;

/* followed by the bytes */
typedef struct HIL_PACKED {
    uint32_t offset;
} hil_weights_chunk_req_t;

typedef struct HIL_PACKED {
    uint32_t next_offset;
} hil_weights_chunk_t;

typedef struct HIL_PACKED {
    uint32_t generation;
    uint8_t slot;
} hil_weights_commit_t;

/* Raw access to the weights partition, for the tests of what a bad flash does.
 * `part_read` -> bytes; `part_write`: followed by the bytes, programs them (NOR: bits only clear);
 * `part_erase`: whole erase units that contain the range. `part_info` -> hil_part_info_t. */
typedef struct HIL_PACKED {
    uint32_t offset;
    uint32_t len;
} hil_part_req_t;

typedef struct HIL_PACKED {
    uint32_t size;
    uint32_t erase_size;
    uint32_t slot_offset[2]; /* of the slot's header */
    uint32_t slot_size[2];
    uint32_t blob_offset; /* of the blob, relative to the slot's header */
} hil_part_info_t;

/* ---- temporal task ---------------------------------------------------------------------- */

typedef struct HIL_PACKED {
    uint8_t action; /* 0 stop, 1 start, 2 hold (does not drain its queue), 3 release */
    uint32_t input_dim;
    uint32_t window_len;
    uint32_t n_classes;
} hil_task_req_t;

/* followed by n_frames * frame_len float32 */
typedef struct HIL_PACKED {
    uint16_t n_frames;
    uint16_t frame_len;
} hil_push_req_t;

typedef struct HIL_PACKED {
    uint16_t accepted;
    uint16_t rejected;
    uint32_t last_error; /* esp_err_t of the last rejected frame */
} hil_push_t;

/* followed by n_classes float32 logits */
typedef struct HIL_PACKED {
    uint32_t n_classes;
    uint32_t n_frames;
    uint64_t cycles;
} hil_classify_t;

/* ---- kernel under test: arena, attention, stream, head ----------------------------------- */

/* `arena_put`: followed by the bytes; `arena_get`: -> bytes */
typedef struct HIL_PACKED {
    uint32_t offset;
    uint32_t len; /* arena_get only; arena_put: the number of bytes that follow */
} hil_arena_req_t;

#define HIL_MAX_GLOBALS 16u

typedef struct HIL_PACKED {
    uint32_t window;
    uint32_t block_size;
    uint8_t causal;
    uint8_t use_log_stride;
    uint8_t use_landmarks;
    uint8_t n_globals;
    uint32_t global_tokens[HIL_MAX_GLOBALS];
    uint8_t kernel; /* 0 fast, 1 plain */
} hil_attention_config_t;

/* q [n,Hq,d], k and v [n,Hkv,d] float32 at 4-aligned arena offsets; out is written as float32. */
typedef struct HIL_PACKED {
    hil_attention_config_t config;
    uint32_t n_tokens;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    uint32_t q_offset;
    uint32_t k_offset;
    uint32_t v_offset;
    uint32_t out_offset;
    uint32_t scratch_offset; /* scratch lies from here to the arena's end */
} hil_attention_req_t;

typedef struct HIL_PACKED {
    uint64_t edges;
    uint64_t cycles;
    uint32_t scratch_bytes;
} hil_attention_t;

typedef struct HIL_PACKED {
    hil_attention_config_t config;
    uint32_t capacity;
    uint32_t n_q_heads;
    uint32_t n_kv_heads;
    uint32_t head_dim;
    uint8_t dtype;          /* of the cache: 0 float32, 1 float16 */
    uint32_t memory_offset; /* cache and scratch lie from here to the arena's end */
} hil_stream_open_req_t;

/* Runs `count` steps on consecutive tokens in the arena; stops at the first refusal. */
typedef struct HIL_PACKED {
    uint32_t count;
    uint32_t q_offset;
    uint32_t k_offset;
    uint32_t v_offset;
    uint32_t out_offset;
} hil_stream_step_req_t;

typedef struct HIL_PACKED {
    uint32_t done;
    uint32_t cache_len;
    uint32_t error;     /* esp_err_t of the step that was refused, 0: all done */
    uint32_t cache_crc; /* CRC-32 of the cache's memory: unchanged by a refused step */
    uint64_t cycles;    /* of the last step */
} hil_stream_step_t;

/* H2O eviction on the open stream: scores float32 [cache_len] at scores_offset, one token's k, v.
 */
typedef struct HIL_PACKED {
    uint32_t k_offset;
    uint32_t v_offset;
    uint32_t scores_offset;
} hil_stream_evict_req_t;

typedef struct HIL_PACKED {
    uint32_t evicted; /* 0xFFFFFFFF: none */
    uint32_t cache_len;
    uint32_t cache_crc;
} hil_stream_evict_t;

typedef struct HIL_PACKED {
    uint32_t blob_offset; /* any alignment */
    uint32_t blob_len;
    uint32_t input_dim;
    uint32_t window_len;
    uint32_t n_classes;
    uint8_t form;   /* 0 chosen by shape, 1 direct, 2 folded */
    uint8_t kernel; /* 0 fast, 1 plain */
} hil_head_open_req_t;

typedef struct HIL_PACKED {
    uint32_t working_set_bytes;
    uint8_t form; /* the one in use: 1 direct, 2 folded */
} hil_head_open_t;

/* `head_push`: pushes n_frames frames of input_dim floats from the arena; stops at the first
 * refusal. */
typedef struct HIL_PACKED {
    uint32_t frames_offset;
    uint32_t n_frames;
} hil_head_push_req_t;

typedef struct HIL_PACKED {
    uint32_t done;
    uint32_t error;
    uint32_t frames_in_ring;
    uint64_t cycles; /* of the last push */
} hil_head_push_t;

/* `head_null`: what every function of the head's interface that can fail returns when it is called
 * with null pointers; esp_err_t each. */
typedef struct HIL_PACKED {
    uint32_t init;
    uint32_t init_with;
    uint32_t required_bytes;
    uint32_t required_bytes_with;
    uint32_t use_kernel;
    uint32_t push;
    uint32_t classify;
    uint32_t self_test; /* takes nothing: its own result */
} hil_head_null_t;

#define HIL_PROFILE_PHASES 7u

/* `profile`: on, and the head's work is measured by phase; the answer has what the last
 * head_classify or step took. Phases: other, projection, candidates, scores, weights, sums of
 * values, landmarks. */
typedef struct HIL_PACKED {
    uint64_t cycles[HIL_PROFILE_PHASES]; /* in cycle_unit, without what the measuring took */
    uint64_t macs[HIL_PROFILE_PHASES];   /* multiply-accumulates */
    uint32_t marks;                      /* times the phase changed */
    uint32_t stack_bytes;                /* how deep the stack went; 0: unknown here */
} hil_profile_t;

/* ---- controller ------------------------------------------------------------------------- */

/* What the fast loop collects. `observe` sets it until the next one. */
typedef struct HIL_PACKED {
    float motion;
    float presence;
    float respiration_bpm;
    float respiration_conf;
    float heartbeat_bpm;
    float heartbeat_conf;
    float anomaly;
    float env_shift;
    float coherence;
    uint16_t pkt_yield;
    uint16_t quality_flags;
} hil_observation_t;

/* `decide`: the pure function, on a hil_observation_t */
typedef struct HIL_PACKED {
    uint8_t state;
    uint8_t profile;
} hil_decision_t;

typedef struct HIL_PACKED {
    uint8_t on;
} hil_switch_req_t;

/* ---- channel state ---------------------------------------------------------------------- */

#define HIL_MOCK_OFF 0xFFu

/* `mock_scenario` */
typedef struct HIL_PACKED {
    uint8_t scenario; /* mock_scenario_t; HIL_MOCK_OFF: none */
    uint32_t seed;
} hil_mock_req_t;

/* `csi_status`: counters since restore */
typedef struct HIL_PACKED {
    uint32_t received; /* and what became of them: one of the next six */
    uint32_t accepted;
    uint32_t zero_length;
    uint32_t oversized;
    uint32_t filtered; /* of another sender */
    uint32_t gated;    /* sooner than 100 Hz allows */
    uint32_t dropped;  /* the ring was full */
    uint32_t hops;
    uint32_t raw_seq; /* of the last 0xC5110001, 0: none yet */
    uint16_t ring_depth;
    uint16_t ring_capacity;
    uint8_t source;   /* 0 none, 1 radio, 2 synthetic, 3 frames by `csi_frame` */
    uint8_t scenario; /* of the synthetic source, else HIL_MOCK_OFF */
    uint8_t channel;
    int8_t rssi; /* of the last accepted frame, and the extremes; dBm */
    int8_t rssi_min;
    int8_t rssi_max;
    int8_t noise_floor;
} hil_csi_status_t;

/* `csi_filter` */
typedef struct HIL_PACKED {
    uint8_t on;
    uint8_t mac[6];
} hil_csi_filter_req_t;

/* `csi_hop`: followed by the channels, none to stay where it is */
typedef struct HIL_PACKED {
    uint16_t dwell_ms;
} hil_csi_hop_req_t;

/* `csi_frame`: a frame as the radio's callback would bring it; followed by the pairs. A header that
 * says more pairs than any frame may have needs none. A stepped clock is moved by after_us first,
 * up to what is due then: the frame comes before that. The answer is hil_time_t. */
typedef struct HIL_PACKED {
    uint8_t mac[6];
    uint8_t channel;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
    int8_t rssi;
    int8_t noise_floor;
    uint32_t after_us;
    uint16_t csi_layout; /* as in 0xC5110001 */
} hil_csi_frame_req_t;

/* `csi_feed`: frames come by `csi_frame`, at about this rate, which the gate has
 * to let through; 0: not known. */
typedef struct HIL_PACKED {
    float rate_hz;
} hil_csi_feed_req_t;

/* `stream_rates`: a packet of every n-th frame, or one in so many ms; 0: none */
typedef struct HIL_PACKED {
    uint16_t raw_every;
    uint16_t compressed_every;
    uint16_t vitals_ms;
    uint16_t vector_ms;
} hil_stream_rates_req_t;

/* `mmwave`: what the second sensor reports. Type 0: there is none. */
typedef struct HIL_PACKED {
    uint8_t type;
    uint8_t targets;
    uint8_t confidence; /* 0..100 */
    float heart_bpm;
    float breathing_bpm;
    float distance_cm;
} hil_mmwave_req_t;

/* ---- edge features --------------------------------------------------------------------------- */

/* What the last frame left. */
typedef struct HIL_PACKED {
    uint64_t ts_us; /* of the frame */
    float motion;
    float presence;
    float respiration_bpm;
    float respiration_conf;
    float heartbeat_bpm;
    float heartbeat_conf;
    float anomaly;
    float env_shift;
    float coherence;
    float motion_energy;      /* change of the amplitudes relative to their mean */
    float presence_score;     /* the same, as it is held against the threshold */
    float presence_threshold; /* 0 while calibrating */
    uint8_t active;
    uint8_t fall;
    uint8_t n_persons;
    uint16_t quality_flags;
    float vector[8];
    float spectrum[16]; /* the last one */
    uint32_t spectra;   /* since the source began, and the rest of them */
    uint32_t frames;    /* not refused: used, or in one of the next four */
    uint32_t late;
    uint32_t duplicates;
    uint32_t faint;
    uint32_t other_basis; /* on other carriers than the link is watched on */
    uint32_t refused;
    uint32_t plain;   /* of an unknown layout */
    uint32_t relinks; /* changes of sender, channel or carriers */
    uint32_t gaps;
    uint32_t falls;
} hil_edge_features_t;

/* `sense_status`: what the node has made of the frames so far */
typedef struct HIL_PACKED {
    uint8_t phase;      /* state number: 2 radio init, 3 time sync, 4 calibration, 5 sensing */
    uint8_t state;      /* of the controller */
    uint16_t pkt_yield; /* frames of the last second */
    uint16_t sync_error_us;
    uint32_t raw_seq; /* of the last packet of each kind, or their number; 0: none yet */
    uint32_t compressed_count;
    uint32_t vitals_count;
    uint32_t fused_count;
    uint32_t vector_seq;
    uint32_t health_epoch;
    float rate_hz; /* frames a second, of the last two seconds */
    hil_edge_features_t features;
} hil_sense_status_t;

/* ---- edge features under test: a context of the test's own, in the arena ------------------- */

/* The context lies at memory_offset, 16-aligned. */
typedef struct HIL_PACKED {
    uint32_t calibration_ms;
    uint8_t tier;
    uint8_t spectrum_every; /* bins of 20 ms; 0: no spectra */
    uint32_t memory_offset;
} hil_edge_open_req_t;

typedef struct HIL_PACKED {
    uint32_t context_bytes;
} hil_edge_open_t;

/* A frame in the arena: this, and iq_len bytes of I, Q pairs. */
typedef struct HIL_PACKED {
    uint64_t ts_us;
    uint8_t mac[6];
    uint8_t channel;
    uint8_t n_antennas;
    uint16_t n_subcarriers;
    int8_t rssi;
    int8_t noise_floor;
    uint16_t iq_len;
    uint16_t csi_layout;
} hil_edge_frame_t;

/* n_frames frames lie one behind the other; a hil_edge_result_t of each is written. */
typedef struct HIL_PACKED {
    uint32_t frames_offset;
    uint32_t n_frames;
    uint32_t out_offset;
} hil_edge_push_req_t;

typedef struct HIL_PACKED {
    uint32_t done;
} hil_edge_push_t;

typedef struct HIL_PACKED {
    uint32_t error;  /* esp_err_t of this frame */
    uint64_t cycles; /* that it took */
    hil_edge_features_t features;
} hil_edge_result_t;

/* `edge_log`: logarithms of n floats at in_offset, at out_offset, which may be the same. */
typedef struct HIL_PACKED {
    uint32_t in_offset;
    uint32_t n;
    uint32_t out_offset;
} hil_edge_log_req_t;

/* `edge_fft`: 64 times re, im at offset are transformed in place. */
typedef struct HIL_PACKED {
    uint32_t offset;
} hil_edge_fft_req_t;

/* `edge_bin`: the last complete bin */
typedef struct HIL_PACKED {
    uint64_t mask;    /* bit s: slot s holds a carrier */
    uint8_t held;     /* no frame fell into it: the bin before, once more */
    float n[64];      /* amplitude over the mean amplitude */
    float ratio[116]; /* z[s + 6] conj(z[s]) over its square: 58 times re, im */
} hil_edge_bin_t;

/* `csi_carriers`: n questions lie one behind the other; a hil_csi_carriers_t of each is written. */
#define HIL_NO_PAIRS 0xFFFFFFFFu

typedef struct HIL_PACKED {
    uint32_t questions_offset;
    uint32_t n;
    uint32_t out_offset;
} hil_csi_carriers_req_t;

typedef struct HIL_PACKED {
    uint16_t csi_layout;
    uint16_t n_subcarriers;
    uint32_t iq_offset; /* n_subcarriers pairs, or HIL_NO_PAIRS */
} hil_csi_question_t;

typedef struct HIL_PACKED {
    uint32_t error; /* esp_err_t; the rest is then 0 */
    uint16_t basis;
    uint8_t row;
    uint8_t n_runs;
    uint16_t pair[2];
    int16_t carrier[2];
    uint16_t count[2];
    uint16_t again;
} hil_csi_carriers_t;

/* `csi_reception`: the layout words of a frame that a chip received so. */
typedef struct HIL_PACKED {
    uint8_t secondary; /* 0 none, 1 above, 2 below */
    uint8_t signal;    /* 0 legacy, 1 HT */
    uint8_t is_wide;
    uint8_t is_stbc;
    uint8_t first_word_invalid;
    uint8_t kept; /* bit i: field i is stored where a packet has it */
    uint16_t n_subcarriers;
} hil_csi_reception_req_t;

typedef struct HIL_PACKED {
    uint16_t by_reception; /* ESP32, S2, S3, C3 */
    uint16_t by_length;    /* C5, C61 */
} hil_csi_reception_t;

/* `radio_stamps`: n of them in the arena; each gets its time. */
typedef struct HIL_PACKED {
    uint32_t offset;
    uint32_t n;
} hil_radio_stamps_req_t;

typedef struct HIL_PACKED {
    uint32_t stamp;   /* the radio's, us */
    uint64_t time_us; /* in: when the frame was handed over; out: when it was received */
} hil_radio_stamp_t;

/* `reconnect_delay` */
typedef struct HIL_PACKED {
    uint32_t failures;
    uint32_t draw;
} hil_reconnect_req_t;

typedef struct HIL_PACKED {
    uint32_t delay_ms;
} hil_reconnect_t;

/* `traffic`: n questions to an access point, each asked when it is due. */
typedef struct HIL_PACKED {
    uint32_t hz;
    uint64_t begin_us;
    uint32_t offset;
    uint32_t n;
} hil_traffic_req_t;

#define HIL_TRAFFIC_LOST     0u
#define HIL_TRAFFIC_ANSWERED 1u
#define HIL_TRAFFIC_NOT_SENT 2u

typedef struct HIL_PACKED {
    uint8_t outcome;
    uint16_t number;
    uint64_t due_us; /* out */
} hil_traffic_step_t;

typedef struct HIL_PACKED {
    uint64_t next_us; /* all ones: never */
} hil_traffic_t;

/* `csi_compress`: len bytes at now_offset, against as many at prev_offset where has_prev is set;
 * writes up to cap bytes at out_offset. */
typedef struct HIL_PACKED {
    uint8_t has_prev;
    uint32_t prev_offset;
    uint32_t now_offset;
    uint32_t len;
    uint32_t out_offset;
    uint32_t cap;
} hil_csi_compress_req_t;

typedef struct HIL_PACKED {
    uint32_t out_len;
    uint64_t cycles;
} hil_csi_compress_t;

/* `csi_expand`: the inverse; writes len bytes at out_offset. */
typedef struct HIL_PACKED {
    uint8_t has_prev;
    uint32_t prev_offset;
    uint32_t data_offset;
    uint32_t data_len;
    uint32_t out_offset;
    uint32_t len;
} hil_csi_expand_req_t;
