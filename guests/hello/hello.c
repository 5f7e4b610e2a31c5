// SPDX-License-Identifier: MIT
// Demonstration guest: greets, then prints a heartbeat now and then from a halted CPU.
#include <guest/apic.h>
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

void guest_main(const char *cmdline)
{
    uint64_t beats = text_value(cmdline, "beats", ~0ull);
    uint64_t period = text_value(cmdline, "period_ms", 1000);
    print("Hello from a bare-metal guest, started by %s.\n",
          boot_magic == MULTIBOOT_MAGIC ? "multiboot" : "PVH");
    print("Command line: \"%s\", memory up to 0x%lx.\n", cmdline, boot_memory_end());
    if (beats != 0)
        time_init();
    for (uint64_t n = 1; n <= beats; n++) {
        time_sleep_ms(period);
        print("hello: heartbeat %lu\n", n);
    }
    guest_exit(0);
}
