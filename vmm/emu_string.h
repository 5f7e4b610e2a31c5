/* SPDX-License-Identifier: MIT */
/* String instructions of the emulator. */
#ifndef VMM_EMU_STRING_H
#define VMM_EMU_STRING_H

#include "emu.h"

enum emu_result emu_string(struct emu *emu);

#endif
