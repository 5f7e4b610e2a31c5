/* SPDX-License-Identifier: MIT */
/*
 * Container that guesses handles: with every number that a handle can have, and many that none has,
 * it asks for the end, the memory, the ports and the CPUs of others. What it holds by right are its
 * own partition and the event of its console.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <abi/start.h>
#include <user/sys.h>

#define SLOTS  4096u
#define TARGET (USER_WINDOW_VA + 0x100000)

static uint64_t guesses, accepted;

/* What a container may do with what is its own. */
static bool by_right(uint64_t call, uint64_t handle)
{
    if (call == SYS_event_signal)
        return handle == H_CONSOLE_EVENT;
    if (call == SYS_part_info || call == SYS_part_stats || call == SYS_mem_create)
        return handle == H_SELF_PART || handle == 0;
    return false;
}

static void guess(const char *name, uint64_t call, uint64_t handle, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    int64_t result = sys_call(call, handle, b, c, d, e);

    guesses++;
    if (result < 0 || by_right(call, handle))
        return;
    accepted++;
    printf("accepted: %s of handle 0x%llx: %lld\n", name, (unsigned long long)handle, (long long)result);
}

#define GUESS(name, handle, ...) guess(#name, SYS_##name, handle, __VA_ARGS__)

static void every_call(uint64_t handle)
{
    static uint8_t room[4096] __attribute__((aligned(4096)));

    GUESS(event_signal, handle, 0, 0, 0, 0);
    GUESS(part_info, handle, (uint64_t)room, 0, 0, 0);
    GUESS(part_stats, handle, (uint64_t)room, 0, 0, 0);
    GUESS(mem_create, handle, 4096, 0, 0, 0);
    GUESS(port_in, handle, 1 << 16, 0, 0, 0);
    GUESS(port_out, handle, 1 << 16, 0, 0, 0);
    GUESS(irq_bind, handle, 4, 1, 0, 0);
    GUESS(handle_give, handle, H_CONSOLE_EVENT, 50, 0, 0);
    GUESS(thread_place, handle, 0, 0, 0, 0);
    GUESS(part_pause, handle, 1, 0, 0, 0);
    if (handle != H_SELF_PART) {
        GUESS(mem_map, handle, H_CONSOLE_EVENT, 0, TARGET | MAP_READ, 4096);
        GUESS(mem_unmap, handle, USER_IMAGE_VA, 4096, 0, 0);
        GUESS(thread_create, handle, USER_IMAGE_VA, USER_STACK_TOP, 0, 0);
    }
    guess("mem_map", SYS_mem_map, 0, handle, 0, TARGET | MAP_READ, 4096);
    guess("vm_map", SYS_vm_map, handle, 0, MAP_READ, 4096, 0);
    GUESS(part_create, handle, 1, 1, 0, 0);
    GUESS(machine_end, handle, 0, 0, 0, 0);
    GUESS(machine_end, handle, 1, 0, 0, 0);
    GUESS(part_kill, handle, 0, 0, 0, 0);
    GUESS(part_destroy, handle, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
    (void)argc;
    for (uint64_t handle = 1; handle < SLOTS; handle++)
        every_call(handle);
    for (unsigned bit = 12; bit < 64; bit++) {
        every_call(1ull << bit);
        every_call((1ull << bit) + H_CONSOLE_EVENT);
        every_call(0 - (1ull << bit));
    }
    printf("%s: %llu guesses, %llu accepted: %s\n", argv[0], (unsigned long long)guesses,
           (unsigned long long)accepted, accepted == 0 ? "PASS" : "FAIL");
    return accepted != 0;
}
