# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_memory,guests/ctr_x_memory lib lib/user))
