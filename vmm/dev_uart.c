/* SPDX-License-Identifier: MIT */
/* 16550A UART: transmits at once, receives from its back-end as the FIFO has room. */
#include <stddef.h>
#include "dev_uart.h"

enum { REG_DATA, REG_IER, REG_IIR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR };

#define IER_RX     0x01u
#define IER_THRE   0x02u
#define IER_LINE   0x04u
#define IER_MODEM  0x08u
#define IIR_NONE   0x01u
#define IIR_MODEM  0x00u
#define IIR_THRE   0x02u
#define IIR_RX     0x04u
#define IIR_LINE   0x06u
#define IIR_TIMEOUT 0x0cu
#define IIR_FIFOS  0xc0u
#define FCR_ENABLE 0x01u
#define FCR_CLEAR_RX 0x02u
#define LCR_DLAB   0x80u
#define MCR_OUT2   0x08u
#define MCR_LOOP   0x10u
#define LSR_READY  0x01u
#define LSR_OVERRUN 0x02u
#define LSR_THRE   0x20u
#define LSR_IDLE   0x40u
#define MSR_LINES  0xb0u /* CTS, DSR and DCD: a terminal that is there */

void uart_reset(struct uart *uart)
{
    struct uart fresh = { .irq = uart->irq, .put = uart->put, .get = uart->get, .ctx = uart->ctx };

    fresh.dll = 12; /* 9600 baud, as a PC's firmware would leave it; the rate has no effect */
    fresh.msr = MSR_LINES;
    *uart = fresh;
    irq_set(&uart->irq, false);
}

