// The format of lines:  "#> " id " " command " " payload " " crc  ; replies and events are similar.
#include <string.h>

#include "agent.h"
#include "crc32_ieee.h"

#define MARKER_LEN     3u
#define HEX_LEN        8u
#define MAX_CANDIDATES 8u // markers that are tried in one line: a line of many must not take long

static const char request_marker[] = "#> ";

_Static_assert(MARKER_LEN + HEX_LEN + 1u + AGENT_MAX_COMMAND + 1u +
                       BASE85_ENCODED_LEN(HIL_MAX_PAYLOAD) + 1u + HEX_LEN + 1u <=
                   HIL_MAX_LINE,
               "the largest payload fits a line");

// ---- reading ----

static bool read_hex(const char *text, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < HEX_LEN; i++) {
        const char c = text[i];
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a') + 10u;
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static const char *find_marker(const char *from, const char *end)
{
    for (; (size_t)(end - from) >= MARKER_LEN; from++) {
        from = memchr(from, request_marker[0], (size_t)(end - from) - (MARKER_LEN - 1u));
        if (!from) {
            return NULL;
        }
        if (memcmp(from, request_marker, MARKER_LEN) == 0) {
            return from;
        }
    }
    return NULL;
}

static bool has_id(const char *marker, const char *end, uint32_t *id)
{
    return (size_t)(end - marker) > MARKER_LEN + HEX_LEN && read_hex(marker + MARKER_LEN, id) &&
           marker[MARKER_LEN + HEX_LEN] == ' ';
}

static bool has_good_crc(const char *marker, const char *end)
{
    uint32_t crc;
    if ((size_t)(end - marker) < MARKER_LEN + HEX_LEN + 1u + HEX_LEN) {
        return false;
    }
    const char *crc_text = end - HEX_LEN;
    return crc_text[-1] == ' ' && read_hex(crc_text, &crc) &&
           crc == crc32_ieee(0, marker, (size_t)(crc_text - marker));
}

static bool is_command(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((text[i] < 'a' || text[i] > 'z') && text[i] != '_') {
            return false;
        }
    }
    return len > 0 && len <= AGENT_MAX_COMMAND;
}

// Splits the part between the id and the CRC into command and payload.
static void split_body(const char *body, const char *body_end, agent_request_t *out)
{
    const char *space = memchr(body, ' ', (size_t)(body_end - body));
    const char *command_end = space ? space : body_end;
    const size_t command_len = (size_t)(command_end - body);
    out->command[0] = '\0';
    if (is_command(body, command_len)) {
        memcpy(out->command, body, command_len);
        out->command[command_len] = '\0';
    }
    out->payload = space ? space + 1 : body_end;
    out->payload_len = (size_t)(body_end - out->payload);
}

agent_line_kind_t agent_parse_line(const char *line, size_t len, agent_request_t *out)
{
    const char *const end = line + len;
    agent_line_kind_t kind = len == 0 ? LINE_EMPTY : LINE_GARBAGE;
    const char *marker = find_marker(line, end);
    for (unsigned tried = 0; marker && tried < MAX_CANDIDATES; tried++) {
        uint32_t id;
        if (has_id(marker, end, &id)) {
            if (has_good_crc(marker, end)) {
                out->id = id;
                const char *body = marker + MARKER_LEN + HEX_LEN + 1u;
                const char *body_end = end - HEX_LEN - 1u;
                split_body(body, body_end < body ? body : body_end, out);
                return LINE_REQUEST;
            }
            if (kind != LINE_BAD_CRC) {
                kind = LINE_BAD_CRC;
                out->id = id;
            }
        }
        marker = find_marker(marker + 1, end);
    }
    return kind;
}

// ---- writing ----

static char *put_hex(char *out, uint32_t value)
{
    for (unsigned shift = 32; shift > 0; shift -= 4) {
        *out++ = "0123456789abcdef"[value >> (shift - 4u) & 0xFu];
    }
    return out;
}

static char *put_text(char *out, const char *text)
{
    const size_t len = strlen(text);
    memcpy(out, text, len);
    return out + len;
}

static size_t finish(char *start, char *out, const uint8_t *payload, size_t len)
{
    *out++ = ' ';
    if (len == 0) {
        *out++ = '-';
    } else {
        out += base85_encode(payload, len, out);
    }
    *out++ = ' ';
    out = put_hex(out, crc32_ieee(0, start, (size_t)(out - start)));
    *out++ = '\n';
    return (size_t)(out - start);
}

size_t agent_format_reply(char *out, uint32_t id, uint32_t status, const uint8_t *payload,
                          size_t len)
{
    char *at = put_text(out, "#< ");
    at = put_hex(at, id);
    *at++ = ' ';
    at = put_hex(at, status);
    return finish(out, at, payload, len);
}

size_t agent_format_event(char *out, uint32_t seq, const char *name, const uint8_t *payload,
                          size_t len)
{
    char *at = put_text(out, "#! ");
    at = put_hex(at, seq);
    *at++ = ' ';
    at = put_text(at, name);
    return finish(out, at, payload, len);
}
