// libcurl needs the same library, so that it is there where libcurl is; its headers are of a package that nothing else here wants.
#include "CGSS.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// RFC 2744 appendix A, as MIT's library has it on Linux.
typedef struct {
    uint32_t length;
    const void *elements;
} gss_oid;
typedef struct {
    size_t length;
    void *value;
} gss_buffer;
typedef void *gss_handle;

static struct {
    uint32_t (*import_name)(uint32_t *minor, const gss_buffer *text, const gss_oid *type, gss_handle *name);
    uint32_t (*init_sec_context)(uint32_t *minor, gss_handle credential, gss_handle *context, gss_handle name, const gss_oid *mechanism,
                                 uint32_t flags, uint32_t time, void *bindings, const gss_buffer *input, gss_oid **actual,
                                 gss_buffer *output, uint32_t *actual_flags, uint32_t *actual_time);
    uint32_t (*delete_sec_context)(uint32_t *minor, gss_handle *context, gss_buffer *output);
    uint32_t (*release_name)(uint32_t *minor, gss_handle *name);
    uint32_t (*release_buffer)(uint32_t *minor, gss_buffer *buffer);
    uint32_t (*display_status)(uint32_t *minor, uint32_t status, int type, const gss_oid *mechanism, uint32_t *more, gss_buffer *text);
    int is_whole;
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen("libgssapi_krb5.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
    *(void **)&library.import_name = dlsym(handle, "gss_import_name");
    *(void **)&library.init_sec_context = dlsym(handle, "gss_init_sec_context");
    *(void **)&library.delete_sec_context = dlsym(handle, "gss_delete_sec_context");
    *(void **)&library.release_name = dlsym(handle, "gss_release_name");
    *(void **)&library.release_buffer = dlsym(handle, "gss_release_buffer");
    *(void **)&library.display_status = dlsym(handle, "gss_display_status");
    library.is_whole = library.import_name && library.init_sec_context && library.delete_sec_context && library.release_name &&
                       library.release_buffer && library.display_status;
}

// GSS_C_NT_HOSTBASED_SERVICE and the mechanism SPNEGO.
static const gss_oid service_type = {10, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"};
static const gss_oid negotiation = {6, "\x2b\x06\x01\x05\x05\x02"};

static int has_failed(uint32_t status) { return (status & 0xFFFF0000u) != 0; }

// What the mechanism says of it, else what GSS says.
static void explain(uint32_t major, uint32_t minor, char *text, size_t capacity) {
    uint32_t ignored, more = 0;
    gss_buffer words = {0, NULL};
    uint32_t status = minor ? minor : major;
    if (has_failed(library.display_status(&ignored, status, minor ? 2 : 1, &negotiation, &more, &words))) return;
    snprintf(text, capacity, "%.*s", (int)words.length, (const char *)words.value);
    library.release_buffer(&ignored, &words);
}

int cgss_token(const char *host, void *token, size_t capacity, size_t *size, char *text, size_t text_capacity) {
    *size = 0;
    snprintf(text, text_capacity, "GSS-API says no more");
    pthread_once(&once, load);
    if (!library.is_whole) {
        snprintf(text, text_capacity, "libgssapi_krb5.so.2 is not on this host");
        return 0;
    }
    char service[512];
    int length = snprintf(service, sizeof service, "HTTP@%s", host);
    if (length < 0 || (size_t)length >= sizeof service) return 0;
    gss_buffer written = {(size_t)length, service};
    gss_handle name = NULL, context = NULL;
    uint32_t minor = 0, ignored;
    uint32_t major = library.import_name(&minor, &written, &service_type, &name);
    if (has_failed(major)) {
        explain(major, minor, text, text_capacity);
        return 0;
    }
    gss_buffer output = {0, NULL};
    // 2 is GSS_C_MUTUAL_FLAG, which libcurl asks for too.
    major = library.init_sec_context(&minor, NULL, &context, name, &negotiation, 2, 0, NULL, NULL, NULL, &output, NULL, NULL);
    if (has_failed(major)) {
        explain(major, minor, text, text_capacity);
    } else if (output.length > capacity) {
        snprintf(text, text_capacity, "a token of %zu bytes is too long", output.length);
    } else if (output.length > 0) {
        memcpy(token, output.value, output.length);
        *size = output.length;
    }
    library.release_buffer(&ignored, &output);
    if (context) library.delete_sec_context(&ignored, &context, NULL);
    library.release_name(&ignored, &name);
    return *size > 0;
}
