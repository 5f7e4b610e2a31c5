# SPDX-License-Identifier: MIT
# zlib as its authors publish it, with its own test program, built with the SDK: nothing of it is changed.
ZLIB := build/cache/programs/zlib
ifneq ($(wildcard $(ZLIB)/zlib.h),)
$(B)/programs/zlib.elf: $(B)/sdk/.made
	@mkdir -p $(@D)
	$(call say,SDK-CC,$@)$(B)/sdk/bin/bulkhead-cc -O2 -w -DHAVE_UNISTD_H -I$(ZLIB) -o $@ $(wildcard $(ZLIB)/*.c) $(ZLIB)/test/example.c
$(eval $(call container_image,zlib,guests/ctr_zlib/manifest,$(B)/programs/zlib.elf))
endif
