// SPDX-License-Identifier: MIT
// First instruction of the kernel, see abi/boot_info.h: RDI = boot_info, or 0 on the other CPUs.
    .section .text.entry, "ax"
    .global kernel_entry
kernel_entry:
    cld
    xor %ebp, %ebp
    test %rdi, %rdi
    jz other
    call kernel_main
other:
    mov smp_stack(%rip), %rsp
    call smp_main
    .section .note.GNU-stack, "", @progbits
