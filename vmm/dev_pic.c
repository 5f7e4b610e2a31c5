/* SPDX-License-Identifier: MIT */
/* 8259A pair: priorities, all command words, rotation, special mask, poll, edge and level inputs. */
#include "dev_pic.h"

#define CASCADE 2u

void pic_reset(struct pic *pic)
{
    for (unsigned i = 0; i < 2; i++) {
        struct pic_chip *chip = &pic->chip[i];

        *chip = (struct pic_chip){ .pair = pic, .slave = i == 1, .lowest = 7, .imr = 0xff,
                                   .base = i == 0 ? 0x08 : 0x70,
                                   /* timer, keyboard, cascade, RTC and FPU are edge always */
                                   .elcr_mask = i == 0 ? 0xf8 : 0xde };
    }
    pic->output = false;
}

static uint8_t requests(const struct pic_chip *chip)
{
    uint8_t level = chip->lines & chip->elcr;

    return (chip->irr & ~chip->elcr) | level;
}

/* Rank of an input: 0 is the highest priority now. */
static unsigned rank_of(const struct pic_chip *chip, unsigned input)
{
    return (input - chip->lowest - 1) & 7;
}

/* The input of highest priority in a set, 8 when empty. */
static unsigned highest(const struct pic_chip *chip, uint8_t set)
{
    for (unsigned rank = 0; rank < 8; rank++) {
        unsigned input = (chip->lowest + 1 + rank) & 7;

        if (set & (1u << input))
            return input;
    }
    return 8;
}

/* Which input interrupts the CPU now; 8 = none. */
static unsigned candidate(const struct pic_chip *chip)
{
    uint8_t wanted = requests(chip) & (uint8_t)~chip->imr;
    uint8_t service = chip->isr;
    unsigned input, busy;

    if (wanted == 0)
        return 8;
    input = highest(chip, wanted);
    if (chip->special_mask) {
        /* Only the levels that are masked now stop blocking lower ones; an input never nests itself. */
        service &= (uint8_t)~chip->imr;
        input = highest(chip, wanted & (uint8_t)~chip->isr);
        if (input == 8)
            return 8;
    }
    /* A master in special fully nested mode lets further requests of a slave in service through. */
    if (chip->special_nested && !chip->slave)
        service &= (uint8_t)~(1u << CASCADE);
    busy = highest(chip, service);
    if (busy != 8 && rank_of(chip, input) >= rank_of(chip, busy))
        return 8;
    return input;
}

/* The slave's output is the master's input 2, the master's output the CPU's INTR. */
static void update_output(struct pic *pic)
{
    struct pic_chip *master = &pic->chip[0];

    if (candidate(&pic->chip[1]) != 8) {
        master->lines |= 1u << CASCADE;
        master->irr |= 1u << CASCADE;
    } else {
        master->lines &= (uint8_t)~(1u << CASCADE);
        master->irr &= (uint8_t)~(1u << CASCADE);
    }
    pic->output = candidate(master) != 8;
}

void pic_set_line(struct pic *pic, unsigned line, bool level)
{
    struct pic_chip *chip = &pic->chip[line >> 3 & 1];
    uint8_t bit = (uint8_t)(1u << (line & 7));

    if (line == CASCADE)
        return;
    if (level && !(chip->lines & bit))
        chip->irr |= bit;
    if (level)
        chip->lines |= bit;
    else
        chip->lines &= (uint8_t)~bit;
    update_output(pic);
}

static void begin_service(struct pic_chip *chip, unsigned input)
{
    chip->irr &= (uint8_t)~(1u << input);
    if (!chip->auto_eoi)
        chip->isr |= (uint8_t)(1u << input);
    else if (chip->rotate_auto_eoi)
        chip->lowest = (uint8_t)input;
}

/* One chip's share of the acknowledge: the input, 7 without service when nothing is pending. */
static unsigned chip_acknowledge(struct pic_chip *chip)
{
    unsigned input = candidate(chip);

    if (input == 8)
        return 7;
    begin_service(chip, input);
    return input;
}

uint8_t pic_acknowledge(struct pic *pic)
{
    unsigned input = chip_acknowledge(&pic->chip[0]);
    uint8_t vector;

    if (input == CASCADE && !pic->chip[0].single) {
        input = chip_acknowledge(&pic->chip[1]);
        vector = (uint8_t)(pic->chip[1].base | input);
    } else {
        vector = (uint8_t)(pic->chip[0].base | input);
    }
    update_output(pic);
    return vector;
}

