// SPDX-License-Identifier: MIT
// Option ROM (BIOS Boot Specification 1.01, 3.3; Plug and Play BIOS Specification 1.0a, 3.2): a boot
// entry that starts a kernel by the real-mode protocol. The kernel's real-mode part comes by the
// firmware configuration ports, its other part lies at 1 MiB already.
    .section .rodata
    .global boot_rom, boot_rom_setup_bytes, boot_rom_end
    .set    SETUP_KEY, 0x21     // the second file of load_firmware.c
    .set    SEGMENT, 0x1000
    .set    STACK, 0xe000
    .code16
boot_rom:
    .byte   0x55, 0xaa, (boot_rom_end - boot_rom) / 512
    jmp     init
    .org    boot_rom + 0x1a
    .word   expansion - boot_rom
expansion:
    .ascii  "$PnP"
    .byte   1, 2, 0, 0, 0, 0    // revision, length in 16 bytes, next, reserved, checksum
    .long   0
    .word   name - boot_rom, name - boot_rom
    .byte   0, 0, 0, 0
    .word   0, 0, start - boot_rom, 0, 0
name:
    .asciz  "kernel"

init:                           // nothing to set up; AX bit 5: a boot device is attached
    mov     $0x20, %ax
    lret

start:
    cli
    cld
    mov     $SEGMENT, %ax
    mov     %ax, %es
    mov     %ax, %ss
    mov     $STACK, %sp
    mov     $SETUP_KEY, %ax
    mov     $0x510, %dx
    out     %ax, %dx
    inc     %dx
    xor     %di, %di
    .byte   0xb9                // mov $..., %cx
boot_rom_setup_bytes:
    .word   0
    rep insb
    push    %es
    pop     %ds
    sti
    ljmp    $SEGMENT + 0x20, $0

    .org    boot_rom + 512
boot_rom_end:
