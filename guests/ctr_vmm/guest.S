// SPDX-License-Identifier: MIT
// The guest of ctr_vmm: flat 32-bit code that times itself. EDI = where results go, SAMPLES of each kind, 4 bytes each.
#include "guest.h"

    .section .rodata
    .global guest_code, guest_code_end
    .code32
// STEP: what is timed; EBX and EDI stay. ESI = page that nobody touched before.
.macro measure step:vararg
    mov $SAMPLES, %ebp
1:  rdtsc
    mov %eax, %ebx
    \step
    rdtsc
    sub %ebx, %eax
    mov %eax, (%edi)
    add $4, %edi
    add $0x1000, %esi
    dec %ebp
    jnz 1b
.endm

.macro ring
    mov $DOORBELL, %eax
    vmcall
.endm

guest_code:
    mov $RESULTS, %edi
    mov $FRESH, %esi
    measure nop
    measure mov (%esi), %edx
    measure ring
    out %al, $0x80
guest_code_end:
    .section .note.GNU-stack, "", @progbits
