// The head where it is not built. In flash there may still be weights, for an image that has one.
#include "node_config.h"

#if !CONFIG_CSI_TEMPORAL_HEAD_ENABLED

#include "node.h"

const node_head_t *node_head(void)
{
    static node_head_t head = {
        .state = HEAD_NOT_BUILT,
        .error = ESP_ERR_NOT_SUPPORTED,
        .reason = "this image is built without the head",
        .self_test_error = ESP_ERR_NOT_SUPPORTED,
    };
    head.weights = weights_store_select(false, NULL);
    return &head;
}

void node_boot_head(void)
{
}

void node_restart_head(void)
{
}

void node_reset_head_stream(void)
{
}

#endif
