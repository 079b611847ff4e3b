// The second sensor: the last reading of a mmWave radar, and what both sensors together say.
#pragma once

#include "edge_features.h"

#define MMWAVE_FRESH_US 5000000u // older readings are ignored

typedef struct {
    uint8_t type; // of the sensor; 0: none is there
    float heart_bpm;
    float breathing_bpm;
    float distance_cm;
    uint8_t targets;
    uint8_t confidence; // 0..100
} mmwave_reading_t;

void mmwave_start(void); // no sensor
void mmwave_report(const mmwave_reading_t *reading, uint64_t now_us);

bool mmwave_is_configured(void);

typedef struct {
    mmwave_reading_t reading;
    bool fresh;
    float heart_bpm; // means weighted with the confidences; 0 when neither sensor has one
    float breathing_bpm;
    uint8_t confidence; // 0..100: that at least one of the two is right about the breathing
    uint8_t n_persons;
    bool presence;
} mmwave_fusion_t;

mmwave_fusion_t mmwave_fuse(const edge_features_t *seen, uint64_t now_us);
