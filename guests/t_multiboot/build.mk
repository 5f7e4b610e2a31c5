# SPDX-License-Identifier: MIT
# The same program in the three forms that a multiboot loader must take.
$(eval $(call guest_program,t_multiboot,guests/t_multiboot guests/lib,64,guests/lib/multiboot.ld))
$(eval $(call guest_program,t_multiboot_addr,guests/t_multiboot guests/lib,64,guests/lib/multiboot_addr.ld))
$(BIN)/t_multiboot.elf $(BIN)/t_multiboot_addr.elf: guests/lib/sections.ld
$(BIN)/t_multiboot32.elf: $(BIN)/t_multiboot.elf
	$(call say,ELF32,$@)objcopy -O elf32-i386 $< $@
$(BIN)/t_multiboot.bin: $(BIN)/t_multiboot_addr.elf
	$(call say,BINARY,$@)objcopy -O binary $< $@
BUILD_TARGETS += $(BIN)/t_multiboot32.elf $(BIN)/t_multiboot.bin
$(eval $(call system,t_multiboot,guests/t_multiboot/system.conf guests/t_pvh/mod0.txt guests/t_pvh/mod1.txt \
  build/bin/t_multiboot.elf build/bin/t_multiboot32.elf build/bin/t_multiboot.bin))
