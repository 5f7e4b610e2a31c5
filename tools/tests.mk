# SPDX-License-Identifier: MIT
# Host tests and fuzzers: each names what it links in a comment `// sources: a.c b.c` and extra flags for its own file in
# `// flags: ...`. Host tests run under the address and undefined-behaviour sanitizers and count line coverage; their objects
# are shared, so that the counts of all tests add up.

HOST_TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/host/test_*.c))
FUZZERS    := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))

CFLAGS_host := -std=gnu17 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined \
               -ffile-prefix-map=$(CURDIR)=. -Wall -Wextra -Werror -Wshadow -Wundef -Wvla
CFLAGS_fuzz := $(CFLAGS_host) -O1 -fsanitize=fuzzer-no-link
CFLAGS_host += --coverage -fprofile-update=atomic
# compiled in front of each file of the folder: fakes for the instructions that ring 3 may not use
FRONT_kernel := -include tests/fake/ring0.h
FRONT_vmx    := $(if $(wildcard tests/fake/x86.h),-include tests/fake/x86.h)
FLAGS_boot/vtx_caps := $(FRONT_vmx)
FRONT_root   := -include tests/fake/ring3.h
CC_host := gcc
CC_fuzz := clang

define host_rules
$(OBJ)/$(1)/flags: FORCE
	@mkdir -p $$(@D); printf '%s\n' '$$(CC_$(1)) $$(CFLAGS_$(1))' | cmp -s - $$@ || printf '%s\n' '$$(CC_$(1)) $$(CFLAGS_$(1))' > $$@
$(OBJ)/$(1)/%.o: %.c $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))$$(CC_$(1)) $$(CFLAGS_$(1)) $$(FLAGS_$$*) $$(FRONT_$$(call inc_of,$$<)) -I$(B)/inc/$$(call inc_of,$$<) -I$(B)/gen/$$(patsubst %/,%,$$(dir $$<)) -MMD -MP -c $$< -o $$@
$(OBJ)/$(1)/%.o: $(B)/gen/%.c $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))$$(CC_$(1)) $$(CFLAGS_$(1)) -I$(B)/inc/$$(call inc_of,$$*) -MMD -MP -c $$< -o $$@
endef
$(foreach c,host fuzz,$(eval $(call host_rules,$(c))))

# $(call host_program,TEST WITHOUT .c,CLASS,LINK FLAGS)
host_sources = $(1).c $(shell sed -n 's,^// sources: *,,p' $(1).c)
define host_program
FLAGS_$(1) := $(shell sed -n 's,^// flags: *,,p' $(1).c)
$(B)/$(1): $(patsubst %.c,$(OBJ)/$(2)/%.o,$(patsubst $(B)/gen/%,%,$(call host_sources,$(1))))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)$$(CC_$(2)) $$(CFLAGS_$(2)) $$(filter %.o,$$^) $(3) -o $$@
DEPS += $(patsubst %.c,$(OBJ)/$(2)/%.d,$(call host_sources,$(1)))
endef
$(foreach t,$(HOST_TESTS),$(eval $(call host_program,$(t:$(B)/%=%),host,-lcmocka)))
$(foreach t,$(FUZZERS),$(eval $(call host_program,$(t:$(B)/%=%),fuzz,-fsanitize=fuzzer)))

.PHONY: host-tests fuzzers
# compiled even when no test links them, so that the coverage report knows their lines
MEASURED := $(filter-out %/offsets.c,$(wildcard lib/*.c vmm/*.c vmx/*.c))
DEPS += $(patsubst %.c,$(OBJ)/host/%.d,$(MEASURED))
host-tests: $(HOST_TESTS) $(patsubst %.c,$(OBJ)/host/%.o,$(MEASURED))
fuzzers: $(FUZZERS)
