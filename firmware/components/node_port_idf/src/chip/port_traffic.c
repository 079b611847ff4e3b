#include <stdatomic.h>
#include <string.h>

#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/icmp.h"
#include "lwip/inet_chksum.h"
#include "lwip/ip4.h"
#include "lwip/sockets.h"

#include "machine_port.h"
#include "node_port_parts.h"
#include "node_settings.h"
#include "traffic.h"

#define STACK_BYTES 3072u
#define PRIORITY    2u // above the main loop, whose steps take long
#define IDENTIFIER  0xC511u
#define LONGEST_US  100000u // of a wait, after which gateway and setting are looked at again

static const char *const TAG = "traffic";

static TaskHandle_t task;
static _Atomic uint32_t gateway; // 0: none

static bool send_question(int raw, uint32_t to, uint16_t number)
{
    struct icmp_echo_hdr question = {.type = ICMP_ECHO};
    question.id = lwip_htons(IDENTIFIER);
    question.seqno = lwip_htons(number);
    question.chksum = inet_chksum(&question, sizeof question);
    const struct sockaddr_in target = {.sin_family = AF_INET, .sin_addr.s_addr = to};
    const ssize_t sent = sendto(raw, &question, sizeof question, MSG_DONTWAIT,
                                (const struct sockaddr *)&target, sizeof target);
    return sent == (ssize_t)sizeof question;
}

static void take_answer(traffic_t *traffic, const uint8_t *packet /*[len]*/, size_t len)
{
    struct ip_hdr ip;
    struct icmp_echo_hdr answer;
    if (len < sizeof ip) {
        return;
    }
    memcpy(&ip, packet, sizeof ip);
    const size_t header = IPH_HL_BYTES(&ip);
    if (header < sizeof ip || len < header + sizeof answer) {
        return;
    }
    memcpy(&answer, packet + header, sizeof answer);
    if (answer.type == ICMP_ER && answer.id == lwip_htons(IDENTIFIER)) {
        traffic_answered(traffic, lwip_ntohs(answer.seqno));
    }
}

// Takes an answer that comes until then, but waits for LONGEST_US at most.
static void listen_until(int raw, traffic_t *traffic, uint64_t due_us)
{
    uint8_t packet[96];
    const uint64_t now = machine_port->clock_us();
    const uint64_t left = due_us > now ? due_us - now : 0;
    const struct timeval wait = {.tv_usec = left < LONGEST_US ? (long)left : (long)LONGEST_US};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(raw, &readable);
    struct timeval limit = wait;
    if (select(raw + 1, &readable, NULL, NULL, &limit) > 0) {
        const ssize_t len = recv(raw, packet, sizeof packet, MSG_DONTWAIT);
        take_answer(traffic, packet, len > 0 ? (size_t)len : 0);
    }
}

static void ask(int raw, traffic_t *traffic, uint32_t to)
{
    if (!send_question(raw, to, traffic_ask(traffic, machine_port->clock_us()))) {
        traffic_not_sent(traffic, machine_port->clock_us());
    }
}

// While this gateway serves the node.
static void ping(int raw, uint32_t to)
{
    const uint32_t hz = node_settings()->traffic_hz;
    traffic_t traffic;
    traffic_start(&traffic, hz, machine_port->clock_us());
    ESP_LOGI(TAG, "%u pings a second", (unsigned)hz);
    while (atomic_load(&gateway) == to && node_settings()->traffic_hz == hz) {
        const uint64_t due_us = traffic_next_us(&traffic);
        if (machine_port->clock_us() >= due_us) {
            ask(raw, &traffic, to);
        } else {
            listen_until(raw, &traffic, due_us);
        }
    }
}

static void run(void *unused)
{
    (void)unused;
    for (;;) {
        const uint32_t to = atomic_load(&gateway);
        const int raw = to ? socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) : -1;
        if (raw >= 0) {
            ping(raw, to);
            close(raw);
        } else {
            (void)ulTaskNotifyTake(pdTRUE, to ? pdMS_TO_TICKS(LONGEST_US / 1000u) : portMAX_DELAY);
        }
    }
}

esp_err_t port_traffic_open(void)
{
    const BaseType_t made = xTaskCreatePinnedToCore(run, "traffic", STACK_BYTES, NULL, PRIORITY,
                                                    &task, 0); // where Wi-Fi is
    return made == pdPASS ? ESP_OK : ESP_ERR_NO_MEM;
}

void port_traffic_begin(uint32_t gateway_address)
{
    atomic_store(&gateway, gateway_address);
    (void)xTaskNotifyGive(task);
}

void port_traffic_end(void)
{
    atomic_store(&gateway, 0);
}
