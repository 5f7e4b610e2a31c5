# SPDX-License-Identifier: MIT
# The linker script of gnu-efi knows whole sections only.
CFLAGS_boot := -fno-data-sections -fno-function-sections
$(eval $(call efi_program,boot,boot lib))
