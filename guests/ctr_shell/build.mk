# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_shell,guests/ctr_shell lib lib/user))
$(eval $(call container_image,shell,guests/ctr_shell/manifest,build/bin/ctr_shell.elf,guests/ctr_shell/files))
$(eval $(call system,shell,guests/ctr_shell/system.conf $(B)/images/shell.img))
