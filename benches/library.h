/*
 * The library as the benchmarks use it: loaded when they say so, so that loading it can be measured. Must
 * not measure anything.
 */
#ifndef BENCHES_LIBRARY_H
#define BENCHES_LIBRARY_H

#include <dlfcn.h>
#include <serverpilot.h>
#include <stdio.h>
#include <stdlib.h>

/* A symbol of the library as a function of the header's type. */
#define CALL(name) ((__typeof__(&name))(size_t)symbol(#name))

static void *library;

static void *symbol(const char *name) {
    void *found = dlsym(library, name);
    if (!found) {
        fprintf(stderr, "no %s in the library\n", name);
        exit(1);
    }
    return found;
}

static void must(sp_status status, const char *what) {
    if (status != SP_OK) {
        fprintf(stderr, "%s ended with status %d\n", what, (int)status);
        exit(1);
    }
}

#endif
