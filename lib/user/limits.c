/* SPDX-License-Identifier: MIT */
/* What the system is like: limits, identity. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "fd.h"
#include "start.h"

#define PAGE 4096

long sysconf(int name)
{
    switch (name) {
    case _SC_PAGESIZE: return PAGE;
    case _SC_OPEN_MAX: return FD_MAX;
    case _SC_CLK_TCK: return CLOCKS_PER_SEC;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN: return 1;
    case _SC_PHYS_PAGES: return (long)(start_info()->heap_bytes / PAGE);
    default: errno = EINVAL; return -1;
    }
}

int getpagesize(void)
{
    return PAGE;
}

/* Its own identity is the only one that it knows. */
int gethostname(char *name, size_t size)
{
    if (size <= strnlen(start_info()->name, sizeof(start_info()->name))) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strlcpy(name, start_info()->name, size);
    return 0;
}
