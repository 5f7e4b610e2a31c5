# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_real))
$(eval $(call system,t_real,guests/t_real/system.conf build/bin/t_real.elf))
