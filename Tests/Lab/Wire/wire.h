// labwire: cables between network namespaces that delay, lose, reorder, duplicate and die as they are told.
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_LIMIT = 9216, WIRE_LIMIT = 16 };

// What one direction of a wire does: to all frames …
struct impairment {
    int64_t delay, jitter;                  // nanoseconds; jitter is uniform in ±jitter and keeps the order
    // … and to those that it means:
    int64_t rate;                           // bits a second, 0: none; what comes later waits for them all the same
    uint32_t source, destination;           // network byte order, 0: any
    int protocol;                           // 0: any
    double loss, duplicate, reorder;        // probabilities
    int mtu;                                // bytes of the IP packet, 0: none; larger ones vanish
};

struct direction {
    struct impairment impairment;
    uint64_t fate, jitter;                  // states of the generators
    int64_t line_free;                      // when the last frame has left a line of limited rate
    int64_t last_release;                   // jitter must not overtake
    uint64_t passed, dropped;
    int output;                             // descriptor of the far end
    bool is_cut;
};

struct wire {
    char name[IFNAMSIZ];
    int ends[2];                            // descriptors of the two TAP devices
    struct direction directions[2];         // from ends[0] to ends[1], and back
    bool is_unplugged;
};

struct frame {
    int64_t due, arrived;
    uint64_t serial;
    struct wire *wire;
    int direction;
    int length;
    uint8_t bytes[FRAME_LIMIT];
};

// clock.c
int64_t now(void);

// random.c: splitmix64, so that a seed gives the same run everywhere.
void seed_direction(struct direction *direction, const char *name, int index, uint64_t seed);
double draw(uint64_t *state);

// tap.c
int open_tap(const char *namespace_name, const char *interface);
int set_carrier(int tap, bool is_up);

// queue.c: frames on their way, by the time they are due.
struct frame *take_frame(void);
void give_back(struct frame *frame);
void push(struct frame *frame);
struct frame *first(void);
struct frame *pop(void);

// ledger.c: the list of what was done to frames, one line each; the oracle of the tests.
bool open_ledger(const char *path);
void note(const char *what, const struct frame *frame, int64_t value);
void flush_ledger(void);

// passage.c
void receive(struct wire *wire, int end);
int64_t release_due(void);

// control.c
int open_control(const char *path);
void answer_control(int listener);
int tell(const char *path, int count, char **words);
extern struct wire wires[WIRE_LIMIT];
extern int wire_count;
extern int poller;
