// libcurl needs the same library, so that it is there where libcurl is; its headers are of a package that nothing else here wants.
#include "CBrotli.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// brotli/decode.h of 1.0, the library's stable interface.
static struct {
    void *(*create)(void *(*allocate)(void *, size_t), void (*release)(void *, void *), void *context);
    void (*destroy)(void *decoder);
    int (*decompress)(void *decoder, size_t *available_in, const uint8_t **next_in, size_t *available_out, uint8_t **next_out,
                      size_t *total_out);
    int is_whole;
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *handle = dlopen("libbrotlidec.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return;
    *(void **)&library.create = dlsym(handle, "BrotliDecoderCreateInstance");
    *(void **)&library.destroy = dlsym(handle, "BrotliDecoderDestroyInstance");
    *(void **)&library.decompress = dlsym(handle, "BrotliDecoderDecompressStream");
    library.is_whole = library.create && library.destroy && library.decompress;
}

struct cbrotli_stream {
    void *decoder;
    size_t held;
};

// The size stands before each piece, with the alignment of malloc.
typedef struct {
    _Alignas(16) size_t size;
} piece;

static void *allocate(void *context, size_t size) {
    cbrotli_stream *stream = context;
    if (size > SIZE_MAX - sizeof(piece)) return NULL;
    piece *made = malloc(sizeof(piece) + size);
    if (!made) return NULL;
    made->size = size;
    stream->held += size;
    return made + 1;
}

static void release(void *context, void *bytes) {
    cbrotli_stream *stream = context;
    if (!bytes) return;
    piece *made = (piece *)bytes - 1;
    stream->held -= made->size;
    free(made);
}

cbrotli_stream *cbrotli_open(void) {
    pthread_once(&once, load);
    if (!library.is_whole) return NULL;
    cbrotli_stream *stream = calloc(1, sizeof *stream);
    if (!stream) return NULL;
    stream->decoder = library.create(allocate, release, stream);
    if (stream->decoder) return stream;
    free(stream);
    return NULL;
}

void cbrotli_close(cbrotli_stream *stream) {
    library.destroy(stream->decoder);
    free(stream);
}

cbrotli_step cbrotli_read(cbrotli_stream *stream, const uint8_t *input, size_t input_size, size_t *used, uint8_t *output,
                          size_t output_size, size_t *made) {
    size_t input_left = input_size, output_left = output_size;
    // BROTLI_DECODER_RESULT_…: error, success, needs more input, needs more output.
    int result = library.decompress(stream->decoder, &input_left, &input, &output_left, &output, NULL);
    *used = input_size - input_left;
    *made = output_size - output_left;
    return result == 1 ? cbrotli_ended : result == 2 ? cbrotli_wants_input : result == 3 ? cbrotli_has_more : cbrotli_broken;
}

size_t cbrotli_held(const cbrotli_stream *stream) { return stream->held; }
