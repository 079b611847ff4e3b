// What the temporal task has of FreeRTOS: its thread, and the queue into it.
#include "node_port_parts.h"

#include "esp_task.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "machine_clock.h"
#include "machine_port.h"
#include "port_watchdog.h"

#define STACK_BYTES  16384u
#define DSP_PRIORITY 5u
#define CORE         (CONFIG_FREERTOS_NUMBER_OF_CORES - 1) // Wi-Fi is on core 0

// With one core a classification would keep the main task from its work, and from feeding the
// watchdog: there both tasks have the same priority, and run in turn.
#if CONFIG_FREERTOS_NUMBER_OF_CORES == 1 && !CONFIG_IDF_TARGET_LINUX
#define PRIORITY ESP_TASK_MAIN_PRIO
_Static_assert(configUSE_TIME_SLICING, "tasks of one priority take turns");
#else
#define PRIORITY (DSP_PRIORITY - 1u)
#endif
#define FEED_TICKS pdMS_TO_TICKS(MACHINE_WATCHDOG_MS / 3u)

enum {
    NOTE_WAKE = 1u << 0,
    NOTE_CALL = 1u << 1,
    NOTE_STOP = 1u << 2
};

// There is one thread for as long as the node runs. The main task writes these fields while the
// thread is idle or not started, and hands them over by a notification.
static struct {
    TaskHandle_t task;
    StaticTask_t task_memory;
    SemaphoreHandle_t answered; // a call has returned, or the step was left for good
    StaticSemaphore_t answered_memory;
    node_worker_step_t step; // NULL: stopped
    void (*fn)(void *);
    void *arg;
} thread;

// The target "linux" counts a stack in words; see docs/esp-idf.md.
static StackType_t stack[STACK_BYTES];

static TickType_t ticks_until(uint64_t deadline_us)
{
    const uint64_t now = machine_clock_now_us();
    if (deadline_us == MACHINE_NEVER) {
        return portMAX_DELAY;
    }
    if (deadline_us <= now) {
        return 0;
    }
    const uint64_t tick_us = 1000000u / configTICK_RATE_HZ;
    const uint64_t ticks = (deadline_us - now + tick_us - 1u) / tick_us;
    return ticks < portMAX_DELAY ? (TickType_t)ticks : portMAX_DELAY;
}

// On the stepped clock nothing runs by itself: the main loop asks for each step.
static TickType_t run_step(void)
{
    if (!thread.step || machine_clock_mode() != MACHINE_CLOCK_REAL) {
        return portMAX_DELAY;
    }
    return ticks_until(thread.step());
}

static void thread_main(void *unused)
{
    (void)unused;
    TickType_t wait = portMAX_DELAY;
    port_watchdog_join();
    for (;;) {
        uint32_t notes = 0;
        port_watchdog_rest();
        (void)xTaskNotifyWait(0, UINT32_MAX, &notes, wait);
        port_watchdog_feed(MACHINE_WATCHDOG_MS);
        if (notes & NOTE_STOP) {
            thread.step = NULL;
        }
        if (notes & NOTE_CALL) {
            thread.fn(thread.arg);
        }
        if (notes & (NOTE_STOP | NOTE_CALL)) {
            (void)xSemaphoreGive(thread.answered);
        }
        wait = run_step();
    }
}

static void ask(uint32_t note)
{
    (void)xTaskNotify(thread.task, note, eSetBits);
    while (xSemaphoreTake(thread.answered, FEED_TICKS) != pdTRUE) {
        port_watchdog_feed(MACHINE_WATCHDOG_MS);
    }
}

static esp_err_t thread_start(node_worker_step_t step)
{
    thread.step = step;
    (void)xTaskNotify(thread.task, NOTE_WAKE, eSetBits);
    return ESP_OK;
}

static void thread_wake(void)
{
    (void)xTaskNotify(thread.task, NOTE_WAKE, eSetBits);
}

static void thread_call(void (*fn)(void *), void *arg)
{
    if (xTaskGetCurrentTaskHandle() == thread.task) {
        fn(arg);
        return;
    }
    thread.fn = fn;
    thread.arg = arg;
    ask(NOTE_CALL);
}

static void thread_stop(void)
{
    ask(NOTE_STOP);
}

static uint32_t thread_stack_free(void)
{
    return (uint32_t)(uxTaskGetStackHighWaterMark(thread.task) * sizeof(StackType_t));
}

const node_worker_t port_worker = {thread_start, thread_wake, thread_call, thread_stop,
                                   thread_stack_free};

void port_worker_open(void)
{
    thread.answered = xSemaphoreCreateBinaryStatic(&thread.answered_memory);
    thread.task = xTaskCreateStaticPinnedToCore(thread_main, "temporal", STACK_BYTES, NULL,
                                                PRIORITY, stack, &thread.task_memory, CORE);
}

// ---- the queue ----------------------------------------------------------------------------------

static StaticQueue_t queue_memory;
static QueueHandle_t queue;

static esp_err_t queue_open(void *storage, uint32_t item_bytes, uint32_t capacity)
{
    if (queue) {
        vQueueDelete(queue);
    }
    queue = xQueueCreateStatic(capacity, item_bytes, storage, &queue_memory);
    return queue ? ESP_OK : ESP_ERR_NO_MEM;
}

static bool queue_send(const void *item)
{
    return xQueueSend(queue, item, 0) == pdTRUE;
}

static bool queue_receive(void *item)
{
    return xQueueReceive(queue, item, 0) == pdTRUE;
}

static uint32_t queue_depth(void)
{
    return (uint32_t)uxQueueMessagesWaiting(queue);
}

const node_queue_t port_queue = {queue_open, queue_send, queue_receive, queue_depth};
