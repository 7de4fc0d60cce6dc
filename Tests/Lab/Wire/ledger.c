#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int file = -1;
static char text[1 << 16];
static size_t used;

bool open_ledger(const char *path) {
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return file >= 0;
}

// TIME WIRE DIRECTION WHAT VALUE ARRIVED BYTES PROTOCOL SOURCE DESTINATION KIND SEQUENCE: times in nanoseconds of the
// monotonic clock; protocol 0 is no IPv4; kind and sequence are ICMP's type and sequence number, or two ports.
void note(const char *what, const struct frame *frame, int64_t value) {
    if (used > sizeof text - 256) flush_ledger();
    const uint8_t *ip = frame->bytes + 14;
    bool is_ip = frame->length >= 38 && frame->bytes[12] == 8 && frame->bytes[13] == 0;
    char source[16] = "-", destination[16] = "-";
    int protocol = 0, kind = 0, sequence = 0;
    if (is_ip) {
        protocol = ip[9];
        inet_ntop(AF_INET, ip + 12, source, sizeof source);
        inet_ntop(AF_INET, ip + 16, destination, sizeof destination);
        const uint8_t *body = ip + (ip[0] & 15) * 4;
        if (body + 8 <= frame->bytes + frame->length) {
            kind = protocol == 1 ? body[0] : body[0] << 8 | body[1];
            sequence = protocol == 1 ? body[6] << 8 | body[7] : body[2] << 8 | body[3];
        }
    }
    used += (size_t)snprintf(text + used, sizeof text - used, "%lld %s %d %s %lld %lld %d %d %s %s %d %d\n",
        (long long)now(), frame->wire->name, frame->direction, what, (long long)value, (long long)frame->arrived,
        frame->length, protocol, source, destination, kind, sequence);
}

void flush_ledger(void) {
    size_t written = 0;
    while (written < used) {
        ssize_t count = write(file, text + written, used - written);
        if (count <= 0) break;
        written += (size_t)count;
    }
    used = 0;
}
