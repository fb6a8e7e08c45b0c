/*
 * The test groups of the harness, each in its own file. `rounds` scales the repetitions: several
 * natively, one under an instrument that slows every instruction down.
 */
#ifndef TESTS_H
#define TESTS_H

void test_arguments(int rounds);    /* numbers and names, NULL, UTF-8, flags, keys, settings */
void test_operations(int rounds);   /* the list, AutoSSL, the app, actions, refusals */
void test_certificates(int rounds); /* certificate checks and the diagnosis */
void test_secrets(int rounds);      /* no secret is disclosed, whatever goes wrong */
void test_processes(int rounds);    /* fork, threads, signals, descriptors */

#endif
