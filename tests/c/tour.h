/*
 * The stations of the tour, each in a file of its own. `rounds` is how often what repeats is
 * repeated: more on the bare machine, once where an instrument makes every instruction dear.
 */
#ifndef TOUR_H
#define TOUR_H

void tour_arguments(int rounds);    /* numbers and names, NULL, UTF-8, flags, keys, settings */
void tour_operations(int rounds);   /* the list, AutoSSL, the app, actions, refusals */
void tour_certificates(int rounds); /* looks at certificates, and the diagnosis */
void tour_secrets(int rounds);      /* nothing is told, whatever goes wrong */
void tour_processes(int rounds);    /* fork, threads, signals, descriptors */

#endif
