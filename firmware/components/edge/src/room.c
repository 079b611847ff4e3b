#include "room.h"

#include <string.h>

void edge_room_init(edge_room_t *room, uint32_t calibration_ms)
{
    memset(room, 0, sizeof *room);
    room->calibration_bins = calibration_ms * EDGE_BIN_HZ / 1000u;
    room->calibrating = true;
}

void edge_room_calibrate(edge_room_t *room)
{
    room->calibrating = true;
    room->bins = 0;
}

void edge_room_interrupt(edge_room_t *room)
{
    (void)room;
}

void edge_room_bin(edge_room_t *room, const edge_movement_t *movement, const edge_bin_t *bin,
                   bool breath, edge_features_t *out)
{
    (void)bin;
    if (room->calibrating) {
        room->baseline += (movement->score - room->baseline) / (float)(room->bins + 1u);
        room->calibrating = ++room->bins < room->calibration_bins;
    }
    out->motion_energy = movement->score;
    out->presence_score = movement->score;
    out->presence_threshold = room->calibrating ? 0.0f : 2.5f * room->baseline;
    out->active = !room->calibrating && movement->score >= out->presence_threshold;
    out->motion = out->active ? 0.5f : 0.0f;
    out->presence = out->active || breath ? 1.0f : 0.0f;
}

uint16_t edge_room_flags(const edge_room_t *room, const edge_features_t *out)
{
    (void)out;
    return room->calibrating ? EDGE_QUALITY_CALIBRATING : EDGE_QUALITY_PRESENCE_VALID;
}
