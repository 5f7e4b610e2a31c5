/* SPDX-License-Identifier: MIT */
/*
 * Messages: each line goes to the firmware's screens and, directly, to the first serial port.
 * Firmware may itself copy its console to that port, dressed up with cursor movements; so the
 * consoles behind a UART are left out when the port is there, and the log has each line once.
 */
#include <lib/fmt.h>

#include "boot.h"
#include "io.h"

#define COM1        0x3f8
#define UART_DATA   (COM1 + 0)
#define UART_IER    (COM1 + 1)
#define UART_FCR    (COM1 + 2)
#define UART_LCR    (COM1 + 3)
#define UART_MCR    (COM1 + 4)
#define UART_LSR    (COM1 + 5)
#define UART_SCR    (COM1 + 7)
#define LCR_8N1     0x03
#define LCR_DIVISOR 0x80
#define LSR_EMPTY   0x20

#define MAX_SCREENS      8
#define KEY_WAIT_SECONDS 60

static BOOLEAN serial;
static unsigned screen_count;
static SIMPLE_TEXT_OUTPUT_INTERFACE *screen[MAX_SCREENS];

static BOOLEAN serial_init(void)
{
    out8(UART_SCR, 0x5a);
    if (in8(UART_SCR) != 0x5a || in8(UART_LSR) == 0xff)
        return FALSE;
    out8(UART_IER, 0);
    out8(UART_LCR, LCR_DIVISOR | LCR_8N1);
    out8(UART_DATA, 1); /* 115200 baud */
    out8(UART_IER, 0);
    out8(UART_LCR, LCR_8N1);
    out8(UART_FCR, 0x07);
    out8(UART_MCR, 0x03);
    return TRUE;
}

static void serial_put(char c)
{
    /* a port that never gets empty must not stop the boot */
    for (unsigned i = 0; i < 100000 && !(in8(UART_LSR) & LSR_EMPTY); i++)
        ;
    out8(UART_DATA, (uint8_t)c);
}

static BOOLEAN behind_uart(EFI_HANDLE handle, BOOLEAN *physical)
{
    EFI_GUID guid = DEVICE_PATH_PROTOCOL;
    EFI_DEVICE_PATH *node;

    *physical = !EFI_ERROR(SERVICES->HandleProtocol(handle, &guid, (void **)&node));
    if (!*physical)
        return FALSE;
    for (; !IsDevicePathEnd(node); node = NextDevicePathNode(node))
        if (DevicePathType(node) == MESSAGING_DEVICE_PATH && DevicePathSubType(node) == MSG_UART_DP)
            return TRUE;
    return FALSE;
}

static void screens_find(void)
{
    EFI_GUID guid = SIMPLE_TEXT_OUTPUT_PROTOCOL;
    EFI_HANDLE *handle;
    UINTN count;
    BOOLEAN physical;

    if (EFI_ERROR(SERVICES->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handle)))
        return;
    for (UINTN i = 0; i < count && screen_count < MAX_SCREENS; i++)
        if (!behind_uart(handle[i], &physical) && physical &&
            !EFI_ERROR(SERVICES->HandleProtocol(handle[i], &guid, (void **)&screen[screen_count])))
            screen_count++;
    SERVICES->FreePool(handle);
}

void say_init(void)
{
    SERVICES->SetWatchdogTimer(0, 0, 0, NULL);
    serial = serial_init();
    if (serial) {
        serial_put('\r'); /* firmware may have left a line of its own open */
        serial_put('\n');
        screens_find();
    } else if (boot_system->ConOut != NULL) {
        screen[screen_count++] = boot_system->ConOut;
    }
}

uint16_t say_serial_port(void)
{
    return serial ? COM1 : 0;
}

static void put_line(const char *line)
{
    CHAR16 wide[256];
    unsigned n = 0;

    for (; line[n] != 0 && n < 253; n++)
        wide[n] = (CHAR16)(uint8_t)line[n];
    wide[n++] = '\r';
    wide[n++] = '\n';
    wide[n] = 0;

    for (unsigned i = 0; i < screen_count; i++)
        screen[i]->OutputString(screen[i], wide);
    for (unsigned i = 0; serial && i < n; i++)
        serial_put((char)wide[i]);
}

static void put_message(const char *prefix, const char *format, va_list args)
{
    char line[254];

    line[0] = 0;
    unsigned used = text_append(line, sizeof(line), prefix);
    fmt_text(line + used, sizeof(line) - used, format, args);
    put_line(line);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_message("bulkhead: boot: ", format, args);
    va_end(args);
}

/* A person at the screen can read the message; a machine without a keyboard goes on by itself. */
static void wait_for_key(void)
{
    EFI_EVENT event[2];
    EFI_INPUT_KEY key;
    UINTN index;

    if (boot_system->ConIn == NULL)
        return;
    event[0] = boot_system->ConIn->WaitForKey;
    if (EFI_ERROR(SERVICES->CreateEvent(EVT_TIMER, 0, NULL, NULL, &event[1])))
        return;
    SERVICES->SetTimer(event[1], TimerRelative, KEY_WAIT_SECONDS * 10000000ull);
    SERVICES->WaitForEvent(2, event, &index);
    boot_system->ConIn->ReadKeyStroke(boot_system->ConIn, &key);
    SERVICES->CloseEvent(event[1]);
}

void fail(EFI_STATUS status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_message("bulkhead: boot: error: ", format, args);
    va_end(args);

    unsigned screens = screen_count;
    screen_count = 0; /* the line is for the program that watches the serial port */
    put_line("bulkhead: end: panic");
    screen_count = screens;

    serial = FALSE; /* ... and the last one there */
    put_line("Press a key to return to the firmware.");
    wait_for_key();
    SERVICES->Exit(boot_image, status, 0, NULL);
    for (;;)
        __asm__ volatile("hlt");
}

const char *say_status(EFI_STATUS status)
{
    switch (status) {
    case EFI_SUCCESS: return "success";
    case EFI_NOT_FOUND: return "not found";
    case EFI_OUT_OF_RESOURCES: return "out of memory";
    case EFI_DEVICE_ERROR: return "device error";
    case EFI_VOLUME_CORRUPTED: return "volume corrupted";
    case EFI_NO_MEDIA: return "no medium";
    case EFI_MEDIA_CHANGED: return "medium changed";
    case EFI_ACCESS_DENIED: return "access denied";
    case EFI_INVALID_PARAMETER: return "invalid parameter";
    case EFI_UNSUPPORTED: return "unsupported";
    case EFI_END_OF_FILE: return "end of file";
    }
    return "firmware error";
}
