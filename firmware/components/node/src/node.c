#include "node.h"

#include "adaptive_controller.h"
#include "main_loop.h"
#include "node_config.h"
#include "node_due.h"
#include "node_settings.h"
#include "packet_sink.h"
#include "sensing.h"
#include "temporal_task.h"

static void run_due(void)
{
    sensing_run();
    controller_run();
    temporal_task_run_due();
}

static uint64_t next_due(void)
{
    return temporal_task_next(earlier(sensing_next(), controller_next()));
}

void node_init(const node_port_t *port)
{
    static const main_loop_work_t work = {run_due, next_due};
    node_port = port;
    main_loop_set_work(&work);
}

void node_restore(void)
{
    weights_upload_close();
    packet_sink_mirror(NULL);
    packet_sink_reset_counters();
    temporal_task_reset_counters();
    node_settings_load();
    if (CONFIG_TEMPORAL_CALL_SITES) {
        node_reset_head_stream();
    }
    sensing_start();
    controller_start();
}
