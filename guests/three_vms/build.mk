# SPDX-License-Identifier: MIT
$(eval $(call system,three_vms,guests/three_vms/system.conf build/cache/guest/vmlinuz $(B)/guests/initrd.cpio build/bin/hello.elf build/bin/hello_mb.elf))
