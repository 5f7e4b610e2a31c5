# SPDX-License-Identifier: MIT
# guest_pvh NAME: guests/NAME as build/bin/NAME.elf (ELF64, PVH)
# guest_both NAME: and once more as build/bin/NAME_mb.elf (ELF64, multiboot), from the same objects
define guest_pvh
$(call guest_program,$(1),guests/$(1) guests/lib,64,guests/lib/pvh.ld)
$(BIN)/$(1).elf: guests/lib/sections.ld
endef
define guest_both
$(call guest_pvh,$(1))
$(call guest_program,$(1)_mb,guests/$(1) guests/lib,64,guests/lib/multiboot.ld)
$(BIN)/$(1)_mb.elf: guests/lib/sections.ld
endef
