/*
 * Reads JSON strictly (RFC 8259): whether a text is one document, and the value at a path of it.
 * Does not compare or decode anything: values are returned as written.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

/* Whether the text is well-formed UTF-8. */
int document_is_utf8(const char *text);

/* Whether the text is exactly one JSON value. */
int document_is_strict(const char *json);

/*
 * The value at a path, for example "autossl.state" or "results.1.reason", as written. NULL if it is
 * missing or the text is not JSON. Valid until the eighth call after this one.
 */
const char *document_value(const char *json, const char *path);

/* The same for a string value, without its quotes; NULL also if it is not a string. */
const char *document_string(const char *json, const char *path);

/* The number of items of the array at a path; -1 if there is none. */
int document_length(const char *json, const char *path);

#endif
