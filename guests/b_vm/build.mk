# SPDX-License-Identifier: MIT
$(eval $(call guest_pvh,b_vm))
