/* SPDX-License-Identifier: MIT */
/* System calls that a plain container may not use are refused by name. */
#include <stdint.h>
#include <user/clock.h>
#include <user/event.h>
#include <user/start.h>
#include <user/sys.h>
#include "test.h"

static void test_rights(void)
{
    static struct part_info info;

    CHECK(sys_log("x", 1) == ERR_RIGHTS);
    CHECK(sys_mem_create(H_SELF_PART, 4096, 0) == ERR_RIGHTS);
    CHECK(sys_part_create("child", 10, 10, 0, 0) != 0);
    CHECK(sys_vm_create(USER_WINDOW_VA) == ERR_RIGHTS);
    CHECK(sys_machine_end(H_POWER, 0) == ERR_HANDLE);
    CHECK(sys_port_in(H_COM1, 1u << 16) == ERR_HANDLE);
    CHECK(sys_part_info(999999, &info) == ERR_HANDLE);
    CHECK(sys_event_signal(H_SELF_PART) == ERR_HANDLE);
    CHECK(sys_handle_close(77) == ERR_HANDLE);
}

static void test_arguments(void)
{
    CHECK(sys_null() == 0);
    CHECK(sys_call(SYS_COUNT, 0, 0, 0, 0, 0) == ERR_CALL);
    CHECK(sys_call(~0ull, 0, 0, 0, 0, 0) == ERR_CALL);
    CHECK(sys_part_info(H_SELF_PART, (struct part_info *)0xffff800000000000ull) < 0);
    CHECK(sys_part_info(H_SELF_PART, (struct part_info *)8) < 0);
    CHECK(sys_part_info(H_SELF_PART, (struct part_info *)START_INFO_VA) < 0);
    CHECK(sys_event_wait(0, EVENT_ANY) == ERR_TIMEOUT);
    CHECK(sys_event_wait(clock_deadline_ms(1), EVENT_ANY) == ERR_TIMEOUT);
}

static void test_events(void)
{
    int64_t event = sys_event_create(0, 1ull << 20);

    CHECK(event > 0);
    CHECK(sys_event_signal((uint64_t)event) == 0);
    CHECK(sys_event_wait(clock_deadline_ms(1), EVENT_ANY & ~(1ull << 20)) == ERR_TIMEOUT);
    CHECK(sys_event_wait(EVENT_NEVER, EVENT_ANY) == 1 << 20);
    CHECK(sys_event_wait(0, ~0ull) == ERR_TIMEOUT);
    CHECK(sys_handle_close((uint64_t)event) == 0);
    CHECK(sys_event_signal((uint64_t)event) == ERR_HANDLE);
}

void test_calls(void)
{
    test_rights();
    test_arguments();
    test_events();
}
