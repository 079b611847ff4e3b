// What a node tells its mesh.
#include <string.h>

#include "crc32_ieee.h"
#include "packet_encode.h"

#define MESH_VERSION     1u
#define MESH_TYPE_HEALTH 6u
#define MESH_AUTH_NONE   0u

void packet_encode_mesh_health(const packet_mesh_health_t *health, uint32_t epoch, uint8_t *out)
{
    const packet_mesh_envelope_t envelope = {
        .magic = PACKET_MAGIC_MESH_ENVELOPE,
        .version = MESH_VERSION,
        .type = MESH_TYPE_HEALTH,
        .sender_role = health->role,
        .auth_class = MESH_AUTH_NONE,
        .epoch = epoch,
        .payload_len = sizeof *health,
    };
    memcpy(out, &envelope, sizeof envelope);
    memcpy(out + sizeof envelope, health, sizeof *health);
    const uint32_t crc = crc32_ieee(0, out, sizeof envelope + sizeof *health);
    memcpy(out + sizeof envelope + sizeof *health, &crc, sizeof crc);
}
