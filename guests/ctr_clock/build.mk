# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_clock,guests/ctr_clock lib lib/user))
