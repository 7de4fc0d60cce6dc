#define _GNU_SOURCE
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct wire wires[WIRE_LIMIT];
int wire_count;

static struct wire *named(const char *name) {
    for (int index = 0; name && index < wire_count; index++)
        if (strcmp(wires[index].name, name) == 0) return &wires[index];
    return NULL;
}

static const char *add(char *words[]) {
    for (int index = 0; index < 6; index++)
        if (!words[index]) return "add NAME NAMESPACE INTERFACE NAMESPACE INTERFACE SEED";
    if (wire_count == WIRE_LIMIT || strlen(words[0]) >= IFNAMSIZ || named(words[0])) return "no room, or a name in use";
    struct wire *wire = &wires[wire_count];
    memset(wire, 0, sizeof *wire);
    strcpy(wire->name, words[0]);
    wire->ends[0] = open_tap(words[1], words[2]);
    wire->ends[1] = open_tap(words[3], words[4]);
    if (wire->ends[0] < 0 || wire->ends[1] < 0) return "cannot make the TAP devices";
    for (int end = 0; end < 2; end++) {
        wire->directions[end].output = wire->ends[!end];
        seed_direction(&wire->directions[end], wire->name, end, strtoull(words[5], NULL, 10));
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(wire_count * 2 + end)};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, wire->ends[end], &event) != 0) return "epoll";
    }
    wire_count++;
    return NULL;
}

static bool assign(struct impairment *impairment, char *word) {
    char *value = strchr(word, '=');
    if (!value) return false;
    *value++ = 0;
    char *end = value;
    double number = strtod(value, &end);
    if (strcmp(word, "source") == 0) return inet_pton(AF_INET, value, &impairment->source) == 1;
    if (strcmp(word, "destination") == 0) return inet_pton(AF_INET, value, &impairment->destination) == 1;
    if (end == value || *end || !(number >= 0)) return false;
    bool is_share = strcmp(word, "loss") == 0 || strcmp(word, "duplicate") == 0 || strcmp(word, "reorder") == 0;
    if (is_share && number > 1) return false;
    if (strcmp(word, "loss") == 0) impairment->loss = number;
    else if (strcmp(word, "duplicate") == 0) impairment->duplicate = number;
    else if (strcmp(word, "reorder") == 0) impairment->reorder = number;
    else if (strcmp(word, "delay_us") == 0) impairment->delay = (int64_t)(number * 1000);
    else if (strcmp(word, "jitter_us") == 0) impairment->jitter = (int64_t)(number * 1000);
    else if (strcmp(word, "rate") == 0) impairment->rate = (int64_t)number;
    else if (strcmp(word, "mtu") == 0) impairment->mtu = (int)number;
    else if (strcmp(word, "protocol") == 0) impairment->protocol = (int)number;
    else return false;
    return true;
}

// set WIRE out|back|both KEY=VALUE…: replaces what the wire did before. `out` is from the end named first.
static const char *set(char *words[]) {
    struct wire *wire = named(words[0]);
    if (!wire || !words[1]) return "set WIRE out|back|both KEY=VALUE…";
    struct impairment impairment = {0};
    for (int index = 2; words[index]; index++)
        if (!assign(&impairment, words[index])) return "no such key, or no such value; loss, duplicate and reorder are shares from 0 to 1";
    for (int end = 0; end < 2; end++)
        if (strcmp(words[1], end ? "out" : "back") != 0) wire->directions[end].impairment = impairment;
    return NULL;
}

static const char *seed(char *words[]) {
    struct wire *wire = named(words[0]);
    if (!wire || !words[1]) return "seed WIRE NUMBER";
    for (int end = 0; end < 2; end++)
        seed_direction(&wire->directions[end], wire->name, end, strtoull(words[1], NULL, 10));
    return NULL;
}

enum ending { CUT, CUT_OUT, CUT_BACK, UNPLUG, MEND };

