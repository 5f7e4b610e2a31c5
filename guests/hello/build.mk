# SPDX-License-Identifier: MIT
$(eval $(call guest_both,hello))
