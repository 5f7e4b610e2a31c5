/* SPDX-License-Identifier: MIT */
/* 8042 keyboard controller with nothing plugged in. */
#include "dev_kbd.h"

#define STATUS_FULL    0x01u
#define STATUS_SYSTEM  0x04u
#define STATUS_COMMAND 0x08u
#define STATUS_UNLOCKED 0x10u

#define MODE_IRQ       0x01u
#define MODE_SYSTEM    0x04u
#define MODE_KBD_OFF   0x10u
#define MODE_AUX_OFF   0x20u

#define OUT_RUN 0x01u /* 0 = the CPU is held in reset */
#define OUT_A20 0x02u

#define NOT_RESPONDING 0x01u /* interface test: clock line stuck low */

void kbd_reset(struct kbd *kbd)
{
    kbd->mode = MODE_SYSTEM | MODE_KBD_OFF | MODE_AUX_OFF;
    kbd->output_port = OUT_RUN | OUT_A20;
    kbd->command = 0;
    kbd->full = false;
    kbd->last_was_command = false;
    irq_set(&kbd->irq, false);
}

static void answer(struct kbd *kbd, uint8_t value)
{
    kbd->data = value;
    kbd->full = true;
    irq_set(&kbd->irq, kbd->mode & MODE_IRQ);
}

static void write_output_port(struct kbd *kbd, uint8_t value)
{
    /* A20 cannot be switched off here: every guest of this machine is younger than the 80286. */
    kbd->output_port = value | OUT_A20;
    if (!(value & OUT_RUN))
        kbd->reset(kbd->ctx);
    kbd->output_port |= OUT_RUN;
}

static void write_command(struct kbd *kbd, uint8_t value)
{
    kbd->last_was_command = true;
    kbd->command = 0;
    switch (value) {
    case 0x20: answer(kbd, kbd->mode); break;
    case 0x60: case 0xd1: case 0xd2: case 0xd3: case 0xd4: kbd->command = value; break;
    case 0xa7: kbd->mode |= MODE_AUX_OFF; break;
    case 0xa8: kbd->mode &= (uint8_t)~MODE_AUX_OFF; break;
    case 0xa9: answer(kbd, NOT_RESPONDING); break;
    case 0xaa: answer(kbd, 0x55); break;
    case 0xab: answer(kbd, NOT_RESPONDING); break;
    case 0xad: kbd->mode |= MODE_KBD_OFF; break;
    case 0xae: kbd->mode &= (uint8_t)~MODE_KBD_OFF; break;
    case 0xc0: answer(kbd, 0x80); break; /* input port: not locked */
    case 0xd0: answer(kbd, kbd->output_port); break;
    default:
        if (value >= 0xf0 && !(value & OUT_RUN))
            kbd->reset(kbd->ctx); /* 0xf0 .. 0xff pulse the bits that are 0 */
        break;
    }
}

static void write_data(struct kbd *kbd, uint8_t value)
{
    uint8_t command = kbd->command;

    kbd->last_was_command = false;
    kbd->command = 0;
    if (command == 0x60)
        kbd->mode = value;
    else if (command == 0xd1)
        write_output_port(kbd, value);
    else if (command == 0xd2 || command == 0xd3)
        answer(kbd, value);
    /* anything else goes to a keyboard or mouse that is not there, and nothing comes back */
}

static uint64_t kbd_read(void *dev, uint64_t offset, unsigned size)
{
    struct kbd *kbd = dev;

    (void)size;
    if (offset == 4)
        return (kbd->full ? STATUS_FULL : 0) | (kbd->mode & STATUS_SYSTEM) | STATUS_UNLOCKED |
               (kbd->last_was_command ? STATUS_COMMAND : 0);
    kbd->full = false;
    irq_set(&kbd->irq, false);
    return kbd->data;
}

static void kbd_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct kbd *kbd = dev;

    (void)size;
    if (offset == 4)
        write_command(kbd, (uint8_t)value);
    else
        write_data(kbd, (uint8_t)value);
}

/* Two single ports four apart; 0x61 between them is the PIT's. */
static uint64_t status_read(void *dev, uint64_t offset, unsigned size)
{
    return kbd_read(dev, offset + 4, size);
}

static void command_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    kbd_write(dev, offset + 4, size, value);
}

void kbd_attach(struct kbd *kbd, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x60, 1, 1, kbd_read, kbd_write, kbd });
    bus_add(io, &(struct bus_range){ 0x64, 1, 1, status_read, command_write, kbd });
}
