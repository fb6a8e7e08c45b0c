/*
 * Reads JSON strictly (RFC 8259): whether a text is one document, and what stands at a path of it.
 * Compares nothing and decodes nothing; a value is given as it is written.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

/* Whether the text is well-formed UTF-8. */
int document_is_utf8(const char *text);

/* Whether the whole text is one JSON value, and nothing after it. */
int document_is_strict(const char *json);

/*
 * The value at a path, for example "autossl.state" or "results.1.reason", as it is written. NULL if
 * it is not there or the text is no JSON. Lives until the eighth call after this one.
 */
const char *document_value(const char *json, const char *path);

/* The same for a string value, without its quotes; NULL also where it is no string. */
const char *document_string(const char *json, const char *path);

/* How many items the array at a path has; -1 if there is no array. */
int document_length(const char *json, const char *path);

#endif
