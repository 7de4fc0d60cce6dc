#include "wire.h"

static uint64_t next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

void seed_direction(struct direction *direction, const char *name, int index, uint64_t seed) {
    uint64_t state = seed * 2 + (uint64_t)index;
    for (; *name; name++) state = next(&state) ^ (uint8_t)*name;
    direction->fate = state;
    direction->jitter = next(&state);
}

double draw(uint64_t *state) {
    return (double)(next(state) >> 11) * 0x1p-53;
}
