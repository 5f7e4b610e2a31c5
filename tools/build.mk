# SPDX-License-Identifier: MIT
# check-system judges a system by the sources that root is built from, compiled for the host.
CHECK_SYSTEM := tools/host/check_system.c $(wildcard root/conf*.c root/plan*.c) root/need.c root/program.c root/nearest.c root/image.c lib/elf.c lib/image.c lib/cpio.c lib/manifest.c lib/sha256.c lib/fmt.c
BUILD_TARGETS += $(B)/host/check-system
$(B)/host/check-system: $(CHECK_SYSTEM) $(wildcard root/*.h include/abi/*.h lib/*.h) $(B)/inc/root/.made
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)gcc -std=gnu17 -O1 -g -Wall -Wextra -Werror -I$(B)/inc/root -Iroot $(CHECK_SYSTEM) -o $@.$$$$ && mv $@.$$$$ $@
