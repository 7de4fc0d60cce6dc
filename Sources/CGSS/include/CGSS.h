// The one question that is asked of the host's GSS-API library (RFC 2744), which is loaded when it is asked. Nothing else.
#pragma once
#include <stddef.h>

// Asks with the tickets of this host for a token that proves who we are to the service `HTTP` of a host: SPNEGO (RFC 4178), as
// the scheme Negotiate wants it (RFC 4559 §4.1). The library talks to the KDC and may take minutes.
// - token: of `capacity` bytes; `size` is what was written, 0 for none.
// - text: why there is none, of `text_capacity` bytes with its end.
// - Returns: whether there is a token.
int cgss_token(const char *host, void *token, size_t capacity, size_t *size, char *text, size_t text_capacity);
