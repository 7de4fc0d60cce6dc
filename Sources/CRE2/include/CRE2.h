// RE2's matcher behind C functions: Go's grammar, linear time. Nothing else.
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cre2_pattern cre2_pattern;

// NULL when the text is no expression; `error` then says why, cut to `size` bytes with its NUL.
cre2_pattern *cre2_new(const char *text, size_t length, char *error, size_t size);
void cre2_free(cre2_pattern *pattern);
// Groups in parentheses.
int cre2_groups(const cre2_pattern *pattern);
// The number of a named group; 0 for none.
int cre2_group(const cre2_pattern *pattern, const char *name, size_t length);
// Looks for the first match anywhere. `places` gets the start and end of the match and its groups, `count` pairs, -1 where
// a group took no part.
bool cre2_match(const cre2_pattern *pattern, const char *text, size_t length, ptrdiff_t *places, int count);

#ifdef __cplusplus
}
#endif
