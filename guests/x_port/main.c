// SPDX-License-Identifier: MIT
// x_port: reads and writes every I/O port in every width, at last the one that resets the machine.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

/* Ports that would end or restart the attacker before it is done, and its own console. */
static bool spare(uint32_t port, uint32_t size)
{
    static const struct {
        uint16_t first, last;
    } list[] = {{0x60, 0x64},   {0x92, 0x92},   {0xe9, 0xe9},     {0xf4, 0xf7},    {0x3f8, 0x3ff},
                {0x600, 0x6ff}, {0xcf9, 0xcf9}, {0xb000, 0xb0ff}, {0x8900, 0x8900}};
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        if (port + size > list[i].first && port <= list[i].last)
            return true;
    return false;
}

void guest_main(const char *cmdline)
{
    static uint8_t buffer[4096];
    uint64_t ones = 0;
    report_name("x_port");
    for (uint32_t port = 0; port < 0x10000; port++) {
        ones += inb((uint16_t)port) == 0xff;
        if (port % 4 == 0) {
            inw((uint16_t)port);
            inl((uint16_t)port);
        }
    }
    print("%lu of 65536 ports read all ones\n", ones);
    for (uint32_t port = 0; port < 0x10000; port++) {
        if (!spare(port, 1))
            outb((uint16_t)port, (uint8_t)(port * 7));
        if (port % 4 == 1 && !spare(port, 4)) {
            outw((uint16_t)port, 0xffff);
            outl((uint16_t)port, 0xdeadbeef);
        }
    }
    inl(0xffff); /* beyond the last port */
    inw(0xffff);
    for (uint32_t port = 0; port < 0x10000; port += 0x111) {
        uint64_t count = 64, rdi = (uint64_t)buffer;
        asm volatile("rep insb" : "+c"(count), "+D"(rdi) : "d"(port) : "memory");
    }
    check(true, "alive behind the sweep");
    if (text_has_word(cmdline, "reset")) {
        print("x_port: %u passed, %u failed\n", report_passed, report_failed);
        outb(0xcf9, 2);
        outb(0xcf9, 6);
    }
}
