#include "CRE2.h"

#include <re2/re2.h>

#include <cstring>
#include <new>
#include <string>
#include <vector>

struct cre2_pattern {
    re2::RE2 expression;
    cre2_pattern(const re2::StringPiece &text, const re2::RE2::Options &options) : expression(text, options) {}
};

static void copy(const std::string &text, char *buffer, size_t size) {
    if (!size) return;
    size_t count = text.size() < size - 1 ? text.size() : size - 1;
    memcpy(buffer, text.data(), count);
    buffer[count] = 0;
}

// Nothing may be thrown into Swift.
extern "C" cre2_pattern *cre2_new(const char *text, size_t length, char *error, size_t size) {
    try {
        re2::RE2::Options options;
        options.set_log_errors(false);
        auto *pattern = new cre2_pattern(re2::StringPiece(text, length), options);
        if (pattern->expression.ok()) return pattern;
        copy(pattern->expression.error(), error, size);
        delete pattern;
    } catch (const std::exception &failure) {
        copy(failure.what(), error, size);
    }
    return nullptr;
}

extern "C" void cre2_free(cre2_pattern *pattern) { delete pattern; }

extern "C" int cre2_groups(const cre2_pattern *pattern) { return pattern->expression.NumberOfCapturingGroups(); }

extern "C" int cre2_group(const cre2_pattern *pattern, const char *name, size_t length) {
    try {
        const auto &names = pattern->expression.NamedCapturingGroups();
        auto found = names.find(std::string(name, length));
        return found == names.end() ? 0 : found->second;
    } catch (const std::exception &) {
        return 0;
    }
}

extern "C" bool cre2_match(const cre2_pattern *pattern, const char *text, size_t length, ptrdiff_t *places, int count) {
    try {
        std::vector<re2::StringPiece> found(count > 0 ? count : 0);
        re2::StringPiece whole(text, length);
        if (!pattern->expression.Match(whole, 0, length, re2::RE2::UNANCHORED, found.data(), count)) return false;
        for (int index = 0; index < count; index++) {
            bool took_part = found[index].data() != nullptr;
            places[2 * index] = took_part ? found[index].data() - text : -1;
            places[2 * index + 1] = took_part ? found[index].data() - text + (ptrdiff_t)found[index].size() : -1;
        }
        return true;
    } catch (const std::exception &) {
        return false;
    }
}
