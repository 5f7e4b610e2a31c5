/* SPDX-License-Identifier: MIT */
/* Every instruction form that drivers are known to use on device memory, and their neighbours. */

#define FLAGS_ALL   0x8d5       /* OF SF ZF AF PF CF */
#define FLAGS_LOGIC 0x8c5       /* AF undefined */
#define FLAGS_CF    0x001

    .macro form name, size, flags, insn:vararg
    .section .text.forms, "ax"
form_\@:
    \insn
    ret
    .section .rodata.names, "a"
name_\@:
    .asciz "\name"
    .section .rodata.forms, "a"
    .quad name_\@, form_\@, \size, \flags
    .endm

    .section .rodata.forms, "a"
    .balign 8
    .globl forms
forms:

    form "mov m8, al", 1, FLAGS_ALL, movb (%rsi), %al
    form "mov m8, ah", 1, FLAGS_ALL, movb (%rsi), %ah
    form "mov m8, bh", 1, FLAGS_ALL, movb (%rsi), %bh
    form "mov m8, r8b", 1, FLAGS_ALL, movb (%rsi), %r8b
    form "mov m8, bpl", 1, FLAGS_ALL, movb (%rsi), %bpl
    form "mov m16, dx", 2, FLAGS_ALL, movw (%rsi), %dx
    form "mov m32, ecx", 4, FLAGS_ALL, movl (%rsi), %ecx
    form "mov m32, r9d", 4, FLAGS_ALL, movl (%rsi), %r9d
    form "mov m64, rbx", 8, FLAGS_ALL, movq (%rsi), %rbx
    form "mov m64, r8", 8, FLAGS_ALL, movq (%rsi), %r8
    form "movzx m8, cx", 1, FLAGS_ALL, movzbw (%rsi), %cx
    form "movzx m8, ecx", 1, FLAGS_ALL, movzbl (%rsi), %ecx
    form "movzx m8, rcx", 1, FLAGS_ALL, movzbq (%rsi), %rcx
    form "movzx m16, r9d", 2, FLAGS_ALL, movzwl (%rsi), %r9d
    form "movsx m8, dx", 1, FLAGS_ALL, movsbw (%rsi), %dx
    form "movsx m8, edx", 1, FLAGS_ALL, movsbl (%rsi), %edx
    form "movsx m8, rdx", 1, FLAGS_ALL, movsbq (%rsi), %rdx
    form "movsx m16, rdx", 2, FLAGS_ALL, movswq (%rsi), %rdx
    form "movsxd m32, rax", 4, FLAGS_ALL, movslq (%rsi), %rax
    form "mov al, m8", 1, FLAGS_ALL, movb %al, (%rsi)
    form "mov ch, m8", 1, FLAGS_ALL, movb %ch, (%rsi)
    form "mov dil, m8", 1, FLAGS_ALL, movb %dil, (%rsi)
    form "mov ax, m16", 2, FLAGS_ALL, movw %ax, (%rsi)
    form "mov eax, m32", 4, FLAGS_ALL, movl %eax, (%rsi)
    form "mov r9d, m32", 4, FLAGS_ALL, movl %r9d, (%rsi)
    form "mov rax, m64", 8, FLAGS_ALL, movq %rax, (%rsi)
    form "mov imm8, m8", 1, FLAGS_ALL, movb $0x5a, (%rsi)
    form "mov imm16, m16", 2, FLAGS_ALL, movw $0x1234, (%rsi)
    form "mov imm32, m32", 4, FLAGS_ALL, movl $0x10055, (%rsi)
    form "mov imm32, m64", 8, FLAGS_ALL, movq $-2, (%rsi)
    form "movnti eax, m32", 4, FLAGS_ALL, movnti %eax, (%rsi)

    form "disp8", 4, FLAGS_ALL, movl 0x20 - 0x20(%rsi), %ecx
    form "base, index, scale", 4, FLAGS_ALL, movl -8(%rsi, %rbp, 2), %ecx
    form "rbp base, disp8", 4, FLAGS_ALL, movl -4(%rbp, %rsi), %ecx
    form "index without base", 4, FLAGS_ALL, movl 0(, %rsi, 1), %ecx
    form "address size 32", 4, FLAGS_ALL, movl (%esi), %ecx
    form "ignored segment prefix", 4, FLAGS_ALL, .byte 0x2e, 0x8b, 0x0e
    form "prefixes 66 and REX.W", 8, FLAGS_ALL, .byte 0x66, 0x48, 0x8b, 0x0e

    form "add eax, m32", 4, FLAGS_ALL, addl %eax, (%rsi)
    form "add m32, eax", 4, FLAGS_ALL, addl (%rsi), %eax
    form "or imm32, m32", 4, FLAGS_LOGIC, orl $0x00a5, (%rsi)
    form "or imm8, m32", 4, FLAGS_LOGIC, orl $0x5a, (%rsi)
    form "or m8, bl", 1, FLAGS_LOGIC, orb (%rsi), %bl
    form "adc m32, ecx", 4, FLAGS_ALL, adcl (%rsi), %ecx
    form "adc ecx, m32", 4, FLAGS_ALL, adcl %ecx, (%rsi)
    form "sbb m32, edx", 4, FLAGS_ALL, sbbl (%rsi), %edx
    form "sbb m64, rdx", 8, FLAGS_ALL, sbbq (%rsi), %rdx
    form "and imm8, m32", 4, FLAGS_LOGIC, andl $-16, (%rsi)
    form "and m16, bx", 2, FLAGS_LOGIC, andw (%rsi), %bx
    form "and m64, rax", 8, FLAGS_LOGIC, andq (%rsi), %rax
    form "sub eax, m32", 4, FLAGS_ALL, subl %eax, (%rsi)
    form "sub m8, ah", 1, FLAGS_ALL, subb (%rsi), %ah
    form "xor eax, m32", 4, FLAGS_LOGIC, xorl %eax, (%rsi)
    form "xor m64, r9", 8, FLAGS_LOGIC, xorq (%rsi), %r9
    form "cmp m32, eax", 4, FLAGS_ALL, cmpl (%rsi), %eax
    form "cmp eax, m32", 4, FLAGS_ALL, cmpl %eax, (%rsi)
    form "cmp imm8, m8", 1, FLAGS_ALL, cmpb $0x7f, (%rsi)
    form "cmp imm8, m32", 4, FLAGS_ALL, cmpl $-1, (%rsi)
    form "cmp imm16, m16", 2, FLAGS_ALL, cmpw $0x1234, (%rsi)
    form "cmp imm32, m64", 8, FLAGS_ALL, cmpq $-1, (%rsi)
    form "test imm8, m8", 1, FLAGS_LOGIC, testb $0x80, (%rsi)
    form "test imm32, m32", 4, FLAGS_LOGIC, testl $0x10000, (%rsi)
    form "test eax, m32", 4, FLAGS_LOGIC, testl %eax, (%rsi)
    form "test rax, m64", 8, FLAGS_LOGIC, testq %rax, (%rsi)
    form "not m32", 4, FLAGS_ALL, notl (%rsi)
    form "neg m32", 4, FLAGS_ALL, negl (%rsi)
    form "inc m32", 4, FLAGS_ALL, incl (%rsi)
    form "dec m32", 4, FLAGS_ALL, decl (%rsi)
    form "inc m8", 1, FLAGS_ALL, incb (%rsi)
    form "lock or eax, m32", 4, FLAGS_LOGIC, lock orl %eax, (%rsi)
    form "lock inc m32", 4, FLAGS_ALL, lock incl (%rsi)
    form "xchg eax, m32", 4, FLAGS_ALL, xchgl %eax, (%rsi)
    form "xchg r9, m64", 8, FLAGS_ALL, xchgq %r9, (%rsi)
    form "xchg dl, m8", 1, FLAGS_ALL, xchgb %dl, (%rsi)
    form "xadd eax, m32", 4, FLAGS_ALL, xaddl %eax, (%rsi)
    form "lock xadd ecx, m32", 4, FLAGS_ALL, lock xaddl %ecx, (%rsi)
    form "cmpxchg, not equal", 4, FLAGS_ALL, cmpxchgl %ebx, (%rsi)
    form "lock cmpxchg, m64", 8, FLAGS_ALL, lock cmpxchgq %rbx, (%rsi)
    form "bt imm, m32", 4, FLAGS_CF, btl $5, (%rsi)
    form "bt reg, m32", 4, FLAGS_CF, btl %ebp, (%rsi)
    form "bts imm, m32", 4, FLAGS_CF, btsl $1, (%rsi)
    form "btr imm, m32", 4, FLAGS_CF, btrl $0, (%rsi)
    form "btc imm, m32", 4, FLAGS_CF, btcl $3, (%rsi)
    form "setz m8", 1, FLAGS_ALL, setz (%rsi)
    form "cmovz m32, ecx", 4, FLAGS_ALL, cmovzl (%rsi), %ecx
    form "cmovnz m32, ecx", 4, FLAGS_ALL, cmovnzl (%rsi), %ecx
    form "cmovc m64, rcx", 8, FLAGS_ALL, cmovcq (%rsi), %rcx

    form "movs m8 to RAM", 1, FLAGS_ALL, movsb
    form "movs m16 to RAM", 2, FLAGS_ALL, movsw
    form "movs m32 to RAM", 4, FLAGS_ALL, movsl
    form "movs m64 to RAM", 8, FLAGS_ALL, movsq
    form "lods m8", 1, FLAGS_ALL, lodsb
    form "lods m32", 4, FLAGS_ALL, lodsl
    form "lods m64", 8, FLAGS_ALL, lodsq
    form "cmps m32 with RAM", 4, FLAGS_ALL, cmpsl
    form "cmps m8 with RAM", 1, FLAGS_ALL, cmpsb
    form "rep movs m8 to RAM", 1, FLAGS_ALL, rep movsb
    form "rep movs m32 to RAM", 8, FLAGS_ALL, rep movsl
    form "rep lods m16", 8, FLAGS_ALL, rep lodsw
    form "repe cmps m8 with RAM", 8, FLAGS_ALL, repe cmpsb

    .section .rodata.forms, "a"
    .globl forms_end
forms_end:

    .section .text.forms, "ax"
/* void form_run(code, regs) */
    .globl form_run
form_run:
    pushq %rbx
    pushq %rbp
    pushq %r14
    pushq %r15
    movq %rdi, %r14
    movq %rsi, %r15
    movq 0(%r15), %rax
    movq 8(%r15), %rbx
    movq 16(%r15), %rcx
    movq 24(%r15), %rdx
    movq 32(%r15), %rsi
    movq 40(%r15), %rdi
    movq 48(%r15), %r8
    movq 56(%r15), %r9
    movq 64(%r15), %rbp
    pushq 72(%r15)
    popfq
    call *%r14
    pushfq
    popq 72(%r15)
    cld
    movq %rax, 0(%r15)
    movq %rbx, 8(%r15)
    movq %rcx, 16(%r15)
    movq %rdx, 24(%r15)
    movq %rsi, 32(%r15)
    movq %rdi, 40(%r15)
    movq %r8, 48(%r15)
    movq %r9, 56(%r15)
    movq %rbp, 64(%r15)
    popq %r15
    popq %r14
    popq %rbp
    popq %rbx
    ret

    .section .note.GNU-stack, "", @progbits
