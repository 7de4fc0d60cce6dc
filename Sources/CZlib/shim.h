#include <zlib.h>

/// `deflateInit2` is a macro, which Swift cannot call: a gzip stream (RFC 1952) at `level`.
static inline int netprobe_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
}

/// `inflateInit2` is one too: out of a gzip stream.
static inline int netprobe_gunzip_init(z_stream *stream) {
    return inflateInit2(stream, MAX_WBITS + 16);
}