/* ICW1 clears the edge latches, the mask and the modes; what ICW4 sets stays until it comes. */
static void write_icw1(struct pic_chip *chip, uint8_t value)
{
    chip->irr = 0;
    chip->isr = 0;
    chip->imr = 0;
    chip->lowest = 7;
    chip->special_mask = false;
    chip->read_isr = false;
    chip->poll = false;
    chip->rotate_auto_eoi = false;
    chip->auto_eoi = false;
    chip->special_nested = false;
    chip->icw4_needed = value & 0x01;
    chip->single = value & 0x02;
    chip->icw_next = 2;
}

/* OCW2: end of interrupt and rotation, bits 7:5 as in the data sheet's figure. */
static void write_ocw2(struct pic_chip *chip, uint8_t value)
{
    unsigned input = value & 7;
    unsigned top = highest(chip, chip->special_mask ? chip->isr & (uint8_t)~chip->imr : chip->isr);

    switch (value >> 5) {
    case 0: chip->rotate_auto_eoi = false; break;
    case 4: chip->rotate_auto_eoi = true; break;
    case 1:
    case 5:
        if (top == 8)
            break;
        chip->isr &= (uint8_t)~(1u << top);
        if (value >> 5 == 5)
            chip->lowest = (uint8_t)top;
        break;
    case 3:
    case 7:
        chip->isr &= (uint8_t)~(1u << input);
        if (value >> 5 == 7)
            chip->lowest = (uint8_t)input;
        break;
    case 6: chip->lowest = (uint8_t)input; break;
    default: break; /* 2: no operation */
    }
}

static void write_ocw3(struct pic_chip *chip, uint8_t value)
{
    if (value & 0x40)
        chip->special_mask = value & 0x20;
    chip->poll = value & 0x04;
    if (value & 0x02)
        chip->read_isr = value & 0x01;
}

static void write_data(struct pic_chip *chip, uint8_t value)
{
    switch (chip->icw_next) {
    case 2:
        chip->base = value & 0xf8;
        chip->icw_next = chip->single ? (chip->icw4_needed ? 4 : 0) : 3;
        break;
    case 3: chip->icw_next = chip->icw4_needed ? 4 : 0; break; /* the wiring is fixed */
    case 4:
        chip->auto_eoi = value & 0x02;
        chip->special_nested = value & 0x10;
        chip->icw_next = 0;
        break;
    default: chip->imr = value; break;
    }
}

static void pic_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pic_chip *chip = dev;

    (void)size;
    if (offset == 1)
        write_data(chip, (uint8_t)value);
    else if (value & 0x10)
        write_icw1(chip, (uint8_t)value);
    else if (value & 0x08)
        write_ocw3(chip, (uint8_t)value);
    else
        write_ocw2(chip, (uint8_t)value);
    update_output(chip->pair);
}

/* A read after a poll command acknowledges: bit 7 = there was a request, bits 2:0 = which. */
static uint8_t read_poll(struct pic_chip *chip)
{
    unsigned input = candidate(chip);

    chip->poll = false;
    if (input == 8)
        return 0;
    begin_service(chip, input);
    return (uint8_t)(0x80 | input);
}

static uint64_t pic_read(void *dev, uint64_t offset, unsigned size)
{
    struct pic_chip *chip = dev;
    uint8_t value;

    (void)size;
    if (chip->poll)
        value = read_poll(chip);
    else if (offset == 1)
        value = chip->imr;
    else
        value = chip->read_isr ? chip->isr : requests(chip);
    update_output(chip->pair);
    return value;
}

static uint64_t elcr_read(void *dev, uint64_t offset, unsigned size)
{
    struct pic *pic = dev;

    (void)size;
    return pic->chip[offset].elcr;
}

static void elcr_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pic *pic = dev;

    (void)size;
    pic->chip[offset].elcr = (uint8_t)value & pic->chip[offset].elcr_mask;
    update_output(pic);
}

void pic_attach(struct pic *pic, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x20, 2, 1, pic_read, pic_write, &pic->chip[0] });
    bus_add(io, &(struct bus_range){ 0xa0, 2, 1, pic_read, pic_write, &pic->chip[1] });
    bus_add(io, &(struct bus_range){ 0x4d0, 2, 1, elcr_read, elcr_write, pic });
}
