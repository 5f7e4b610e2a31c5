/* SPDX-License-Identifier: MIT */
/* AML emitters. Package lengths are always written in three bytes, which any value allows. */
#include "aml.h"

enum {
    NAME_OP = 0x08, BYTE_PREFIX = 0x0a, WORD_PREFIX = 0x0b, DWORD_PREFIX = 0x0c, STRING_PREFIX = 0x0d,
    SCOPE_OP = 0x10, BUFFER_OP = 0x11, PACKAGE_OP = 0x12, METHOD_OP = 0x14, DUAL_NAME = 0x2e, EXT_PREFIX = 0x5b,
    STORE_OP = 0x70, AND_OP = 0x7b, REGION_OP = 0x80, FIELD_OP = 0x81, DEVICE_OP = 0x82, NOTIFY_OP = 0x86,
    IF_OP = 0xa0, RETURN_OP = 0xa4
};

#define LENGTH_BYTES 3u

static uint32_t begin_package(struct blob *blob)
{
    uint32_t at = blob->used;

    blob_put(blob, 0, LENGTH_BYTES);
    return at;
}

void aml_end(struct blob *blob, uint32_t begin)
{
    uint32_t length = blob->used - begin;

    blob_set(blob, begin, 0x80 | (length & 15) | (length >> 4 & 0xffff) << 8, LENGTH_BYTES);
}

/* A name segment is four characters, padded with underscores; a leading backslash is the root. */
static void put_name(struct blob *blob, const char *name)
{
    if (*name == '\\') {
        blob_put(blob, '\\', 1);
        name++;
    }
    for (unsigned i = 0, n = (unsigned)strlen(name); i < 4; i++)
        blob_put(blob, (uint8_t)(i < n ? name[i] : '_'), 1);
}

uint32_t aml_scope(struct blob *blob, const char *name)
{
    uint32_t begin;

    blob_put(blob, SCOPE_OP, 1);
    begin = begin_package(blob);
    put_name(blob, name);
    return begin;
}

uint32_t aml_device(struct blob *blob, const char *name)
{
    uint32_t begin;

    blob_put(blob, EXT_PREFIX, 1);
    blob_put(blob, DEVICE_OP, 1);
    begin = begin_package(blob);
    put_name(blob, name);
    return begin;
}

static void put_integer(struct blob *blob, uint32_t value)
{
    unsigned width = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;

    blob_put(blob, width == 1 ? BYTE_PREFIX : width == 2 ? WORD_PREFIX : DWORD_PREFIX, 1);
    blob_put(blob, value, width);
}

static void begin_name(struct blob *blob, const char *name)
{
    blob_put(blob, NAME_OP, 1);
    put_name(blob, name);
}

void aml_name_integer(struct blob *blob, const char *name, uint32_t value)
{
    begin_name(blob, name);
    put_integer(blob, value);
}

void aml_name_string(struct blob *blob, const char *name, const char *text)
{
    begin_name(blob, name);
    blob_put(blob, STRING_PREFIX, 1);
    blob_text(blob, text, (unsigned)strlen(text) + 1);
}

static uint32_t hex_digit(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : c - 'A' + 10);
}

/* EISA id: three letters of five bits and four hexadecimal digits, big endian in a dword. */
void aml_name_eisa(struct blob *blob, const char *name, const char *id)
{
    uint32_t value = (uint32_t)(id[0] & 31) << 26 | (uint32_t)(id[1] & 31) << 21 | (uint32_t)(id[2] & 31) << 16;

    for (unsigned i = 0; i < 4; i++)
        value |= hex_digit(id[3 + i]) << (12 - 4 * i);
    begin_name(blob, name);
    blob_put(blob, DWORD_PREFIX, 1);
    blob_put(blob, __builtin_bswap32(value), 4);
}

void aml_name_package(struct blob *blob, const char *name, const uint8_t *values, unsigned count)
{
    uint32_t begin;

    begin_name(blob, name);
    blob_put(blob, PACKAGE_OP, 1);
    begin = begin_package(blob);
    blob_put(blob, count, 1);
    for (unsigned i = 0; i < count; i++)
        put_integer(blob, values[i]);
    aml_end(blob, begin);
}

void aml_name_buffer(struct blob *blob, const char *name, const uint8_t *bytes, unsigned count)
{
    uint32_t begin;

    begin_name(blob, name);
    blob_put(blob, BUFFER_OP, 1);
    begin = begin_package(blob);
    put_integer(blob, count);
    for (unsigned i = 0; i < count; i++)
        blob_put(blob, bytes[i], 1);
    aml_end(blob, begin);
}

void aml_port_words(struct blob *blob, const char *region, uint16_t port, const char *const *names, unsigned count)
{
    uint32_t begin;

    blob_put(blob, EXT_PREFIX, 1);
    blob_put(blob, REGION_OP, 1);
    put_name(blob, region);
    blob_put(blob, 1, 1); /* system I/O */
    put_integer(blob, port);
    put_integer(blob, 4 * count);
    blob_put(blob, EXT_PREFIX, 1);
    blob_put(blob, FIELD_OP, 1);
    begin = begin_package(blob);
    put_name(blob, region);
    blob_put(blob, 3, 1); /* accesses of 32 bits, no lock */
    for (unsigned i = 0; i < count; i++) {
        put_name(blob, names[i]);
        blob_put(blob, 32, 1); /* bits, as a package length of one byte */
    }
    aml_end(blob, begin);
}

