# SPDX-License-Identifier: MIT
$(eval $(call user_program,vmm,vmm lib lib/user))
