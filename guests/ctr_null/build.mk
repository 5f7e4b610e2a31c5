# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_null,guests/ctr_null lib lib/user))
