# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_vmm,guests/ctr_vmm lib lib/user))
