# SPDX-License-Identifier: MIT
$(eval $(call guest_program,b_halt,guests/b_halt,64,guests/lib/pvh.ld))
$(BIN)/b_halt.elf: guests/lib/sections.ld
