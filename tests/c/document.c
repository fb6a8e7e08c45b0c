/*
 * A JSON scanner: every function takes the start of something and returns the position after its end,
 * or NULL if it is malformed. The depth is bounded, so a hostile text cannot exhaust the stack.
 */
#include "document.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, RING = 8, MAX_LENGTH = 1 << 17 };

int document_is_utf8(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        unsigned long point = *at;
        int more = point < 0x80 ? 0 : point < 0xc2 ? -1 : point < 0xe0 ? 1 : point < 0xf0 ? 2 : point < 0xf5 ? 3 : -1, n;
        if (more < 0) return 0;
        if (more) point &= 0x3fu >> more;
        for (n = 1; n <= more; n++) {
            if ((at[n] & 0xc0) != 0x80) return 0;
            point = point << 6 | (at[n] & 0x3f);
        }
        if ((more == 2 && point < 0x800) || (more == 3 && point < 0x10000)) return 0;
        if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 0;
        at += more + 1;
    }
    return 1;
}

static const char *space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *string_end(const char *at) {
    if (*at++ != '"') return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) return NULL; /* also the end of the text */
        if (*at != '\\') continue;
        at++;
        if (*at == 'u') {
            if (strspn(at + 1, "0123456789abcdefABCDEF") < 4) return NULL;
            at += 4;
        } else if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
            return NULL;
        }
    }
    return at + 1;
}

static const char *digits(const char *at) {
    size_t count = strspn(at, "0123456789");
    return count ? at + count : NULL;
}

static const char *number_end(const char *at) {
    if (*at == '-') at++;
    if (*at == '0') at++;
    else if ((at = digits(at)) == NULL) return NULL;
    if (*at == '.' && (at = digits(at + 1)) == NULL) return NULL;
    if (*at == 'e' || *at == 'E') {
        at++;
        if (*at == '+' || *at == '-') at++;
        at = digits(at);
    }
    return at;
}

/* The members of an object or array. The start of the member named `wanted` goes to `found`. */
static const char *value_end(const char *at, int depth);

static const char *members_end(const char *at, int depth, const char *wanted, size_t length, const char **found) {
    char close = *at == '{' ? '}' : ']';
    long index = 0;
    at = space(at + 1);
    if (*at == close) return at + 1;
    for (;; index++) {
        int here = 0;
        if (close == '}') {
            const char *key = at;
            if ((at = string_end(at)) == NULL) return NULL;
            here = wanted && (size_t)(at - key) == length + 2 && memcmp(key + 1, wanted, length) == 0;
            at = space(at);
            if (*at++ != ':') return NULL;
            at = space(at);
        } else if (wanted) {
            here = strtol(wanted, NULL, 10) == index && wanted[0] >= '0' && wanted[0] <= '9';
        }
        if (here && found) *found = at;
        if ((at = value_end(at, depth + 1)) == NULL) return NULL;
        at = space(at);
        if (*at == close) return at + 1;
        if (*at++ != ',') return NULL;
        at = space(at);
    }
}

static const char *value_end(const char *at, int depth) {
    if (depth > MAX_DEPTH) return NULL;
    if (*at == '{' || *at == '[') return members_end(at, depth, NULL, 0, NULL);
    if (*at == '"') return string_end(at);
    if (strncmp(at, "true", 4) == 0 || strncmp(at, "null", 4) == 0) return at + 4;
    if (strncmp(at, "false", 5) == 0) return at + 5;
    return number_end(at);
}

int document_is_strict(const char *json) {
    const char *end = document_is_utf8(json) ? value_end(space(json), 0) : NULL;
    return end != NULL && *space(end) == '\0';
}

/* The start of the value at a path. */
static const char *locate(const char *json, const char *path) {
    const char *at;
    if (json == NULL || !document_is_strict(json)) return NULL;
    at = space(json);
    while (*path) {
        size_t length = strcspn(path, ".");
        const char *found = NULL;
        if (*at != '{' && *at != '[') return NULL;
        members_end(at, 0, path, length, &found);
        if (found == NULL) return NULL;
        at = found;
        path += length + (path[length] == '.');
    }
    return at;
}

const char *document_value(const char *json, const char *path) {
    static char ring[RING][MAX_LENGTH];
    static int turn;
    const char *at = locate(json, path), *end;
    char *copy;
    if (at == NULL) return NULL;
    end = value_end(at, 0);
    if (end == NULL || end - at >= MAX_LENGTH) return NULL;
    copy = ring[turn++ % RING];
    memcpy(copy, at, (size_t)(end - at));
    copy[end - at] = '\0';
    return copy;
}

const char *document_string(const char *json, const char *path) {
    const char *value = document_value(json, path);
    char *last;
    if (value == NULL || value[0] != '"') return NULL;
    last = strrchr(value, '"');
    *last = '\0';
    return value + 1;
}

int document_length(const char *json, const char *path) {
    const char *at = locate(json, path);
    int count = 0;
    if (at == NULL || *at != '[') return -1;
    at = space(at + 1);
    while (*at != ']') {
        at = space(value_end(at, 0)); /* cannot fail: locate has validated it */
        if (*at == ',') at = space(at + 1);
        count++;
    }
    return count;
}
