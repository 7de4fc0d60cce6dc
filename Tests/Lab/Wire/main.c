#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

int poller;

static const uint32_t control_mark = UINT32_MAX;

static int serve(const char *control_path, const char *ledger_path) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = open_control(control_path);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = control_mark};
    if (listener < 0 || !open_ledger(ledger_path) || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) {
        fprintf(stderr, "labwire: %s, %s: %s\n", control_path, ledger_path, strerror(errno));
        return 71;
    }
    // Both make the delays sharp; without them they are only less so.
    prctl(PR_SET_TIMERSLACK, 1);
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10});
    for (;;) {
        int64_t wait = release_due();
        struct timespec limit = {wait / 1000000000, wait % 1000000000};
        struct epoll_event events[WIRE_LIMIT * 2 + 1];
        // With nothing to do for a moment the list goes to the disk.
        struct timespec moment = {0, 1000000};
        int count = epoll_pwait2(poller, events, WIRE_LIMIT * 2 + 1, wait < 0 ? &moment : &limit, NULL);
        if (count == 0 && wait < 0) {
            flush_ledger();
            count = epoll_pwait2(poller, events, WIRE_LIMIT * 2 + 1, NULL, NULL);
        }
        for (int index = 0; index < count; index++) {
            uint32_t mark = events[index].data.u32;
            if (mark == control_mark) answer_control(listener);
            else receive(&wires[mark / 2], (int)(mark % 2));
        }
    }
}

int main(int count, char **words) {
    if (count >= 3 && strcmp(words[1], "tell") == 0) return tell(words[2], count - 3, words + 3);
    if (count == 4 && strcmp(words[1], "serve") == 0) return serve(words[2], words[3]);
    fputs("usage: labwire serve CONTROL-SOCKET LEDGER | labwire tell CONTROL-SOCKET COMMAND…\n", stderr);
    return 64;
}
