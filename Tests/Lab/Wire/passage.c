#include "wire.h"

#include <string.h>
#include <unistd.h>

// A line of limited rate holds this much before it drops, in nanoseconds.
static const int64_t buffer_limit = 200000000;
// The last bit before a frame is due is spun away: a sleep ends some tens of microseconds late.
static const int64_t spin = 40000;

static uint64_t serial;

static void send_on(struct frame *frame) {
    struct direction *direction = &frame->wire->directions[frame->direction];
    // Kept until it is handed over: what the kernel does with it in there, up to an answer, is no time of the wire.
    int64_t kept = now() - frame->arrived;
    // What was on its way when the wire was cut is lost with it.
    if (direction->is_cut || frame->wire->is_unplugged) {
        direction->dropped++;
        note("cut", frame, 0);
    } else if (write(direction->output, frame->bytes, (size_t)frame->length) == frame->length) {
        direction->passed++;
        if (frame->due > frame->arrived) note("delay", frame, kept);
    } else {
        direction->dropped++;
        note("refused", frame, 0);
    }
    give_back(frame);
}

static bool is_matched(const struct impairment *impairment, const struct frame *frame) {
    if (!impairment->source && !impairment->destination && !impairment->protocol) return true;
    if (frame->length < 34 || frame->bytes[12] != 8 || frame->bytes[13] != 0) return false;
    uint32_t source, destination;
    memcpy(&source, frame->bytes + 26, 4);
    memcpy(&destination, frame->bytes + 30, 4);
    return (!impairment->source || impairment->source == source)
        && (!impairment->destination || impairment->destination == destination)
        && (!impairment->protocol || impairment->protocol == frame->bytes[23]);
}

static void schedule(struct frame *frame, int64_t due) {
    frame->due = due;
    frame->serial = serial++;
    if (due <= frame->arrived) send_on(frame);
    else push(frame);
}

static void drop(struct frame *frame, const char *why) {
    frame->wire->directions[frame->direction].dropped++;
    note(why, frame, 0);
    give_back(frame);
}

static void pass(struct frame *frame) {
    struct direction *direction = &frame->wire->directions[frame->direction];
    const struct impairment *impairment = &direction->impairment;
    if (direction->is_cut || frame->wire->is_unplugged) return drop(frame, "cut");
    // Three draws a frame that is meant, whatever is set: the n-th of them meets the same fate in every run.
    double loss = 1, copy = 1, leap = 1;
    bool is_meant = is_matched(impairment, frame);
    if (is_meant) {
        loss = draw(&direction->fate);
        copy = draw(&direction->fate);
        leap = draw(&direction->fate);
        if (loss < impairment->loss) return drop(frame, "loss");
        if (impairment->mtu && frame->length - 14 > impairment->mtu) return drop(frame, "mtu");
    }
    int64_t due = frame->arrived;
    if (is_meant && impairment->rate) {
        if (direction->line_free < due) direction->line_free = due;
        if (direction->line_free - due > buffer_limit) return drop(frame, "full");
        due = direction->line_free += (int64_t)frame->length * 8 * 1000000000 / impairment->rate;
    }
    if (leap < impairment->reorder) {
        note("reorder", frame, 0);
    } else {
        due += impairment->delay + (int64_t)((draw(&direction->jitter) * 2 - 1) * (double)impairment->jitter);
        if (due < direction->last_release) due = direction->last_release;
        direction->last_release = due;
    }
    if (copy < impairment->duplicate) {
        struct frame *twin = take_frame();
        memcpy(twin, frame, offsetof(struct frame, bytes) + (size_t)frame->length);
        note("duplicate", twin, 0);
        schedule(twin, due);
    }
    schedule(frame, due);
}

void receive(struct wire *wire, int end) {
    for (int burst = 0; burst < 64; burst++) {
        struct frame *frame = take_frame();
        ssize_t length = read(wire->ends[end], frame->bytes, FRAME_LIMIT);
        if (length <= 0) return give_back(frame);
        frame->arrived = now();
        frame->wire = wire;
        frame->direction = end;
        frame->length = (int)length;
        pass(frame);
    }
}

// Sends what is due; gives the nanoseconds until the next frame is, or -1.
int64_t release_due(void) {
    struct frame *next;
    while ((next = first())) {
        int64_t left = next->due - now();
        if (left > spin) return left - spin;
        while (now() < next->due) {}
        send_on(pop());
    }
    return -1;
}
