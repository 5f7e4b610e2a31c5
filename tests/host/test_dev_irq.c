/* SPDX-License-Identifier: MIT */
/* The 8259 pair and the I/O APIC. */
// sources: vmm/dev_pic.c vmm/dev_ioapic.c vmm/bus.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <vmm/dev_ioapic.h>
#include <vmm/dev_pic.h>

static struct bus io, mmio;
static struct pic pic;
static struct ioapic ioapic;
static struct apic_message last;
static unsigned delivered;
static bool accept = true;

static bool deliver(void *ctx, const struct apic_message *message)
{
    (void)ctx;
    last = *message;
    delivered++;
    return accept;
}

static void out(uint16_t port, uint8_t value)
{
    bus_write(&io, port, 1, value);
}

static uint8_t in(uint16_t port)
{
    return (uint8_t)bus_read(&io, port, 1);
}

static void initialise(uint8_t icw4)
{
    out(0x20, 0x11);
    out(0x21, 0x20);
    out(0x21, 0x04);
    out(0x21, icw4);
    out(0xa0, 0x11);
    out(0xa1, 0x28);
    out(0xa1, 0x02);
    out(0xa1, 0x01);
    out(0x21, 0);
    out(0xa1, 0);
}

static int setup(void **state)
{
    (void)state;
    bus_init(&io, 0xffff);
    bus_init(&mmio, UINT64_MAX);
    memset(&ioapic, 0, sizeof(ioapic));
    ioapic.deliver = deliver;
    pic_reset(&pic);
    ioapic_reset(&ioapic);
    pic_attach(&pic, &io);
    ioapic_attach(&ioapic, &mmio);
    delivered = 0;
    accept = true;
    initialise(0x01);
    return 0;
}

static void pulse(unsigned line)
{
    pic_set_line(&pic, line, true);
    pic_set_line(&pic, line, false);
}

static void test_priorities_and_eoi(void **state)
{
    (void)state;
    assert_false(pic_output(&pic));
    pulse(4);
    pulse(1);
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x21);
    assert_false(pic_output(&pic)); /* 4 waits behind 1 */
    pulse(0);
    assert_true(pic_output(&pic)); /* 0 goes before 1 */
    assert_int_equal(pic_acknowledge(&pic), 0x20);
    out(0x20, 0x20);
    assert_false(pic_output(&pic));
    out(0x20, 0x20);
    assert_int_equal(pic_acknowledge(&pic), 0x24);
    out(0x20, 0x64); /* specific */
    assert_false(pic_output(&pic));
}

static void test_slave_through_cascade(void **state)
{
    (void)state;
    pulse(8);
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x28);
    pulse(10);
    assert_false(pic_output(&pic));
    out(0xa0, 0x20);
    assert_false(pic_output(&pic)); /* the master still has the cascade in service */
    out(0x20, 0x20);
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x2a);
}

static void test_special_fully_nested_lets_the_slave_through(void **state)
{
    (void)state;
    initialise(0x11);
    pulse(10);
    assert_int_equal(pic_acknowledge(&pic), 0x2a);
    pulse(8);
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x28);
}

static void test_masks(void **state)
{
    (void)state;
    out(0x21, 0x10);
    assert_int_equal(in(0x21), 0x10);
    pulse(4);
    assert_false(pic_output(&pic));
    assert_int_equal(in(0x20), 0x10); /* latched in the IRR all the same */
    out(0x21, 0);
    assert_int_equal(pic_acknowledge(&pic), 0x24);
    out(0x20, 0x0b);
    assert_int_equal(in(0x20), 0x10); /* ISR */
    out(0x20, 0x0a);
    assert_int_equal(in(0x20), 0);
}

static void test_spurious(void **state)
{
    (void)state;
    assert_int_equal(pic_acknowledge(&pic), 0x27);
    out(0x20, 0x0b);
    assert_int_equal(in(0x20), 0);
    bus_write(&io, 0x4d0, 2, 0x0200); /* 9: level */
    assert_int_equal(bus_read(&io, 0x4d0, 2), 0x0200);
    pic_set_line(&pic, 9, true);
    assert_true(pic_output(&pic));
    pic_set_line(&pic, 9, false);
    assert_false(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x27);
}

