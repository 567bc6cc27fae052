/**
 * What the example agent shows: lines on standard output, and, on a terminal, bars
 * of the layers that are being pulled below them.
 *
 * Threading: any.
 */
#ifndef EXAMPLES_SCREEN_H
#define EXAMPLES_SCREEN_H

#include <drydock/event.h>

/** A line, whole, at once. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/** Follow a pull: its layers' bars come, grow, and go. */
void screen_event(const struct dd_event *event);

#endif
