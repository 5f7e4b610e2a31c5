// SPDX-License-Identifier: MIT
// Where ring 0 speaks: the first serial port and the screen, until root takes the port over, and
// again in a panic.
#include "cpu.h"
#include "log.h"

#define LSR      5 // 16550 line status: bit 5 = transmitter empty
#define LSR_THRE 0x20

static uint16_t port;
static bool port_ours = true, screen_ours = true;

void console_init(const struct boot_info *boot)
{
    port = boot->serial_port;
}

void console_give_away(void)
{
    port_ours = false;
    screen_ours = port != 0; // without a port the console is on the screen
}

void console_take_back(void)
{
    if (!screen_ours)
        screen_clear();
    port_ours = screen_ours = true;
}

static void serial_put(char c)
{
    for (unsigned i = 0; i < 100000 && !(x86_in8(port + LSR) & LSR_THRE); i++)
        x86_pause();
    x86_out8(port, (uint8_t)c);
}

void console_put(const char *text, size_t bytes)
{
    if (screen_ours)
        screen_put(text, bytes);
    if (!port || !port_ours)
        return;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n')
            serial_put('\r');
        serial_put(text[i]);
    }
}
