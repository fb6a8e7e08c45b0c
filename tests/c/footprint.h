/*
 * What this process holds at the moment: memory, descriptors, threads and mappings, as the kernel
 * counts them. Knows nothing of the library.
 */
#ifndef FOOTPRINT_H
#define FOOTPRINT_H

struct footprint {
    long resident_kib; /* after free memory was given back to the kernel */
    int descriptors, threads, mappings;
};

struct footprint footprint_now(void);

/* Waits until this process has so many threads again, for a generous while; then how many there are.
 * The system's resolver's thread ends by itself, but not at once. */
int footprint_threads_once(int threads);

void footprint_pause_ms(long ms);

/* By the clock that nobody can set. */
long footprint_ms(void);

#endif
