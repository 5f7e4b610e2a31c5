# SPDX-License-Identifier: MIT
$(eval $(call system,demo,guests/demo/system.conf build/cache/guest/vmlinuz $(B)/guests/initrd.cpio build/bin/hello_mb.elf build/bin/ctr_clock.elf))
