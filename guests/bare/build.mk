# SPDX-License-Identifier: MIT
$(eval $(call ring0_program,bare,guests/bare,kernel/kernel.ld))
