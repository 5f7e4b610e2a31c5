# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_mark,guests/ctr_mark lib lib/user))
