/* SPDX-License-Identifier: MIT */
/*
 * First instructions of every bare-metal guest: from the 32-bit entry that multiboot and PVH
 * share to C in long mode.
 *
 * The same object serves both protocols; the linker script decides which header the file carries.
 * Address space: physical memory 0..4 GiB appears at its own address for ring 0, and once more
 * USER_ALIAS higher for ring 3, because only PML4[0] lacks the user bit.
 */
#include <guest/start.h>

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18              /* name bytes, value bytes, XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad start32

    .section .text.start, "ax"
    .code32
    .globl start32
start32:
    movl $start_stack_top, %esp
    pushfl
    popl boot_eflags
    cli
    cld
    movl %eax, boot_magic
    movl %ebx, boot_info
    movl %cr0, %eax
    movl %eax, boot_cr0

    movl $page_pdpt + PTE_TABLE, page_pml4 + 8 * 1
    movl $page_pdpt + PTE_KERNEL, page_pml4
    movl $page_pd + PTE_TABLE, %eax
    xorl %ecx, %ecx
1:  movl %eax, page_pdpt(, %ecx, 8)
    addl $4096, %eax
    incl %ecx
    cmpl $4, %ecx
    jne 1b
    movl $PTE_TABLE + PTE_LARGE, %eax
    xorl %ecx, %ecx
2:  movl %eax, page_pd(, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $2048, %ecx
    jne 2b

    movl %cr4, %eax
    orl $1 << 5, %eax           /* PAE */
    movl %eax, %cr4
    movl $page_pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx      /* IA32_EFER */
    rdmsr
    orl $1 << 8, %eax           /* LME */
    wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax       /* PG, WP, PE */
    movl %eax, %cr0
    lgdt start_gdt_pointer
    ljmp $SEL_CODE64, $start64

    .code64
start64:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    lldt %ax
    movl $start_stack_top, %esp
    xorl %ebp, %ebp
    call guest_start
3:  cli
    hlt
    jmp 3b

    .section .data.start, "aw"
    .balign 16
    .globl gdt
gdt:
    .quad 0
    .quad 0x00af9b000000ffff    /* SEL_CODE64 */
    .quad 0x00cf93000000ffff    /* SEL_DATA */
    .quad 0x00cf9b000000ffff    /* SEL_CODE32 */
    .quad 0x00cffb000000ffff    /* SEL_USER32; then data and 64-bit code in the order of SYSRET */
    .quad 0x00cff3000000ffff    /* SEL_USER_DATA */
    .quad 0x00affb000000ffff    /* SEL_USER64 */
    .quad 0, 0                  /* SEL_TSS, filled by trap_init */
    .quad 0x00009b000000ffff    /* SEL_CODE16 */
    .quad 0x000093000000ffff    /* SEL_DATA16 */
    .fill 8, 8, 0               /* SEL_FREE.. for tests */
gdt_end:
    .globl start_gdt_pointer
start_gdt_pointer:
    .word gdt_end - gdt - 1
    .quad gdt

    .globl boot_magic, boot_info, boot_cr0, boot_eflags
boot_cr0:
    .long 0
boot_eflags:
    .long 0
boot_magic:
    .long 0
boot_info:
    .long 0

    .section .bss.start, "aw", @nobits
    .balign 4096
    .globl page_pml4, page_pdpt, page_pd
page_pml4:
    .skip 4096
page_pdpt:
    .skip 4096
page_pd:
    .skip 4 * 4096
    .skip 32768
    .globl start_stack_top
start_stack_top:

    .section .note.GNU-stack, "", @progbits
