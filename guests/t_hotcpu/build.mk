# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,t_hotcpu))