static void test_level_input_asks_again(void **state)
{
    (void)state;
    bus_write(&io, 0x4d1, 1, 0xff);
    assert_int_equal(in(0x4d1), 0xde);
    pic_set_line(&pic, 9, true);
    assert_int_equal(pic_acknowledge(&pic), 0x29);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x29);
    pic_set_line(&pic, 9, false);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    assert_false(pic_output(&pic));
}

static void test_rotation(void **state)
{
    (void)state;
    out(0x20, 0xc3); /* 3 is the lowest: 4 the highest */
    pulse(1);
    pulse(5);
    assert_int_equal(pic_acknowledge(&pic), 0x25);
    out(0x20, 0xa0); /* rotate on EOI: 5 becomes the lowest */
    pulse(5);
    pulse(6);
    assert_int_equal(pic_acknowledge(&pic), 0x26);
    out(0x20, 0xe6); /* rotate on specific EOI */
    assert_int_equal(pic_acknowledge(&pic), 0x21);
}

static void test_auto_eoi(void **state)
{
    (void)state;
    initialise(0x03);
    out(0x20, 0x80); /* rotate in automatic EOI mode */
    pulse(1);
    pulse(3);
    assert_int_equal(pic_acknowledge(&pic), 0x21);
    assert_true(pic_output(&pic));
    pulse(1);
    assert_int_equal(pic_acknowledge(&pic), 0x23);
    out(0x20, 0x00);
    assert_int_equal(pic_acknowledge(&pic), 0x21);
}

static void test_special_mask(void **state)
{
    (void)state;
    pulse(1);
    assert_int_equal(pic_acknowledge(&pic), 0x21);
    pulse(4);
    assert_false(pic_output(&pic));
    out(0x21, 0x02);
    out(0x20, 0x68); /* special mask mode */
    assert_true(pic_output(&pic));
    assert_int_equal(pic_acknowledge(&pic), 0x24);
    out(0x20, 0x48);
    assert_false(pic_output(&pic));
}

static void test_poll(void **state)
{
    (void)state;
    out(0x20, 0x0c);
    assert_int_equal(in(0x20), 0);
    pulse(3);
    out(0x20, 0x0c);
    assert_int_equal(in(0x20), 0x83);
    out(0x20, 0x0b);
    assert_int_equal(in(0x20), 0x08);
}

/* ---------------------------------------------------------------- I/O APIC */
static uint32_t reg(unsigned index)
{
    bus_write(&mmio, IOAPIC_BASE, 4, index);
    return (uint32_t)bus_read(&mmio, IOAPIC_BASE + 0x10, 4);
}

static void set_reg(unsigned index, uint32_t value)
{
    bus_write(&mmio, IOAPIC_BASE, 4, index);
    bus_write(&mmio, IOAPIC_BASE + 0x10, 4, value);
}

static void test_ioapic_registers(void **state)
{
    (void)state;
    assert_int_equal(reg(1), 0x00170020);
    set_reg(0, 0xff000000);
    assert_int_equal(reg(0), 0x0f000000);
    assert_int_equal(reg(2), 0x0f000000);
    assert_int_equal(reg(0x10), 0x10000);
    set_reg(0x10, 0xffffffff);
    assert_int_equal(reg(0x10), 0x1afff);
    set_reg(0x11, 0xffffffff);
    assert_int_equal(reg(0x11), 0xff000000);
    assert_int_equal(reg(0x40), 0xffffffff);
    assert_int_equal(bus_read(&mmio, IOAPIC_BASE + 0x20, 4), 0);
    assert_int_equal(bus_read(&mmio, IOAPIC_BASE + 0x11, 1), 0xff);
}

