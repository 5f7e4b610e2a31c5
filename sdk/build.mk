# SPDX-License-Identifier: MIT
# build/sdk: all that a container is built with outside this tree. It can be moved anywhere.
SDK_OBJECTS := $(filter-out %/crt0.o,$(call objects_of,ring3,lib/user)) $(call objects_of,ring3,lib)
SDK_HEADERS := $(wildcard include/abi/*.h include/abi/*.def lib/*.h lib/user/*.h lib/user/include/*.h lib/user/include/sys/*.h)
SDK_FILES   := $(shell find sdk -type f ! -name build.mk) tools/mkcontainer lib/user/user.ld

$(B)/sdk/.made: $(SDK_OBJECTS) $(OBJ)/ring3/lib/user/crt0.o $(SDK_HEADERS) $(SDK_FILES) sdk/build.mk build/cache/setup.mk
	$(call say,SDK,$(@D))rm -rf $(@D) && mkdir -p $(@D)/bin $(@D)/lib $(@D)/include/abi $(@D)/include/lib $(@D)/include/user && \
	  cp sdk/bulkhead-cc tools/mkcontainer $(@D)/bin/ && \
	  cp -r $(NEWLIB)/include $(@D)/include/c && cp -r lib/user/include/. $(@D)/include/ && \
	  cp include/abi/*.h include/abi/*.def $(@D)/include/abi/ && cp lib/*.h $(@D)/include/lib/ && \
	  cp lib/user/*.h $(@D)/include/user/ && cp lib/user/user.ld $(@D)/lib/bulkhead.ld && \
	  cp $(OBJ)/ring3/lib/user/crt0.o $(NEWLIB)/lib/libc.a $(NEWLIB)/lib/libm.a $(@D)/lib/ && \
	  ar rcsD $(@D)/lib/libbulkhead.a $(SDK_OBJECTS) && cp -r sdk/example $(@D)/example && touch $@
BUILD_TARGETS += $(B)/sdk/.made
