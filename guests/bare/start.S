// SPDX-License-Identifier: MIT
// Way in from the loader and out to Linux, whose 64-bit entry wants flat segments 0x10 and 0x18.
    .section .text.entry, "ax"
    .global kernel_entry
kernel_entry:
    cld
    xor %ebp, %ebp
    call bare_main

// bare_jump(entry, zero page, CR3): all of Linux' boot protocol that is not in memory. The GDT
// must lie below 4 GiB mapped one to one: on the stack page of the zero page.
    .text
    .global bare_jump
bare_jump:
    mov %rsi, %rbx
    mov $0x93000, %eax
    movq $0, 0(%rax)
    movq $0, 8(%rax)
    movabs $0x00af9b000000ffff, %rcx
    mov %rcx, 16(%rax)
    movabs $0x00cf93000000ffff, %rcx
    mov %rcx, 24(%rax)
    movw $31, 32(%rax)
    mov %rax, 34(%rax)
    lgdt 32(%rax)
    mov $0x18, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss
    mov $0x95000, %esp
    pushq $0x10
    pushq %rdi
    mov %rbx, %rsi
    lretq
    .section .note.GNU-stack, "", @progbits
