/* SPDX-License-Identifier: MIT */
/*
 * Driver of a real 16550 serial port (PC16550D data sheet, National Semiconductor) over a handle
 * to its I/O ports. It never waits: the caller comes back at the next interrupt or time.
 */
#ifndef DRIVERS_UART_16550_H
#define DRIVERS_UART_16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uart {
    uint64_t ports; /* handle of its eight I/O ports */
    uint8_t ier;    /* interrupt enable register as last written */
};

/* 115200 baud, 8 bits, no parity, FIFOs on, receive interrupt on; false = nothing answers there. */
bool uart_init(struct uart *uart, uint64_t ports);

/* Give bytes to the transmit FIFO when it is empty: the number taken, 0 = not empty yet. */
size_t uart_send(struct uart *uart, const uint8_t *bytes, size_t count);

/* Ask for an interrupt when the transmit FIFO is empty, or do not. */
void uart_want_room(struct uart *uart, bool want);

/* Take received bytes, at most `count`. */
size_t uart_receive(struct uart *uart, uint8_t *bytes, size_t count);

/* All sent, the last bit included. */
bool uart_idle(struct uart *uart);

/* End the interrupt at the chip: read its reason. */
void uart_acknowledge(struct uart *uart);

#endif
