# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_bench,guests/ctr_bench lib lib/user))
