/* SPDX-License-Identifier: MIT */
/* The machine's serial line with a queue before it; the lower half of root's console. */
#ifndef ROOT_SERIAL_H
#define ROOT_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERIAL_QUEUE 16384u

/* Take over COM1 and its interrupt. Without a port all output is dropped. */
void serial_init(void);

/*
 * Room in the queue; append to it. What does not fit waits for the line, which is for root's own
 * text only; what a line that stands still for seconds does not take is dropped.
 */
size_t serial_room(void);
void serial_write(const void *bytes, size_t count);

/* Move queued bytes into the chip and received ones to `sink`. Never waits. */
void serial_poll(void (*sink)(uint8_t byte));

/* TSC value at which serial_poll must run again even without an interrupt. */
uint64_t serial_deadline(void);

/* Wait until all is on the wire, at most a few seconds: before the machine ends. */
void serial_drain(void);

#endif
