// The list of what can be set on a node and survives a reset. Under ESP-IDF `name` is the key in
// NVS. The harness has the same list, and asks the node for this one to compare.
//
// Thresholds are thousandths of the score.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "node_config.h"

#define NODE_MAX_CHANNELS  14u // of a hop table; channels are 1 to 14, each at most once
#define NODE_SETTING_BYTES 16u // the longest setting that is bytes
#define NODE_MAC_BYTES     6u

typedef enum {
    SETTING_U8,
    SETTING_U16,
    SETTING_U32,
    SETTING_TEXT,  // used by the port only
    SETTING_BYTES, // at most NODE_SETTING_BYTES
} node_setting_kind_t;

// X(id, name, kind, low, high, fallback): the range of the value, of the length for text and bytes;
// the value where it was never set.
// clang-format off
#define NODE_SETTING_LIST(X)                                                                       \
    X(EMBED_WEIGHTS, "embed_weights", U32, 0, 1, 1)       /* use the blob embedded in the image */ \
    X(START_HEAD, "start_head", U32, 0, 1, 1)             /* start the temporal task at boot */    \
    X(NODE_ID, "node_id", U8, 0, 255, CONFIG_NODE_ID)     /* in every packet */                    \
    X(EDGE_TIER, "edge_tier", U8, 0, 2, 2)                /* 0 raw, 1 motion, 2 vital signs too */ \
    X(MIN_PKT_YIELD, "min_pkt_yield", U16, 0, 1000, 5)    /* fewer a second: degraded */           \
    X(THR_COHERENCE, "thr_coherence", U16, 0, 1000, 200)  /* below: degraded */                    \
    X(THR_ANOMALY, "thr_anomaly", U16, 0, 1000, 600)      /* from here on: alert */                \
    X(THR_MOTION, "thr_motion", U16, 0, 1000, 200)        /* from here on: active */               \
    X(THR_PRESENCE, "thr_presence", U16, 0, 1000, 500)    /* from here on: somebody is there */    \
    X(THR_STILL, "thr_still", U16, 0, 1000, 50)           /* motion below: they are still */       \
    X(HOP_TABLE, "hop_table", BYTES, 0, 14, 0)            /* channels in turn; none: stay */       \
    X(HOP_DWELL_MS, "hop_dwell_ms", U16, 10, 60000, 100)  /* on each of them */                    \
    X(TARGET_HOST, "target_host", TEXT, 7, 15, 0)         /* IPv4 address the packets go to */     \
    X(TARGET_PORT, "target_port", U16, 1, 65535, CONFIG_NODE_TARGET_PORT)                          \
    X(SSID, "ssid", TEXT, 1, 32, 0)                       /* network to join */                    \
    X(PASSWORD, "password", TEXT, 0, 63, 0)                                                        \
    X(SENDER, "sender", BYTES, 0, 6, 0)                   /* whose frames are taken; none: all */  \
    X(TRAFFIC_HZ, "traffic_hz", U16, 0, 100, 50)          /* pings of the gateway a second */      \
    X(TEMPORAL_FEED, "temporal_feed", U8, 0, 1,           /* what the head gets: 0 state, */       \
      CONFIG_TEMPORAL_FEED_SPECTRUM)                      /* 1 spectrum */                         \
    X(SPECTRUM_HOP, "spectrum_hop", U8, 1, 50, 10)        /* bins of 20 ms from one to the next */
// clang-format on

#define NODE_SETTING_ID(id, name, kind, low, high, fallback) NODE_SETTING_##id,
typedef enum {
    NODE_SETTING_LIST(NODE_SETTING_ID) NODE_SETTINGS
} node_setting_t;
#undef NODE_SETTING_ID

typedef struct {
    const char *name;
    node_setting_kind_t kind;
    uint32_t low;
    uint32_t high;
    uint32_t fallback;
} node_setting_info_t;

extern const node_setting_info_t node_setting_list[NODE_SETTINGS];

static inline bool node_setting_is_number(node_setting_t key)
{
    return node_setting_list[key].kind <= SETTING_U32;
}
