/* SPDX-License-Identifier: MIT */
/*
 * The last code of the loader, run from its copy in the handoff page.
 * RDI = page tables, RSI = entry, RDX = stack top, RCX = boot_info; none of them returns.
 */
#define CR0_SET   0x80010023 /* PG, WP, NE, MP, PE */
#define CR0_KEEP  0x00000010 /* ET */
#define CR4_KEEP  0x00000660 /* OSXMMEXCPT, OSFXSR, MCE, PAE: the kernel chooses the rest */
#define MSR_EFER  0xc0000080
#define EFER_NXE  0x800

	.section .text
	.globl handoff_code, handoff_code_end
	.balign 16
handoff_code:
	cli
	cld
	mov %rdx, %r8
	mov %rcx, %r9

	/* CR4.PGE off drops the firmware's global translations, too */
	mov %cr4, %rax
	and $CR4_KEEP, %rax
	mov %rax, %cr4

	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_NXE, %eax
	wrmsr

	mov %rdi, %cr3
	mov %cr0, %rax
	and $CR0_KEEP, %eax
	mov $CR0_SET, %edx
	or %rdx, %rax
	mov %rax, %cr0

	mov %r8, %rsp
	mov %r9, %rdi
	xor %ebp, %ebp
	jmp *%rsi
handoff_code_end:

	.section .note.GNU-stack, "", @progbits
