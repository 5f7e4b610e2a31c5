# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_steady,guests/ctr_steady lib lib/user))
