/* SPDX-License-Identifier: MIT */
/* The serial driver on a model of the chip: FIFO limits, interrupts ended, absent ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* The driver's system calls end in the model below. */
#define USER_SYS_H
static int64_t sys_port_in(uint64_t ports, uint64_t offset_size);
static int64_t sys_port_out(uint64_t ports, uint64_t offset_size, uint64_t value);
#include "../../drivers/uart_16550.c"

static struct {
    bool absent;
    uint8_t scratch, ier, lcr, divisor_low, fcr, mcr;
    uint8_t sent[64], received[64];
    unsigned sent_count, in_fifo, received_count, received_at;
    unsigned overrun, reasons;
} chip;

static int64_t sys_port_in(uint64_t ports, uint64_t offset_size)
{
    assert_int_equal(ports, 4);
    assert_int_equal(offset_size >> 16, 1);
    if (chip.absent)
        return 0xff;
    switch (offset_size & 0xffff) {
    case RBR:
        return chip.received_at < chip.received_count ? chip.received[chip.received_at++] : 0;
    case IIR:
        if (chip.reasons == 0)
            return 0xc1;
        chip.reasons--;
        return 0xc2;
    case LSR:
        return (chip.received_at < chip.received_count ? LSR_READY : 0) |
               (chip.in_fifo == 0 ? LSR_THRE | LSR_TEMT : 0);
    case SCR: return chip.scratch;
    default: return 0;
    }
}

static int64_t sys_port_out(uint64_t ports, uint64_t offset_size, uint64_t value)
{
    bool dlab = (chip.lcr & LCR_DLAB) != 0;

    assert_int_equal(ports, 4);
    switch (offset_size & 0xffff) {
    case THR:
        if (dlab) {
            chip.divisor_low = (uint8_t)value;
        } else {
            chip.overrun += ++chip.in_fifo > FIFO_BYTES;
            chip.sent[chip.sent_count++ % sizeof(chip.sent)] = (uint8_t)value;
        }
        break;
    case IER:
        if (!dlab)
            chip.ier = (uint8_t)value;
        break;
    case FCR: chip.fcr = (uint8_t)value; break;
    case LCR: chip.lcr = (uint8_t)value; break;
    case MCR: chip.mcr = (uint8_t)value; break;
    case SCR: chip.scratch = (uint8_t)value; break;
    default: fail_msg("write to register %u", (unsigned)(offset_size & 0xffff));
    }
    return 0;
}

static struct uart uart;

static int setup(void **state)
{
    (void)state;
    memset(&chip, 0, sizeof(chip));
    assert_true(uart_init(&uart, 4));
    return 0;
}

static void test_init(void **state)
{
    (void)state;
    assert_int_equal(chip.divisor_low, 1);
    assert_int_equal(chip.lcr, LCR_8N1);
    assert_int_equal(chip.ier, IER_RECEIVE);
    assert_int_equal(chip.fcr & 1, 1);
    assert_int_equal(chip.mcr & 8, 8);
}

static void test_absent(void **state)
{
    uint8_t bytes[8];

    (void)state;
    chip.absent = true;
    assert_false(uart_init(&uart, 4));
    assert_int_equal(uart_receive(&uart, bytes, sizeof(bytes)), 0);
    uart_acknowledge(&uart); /* comes back */
}

static void test_send(void **state)
{
    const uint8_t text[] = "twenty characters, 20";

    (void)state;
    assert_int_equal(uart_send(&uart, text, 20), 16);
    assert_int_equal(uart_send(&uart, text + 16, 4), 0);
    assert_false(uart_idle(&uart));
    chip.in_fifo = 0;
    assert_int_equal(uart_send(&uart, text + 16, 4), 4);
    assert_int_equal(chip.overrun, 0);
    assert_memory_equal(chip.sent, text, 20);
    assert_int_equal(uart_send(&uart, text, 0), 0);
}

static void test_receive(void **state)
{
    uint8_t bytes[8];

    (void)state;
    memcpy(chip.received, "abcdefghij", 10);
    chip.received_count = 10;
    assert_int_equal(uart_receive(&uart, bytes, 8), 8);
    assert_memory_equal(bytes, "abcdefgh", 8);
    assert_int_equal(uart_receive(&uart, bytes, 8), 2);
    assert_int_equal(uart_receive(&uart, bytes, 8), 0);
}

static void test_interrupts(void **state)
{
    (void)state;
    uart_want_room(&uart, true);
    assert_int_equal(chip.ier, IER_RECEIVE | IER_TRANSMIT);
    uart_want_room(&uart, false);
    assert_int_equal(chip.ier, IER_RECEIVE);
    chip.reasons = 3;
    uart_acknowledge(&uart);
    assert_int_equal(chip.reasons, 0);
    chip.reasons = 1000; /* a chip that never comes to an end */
    uart_acknowledge(&uart);
    assert_true(chip.reasons > 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_init, setup),
        cmocka_unit_test_setup(test_absent, setup),
        cmocka_unit_test_setup(test_send, setup),
        cmocka_unit_test_setup(test_receive, setup),
        cmocka_unit_test_setup(test_interrupts, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
