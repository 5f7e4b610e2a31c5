// SPDX-License-Identifier: MIT
// First instruction of the kernel: RDI = boot_info, see abi/boot_info.h.
    .section .text.entry, "ax"
    .global kernel_entry
kernel_entry:
    cld
    xor %ebp, %ebp
    call kernel_main
    .section .note.GNU-stack, "", @progbits
