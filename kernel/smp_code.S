// SPDX-License-Identifier: MIT
// Start-up code of the other CPUs (SDM vol. 3, 8.4.3): copied to a page below 1 MiB, entered in real
// mode by SIPI, leaves for the kernel in 64-bit mode. Position independent but for the two
// addresses that smp.c patches.
    .section .rodata
    .balign 16
    .global smp_code, smp_code_end, smp_gdt_pointer, smp_gdt, smp_jump, smp_cr3
    .code16
smp_code:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl smp_gdt_pointer - smp_code
    mov $0x20, %eax             // CR4: PAE; PGE comes later and flushes what is known of this page
    mov %eax, %cr4
    movl smp_cr3 - smp_code, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx       // EFER: LME, NXE
    rdmsr
    or $0x900, %eax
    wrmsr
    mov $0x80010021, %eax       // CR0: PG, WP, NE, PE
    mov %eax, %cr0
    .byte 0x66, 0xea            // ljmpl $8, $smp_long
smp_jump:
    .long smp_long - smp_code   // + base of the page
    .word 8
    .code64
smp_long:
    mov $0x10, %eax
    mov %eax, %ss
    movabs $smp_stack, %rax
    mov (%rax), %rsp
    xor %ebp, %ebp
    movabs $smp_main, %rax
    call *%rax
    .balign 8
smp_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
smp_gdt_pointer:
    .word 23
    .long smp_gdt - smp_code    // + base of the page
smp_cr3:
    .long 0
smp_code_end:
    .section .note.GNU-stack, "", @progbits
