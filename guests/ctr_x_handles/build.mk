# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_handles,guests/ctr_x_handles lib lib/user))
