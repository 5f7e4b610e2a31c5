/* SPDX-License-Identifier: MIT */
/* The machine's serial line: transmit queue, interrupt, and polling where the interrupt fails. */
#include <stdio.h>
#include <abi/start.h>
#include <drivers/screen.h>
#include <drivers/uart_16550.h>
#include <user/clock.h>
#include <user/event.h>
#include <user/start.h>
#include <user/sys.h>
#include "part.h"
#include "serial.h"

#define COM1_GSI      4
#define POLL_SLOW_MS  50 /* with an interrupt: a safety net */
#define POLL_FAST_MS  2  /* without */
#define BURST         8  /* FIFO fills in a row: emulated chips send at once */
#define DRAIN_MS      5000
#define STALL_MS      5000 /* a line that takes nothing for so long: output is dropped until it does */

static struct uart uart;
static bool present, interrupts;
static uint8_t queue[SERIAL_QUEUE];
static size_t head, tail; /* bytes ever queued and sent */
static uint64_t stalled;  /* TSC at which a line that takes nothing counts as stalled */

void serial_init(void)
{
    const struct start_info *info = start_info();

    present = uart_init(&uart, H_COM1);
    if (!present) /* without a serial line the console can at least be read */
        (void)screen_start((volatile void *)FRAMEBUFFER_VA, info->fb_width, info->fb_height, info->fb_line_bytes);
    interrupts = present && sys_irq_bind(H_POWER, COM1_GSI, ROOT_UART) == 0;
}

size_t serial_room(void)
{
    return SERIAL_QUEUE - (head - tail);
}

static void transmit(void)
{
    for (int i = 0; i < BURST && head != tail; i++) {
        size_t at = tail % SERIAL_QUEUE;
        size_t count = head - tail < SERIAL_QUEUE - at ? head - tail : SERIAL_QUEUE - at;
        size_t done = uart_send(&uart, queue + at, count);

        if (done == 0)
            break;
        tail += done;
        stalled = clock_deadline_ms(STALL_MS);
    }
    uart_want_room(&uart, interrupts && head != tail);
}

static void wait_for_line(void)
{
    transmit();
    if (serial_room() == 0) {
        (void)event_take(ROOT_UART, clock_deadline_ms(POLL_FAST_MS));
        if (interrupts) {
            uart_acknowledge(&uart);
            sys_irq_ack(COM1_GSI);
        }
    }
}

void serial_write(const void *bytes, size_t count)
{
    const uint8_t *from = bytes;

    if (!present) {
        screen_put(bytes, count);
        return;
    }
    if (head == tail)
        stalled = clock_deadline_ms(STALL_MS);
    while (count-- > 0) {
        while (serial_room() == 0 && clock_tsc() < stalled)
            wait_for_line();
        if (serial_room() == 0)
            return; /* root has more to do than to wait for a dead line */
        queue[head++ % SERIAL_QUEUE] = *from++;
    }
    transmit();
}

void serial_poll(void (*sink)(uint8_t byte))
{
    uint8_t bytes[64];
    size_t count;

    if (!present)
        return;
    if (interrupts) {
        uart_acknowledge(&uart);
        sys_irq_ack(COM1_GSI);
    }
    while ((count = uart_receive(&uart, bytes, sizeof(bytes))) != 0)
        for (size_t i = 0; i < count; i++)
            sink(bytes[i]);
    transmit();
}

uint64_t serial_deadline(void)
{
    return clock_deadline_ms(interrupts ? POLL_SLOW_MS : POLL_FAST_MS);
}

void serial_drain(void)
{
    uint64_t end = clock_deadline_ms(DRAIN_MS);

    while (present && clock_tsc() < end && (head != tail || !uart_idle(&uart)))
        transmit();
}
