/* SPDX-License-Identifier: MIT */
/* Driver of a real 16550 serial port over a handle to its I/O ports. */
#include <user/sys.h>
#include "uart_16550.h"

enum { RBR = 0, THR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5,
       SCR = 7 };

#define IER_RECEIVE  0x01u
#define IER_TRANSMIT 0x02u
#define LCR_8N1      0x03u
#define LCR_DLAB     0x80u
#define FCR_ENABLE   0x07u /* FIFOs on and cleared, receive trigger at one byte */
#define MCR_ON       0x0bu /* DTR, RTS, OUT2: the latter lets the interrupt through on a PC */
#define LSR_READY    0x01u
#define LSR_THRE     0x20u
#define LSR_TEMT     0x40u
#define FIFO_BYTES   16u
#define ONE_BYTE     (1u << 16)
#define MAX_REASONS  8

static uint8_t in(const struct uart *uart, uint32_t reg)
{
    int64_t value = sys_port_in(uart->ports, reg | ONE_BYTE);

    return value < 0 ? 0xff : (uint8_t)value;
}

static void out(const struct uart *uart, uint32_t reg, uint8_t value)
{
    (void)sys_port_out(uart->ports, reg | ONE_BYTE, value);
}

bool uart_init(struct uart *uart, uint64_t ports)
{
    *uart = (struct uart){ .ports = ports, .ier = IER_RECEIVE };
    out(uart, SCR, 0x5a);
    if (in(uart, SCR) != 0x5a)
        return false;
    out(uart, IER, 0);
    out(uart, LCR, LCR_8N1 | LCR_DLAB);
    out(uart, DLL, 1);
    out(uart, DLM, 0);
    out(uart, LCR, LCR_8N1);
    out(uart, FCR, FCR_ENABLE);
    out(uart, MCR, MCR_ON);
    out(uart, IER, uart->ier);
    return true;
}

size_t uart_send(struct uart *uart, const uint8_t *bytes, size_t count)
{
    if (count == 0 || (in(uart, LSR) & LSR_THRE) == 0)
        return 0;
    if (count > FIFO_BYTES)
        count = FIFO_BYTES;
    for (size_t i = 0; i < count; i++)
        out(uart, THR, bytes[i]);
    return count;
}

void uart_want_room(struct uart *uart, bool want)
{
    uint8_t ier = IER_RECEIVE | (want ? IER_TRANSMIT : 0);

    if (ier == uart->ier)
        return;
    uart->ier = ier;
    out(uart, IER, ier);
}

size_t uart_receive(struct uart *uart, uint8_t *bytes, size_t count)
{
    size_t taken = 0;
    uint8_t lsr;

    /* All ones: the port does not exist, and would be "ready" for ever. */
    while (taken < count && ((lsr = in(uart, LSR)) & LSR_READY) != 0 && lsr != 0xff)
        bytes[taken++] = in(uart, RBR);
    return taken;
}

bool uart_idle(struct uart *uart)
{
    return (in(uart, LSR) & LSR_TEMT) != 0;
}

void uart_acknowledge(struct uart *uart)
{
    /* Bit 0 of IIR: nothing pending. The line is an edge: leave it low or no interrupt follows. */
    for (int i = 0; i < MAX_REASONS && (in(uart, IIR) & 1) == 0; i++)
        (void)in(uart, LSR);
}
