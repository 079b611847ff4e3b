// Log lines on the console in ESP-IDF's form, "I (12345) tag: text", counted.
#pragma once

#include <stddef.h>
#include <stdint.h>

void machine_log(char level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define MACHINE_LOGE(...) machine_log('E', __VA_ARGS__)
#define MACHINE_LOGW(...) machine_log('W', __VA_ARGS__)
#define MACHINE_LOGI(...) machine_log('I', __VA_ARGS__)

// Writes text that is formatted already, and counts its lines.
void machine_log_text(const char *text /*[len]*/, size_t len);

uint32_t machine_log_lines(void); // since boot
