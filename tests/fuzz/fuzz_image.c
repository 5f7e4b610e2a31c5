// sources: lib/image.c lib/cpio.c lib/manifest.c lib/sha256.c lib/fmt.c
/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a container image, their digest corrected so that the rest is reached: what is
 * accepted lies within the file, its list has the size that was said, and no path leads out of the
 * tree.
 */
#include <stdlib.h>
#include <string.h>
#include <fake/image.h>
#include <lib/image.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void check_list(const struct image *image, uint64_t size)
{
    struct image_list *list = malloc(image->list_bytes);
    uint32_t path = (uint32_t)(sizeof(*list) + image->file_count * sizeof(list->file[0]));

    image_list(image, list);
    require(list->count == image->file_count && list->bytes == image->list_bytes);
    for (uint32_t i = 0; i < list->count; i++) {
        const char *name = (char *)list + path;

        require(list->file[i].path == path && *name != '\0' && strlen(name) <= IMAGE_PATH_MAX);
        require(strstr(name, "//") == NULL && strncmp(name, "../", 3) != 0 &&
                strstr(name, "/../") == NULL);
        require(list->file[i].offset % IMAGE_PAGE == 0 && list->file[i].offset <= size &&
                list->file[i].bytes <= size - list->file[i].offset);
        path += (uint32_t)strlen(name) + 1;
    }
    require(path == list->bytes);
    free(list);
}

/* Entries under names of few letters, so that many of them are in order. */
static void entries(struct fake_image *fake, const uint8_t *data, size_t size)
{
    static const char letters[] = "ab/.";

    for (size_t at = 0; at + 8 <= size && fake->size < 20000; at += 8) {
        char name[32] = IMAGE_FILES "/";
        unsigned n = 6;

        for (unsigned i = 0; i < (data[at] & 15u); i++)
            name[n++] = letters[data[at + 1 + i / 4] >> (i % 4 * 2) & 3];
        fake_entry(fake, name, (data[at] & 16) != 0 ? 0040555 : 0100444, "xyz", data[at + 6] & 3,
                   data[at + 7] == 0 ? 4 : IMAGE_PAGE);
    }
    fake_entry(fake, "TRAILER!!!", 0, "", 0, 4);
}

/* The input says which entries follow a good beginning, or is all that follows it, or is the file.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_image fake;
    static struct image image;
    char why[160] = "";
    uint8_t *exact;

    if (size == 0 || size > 32768)
        return 0;
    if ((data[0] & 1) != 0)
        fake_begin(&fake, "format = 1\nname = fuzz\n");
    else
        fake.size = FAKE_DIGEST_END;
    if ((data[0] & 3) == 3) {
        entries(&fake, data + 1, size - 1);
    } else {
        memcpy(fake.bytes + fake.size, data + 1, size - 1);
        fake.size += size - 1;
    }
    fake_seal(&fake);
    exact = malloc(fake.size);
    memcpy(exact, fake.bytes, fake.size);
    if (image_open(&image, exact, fake.size, why, sizeof(why)))
        check_list(&image, fake.size);
    else
        require(why[0] != '\0' && strlen(why) < sizeof(why));
    free(exact);
    return 0;
}
