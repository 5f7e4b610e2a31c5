/* SPDX-License-Identifier: MIT */
/*
 * A container image: one cpio archive ("newc": SVR4 portable, no checksum) that tools/mkcontainer
 * writes, root judges and the container's own run-time reads. Entries in this order:
 *
 *   bulkhead/digest    64 hexadecimal digits and a line end: SHA-256 of all bytes behind this entry
 *   bulkhead/manifest  text, "key = value" lines (docs/containers.md)
 *   bulkhead/program   the ring-3 ELF
 *   files              a directory, the root of the read-only tree; below it files/... ascending,
 *                      a directory before what it holds ('/' sorts before every other byte)
 *   TRAILER!!!
 *
 * Program and files begin at multiples of IMAGE_PAGE (the name of the entry is padded with zeros,
 * which every cpio reader skips), so that they are mapped as they lie and never copied. Only
 * directories and regular files.
 */
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include <stdint.h>

#define IMAGE_PAGE     4096u
#define IMAGE_DIGEST   "bulkhead/digest"
#define IMAGE_MANIFEST "bulkhead/manifest"
#define IMAGE_PROGRAM  "bulkhead/program"
#define IMAGE_FILES    "files"

#define IMAGE_MANIFEST_MAX 8192u
#define IMAGE_PATH_MAX     255u /* bytes of a path below files/, without the NUL */
#define IMAGE_MAX_FILES    4096u

/*
 * The list of an image's files as root hands it to the container, at IMAGE_LIST_VA: the archive's
 * own headers stand between the files, and reading them there would touch a page for each.
 */
struct image_file {
    uint64_t offset; /* of its bytes in the image, a multiple of IMAGE_PAGE; 0 when empty or a
                        directory */
    uint64_t bytes;
    uint32_t mode; /* type and permissions as in cpio */
    uint32_t path; /* byte of the list where its path begins: "dir/file", ends with NUL */
};

struct image_list {
    uint32_t count;
    uint32_t bytes; /* of the whole list with the paths */
    struct image_file file[];
};

/* What a container with an image finds beside what <abi/start.h> says. */
#define START_IMAGE   2u                    /* start_info.flags: the list is there */
#define H_IMAGE       4u                    /* its image, a memory object with the right READ */
#define IMAGE_LIST_VA 0x0000002000000000ull /* struct image_list, R */
#define IMAGE_VA      0x0000002100000000ull /* where its run-time maps what is read, by offset */

#endif
