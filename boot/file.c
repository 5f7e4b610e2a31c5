/* SPDX-License-Identifier: MIT */
/*
 * Files of the boot volume: the one that this application came from, else the first one that has
 * a folder \bulkhead (an application started from another boot loader or from the network may
 * come without a volume of its own).
 */
#include "boot.h"

#define MAX_PATH   128
#define READ_CHUNK (4ul << 20)
#define LONG_READ  (16ul << 20) /* worth a word in advance */

static EFI_FILE_HANDLE volume;

static EFI_STATUS open(EFI_FILE_HANDLE from, const char *path, EFI_FILE_HANDLE *out)
{
    CHAR16 wide[MAX_PATH];
    unsigned n = 0;

    for (; path[n] != 0 && n < MAX_PATH - 1; n++)
        wide[n] = (CHAR16)(uint8_t)path[n];
    wide[n] = 0;
    return from->Open(from, out, wide, EFI_FILE_MODE_READ, 0);
}

static BOOLEAN volume_at(EFI_HANDLE device)
{
    EFI_GUID guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_FILE_IO_INTERFACE *system;
    EFI_FILE_HANDLE root, folder;

    if (device == NULL || EFI_ERROR(SERVICES->HandleProtocol(device, &guid, (void **)&system)) ||
        EFI_ERROR(system->OpenVolume(system, &root)))
        return FALSE;
    if (EFI_ERROR(open(root, "\\bulkhead", &folder))) {
        root->Close(root);
        return FALSE;
    }
    folder->Close(folder);
    volume = root;
    return TRUE;
}

void file_open_volume(void)
{
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL, volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_LOADED_IMAGE *self;
    EFI_HANDLE *handle;
    UINTN count = 0;

    if (!EFI_ERROR(SERVICES->HandleProtocol(boot_image, &image_guid, (void **)&self)) &&
        volume_at(self->DeviceHandle))
        return;
    if (EFI_ERROR(SERVICES->LocateHandleBuffer(ByProtocol, &volume_guid, NULL, &count, &handle)))
        count = 0;
    for (UINTN i = 0; i < count; i++)
        if (volume_at(handle[i])) {
            say("using another volume than the one this program came from");
            SERVICES->FreePool(handle);
            return;
        }
    fail(EFI_NOT_FOUND, "no folder \\bulkhead on any of the %lu volumes that firmware can read",
         (uint64_t)count);
}

BOOLEAN file_exists(const char *path)
{
    EFI_FILE_HANDLE file;

    if (EFI_ERROR(open(volume, path, &file)))
        return FALSE;
    file->Close(file);
    return TRUE;
}

/* Directory entries and file information share a layout that ends in the name. */
union info {
    EFI_FILE_INFO info;
    uint8_t room[sizeof(EFI_FILE_INFO) + 2 * 256];
};

static uint64_t size_of(EFI_FILE_HANDLE file, const char *path)
{
    EFI_GUID guid = EFI_FILE_INFO_ID;
    union info u;
    UINTN bytes = sizeof(u);
    EFI_STATUS status = file->GetInfo(file, &guid, &bytes, &u);

    if (EFI_ERROR(status))
        fail(status, "%s: cannot ask for its size: %s", path, say_status(status));
    if (u.info.Attribute & EFI_FILE_DIRECTORY)
        fail(EFI_INVALID_PARAMETER, "%s: is a folder, should be a file", path);
    return u.info.FileSize;
}

struct file file_read(const char *path, EFI_MEMORY_TYPE type)
{
    EFI_FILE_HANDLE file;
    EFI_STATUS status = open(volume, path, &file);

    if (EFI_ERROR(status))
        fail(status, "%s: cannot open: %s", path, say_status(status));

    struct file f = { .size = size_of(file, path) };
    uint64_t pages = f.size == 0 ? 1 : PAGES(f.size);
    f.bytes = memory_take(pages, type, path);

    if (f.size >= LONG_READ)
        say("loading %s (%lu MiB) ...", path, f.size >> 20);
    for (uint64_t at = 0; at < f.size;) {
        UINTN part = f.size - at < READ_CHUNK ? f.size - at : READ_CHUNK;

        status = file->Read(file, &part, f.bytes + at);
        if (EFI_ERROR(status) || part == 0)
            fail(EFI_ERROR(status) ? status : EFI_END_OF_FILE,
                 "%s: cannot read at byte %lu of %lu: %s", path, at, f.size,
                 part == 0 ? "the file ends" : say_status(status));
        at += part;
    }
    memset(f.bytes + f.size, 0, pages * PAGE - f.size);
    file->Close(file);
    return f;
}

void file_free(struct file *file)
{
    memory_free(file->bytes, file->size == 0 ? 1 : PAGES(file->size));
}

static void take_name(char out[BOOT_NAME_LEN], const CHAR16 *name, const char *folder)
{
    unsigned n = 0;

    for (; name[n] != 0; n++) {
        if (n == BOOT_NAME_LEN - 1 || name[n] < ' ' || name[n] > '~') {
            out[n] = 0;
            fail(EFI_INVALID_PARAMETER,
                 "%s\\%s...: a name must have at most %u "
                 "characters, all of them ASCII",
                 folder, out, BOOT_NAME_LEN - 1);
        }
        out[n] = (char)name[n];
    }
    out[n] = 0;
}

static BOOLEAN before(const char *a, const char *b)
{
    while (*a != 0 && *a == *b)
        a++, b++;
    return (uint8_t)*a < (uint8_t)*b;
}

static void insert_sorted(char names[][BOOT_NAME_LEN], unsigned count)
{
    char name[BOOT_NAME_LEN];

    memcpy(name, names[count], BOOT_NAME_LEN);
    while (count != 0 && before(name, names[count - 1])) {
        memcpy(names[count], names[count - 1], BOOT_NAME_LEN);
        count--;
    }
    memcpy(names[count], name, BOOT_NAME_LEN);
}

unsigned file_list(const char *folder, char names[][BOOT_NAME_LEN], unsigned room)
{
    EFI_FILE_HANDLE dir;
    unsigned count = 0;
    union info u;
    EFI_STATUS status = open(volume, folder, &dir);

    if (EFI_ERROR(status))
        fail(status, "%s: cannot open this folder: %s", folder, say_status(status));
    for (;;) {
        UINTN bytes = sizeof(u);

        status = dir->Read(dir, &bytes, &u);
        if (EFI_ERROR(status))
            fail(status, "%s: cannot read this folder: %s", folder, say_status(status));
        if (bytes == 0)
            break;
        if (u.info.Attribute & EFI_FILE_DIRECTORY)
            continue;
        if (count == room)
            fail(EFI_OUT_OF_RESOURCES, "%s: more than %u files", folder, room);
        take_name(names[count], u.info.FileName, folder);
        insert_sorted(names, count++);
    }
    dir->Close(dir);
    return count;
}
