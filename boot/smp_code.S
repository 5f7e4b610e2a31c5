/* SPDX-License-Identifier: MIT */
/*
 * Start-up code of the other CPUs (SDM vol. 3, 8.4.3), copied to a page below 1 MiB: entered in real
 * mode by the kernel's SIPI, leaves for the kernel's entry in 64-bit mode with RDI = 0. Position
 * independent but for what handoff.c fills in.
 */
	.section .rodata
	.balign 16
	.globl smp_code, smp_code_end, smp_gdt_pointer, smp_jump, smp_cr3, smp_entry
	.code16
smp_code:
	cli
	cld
	mov %cs, %ax
	mov %ax, %ds
	lgdtl smp_gdt_pointer - smp_code
	mov $0x20, %eax             /* CR4: PAE; PGE comes later and flushes what is known of this page */
	mov %eax, %cr4
	movl smp_cr3 - smp_code, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx       /* EFER: LME, NXE */
	rdmsr
	or $0x900, %eax
	wrmsr
	mov $0x80010021, %eax       /* CR0: PG, WP, NE, PE */
	mov %eax, %cr0
	.byte 0x66, 0xea            /* ljmpl $8, $smp_long */
smp_jump:
	.long smp_long - smp_code   /* + base of the page */
	.word 8
	.code64
smp_long:
	mov $0x10, %eax
	mov %eax, %ss
	xor %edi, %edi
	jmp *smp_entry(%rip)
	.balign 8
smp_gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
smp_entry:
	.quad 0
smp_gdt_pointer:
	.word 23
	.long smp_gdt - smp_code    /* + base of the page */
smp_cr3:
	.long 0
smp_code_end:

	.section .note.GNU-stack, "", @progbits
