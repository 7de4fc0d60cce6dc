// Brotli (RFC 7932) by the library that libcurl brings along, which is loaded when it is asked. Nothing else.
#pragma once
#include <stddef.h>
#include <stdint.h>

// One stream that is being read; used by one thread.
typedef struct cbrotli_stream cbrotli_stream;

// - Returns: NULL where libbrotlidec.so.1 is not on this host, or there is no memory.
cbrotli_stream *cbrotli_open(void);
void cbrotli_close(cbrotli_stream *stream);

typedef enum { cbrotli_broken, cbrotli_ended, cbrotli_wants_input, cbrotli_has_more } cbrotli_step;

// Reads on.
// - used, made: bytes that were read and written; a stream that has ended leaves what follows it.
cbrotli_step cbrotli_read(cbrotli_stream *stream, const uint8_t *input, size_t input_size, size_t *used, uint8_t *output,
                          size_t output_size, size_t *made);

// Bytes that the library holds for the stream: its window has up to 16 MiB (RFC 7932 §9.1).
size_t cbrotli_held(const cbrotli_stream *stream);
