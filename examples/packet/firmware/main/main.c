// A firmware with a struct, a packet and a command of its own.
#include "firmware_main.h"
#include "hil_agent.h"
#include "machine_clock.h"
#include "main_loop.h"

#define WIRE_LIST "door_struct_list.h"
#include "wire_struct_types.h"

#define WIRE_LIST  "door_struct_list.h"
#define WIRE_TABLE door_structs
#include "wire_struct_table.h"

#define DOOR_MAGIC   0x524f4f44u // "DOOR"
#define OPEN_FROM    5u
#define HINGE_LIMITS 180u

static esp_err_t move(agent_io_t *io)
{
    const move_req_t *asked = io->in;
    if (asked->angle_deg > HINGE_LIMITS) {
        return agent_fail(io, ESP_ERR_INVALID_ARG, "angle_deg %u: at most %u", asked->angle_deg,
                          HINGE_LIMITS);
    }
    const door_state_t packet = {
        .magic = DOOR_MAGIC,
        .time_us = machine_clock_now_us(),
        .angle_deg = asked->angle_deg,
        .is_open = asked->angle_deg >= OPEN_FROM,
    };
    agent_event("packet", &packet, sizeof packet);
    return ESP_OK;
}

static const agent_command_t commands[] = {{"move", sizeof(move_req_t), false, move}, {0}};
static const agent_command_t *const groups[] = {commands};
static const agent_struct_list_t structs = {door_structs,
                                            sizeof door_structs / sizeof door_structs[0]};

static const agent_firmware_t door = {
    .groups = groups,
    .n_groups = 1,
    .struct_lists = &structs,
    .n_struct_lists = 1,
};

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    (void)flash;
    machine_init(machine);
    hil_agent_start(&door);
    hil_agent_announce();
    main_loop_run();
}
