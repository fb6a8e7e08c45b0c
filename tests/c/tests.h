/*
 * The stations of the tour, each in a file of its own. `rounds` is how often what repeats is
 * repeated: more on the bare machine, once where an instrument makes every instruction dear.
 */
#ifndef TESTS_H
#define TESTS_H

void test_arguments(int rounds);    /* numbers and names, NULL, UTF-8, flags, keys, settings */
void test_operations(int rounds);   /* the list, AutoSSL, the app, actions, refusals */
void test_certificates(int rounds); /* looks at certificates, and the diagnosis */
void test_secrets(int rounds);      /* nothing is told, whatever goes wrong */
void test_processes(int rounds);    /* fork, threads, signals, descriptors */

#endif
