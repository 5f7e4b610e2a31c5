# SPDX-License-Identifier: MIT
# The Lua interpreter as its authors publish it, built with the SDK: nothing of it is changed.
LUA := build/cache/programs/lua5.4/src
ifneq ($(wildcard $(LUA)/lua.h),)
$(B)/programs/lua.elf: $(B)/sdk/.made
	@mkdir -p $(@D)
	$(call say,SDK-CC,$@)$(B)/sdk/bin/bulkhead-cc -O2 -w -I$(LUA) -o $@ $(filter-out %/luac.c,$(wildcard $(LUA)/*.c))
$(eval $(call container_image,lua,guests/ctr_lua/manifest,$(B)/programs/lua.elf,guests/ctr_lua/files))
endif
