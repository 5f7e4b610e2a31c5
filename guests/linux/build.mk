# SPDX-License-Identifier: MIT
$(B)/guests/initrd.cpio: guests/linux/mkinitrd guests/linux/init guests/linux/steady $(B)/guests/tsc $(B)/guests/wake $(B)/guests/smp build/cache/guest/busybox
	@mkdir -p $(@D)
	$(call say,INITRD,$@)guests/linux/mkinitrd $@ build/cache/guest/busybox guests/linux/init bin/steady=guests/linux/steady bin/tsc=$(B)/guests/tsc bin/wake=$(B)/guests/wake bin/smp=$(B)/guests/smp
$(B)/guests/tsc $(B)/guests/wake $(B)/guests/smp: $(B)/guests/%: guests/linux/%.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) -std=gnu17 -O2 -Wall -Wextra -Werror -static -nostdlib -nostartfiles -ffreestanding -fno-stack-protector \
	  -fno-pie -no-pie -Wl,--build-id=none -s $< -o $@.$$$$ && mv $@.$$$$ $@
$(eval $(call system,linux,guests/linux/system.conf build/cache/guest/vmlinuz $(B)/guests/initrd.cpio))
