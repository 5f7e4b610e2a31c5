# SPDX-License-Identifier: MIT
$(B)/guests/initrd.cpio: guests/linux/mkinitrd guests/linux/init guests/linux/steady $(addprefix $(B)/guests/,tsc wake smp button kick) build/cache/guest/busybox build/cache/guest/button.ko
	@mkdir -p $(@D)
	$(call say,INITRD,$@)guests/linux/mkinitrd $@ build/cache/guest/busybox guests/linux/init bin/steady=guests/linux/steady bin/tsc=$(B)/guests/tsc bin/wake=$(B)/guests/wake bin/smp=$(B)/guests/smp \
	  bin/button=$(B)/guests/button bin/kick=$(B)/guests/kick lib/button.ko=build/cache/guest/button.ko
$(addprefix $(B)/guests/,tsc wake smp button kick): $(B)/guests/%: guests/linux/%.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) -std=gnu17 -O2 -Wall -Wextra -Werror -static -nostdlib -nostartfiles -ffreestanding -fno-stack-protector \
	  -fno-pie -no-pie -Wl,--build-id=none -s $< -o $@.$$$$ && mv $@.$$$$ $@
$(eval $(call system,linux,guests/linux/system.conf build/cache/guest/vmlinuz $(B)/guests/initrd.cpio))
