/* SPDX-License-Identifier: MIT */
/* Judging a container image, entry by entry, and the list of its files. */
#include <lib/fmt.h>
#include <lib/image.h>
#include <lib/string.h>

#define MAGIC "070701"

struct judge {
    struct image *image;
    struct cpio cpio;
    char *why;
    size_t why_size;
};

__attribute__((format(printf, 2, 3))) static bool bad(struct judge *j, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fmt_text(j->why, j->why_size, format, args);
    va_end(args);
    return false;
}

bool image_recognise(const void *bytes, uint64_t size)
{
    return size >= sizeof(MAGIC) - 1 && memcmp(bytes, MAGIC, sizeof(MAGIC) - 1) == 0;
}

/* The next entry must be this regular file. */
static bool expect_file(struct judge *j, struct cpio_entry *e, const char *name)
{
    enum cpio_result result = cpio_next(&j->cpio, e, j->why, j->why_size);

    if (result == CPIO_BAD)
        return false;
    if (result == CPIO_END || strcmp(e->name, name) != 0)
        return bad(j, "found entry \"%s\", expected \"%s\"", e->name, name);
    if ((e->mode & CPIO_TYPE) != CPIO_FILE)
        return bad(j, "%s: found type 0x%x, expected a regular file", name, e->mode & CPIO_TYPE);
    return true;
}

static bool judge_digest(struct judge *j)
{
    struct image *image = j->image;
    struct cpio_entry e;

    if (!expect_file(j, &e, IMAGE_DIGEST))
        return false;
    if (e.bytes != SHA256_TEXT || image->bytes[e.offset + SHA256_TEXT - 1] != '\n')
        return bad(j, IMAGE_DIGEST ": found %lu bytes, expected 64 digits and a line end", e.bytes);
    if (j->cpio.at > image->size)
        return bad(j, "found its end at 0x%lx, expected another entry there", image->size);
    sha256_text(image->bytes + j->cpio.at, image->size - j->cpio.at, image->digest);
    if (memcmp(image->digest, image->bytes + e.offset, SHA256_TEXT - 1) != 0)
        return bad(j, "damaged: found content with the digest %s, expected that in " IMAGE_DIGEST,
                   image->digest);
    return true;
}

static bool judge_manifest(struct judge *j)
{
    struct cpio_entry e;

    if (!expect_file(j, &e, IMAGE_MANIFEST))
        return false;
    if (e.bytes > IMAGE_MANIFEST_MAX)
        return bad(j, IMAGE_MANIFEST ": found %lu bytes, expected at most %u", e.bytes,
                   IMAGE_MANIFEST_MAX);
    return manifest_parse((const char *)j->image->bytes + e.offset, e.bytes, &j->image->manifest,
                          j->why, j->why_size);
}

static bool aligned(struct judge *j, const struct cpio_entry *e)
{
    if (e->bytes == 0 || e->offset % IMAGE_PAGE == 0)
        return true;
    return bad(j, "%s: found its bytes at 0x%lx, expected a multiple of %u", e->name, e->offset,
               IMAGE_PAGE);
}

static bool judge_program(struct judge *j)
{
    struct cpio_entry e;

    if (!expect_file(j, &e, IMAGE_PROGRAM) || !aligned(j, &e))
        return false;
    j->image->program_offset = e.offset;
    j->image->program_bytes = e.bytes;
    return true;
}

static unsigned order(char c)
{
    return c == '/' ? 1 : c == '\0' ? 0 : (unsigned)(unsigned char)c + 1;
}

/* Is b behind a, when a directory's content follows it directly? */
static bool ascending(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return order(*a) < order(*b);
}

/* Every part of the path is a name: not empty, not "." or "..", no control characters. */
static bool path_ok(const char *path)
{
    const char *part = path;

    for (const char *c = path;; c++) {
        if (*c == '/' || *c == '\0') {
            size_t n = (size_t)(c - part);

            if (n == 0 || (n <= 2 && part[0] == '.' && part[n - 1] == '.'))
                return false;
            part = c + 1;
        } else if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
        if (*c == '\0')
            return true;
    }
}

/*
 * Its directory must have come before. Entries ascend, so that is the entry just before, or one of
 * the directories that this one stands in, which were looked at then.
 */
