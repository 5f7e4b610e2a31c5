/* SPDX-License-Identifier: MIT */
/* The 16550. */
// sources: vmm/dev_uart.c vmm/bus.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <vmm/dev_uart.h>

#define PORT 0x3f8

static struct bus io;
static struct uart uart;
static char sent[64];
static unsigned sent_count;
static const char *input;
static bool irq;

static void put(void *ctx, uint8_t byte)
{
    (void)ctx;
    sent[sent_count++ % sizeof(sent)] = (char)byte;
}

static bool get(void *ctx, uint8_t *byte)
{
    (void)ctx;
    if (*input == 0)
        return false;
    *byte = (uint8_t)*input++;
    return true;
}

static void set_irq(void *ctx, unsigned line, bool level)
{
    (void)ctx;
    (void)line;
    irq = level;
}

static void out(unsigned reg, uint8_t value)
{
    bus_write(&io, PORT + reg, 1, value);
}

static uint8_t in(unsigned reg)
{
    return (uint8_t)bus_read(&io, PORT + reg, 1);
}

static int setup(void **state)
{
    (void)state;
    memset(sent, 0, sizeof(sent));
    sent_count = 0;
    input = "";
    bus_init(&io, 0xffff);
    uart = (struct uart){ .irq = { set_irq, NULL, 4 }, .put = put, .get = get };
    uart_reset(&uart);
    uart_attach(&uart, &io, PORT);
    return 0;
}

static void test_transmits_at_once(void **state)
{
    (void)state;
    assert_int_equal(in(5), 0x60);
    out(0, 'A');
    out(0, 'b');
    assert_string_equal(sent, "Ab");
    assert_int_equal(in(5), 0x60);
    assert_int_equal(in(6), 0xb0);
}

static void test_divisor_latch_hides_data(void **state)
{
    (void)state;
    out(3, 0x83);
    out(0, 1);
    out(1, 2);
    assert_int_equal(in(0), 1);
    assert_int_equal(in(1), 2);
    assert_int_equal(in(3), 0x83);
    out(3, 0x03);
    assert_int_equal(in(1), 0);
    assert_int_equal(sent_count, 0);
    out(7, 0x5a);
    assert_int_equal(in(7), 0x5a);
}

static void test_transmit_interrupt(void **state)
{
    (void)state;
    out(4, 0x08);
    out(1, 0x02);
    assert_true(irq); /* empty already */
    assert_int_equal(in(2), 0x02);
    assert_false(irq); /* telling clears it */
    assert_int_equal(in(2), 0x01);
    out(0, 'x');
    assert_true(irq);
    out(4, 0); /* OUT2 off: not connected */
    assert_false(irq);
}

static void test_receives_through_the_fifo(void **state)
{
    (void)state;
    out(2, 0x81); /* FIFO, trigger at 8 */
    out(4, 0x08);
    out(1, 0x01);
    input = "hello";
    uart_receive(&uart);
    assert_true(irq);
    assert_int_equal(in(2), 0xcc); /* less than the trigger: character time-out */
    assert_int_equal(in(5), 0x61);
    for (const char *p = "hello"; *p; p++)
        assert_int_equal(in(0), *p);
    assert_false(irq);
    assert_int_equal(in(5), 0x60);
    input = "0123456789abcdefghij"; /* more than the FIFO: taken as it is read */
    uart_receive(&uart);
    assert_int_equal(in(2), 0xc4);
    for (const char *p = "0123456789abcdefghij"; *p; p++)
        assert_int_equal(in(0), *p);
    assert_int_equal(in(0), 0);
    input = "zz";
    uart_receive(&uart);
    out(2, 0x83); /* clear */
    assert_int_equal(in(5), 0x60);
}

static void test_loop_back(void **state)
{
    (void)state;
    out(4, 0x1a);
    assert_int_equal(in(6) & 0xf0, 0x90); /* what systems look for when they search UARTs */
    out(0, 'L');
    assert_int_equal(sent_count, 0);
    assert_int_equal(in(0), 'L');
    out(4, 0x15);
    assert_int_equal(in(6) & 0xf0, 0x60);
    assert_int_equal(in(6) & 0x0f, 0);
    out(0, 1);
    out(0, 2);
    assert_int_equal(in(5) & 2, 2); /* overrun without FIFO */
    assert_int_equal(in(5) & 2, 0);
    assert_int_equal(in(0), 2);
    input = "n";
    uart_receive(&uart);
    assert_int_equal(in(5) & 1, 0);
    out(4, 0x08);
    assert_int_equal(in(0), 'n');
}

static void test_line_and_modem_interrupts(void **state)
{
    (void)state;
    out(2, 1);
    out(4, 0x08);
    out(1, 0x0c);
    out(4, 0x18);
    for (int i = 0; i < 17; i++)
        out(0, (uint8_t)i);
    assert_int_equal(in(2) & 0x0f, 0x06);
    in(5);
    assert_int_equal(in(2) & 0x0f, 0x00); /* the modem lines changed with the loop */
    in(6);
    assert_int_equal(in(2) & 0x0f, 0x01);
}

static void test_reset(void **state)
{
    (void)state;
    out(1, 0x0f);
    out(7, 1);
    uart_reset(&uart);
    assert_int_equal(in(1), 0);
    assert_int_equal(in(7), 0);
    assert_false(irq);
    out(5, 0);
    out(6, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_transmits_at_once, setup),
        cmocka_unit_test_setup(test_divisor_latch_hides_data, setup),
        cmocka_unit_test_setup(test_transmit_interrupt, setup),
        cmocka_unit_test_setup(test_receives_through_the_fifo, setup),
        cmocka_unit_test_setup(test_loop_back, setup),
        cmocka_unit_test_setup(test_line_and_modem_interrupts, setup),
        cmocka_unit_test_setup(test_reset, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
