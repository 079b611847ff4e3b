// What a station asks of its access point, so that there are frames to hear: one question (a ping
// of the gateway) after the other, as often as is wanted while answers come, less often while they
// do not. Pure: the port sends, and tells what came of it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TRAFFIC_ANSWER_US  250000u  // a question that is older is lost
#define TRAFFIC_SLOWEST_US 1000000u // between two questions, however bad the air is
#define TRAFFIC_MAX_HZ     100u

#define TRAFFIC_OPEN   32u // a power of two; more than there are in TRAFFIC_ANSWER_US
#define TRAFFIC_WINDOW 16u // questions over which losses are counted

typedef struct {
    uint32_t wanted_us; // between two questions; 0: none is asked
    uint32_t period_us; // now
    uint64_t next_us;
    uint16_t number; // of the next question
    uint16_t oldest; // of those that are open
    uint16_t judged; // of the window under way
    uint16_t lost;
    uint16_t in_a_row; // answered
    bool is_answered[TRAFFIC_OPEN];
    uint64_t asked_us[TRAFFIC_OPEN];
} traffic_t;

// Nothing is asked when hz is 0.
void traffic_start(traffic_t *traffic, uint32_t hz, uint64_t now_us);

// When the next question is due; UINT64_MAX: never.
uint64_t traffic_next_us(const traffic_t *traffic);

// The number that the question asked now carries. Judges those that are old enough.
uint16_t traffic_ask(traffic_t *traffic, uint64_t now_us);

// The question with the last number could not be sent.
void traffic_not_sent(traffic_t *traffic, uint64_t now_us);

void traffic_answered(traffic_t *traffic, uint16_t number);
