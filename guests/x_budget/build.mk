# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,x_budget))
