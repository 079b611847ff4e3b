// A firmware that works on its own: ten times a second it takes blocks of a pool and gives them
// back.
#include "firmware_main.h"
#include "hil_agent.h"
#include "hil_export.h"
#include "machine_clock.h"
#include "main_loop.h"

#define PERIOD_US UINT64_C(100000)
#define BLOCKS    64u

static uint64_t next_us = PERIOD_US;
static uint32_t in_use;
static uint32_t rounds;

static void work(void)
{
    for (; next_us <= machine_clock_now_us(); next_us += PERIOD_US) {
        const uint32_t taken = rounds % 7u;
        in_use += taken;
        in_use -= taken;
#ifdef POOL_LEAKS
        in_use += rounds % 600u == 0 && in_use < BLOCKS;
#endif
        rounds++;
    }
}

static uint64_t next_due(void)
{
    return next_us;
}

uint32_t pool_in_use(void);
uint32_t pool_rounds(void);

uint32_t pool_in_use(void)
{
    return in_use;
}

uint32_t pool_rounds(void)
{
    return rounds;
}

#define NOTHING(IN, OUT, IN_OUT, VALUE)
HIL_EXPORT_RESULT(uint32_t, pool_in_use, NOTHING);
HIL_EXPORT_RESULT(uint32_t, pool_rounds, NOTHING);

// Back to the state after boot, for the next test.
static void restore(const void *asked)
{
    (void)asked;
    next_us = PERIOD_US;
    in_use = rounds = 0;
}

void firmware_main(const machine_port_t *machine, const nor_flash_t *flash)
{
    static const agent_firmware_t pool = {.restore = restore};
    static const main_loop_work_t todo = {work, next_due};
    (void)flash;
    machine_init(machine);
    main_loop_set_work(&todo);
    hil_agent_start(&pool);
    hil_agent_announce();
    main_loop_run();
}
