# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_flush,guests/ctr_x_flush lib lib/user))
