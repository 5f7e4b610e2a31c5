/* SPDX-License-Identifier: MIT */
/* 16550A UART (National Semiconductor PC16550D data sheet). */
#ifndef VMM_DEV_UART_H
#define VMM_DEV_UART_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"
#include "irq.h"

#define UART_FIFO 16

struct uart {
    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    uint8_t lsr_errors;    /* OE; cleared by reading LSR */
    uint8_t msr, msr_delta;
    bool thre_pending;     /* the THR became empty and IIR did not tell yet */
    uint8_t fifo[UART_FIFO];
    unsigned fifo_head, fifo_count;
    struct irq_wire irq;
    /* the other end of the line */
    void (*put)(void *ctx, uint8_t byte);
    bool (*get)(void *ctx, uint8_t *byte); /* false: nothing to receive now */
    void *ctx;
};

/* Registers as after power-on; keeps irq and the back-end. */
void uart_reset(struct uart *uart);

/* Take what the line has for us, as far as there is room; call it when input may have arrived. */
void uart_receive(struct uart *uart);

void uart_attach(struct uart *uart, struct bus *io, uint16_t port);

#endif
