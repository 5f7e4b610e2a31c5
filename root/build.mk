# SPDX-License-Identifier: MIT
$(eval $(call user_program,root,root drivers lib lib/user))
