# SPDX-License-Identifier: MIT
$(B)/guests/initrd.cpio: guests/linux/mkinitrd guests/linux/init build/cache/guest/busybox
	$(call say,INITRD,$@)
	@mkdir -p $(@D) && guests/linux/mkinitrd $@ build/cache/guest/busybox guests/linux/init
$(eval $(call system,linux,guests/linux/system.conf build/cache/guest/vmlinuz $(B)/guests/initrd.cpio))
