/* SPDX-License-Identifier: MIT */
/* Texts of the system calls' error codes. */
#include "sys.h"

const char *sys_error(int64_t result)
{
    if (result >= 0)
        return "success";
    switch (result) {
#define STATUS(name, value, text)                                                                  \
    case value:                                                                                    \
        return text;
        STATUS_LIST(STATUS)
#undef STATUS
    default:
        return "unknown error";
    }
}
