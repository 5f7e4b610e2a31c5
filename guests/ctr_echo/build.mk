# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_echo,guests/ctr_echo lib lib/user))
