// SPDX-License-Identifier: MIT
// System calls on the machine: log, ports, interrupts, CPUs, the end.
#include <lib/string.h>
#include "irq.h"
#include "log.h"
#include "panic.h"
#include "syscall.h"

#define LOG_LINE 256u

static bool may_log(void)
{
    return current()->part->flags & RIGHT_LOG;
}

int64_t call_log(uint64_t text, uint64_t bytes)
{
    char line[LOG_LINE];

    if (!may_log())
        return ERR_RIGHTS;
    if (bytes > LOG_LINE)
        return ERR_INVALID;
    if (copy_from_user(line, pointer(text), bytes) != OK)
        return ERR_FAULT;
    log_text(line, bytes);
    return OK;
}

int64_t call_log_read(uint64_t position, uint64_t to, uint64_t bytes)
{
    char piece[LOG_LINE];

    if (!may_log())
        return ERR_RIGHTS;
    size_t n = log_copy(&position, piece, bytes < LOG_LINE ? bytes : LOG_LINE);
    if (copy_to_user(pointer(to), piece, n) != OK)
        return ERR_FAULT;
    console_give_away(); // whoever reads the log shows it
    return (int64_t)(n | position << 16);
}

// Who has a handle to ports may use them: nothing here needs kernel_lock but the look at the handle.
static enum status port_argument(uint64_t handle, uint64_t offset_size, uint16_t *port, unsigned *size)
{
    WITH_KERNEL_LOCK;
    struct handle *h = handle_find(current()->part, handle, OBJECT_PORTS);
    uint64_t offset = offset_size & 0xffff;

    *size = offset_size >> 16 & 0xff;
    if (!h)
        return ERR_HANDLE;
    if ((*size != 1 && *size != 2 && *size != 4) || offset + *size > h->data >> 16)
        return ERR_INVALID;
    *port = (uint16_t)((h->data & 0xffff) + offset);
    return OK;
}

int64_t call_port_in(uint64_t ports, uint64_t offset_size)
{
    uint16_t port;
    unsigned size;
    enum status status = port_argument(ports, offset_size, &port, &size);

    if (status != OK)
        return status;
    return size == 1 ? x86_in8(port) : size == 2 ? x86_in16(port) : x86_in32(port);
}

int64_t call_port_out(uint64_t ports, uint64_t offset_size, uint64_t value)
{
    uint16_t port;
    unsigned size;
    enum status status = port_argument(ports, offset_size, &port, &size);

    if (status != OK)
        return status;
    if (size == 1)
        x86_out8(port, (uint8_t)value);
    else if (size == 2)
        x86_out16(port, (uint16_t)value);
    else
        x86_out32(port, (uint32_t)value);
    return OK;
}

int64_t call_irq_bind(uint64_t power, uint64_t irq, uint64_t bits)
{
    WITH_KERNEL_LOCK;

    return handle_find(current()->part, power, OBJECT_POWER) ? irq_bind(current(), irq, bits) : ERR_HANDLE;
}

int64_t call_irq_ack(uint64_t irq)
{
    WITH_KERNEL_LOCK;

    return irq_ack(current(), irq);
}

int64_t call_machine_end(uint64_t power, uint64_t how)
{
    WITH_KERNEL_LOCK;

    if (!handle_find(current()->part, power, OBJECT_POWER))
        return ERR_HANDLE;
    if (how > 2)
        return ERR_INVALID;
    if (how == 2)
        __builtin_trap(); // a fault in ring 0, as the operator wants to see it
    power_end(how);
}