// All wires of one command change between two frames.
static const char *change(char *words[], enum ending ending) {
    if (!words[0]) return "which wires?";
    for (int index = 0; words[index]; index++)
        if (!named(words[index])) return "no such wire";
    for (int index = 0; words[index]; index++) {
        struct wire *wire = named(words[index]);
        if (ending == CUT || ending == CUT_OUT) wire->directions[0].is_cut = true;
        if (ending == CUT || ending == CUT_BACK) wire->directions[1].is_cut = true;
        if (ending == MEND) wire->directions[0].is_cut = wire->directions[1].is_cut = false;
        if (ending == UNPLUG || ending == MEND) {
            wire->is_unplugged = ending == UNPLUG;
            for (int end = 0; end < 2; end++)
                if (set_carrier(wire->ends[end], ending == MEND) != 0) return "carrier";
        }
    }
    return NULL;
}

static const char *obey(char *words[], char *answer, size_t size) {
    const char *verb = words[0] ? words[0] : "";
    if (strcmp(verb, "add") == 0) return add(words + 1);
    if (strcmp(verb, "set") == 0) return set(words + 1);
    if (strcmp(verb, "seed") == 0) return seed(words + 1);
    if (strcmp(verb, "cut") == 0) return change(words + 1, CUT);
    if (strcmp(verb, "cut-out") == 0) return change(words + 1, CUT_OUT);
    if (strcmp(verb, "cut-back") == 0) return change(words + 1, CUT_BACK);
    if (strcmp(verb, "unplug") == 0) return change(words + 1, UNPLUG);
    if (strcmp(verb, "mend") == 0) return change(words + 1, MEND);
    if (strcmp(verb, "list") != 0) return "add, set, seed, cut, cut-out, cut-back, unplug, mend or list";
    size_t used = 0;
    for (int index = 0; index < wire_count && used < size; index++) {
        struct wire *wire = &wires[index];
        const char *state = wire->is_unplugged ? "unplugged"
            : wire->directions[0].is_cut || wire->directions[1].is_cut ? "cut" : "whole";
        used += (size_t)snprintf(answer + used, size - used, " %s=%s,%llu/%llu,%llu/%llu", wire->name, state,
            (unsigned long long)wire->directions[0].passed, (unsigned long long)wire->directions[0].dropped,
            (unsigned long long)wire->directions[1].passed, (unsigned long long)wire->directions[1].dropped);
    }
    return NULL;
}

static int unix_socket(const char *path, struct sockaddr_un *address) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) return -1;
    strcpy(address->sun_path, path);
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

int open_control(const char *path) {
    struct sockaddr_un address;
    int listener = unix_socket(path, &address);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0) return -1;
    return listen(listener, 16) == 0 ? listener : -1;
}

// One command a connection; the answer is "ok", the moment before and after in nanoseconds, or "error" and why.
void answer_control(int listener) {
    int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (peer < 0) return;
    struct timeval patience = {.tv_usec = 100000};
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char line[1024], details[1024] = "", answer[2048], *words[32];
    ssize_t length = recv(peer, line, sizeof line - 1, 0);
    if (length > 0) {
        line[length] = 0;
        int count = 0;
        for (char *word = strtok(line, " \n"); word && count < 31; word = strtok(NULL, " \n")) words[count++] = word;
        words[count] = NULL;
        int64_t before = now();
        const char *error = obey(words, details, sizeof details);
        int size = error ? snprintf(answer, sizeof answer, "error %s\n", error)
            : snprintf(answer, sizeof answer, "ok %lld %lld%s\n", (long long)before, (long long)now(), details);
        flush_ledger();
        if (send(peer, answer, (size_t)size, MSG_NOSIGNAL) < 0) perror("labwire: answer");
    }
    close(peer);
}

int tell(const char *path, int count, char **words) {
    struct sockaddr_un address;
    char line[1024] = "";
    size_t used = 0;
    for (int index = 0; index < count && used < sizeof line; index++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s", index ? " " : "", words[index]);
    int control = unix_socket(path, &address);
    if (control < 0 || connect(control, (struct sockaddr *)&address, sizeof address) != 0
        || send(control, line, strlen(line), 0) < 0) {
        fprintf(stderr, "labwire: %s: %s\n", path, strerror(errno));
        return 69;
    }
    char answer[2049];
    ssize_t length = recv(control, answer, sizeof answer - 1, 0);
    if (length <= 0) return 69;
    answer[length] = 0;
    bool is_ok = strncmp(answer, "ok", 2) == 0;
    fputs(answer, is_ok ? stdout : stderr);
    return is_ok ? 0 : 65;
}
