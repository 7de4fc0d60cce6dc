#include "wire.h"

#include <stdlib.h>

// A binary heap; frames that are done with are kept for the next.
static struct frame **heap;
static size_t count, capacity;
static struct frame **spare;
static size_t spare_count, spare_capacity;

static struct frame **grown(struct frame **list, size_t used, size_t *capacity_of) {
    if (used < *capacity_of) return list;
    *capacity_of = *capacity_of ? *capacity_of * 2 : 256;
    list = realloc(list, *capacity_of * sizeof *list);
    if (!list) abort();
    return list;
}

struct frame *take_frame(void) {
    if (spare_count) return spare[--spare_count];
    struct frame *frame = malloc(sizeof *frame);
    if (!frame) abort();
    return frame;
}

void give_back(struct frame *frame) {
    spare = grown(spare, spare_count, &spare_capacity);
    spare[spare_count++] = frame;
}

static bool is_before(const struct frame *left, const struct frame *right) {
    return left->due != right->due ? left->due < right->due : left->serial < right->serial;
}

void push(struct frame *frame) {
    heap = grown(heap, count, &capacity);
    size_t hole = count++;
    while (hole && is_before(frame, heap[(hole - 1) / 2])) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = frame;
}

struct frame *first(void) {
    return count ? heap[0] : NULL;
}

struct frame *pop(void) {
    struct frame *top = heap[0], *last = heap[--count];
    size_t hole = 0;
    while (hole * 2 + 1 < count) {
        size_t child = hole * 2 + 1;
        if (child + 1 < count && is_before(heap[child + 1], heap[child])) child++;
        if (!is_before(heap[child], last)) break;
        heap[hole] = heap[child];
        hole = child;
    }
    if (count) heap[hole] = last;
    return top;
}
