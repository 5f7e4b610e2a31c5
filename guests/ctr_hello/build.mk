# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_hello,guests/ctr_hello lib lib/user))
