# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_pvh))
$(eval $(call system,t_pvh,guests/t_pvh/system.conf guests/t_pvh/mod0.txt guests/t_pvh/mod1.txt build/bin/t_pvh.elf))
