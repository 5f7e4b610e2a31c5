/* SPDX-License-Identifier: MIT */
/*
 * The one list of error codes: what every system call returns (negative; 0 or positive = success)
 * and what vmx/ and kernel/ use among themselves.
 */
#ifndef ABI_STATUS_H
#define ABI_STATUS_H

/* STATUS(name, value, text) */
#define STATUS_LIST(STATUS)                                                                        \
    STATUS(OK, 0, "success")                                                                       \
    STATUS(ERR_INVALID, -1, "an argument is outside what the call accepts")                        \
    STATUS(ERR_HANDLE, -2, "no such handle, or a handle to something of another kind")             \
    STATUS(ERR_RIGHTS, -3, "the handle lacks the right that the call needs")                       \
    STATUS(ERR_NO_KMEM, -4, "the partition's kernel-memory quota is used up")                      \
    STATUS(ERR_NO_MEM, -5, "the partition's memory quota is used up, or RAM is")                   \
    STATUS(ERR_FULL, -6, "a table of fixed size is full")                                          \
    STATUS(ERR_EXISTS, -7, "something is there already")                                           \
    STATUS(ERR_NOT_FOUND, -8, "nothing is there")                                                  \
    STATUS(ERR_FAULT, -9, "a user pointer does not lead to memory that allows the access")         \
    STATUS(ERR_STATE, -10, "the object is not in a state that allows the call")                    \
    STATUS(ERR_TIMEOUT, -11, "the deadline passed")                                                \
    STATUS(ERR_UNSUPPORTED, -12, "the CPU or the platform lacks what the call needs")              \
    STATUS(ERR_BUSY, -13, "in use elsewhere")                                                      \
    STATUS(ERR_CALL, -14, "no such system call")

enum status {
#define STATUS(name, value, text) name = (value),
    STATUS_LIST(STATUS)
#undef STATUS
};

#endif
