# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_fault,guests/ctr_x_fault lib lib/user))