uint32_t aml_method(struct blob *blob, const char *name, unsigned args)
{
    uint32_t begin;

    blob_put(blob, METHOD_OP, 1);
    begin = begin_package(blob);
    put_name(blob, name);
    blob_put(blob, 8 | args, 1); /* serialized */
    return begin;
}

uint32_t aml_if_and(struct blob *blob, const char *name, uint32_t mask)
{
    uint32_t begin;

    blob_put(blob, IF_OP, 1);
    begin = begin_package(blob);
    blob_put(blob, AND_OP, 1);
    put_name(blob, name);
    put_integer(blob, mask);
    blob_put(blob, 0, 1); /* the result goes nowhere else */
    return begin;
}

void aml_store(struct blob *blob, uint32_t value, const char *name)
{
    blob_put(blob, STORE_OP, 1);
    put_integer(blob, value);
    put_name(blob, name);
}

void aml_notify(struct blob *blob, const char *device, uint8_t value)
{
    blob_put(blob, NOTIFY_OP, 1);
    put_name(blob, device);
    put_integer(blob, value);
}

void aml_return(struct blob *blob, uint32_t value)
{
    blob_put(blob, RETURN_OP, 1);
    put_integer(blob, value);
}

void aml_call(struct blob *blob, const char *scope, const char *name)
{
    blob_put(blob, '\\', 1);
    blob_put(blob, DUAL_NAME, 1);
    put_name(blob, scope);
    put_name(blob, name);
}

/* Buffer: package length, then its size as an integer; both are filled in at the end. */
uint32_t aml_crs(struct blob *blob)
{
    uint32_t begin;

    begin_name(blob, "_CRS");
    blob_put(blob, BUFFER_OP, 1);
    begin = begin_package(blob);
    blob_put(blob, WORD_PREFIX, 1);
    blob_put(blob, 0, 2);
    return begin;
}

void aml_crs_end(struct blob *blob, uint32_t begin)
{
    blob_put(blob, 0x79, 1); /* end tag; checksum 0 = not checked */
    blob_put(blob, 0, 1);
    blob_set(blob, begin + LENGTH_BYTES + 1, blob->used - begin - LENGTH_BYTES - 3, 2);
    aml_end(blob, begin);
}

void aml_crs_io(struct blob *blob, uint16_t base, uint8_t count)
{
    blob_put(blob, 0x47, 1); /* I/O port descriptor */
    blob_put(blob, 1, 1);    /* decodes 16 bits */
    blob_put(blob, base, 2);
    blob_put(blob, base, 2);
    blob_put(blob, 1, 1);
    blob_put(blob, count, 1);
}

void aml_crs_irq(struct blob *blob, unsigned irq)
{
    blob_put(blob, 0x22, 1); /* IRQ descriptor without flags: edge, active high */
    blob_put(blob, 1u << irq, 2);
}

void aml_crs_memory(struct blob *blob, uint32_t base, uint32_t bytes)
{
    blob_put(blob, 0x86, 1); /* 32-bit fixed memory range */
    blob_put(blob, 9, 2);
    blob_put(blob, 1, 1);
    blob_put(blob, base, 4);
    blob_put(blob, bytes, 4);
}

/* Address space descriptor of words: tag, length, type, flags, type flags, five words. */
static void word_window(struct blob *blob, uint8_t type, uint8_t type_flags, uint16_t first, uint16_t last)
{
    blob_put(blob, 0x88, 1);
    blob_put(blob, 13, 2);
    blob_put(blob, type, 1);
    blob_put(blob, 0x0c, 1); /* producer, minimum and maximum fixed */
    blob_put(blob, type_flags, 1);
    blob_put(blob, 0, 2);
    blob_put(blob, first, 2);
    blob_put(blob, last, 2);
    blob_put(blob, 0, 2);
    blob_put(blob, (uint16_t)(last - first + 1), 2);
}

void aml_crs_bus(struct blob *blob, uint16_t first, uint16_t last)
{
    word_window(blob, 2, 0, first, last);
}

void aml_crs_io_window(struct blob *blob, uint16_t first, uint16_t last)
{
    word_window(blob, 1, 3, first, last);
}

void aml_crs_memory_window(struct blob *blob, uint32_t first, uint32_t last)
{
    blob_put(blob, 0x87, 1);
    blob_put(blob, 23, 2);
    blob_put(blob, 0, 1);
    blob_put(blob, 0x0c, 1);
    blob_put(blob, 1, 1); /* read-write, not cacheable */
    blob_put(blob, 0, 4);
    blob_put(blob, first, 4);
    blob_put(blob, last, 4);
    blob_put(blob, 0, 4);
    blob_put(blob, last - first + 1, 4);
}
