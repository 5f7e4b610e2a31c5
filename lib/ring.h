/* SPDX-License-Identifier: MIT */
/*
 * Byte ring between two parties that do not trust each other. Each side keeps its own index in
 * private memory, publishes it, and reads the other's once, clamped: whatever the other side
 * writes, no access leaves the data area and no more than `size` bytes are taken at a time.
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include <stdbool.h>
#include <stdint.h>
#include <abi/ring.h>

/* One side's view of a ring. */
struct ring_side {
    struct ring *shared;
    uint8_t *data;
    uint32_t size;  /* bytes of data, a power of two */
    uint32_t index; /* own index: head of a writer, tail of a reader; never read back */
};

/* Take over a ring at the index found there (zero in fresh memory). */
void ring_writer_init(struct ring_side *side, struct ring *shared, uint8_t *data, uint32_t size);
void ring_reader_init(struct ring_side *side, struct ring *shared, uint8_t *data, uint32_t size);

/* Writer: room now; append up to `bytes`, the number appended. */
uint32_t ring_room(const struct ring_side *writer);
uint32_t ring_write(struct ring_side *writer, const void *from, uint32_t bytes);

/* Reader: bytes waiting; take up to `bytes`, the number taken. */
uint32_t ring_used(const struct ring_side *reader);
uint32_t ring_read(struct ring_side *reader, void *to, uint32_t bytes);

/*
 * Writer, after ring_write: true when the reader had taken everything before `written` bytes
 * were added, so that it may be asleep and must be signalled.
 */
bool ring_reader_was_idle(const struct ring_side *writer, uint32_t written);

#endif
