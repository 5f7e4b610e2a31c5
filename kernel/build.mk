# SPDX-License-Identifier: MIT
$(eval $(call ring0_program,kernel,kernel vmx lib))
