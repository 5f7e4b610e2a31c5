# SPDX-License-Identifier: MIT
$(eval $(call user_program,ctr_test,guests/ctr_test lib lib/user))
# a file of a megabyte, in which each line is its own number
$(B)/gen/ctr_test/made: $(shell find guests/ctr_test/files)
	@rm -rf $(@D) && mkdir -p $(@D) && cp -r guests/ctr_test/files $(@D)
	@seq -f %07.0f 0 131071 > $(@D)/files/data/numbers && touch $@
$(B)/images/ctr_test.img: $(B)/gen/ctr_test/made guests/ctr_test/manifest build/bin/ctr_test.elf tools/mkcontainer
	@mkdir -p $(@D)
	$(call say,IMAGE,$@)tools/mkcontainer -o $@ --program build/bin/ctr_test.elf --files $(B)/gen/ctr_test/files guests/ctr_test/manifest
$(eval $(call system,ctr_test,guests/ctr_test/system.conf guests/ctr_test/words.txt build/bin/ctr_test.elf $(B)/images/ctr_test.img))