static bool parent_known(const char *before, bool before_is_dir, const char *name)
{
    size_t n = strlen(name);

    while (name[n] != '/')
        n--;
    return memcmp(before, name, strlen(before) < n ? strlen(before) : n) == 0 &&
           (strlen(before) == n ? before_is_dir : strlen(before) > n && before[n] == '/');
}

static bool judge_entry(struct judge *j, const struct cpio_entry *e,
                        const struct cpio_entry *before)
{
    const char *path = e->name + sizeof(IMAGE_FILES);
    uint32_t type = e->mode & CPIO_TYPE;

    if (e->name_bytes <= sizeof(IMAGE_FILES) ||
        memcmp(e->name, IMAGE_FILES "/", sizeof(IMAGE_FILES)) != 0)
        return bad(j, "found entry \"%s\", expected " IMAGE_FILES "/...", e->name);
    if (!path_ok(path) || strlen(path) > IMAGE_PATH_MAX)
        return bad(j, "found entry \"%s\", expected a path of names, at most %u bytes", e->name,
                   IMAGE_PATH_MAX);
    if (type != CPIO_FILE && type != CPIO_DIR)
        return bad(j, "%s: found type 0x%x, expected a regular file or a directory", e->name, type);
    if (!ascending(before->name, e->name))
        return bad(j, "found \"%s\" behind \"%s\", expected ascending names", e->name,
                   before->name);
    if (!parent_known(before->name, (before->mode & CPIO_TYPE) == CPIO_DIR, e->name))
        return bad(j, "found \"%s\", expected its directory before it", e->name);
    if (type == CPIO_DIR && e->bytes != 0)
        return bad(j, "%s: found a directory with %lu bytes, expected none", e->name, e->bytes);
    if (j->image->file_count == IMAGE_MAX_FILES)
        return bad(j, "found more than %u files", IMAGE_MAX_FILES);
    return aligned(j, e);
}

static bool judge_files(struct judge *j)
{
    struct image *image = j->image;
    struct cpio_entry before, e;
    enum cpio_result result = cpio_next(&j->cpio, &before, j->why, j->why_size);

    if (result == CPIO_BAD)
        return false;
    if (result == CPIO_END || strcmp(before.name, IMAGE_FILES) != 0 ||
        (before.mode & CPIO_TYPE) != CPIO_DIR)
        return bad(j, "found entry \"%s\", expected the directory \"" IMAGE_FILES "\"",
                   before.name);
    image->files_at = j->cpio.at;
    image->list_bytes = sizeof(struct image_list);
    while ((result = cpio_next(&j->cpio, &e, j->why, j->why_size)) == CPIO_ENTRY) {
        if (!judge_entry(j, &e, &before))
            return false;
        image->file_count++;
        image->list_bytes +=
            (uint32_t)(sizeof(struct image_file) + e.name_bytes - sizeof(IMAGE_FILES) + 1);
        before = e;
    }
    return result == CPIO_END;
}

bool image_open(struct image *image, const void *bytes, uint64_t size, char *why, size_t why_size)
{
    struct judge j = { image, { bytes, size, 0 }, why, why_size };

    memset(image, 0, sizeof(*image));
    image->bytes = bytes;
    image->size = size;
    return judge_digest(&j) && judge_manifest(&j) && judge_program(&j) && judge_files(&j);
}

void image_list(const struct image *image, struct image_list *to)
{
    struct cpio cpio = { image->bytes, image->size, image->files_at };
    uint32_t path = (uint32_t)(sizeof(*to) + image->file_count * sizeof(to->file[0]));
    struct cpio_entry e;

    *to = (struct image_list){ image->file_count, image->list_bytes };
    for (uint32_t i = 0; i < image->file_count; i++) {
        if (cpio_next(&cpio, &e, NULL, 0) != CPIO_ENTRY)
            return; /* image_open() has seen it */
        to->file[i] = (struct image_file){ e.bytes != 0 ? e.offset : 0, e.bytes, e.mode, path };
        memcpy((char *)to + path, e.name + sizeof(IMAGE_FILES),
               e.name_bytes - sizeof(IMAGE_FILES) + 1);
        path += (uint32_t)(e.name_bytes - sizeof(IMAGE_FILES) + 1);
    }
}
