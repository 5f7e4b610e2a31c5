# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_irq))
$(eval $(call system,t_irq,guests/t_irq/system.conf build/bin/t_irq.elf))
