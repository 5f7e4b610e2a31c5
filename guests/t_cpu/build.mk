# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_cpu))
$(eval $(call system,t_cpu,guests/t_cpu/system.conf build/bin/t_cpu.elf))
