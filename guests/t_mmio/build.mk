# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_mmio))
$(eval $(call system,t_mmio,guests/t_mmio/system.conf build/bin/t_mmio.elf))
