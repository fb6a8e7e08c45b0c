/*
 * What this process currently holds: memory, descriptors, threads and mappings, as the kernel counts
 * them. Must not depend on the library.
 */
#ifndef FOOTPRINT_H
#define FOOTPRINT_H

struct footprint {
    long resident_kib; /* after returning free memory to the kernel */
    int descriptors, threads, mappings;
};

struct footprint footprint_now(void);

void footprint_pause_ms(long ms);

/* Milliseconds of the monotonic clock, which nobody can set. */
long footprint_ms(void);

#endif
