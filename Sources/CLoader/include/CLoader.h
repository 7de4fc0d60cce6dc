// A library that is loaded when it is first called: with the libraries that it needs itself, each takes a good part of the time in
// which the program starts, and most commands call few. Each function that is called is defined where this is included, and hands
// on; the linker misses one that is not. To be included by one C file of a module, behind a CLOADER_LIBRARY that names the library.
#pragma once
#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void *cloader_library;
static pthread_once_t cloader_once = PTHREAD_ONCE_INIT;

// As the dynamic loader does it where a library is missing.
static void cloader_fail(void) {
    fprintf(stderr, "netprobe: %s\n", dlerror());
    exit(127);
}

static void cloader_load(void) {
    cloader_library = dlopen(CLOADER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!cloader_library) cloader_fail();
}

// Also what the library itself needs is found.
static void *cloader_find(const char *name) {
    pthread_once(&cloader_once, cloader_load);
    void *function = dlsym(cloader_library, name);
    if (!function) cloader_fail();
    return function;
}

// Looked up once; two threads that do it at the same time find the same.
#define FORWARD(result, name, parameters, ...)                                                                                 \
    __attribute__((visibility("hidden"))) result name parameters {                                                             \
        static _Atomic(void *) function;                                                                                       \
        if (!function) function = cloader_find(#name);                                                                         \
        return ((result(*) parameters)function)(__VA_ARGS__);                                                                  \
    }
