// What Swift cannot say of memory. No system call of its own, so that pure rooms may use it.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// Asks the processor for the cache line at an address that will be read soon. Any number will do: nothing is read.
static inline void netprobe_prefetch(uintptr_t address) { __builtin_prefetch((const void *)address, 0, 3); }

// Zeros that take no memory before they are touched; NULL where there is no room. To be given back to free().
static inline void *netprobe_zeroed(size_t length) { return calloc(1, length); }

static inline void netprobe_free(void *memory) { free(memory); }
