/* SPDX-License-Identifier: MIT */
/* Byte ring between two parties that do not trust each other. */
#include <lib/ring.h>

void ring_writer_init(struct ring_side *side, struct ring *shared, uint8_t *data, uint32_t size)
{
    side->shared = shared;
    side->data = data;
    side->size = size;
    side->index = shared->head;
}

void ring_reader_init(struct ring_side *side, struct ring *shared, uint8_t *data, uint32_t size)
{
    side->shared = shared;
    side->data = data;
    side->size = size;
    side->index = shared->tail;
}

static uint32_t clamp(uint32_t used, uint32_t size)
{
    return used < size ? used : size;
}

uint32_t ring_room(const struct ring_side *writer)
{
    uint32_t tail = __atomic_load_n(&writer->shared->tail, __ATOMIC_ACQUIRE);

    return writer->size - clamp(writer->index - tail, writer->size);
}

uint32_t ring_write(struct ring_side *writer, const void *from, uint32_t bytes)
{
    const uint8_t *source = from;
    uint32_t count = clamp(bytes, ring_room(writer));

    for (uint32_t i = 0; i < count; i++)
        writer->data[(writer->index + i) & (writer->size - 1)] = source[i];
    writer->index += count;
    __atomic_store_n(&writer->shared->head, writer->index, __ATOMIC_SEQ_CST);
    return count;
}

uint32_t ring_used(const struct ring_side *reader)
{
    uint32_t head = __atomic_load_n(&reader->shared->head, __ATOMIC_SEQ_CST);

    return clamp(head - reader->index, reader->size);
}

uint32_t ring_read(struct ring_side *reader, void *to, uint32_t bytes)
{
    uint8_t *target = to;
    uint32_t count = clamp(bytes, ring_used(reader));

    for (uint32_t i = 0; i < count; i++)
        target[i] = reader->data[(reader->index + i) & (reader->size - 1)];
    reader->index += count;
    __atomic_store_n(&reader->shared->tail, reader->index, __ATOMIC_SEQ_CST);
    return count;
}

bool ring_reader_was_idle(const struct ring_side *writer, uint32_t written)
{
    uint32_t tail = __atomic_load_n(&writer->shared->tail, __ATOMIC_SEQ_CST);

    return writer->index - tail <= written;
}
