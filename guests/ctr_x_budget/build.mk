# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_budget,guests/ctr_x_budget lib lib/user))
