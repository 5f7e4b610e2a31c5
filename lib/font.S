// SPDX-License-Identifier: MIT
// The letters of the screen, as tools/mkfont took them from a console font; see letters.h.
    .section .rodata, "a"
    .global font
font:
    .incbin "font.bin"
    .section .note.GNU-stack, "", @progbits
