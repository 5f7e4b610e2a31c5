/* SPDX-License-Identifier: MIT */
/*
 * The command line: the file \bulkhead\cmdline, then what a UEFI shell or another boot loader
 * gave as arguments, so that a person can add to what the volume says.
 */
#include "boot.h"

#include <efishell.h>

/* Any white space, and control characters from a strange editor, become one blank. */
static void add(char line[BOOT_CMDLINE_LEN], char c)
{
    unsigned n = (unsigned)strlen(line);

    if (c <= ' ' || c > '~')
        c = ' ';
    if (c == ' ' && (n == 0 || line[n - 1] == ' '))
        return;
    if (n == BOOT_CMDLINE_LEN - 1)
        fail(EFI_BAD_BUFFER_SIZE, "the command line has more than %u characters",
             BOOT_CMDLINE_LEN - 1);
    line[n] = c;
    line[n + 1] = 0;
}

static void add_file(char line[BOOT_CMDLINE_LEN])
{
    struct file f = file_read("\\bulkhead\\cmdline", EfiLoaderData);

    for (uint64_t i = 0; i < f.size; i++)
        add(line, (char)f.bytes[i]);
    file_free(&f);
}

/* UEFI Shell 2.2, 4.3: a shell tells its arguments one by one, the program's name first. */
static BOOLEAN add_shell_arguments(char line[BOOT_CMDLINE_LEN])
{
    EFI_GUID guid = EFI_SHELL_PARAMETERS_PROTOCOL_GUID;
    EFI_SHELL_PARAMETERS_PROTOCOL *shell;

    if (EFI_ERROR(SERVICES->HandleProtocol(boot_image, &guid, (void **)&shell)))
        return FALSE;
    for (UINTN i = 1; i < (UINTN)shell->Argc; i++) {
        add(line, ' ');
        for (CHAR16 *c = shell->Argv[i]; *c != 0; c++)
            add(line, *c < 0x7f ? (char)*c : '?');
    }
    return TRUE;
}

/*
 * Load options are anything that the starter liked to put there. Taken are texts only, without
 * a first word that names a program.
 */
static void add_load_options(char line[BOOT_CMDLINE_LEN])
{
    EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
    EFI_LOADED_IMAGE *self;

    if (EFI_ERROR(SERVICES->HandleProtocol(boot_image, &guid, (void **)&self)) ||
        self->LoadOptions == NULL)
        return;

    const CHAR16 *text = self->LoadOptions;
    unsigned length = self->LoadOptionsSize / sizeof(CHAR16), start = 0;
    for (unsigned i = 0; i < length; i++) {
        if (text[i] == 0)
            length = i;
        else if (text[i] < ' ' || text[i] > '~')
            return;
    }
    unsigned word = 0;
    while (word < length && text[word] != ' ')
        word++;
    if (word >= 4 && text[word - 4] == '.' && (text[word - 3] | 0x20) == 'e' &&
        (text[word - 2] | 0x20) == 'f' && (text[word - 1] | 0x20) == 'i')
        start = word;

    add(line, ' ');
    for (unsigned i = start; i < length; i++)
        add(line, (char)text[i]);
}

void cmdline_read(char line[BOOT_CMDLINE_LEN])
{
    memset(line, 0, BOOT_CMDLINE_LEN);
    if (file_exists("\\bulkhead\\cmdline"))
        add_file(line);
    if (!add_shell_arguments(line))
        add_load_options(line);

    unsigned n = (unsigned)strlen(line);
    if (n != 0 && line[n - 1] == ' ')
        line[n - 1] = 0;
    if (line[0] != 0)
        say("command line: %s", line);
}
