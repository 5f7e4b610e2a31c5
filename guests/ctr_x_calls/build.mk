# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_calls,guests/ctr_x_calls lib lib/user))
