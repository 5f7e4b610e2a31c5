# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_x_flood,guests/ctr_x_flood lib lib/user))
