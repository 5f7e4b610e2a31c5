# SPDX-License-Identifier: MIT
# Bulkhead: `make run` boots the demonstration system, `make help` lists the rest.
#
# Each folder adds its programs in its own build.mk with the macros of tools/rules.mk
# (docs/building.md). What a build needs from outside comes from tools/setup: it is run when
# build/cache/setup.mk is missing or older than tools/setup, and make then starts anew.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
ifeq ($(origin CC),default)
CC := gcc
endif
CC ?= gcc
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := build
export CC

FORCE:
.PHONY: FORCE build setup programs image sdk run test check bench fuzz coverage debug clean distclean help

# ---------------------------------------------------------------- set-up
ifneq ($(filter-out help clean distclean,$(or $(MAKECMDGOALS),build)),)
include build/cache/setup.mk
build/cache/setup.mk: tools/setup $(wildcard tools/*.patch)
	@tools/setup
endif

# Until set-up has run there is nothing to compile with: skip the rules, make starts anew after it.
ifdef SETUP_DONE
GENERATED :=
include tools/rules.mk
include $(wildcard */build.mk guests/*/build.mk)
$(foreach f,$(offset_folders),$(eval $(call offsets_rule,$(f))))
$(foreach c,$(classes),$(eval $(call class_rules,$(c))))
ifneq ($(filter host-tests fuzzers check,$(MAKECMDGOALS)),)
include tools/tests.mk
endif
-include $(sort $(DEPS))
endif

build: $(BUILD_TARGETS)
programs: $(filter $(BIN)/%,$(BUILD_TARGETS))

# ---------------------------------------------------------------- running
SYSTEM   ?= demo
SYSTEM_DIR = $(if $(wildcard $(SYSTEM)/system.conf),$(SYSTEM),build/systems/$(SYSTEM))
RUN_ARGS ?=

setup:

image: build
	@tools/mkimage -o build/$(notdir $(SYSTEM_DIR)).img $(SYSTEM_DIR)

sdk: $(B)/sdk/.made

run: build
	@tools/run $(RUN_ARGS) $(SYSTEM_DIR)

debug: build
	@tools/run --platform qemu --gdb $(RUN_ARGS) $(SYSTEM_DIR)

# ---------------------------------------------------------------- testing
TEST_ARGS ?=
test: build
	@tools/run-tests $(TEST_ARGS)

coverage: build
	@tools/run-tests --only host --coverage

fuzz: build
	@tools/run-tests --only fuzz --fuzz-seconds $(or $(SECONDS_EACH),300)

check: build
	@tools/check

bench: build
	@tools/bench

# ---------------------------------------------------------------- housekeeping
clean:
	@find build -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} + 2>/dev/null || true

distclean:
	@rm -rf build

help:
	@printf '%s\n' \
	  'make run        set up, build and boot the demonstration system (SYSTEM=name or folder)' \
	  'make test       set up, build and run every test; ends with "N passed, N failed"' \
	  'make            build everything                    (V=1 shows the commands, CC=clang works)' \
	  'make image      build/NAME.img, also good for a USB stick' \
	  'make sdk        build/sdk: compiler wrapper, headers, libraries for containers of your own' \
	  'make check      static analysis and the rules of the tree' \
	  'make bench      measure; table and build/bench.json' \
	  'make fuzz       the fuzzers, SECONDS_EACH=300' \
	  'make coverage   line coverage of the host tests' \
	  'make debug      boot under QEMU, stopped, waiting for gdb on port 1234' \
	  'make setup      packages, emulator, C library, guest kernel; done by the others as needed' \
	  'make clean      remove what was built; keeps the set-up' \
	  'make distclean  remove everything' \
	  '' \
	  'tools/run           start any folder with a system.conf         (each of these has --help)' \
	  'tools/check-system  what would run where, before anything is started' \
	  'tools/trace         summary and timeline of a recorded trace' \
	  'tools/mutate        break the code line by line and see which test notices'