static unsigned fifo_size(const struct uart *uart)
{
    return uart->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

static bool rx_at_trigger(const struct uart *uart)
{
    static const uint8_t level[4] = { 1, 4, 8, 14 };

    return uart->fifo_count >= (uart->fcr & FCR_ENABLE ? level[uart->fcr >> 6] : 1);
}

/* The highest of the pending interrupts (data sheet, table IV). */
static uint8_t pending(const struct uart *uart)
{
    if ((uart->ier & IER_LINE) && uart->lsr_errors != 0)
        return IIR_LINE;
    if ((uart->ier & IER_RX) && uart->fifo_count != 0)
        return rx_at_trigger(uart) ? IIR_RX : IIR_TIMEOUT;
    if ((uart->ier & IER_THRE) && uart->thre_pending)
        return IIR_THRE;
    if ((uart->ier & IER_MODEM) && uart->msr_delta != 0)
        return IIR_MODEM;
    return IIR_NONE;
}

/* On a PC, OUT2 connects the interrupt output to the bus; in loop-back it is disconnected. */
static void update_irq(struct uart *uart)
{
    bool wired = (uart->mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;

    irq_set(&uart->irq, wired && pending(uart) != IIR_NONE);
}

static void fifo_push(struct uart *uart, uint8_t byte)
{
    if (uart->fifo_count >= fifo_size(uart)) {
        uart->lsr_errors |= LSR_OVERRUN;
        if (uart->fcr & FCR_ENABLE)
            return; /* the FIFO keeps what it has; without it the new byte replaces the old */
        uart->fifo_count = 0;
    }
    uart->fifo[(uart->fifo_head + uart->fifo_count++) % UART_FIFO] = byte;
}

void uart_receive(struct uart *uart)
{
    uint8_t byte;

    if (uart->mcr & MCR_LOOP)
        return;
    while (uart->fifo_count < fifo_size(uart) && uart->get != NULL && uart->get(uart->ctx, &byte))
        fifo_push(uart, byte);
    update_irq(uart);
}

static uint8_t read_data(struct uart *uart)
{
    uint8_t byte = 0;

    if (uart->fifo_count != 0) {
        byte = uart->fifo[uart->fifo_head];
        uart->fifo_head = (uart->fifo_head + 1) % UART_FIFO;
        uart->fifo_count--;
    }
    uart_receive(uart);
    return byte;
}

static uint8_t read_iir(struct uart *uart)
{
    uint8_t iir = pending(uart);

    if (iir == IIR_THRE)
        uart->thre_pending = false;
    return iir | (uart->fcr & FCR_ENABLE ? IIR_FIFOS : 0);
}

static uint8_t read_lsr(struct uart *uart)
{
    uint8_t lsr = LSR_THRE | LSR_IDLE | uart->lsr_errors | (uart->fifo_count != 0 ? LSR_READY : 0);

    uart->lsr_errors = 0;
    return lsr;
}

static uint64_t uart_read(void *dev, uint64_t offset, unsigned size)
{
    struct uart *uart = dev;
    uint8_t value = 0xff;

    (void)size;
    switch (offset) {
    case REG_DATA: value = uart->lcr & LCR_DLAB ? uart->dll : read_data(uart); break;
    case REG_IER: value = uart->lcr & LCR_DLAB ? uart->dlm : uart->ier; break;
    case REG_IIR: value = read_iir(uart); break;
    case REG_LCR: value = uart->lcr; break;
    case REG_MCR: value = uart->mcr; break;
    case REG_LSR: value = read_lsr(uart); break;
    case REG_MSR:
        value = uart->msr | uart->msr_delta;
        uart->msr_delta = 0;
        break;
    case REG_SCR: value = uart->scr; break;
    }
    update_irq(uart);
    return value;
}

static void write_data(struct uart *uart, uint8_t value)
{
    if (uart->mcr & MCR_LOOP)
        fifo_push(uart, value);
    else if (uart->put != NULL)
        uart->put(uart->ctx, value);
    uart->thre_pending = true;
}

static void write_ier(struct uart *uart, uint8_t value)
{
    /* Enabling the THRE interrupt while the THR is empty raises it at once. */
    if ((value & IER_THRE) && !(uart->ier & IER_THRE))
        uart->thre_pending = true;
    uart->ier = value & 0x0f;
}

static void write_fcr(struct uart *uart, uint8_t value)
{
    if (((value ^ uart->fcr) & FCR_ENABLE) || (value & FCR_CLEAR_RX))
        uart->fifo_count = 0;
    uart->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
}

/* In loop-back DTR, RTS, OUT1 and OUT2 come back as DSR, CTS, RI and DCD. */
static void write_mcr(struct uart *uart, uint8_t value)
{
    uint8_t lines = MSR_LINES;
    uint8_t changed;

    uart->mcr = value & 0x1f;
    if (value & MCR_LOOP)
        lines = (value & 1 ? 0x20 : 0) | (value & 2 ? 0x10 : 0) | (value & 4 ? 0x40 : 0) |
                (value & 8 ? 0x80 : 0);
    changed = (lines ^ uart->msr) >> 4;
    if (lines & 0x40)
        changed &= 0x0b; /* RI reports its trailing edge only */
    uart->msr_delta |= changed;
    uart->msr = lines;
    uart_receive(uart);
}

static void uart_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct uart *uart = dev;
    uint8_t byte = (uint8_t)value;

    (void)size;
    switch (offset) {
    case REG_DATA:
        if (uart->lcr & LCR_DLAB)
            uart->dll = byte;
        else
            write_data(uart, byte);
        break;
    case REG_IER:
        if (uart->lcr & LCR_DLAB)
            uart->dlm = byte;
        else
            write_ier(uart, byte);
        break;
    case REG_IIR: write_fcr(uart, byte); break;
    case REG_LCR: uart->lcr = byte; break;
    case REG_MCR: write_mcr(uart, byte); break;
    case REG_SCR: uart->scr = byte; break;
    }
    update_irq(uart);
}

void uart_attach(struct uart *uart, struct bus *io, uint16_t port)
{
    bus_add(io, &(struct bus_range){ port, 8, 1, uart_read, uart_write, uart });
}
