# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_test,guests/ctr_test lib lib/user))
$(eval $(call system,ctr_test,guests/ctr_test/system.conf guests/ctr_test/words.txt build/bin/ctr_test.elf))