static void test_ioapic_edges(void **state)
{
    (void)state;
    set_reg(0x10 + 8, 0x31);
    set_reg(0x11 + 8, 0x01000000);
    ioapic_set_line(&ioapic, 4, true);
    assert_int_equal(delivered, 1);
    assert_int_equal(last.vector, 0x31);
    assert_int_equal(last.dest, 1);
    assert_false(last.level);
    ioapic_set_line(&ioapic, 4, true);
    assert_int_equal(delivered, 1);
    ioapic_set_line(&ioapic, 4, false);
    ioapic_set_line(&ioapic, 4, true);
    assert_int_equal(delivered, 2);
    set_reg(0x10 + 8, 0x10031);
    ioapic_set_line(&ioapic, 4, false);
    ioapic_set_line(&ioapic, 4, true);
    set_reg(0x10 + 8, 0x31); /* an edge while masked is lost */
    assert_int_equal(delivered, 2);
    ioapic_set_line(&ioapic, 99, true);
}

static void test_ioapic_level_and_eoi(void **state)
{
    (void)state;
    set_reg(0x10 + 18, 0x8041);
    ioapic_set_line(&ioapic, 9, true);
    assert_int_equal(delivered, 1);
    assert_true(last.level);
    assert_int_equal(reg(0x10 + 18) & 0x4000, 0x4000);
    ioapic_set_line(&ioapic, 9, false);
    ioapic_set_line(&ioapic, 9, true);
    assert_int_equal(delivered, 1); /* in service */
    ioapic_eoi(&ioapic, 0x41);
    assert_int_equal(delivered, 2);
    ioapic_set_line(&ioapic, 9, false);
    bus_write(&mmio, IOAPIC_BASE + 0x40, 4, 0x41);
    assert_int_equal(reg(0x10 + 18) & 0x4000, 0);
    assert_int_equal(delivered, 2);
    /* active while masked: fires when unmasked */
    set_reg(0x10 + 18, 0x18041);
    ioapic_set_line(&ioapic, 9, true);
    assert_int_equal(delivered, 2);
    set_reg(0x10 + 18, 0x8041);
    assert_int_equal(delivered, 3);
    /* edge mode and back clears the remote IRR */
    set_reg(0x10 + 18, 0x10041);
    assert_int_equal(reg(0x10 + 18) & 0x4000, 0);
    accept = false;
    set_reg(0x10 + 18, 0x8041);
    assert_int_equal(reg(0x10 + 18) & 0x4000, 0);
}

static void test_ioapic_delivery_modes(void **state)
{
    (void)state;
    set_reg(0x10, 0x8441); /* NMI ignores level */
    ioapic_set_line(&ioapic, 0, true);
    assert_int_equal(last.mode, APIC_NMI);
    assert_false(last.level);
    set_reg(0x12, 0x0951);
    set_reg(0x13, 0x03000000);
    ioapic_set_line(&ioapic, 1, true);
    assert_int_equal(last.mode, APIC_LOWEST);
    assert_true(last.logical);
    assert_int_equal(last.dest, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_priorities_and_eoi, setup),
        cmocka_unit_test_setup(test_slave_through_cascade, setup),
        cmocka_unit_test_setup(test_special_fully_nested_lets_the_slave_through, setup),
        cmocka_unit_test_setup(test_masks, setup),
        cmocka_unit_test_setup(test_spurious, setup),
        cmocka_unit_test_setup(test_level_input_asks_again, setup),
        cmocka_unit_test_setup(test_rotation, setup),
        cmocka_unit_test_setup(test_auto_eoi, setup),
        cmocka_unit_test_setup(test_special_mask, setup),
        cmocka_unit_test_setup(test_poll, setup),
        cmocka_unit_test_setup(test_ioapic_registers, setup),
        cmocka_unit_test_setup(test_ioapic_edges, setup),
        cmocka_unit_test_setup(test_ioapic_level_and_eoi, setup),
        cmocka_unit_test_setup(test_ioapic_delivery_modes, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
