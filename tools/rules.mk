# SPDX-License-Identifier: MIT
# How each class of program is compiled and linked. docs/building.md tells how to use the macros.
#
# An object belongs to a class (ring0, ring3, efi, guest32, guest64) and is compiled once for it:
# build/obj/CLASS/path/file.o. `lib` and `lib/user` become archives, so a program links only the
# parts of them that it uses. All programs land in build/bin/. Every file is written under another
# name and moved into place, so that two makes, or a run beside a make, never see half of one.

B   ?= build
OBJ := $(B)/obj
BIN := $(B)/bin

ifeq ($(V),1)
say =
else
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
endif

# ---------------------------------------------------------------- what each folder may include
# build/inc/FOLDER holds one link for each name that the sources of FOLDER may write in <...>.

inc_links_lib      := lib:lib abi:include/abi
inc_links_lib_user := lib:lib abi:include/abi user:lib/user
inc_links_vmx      := hw:include/hw abi:include/abi sys:include/sys lib:lib
inc_links_kernel   := hw:include/hw abi:include/abi sys:include/sys lib:lib vmx/vmx.h:vmx/vmx.h
inc_links_boot     := hw:include/hw abi:include/abi lib:lib
inc_links_root     := abi:include/abi lib:lib user:lib/user drivers:drivers
inc_links_vmm      := hw:include/hw abi:include/abi lib:lib user:lib/user
inc_links_drivers  := hw:include/hw abi:include/abi lib:lib user:lib/user
inc_links_guests   := hw:include/hw abi:include/abi guest:guests/lib
inc_links_ctr      := abi:include/abi lib:lib user:lib/user
inc_links_tests    := hw:include/hw abi:include/abi sys:include/sys lib:lib user:lib/user vmx:vmx \
                      vmm:vmm root:root drivers:drivers boot:boot kernel:kernel guest:guests/lib fake:tests/fake
inc_folders := lib lib_user vmx kernel boot root vmm drivers guests ctr tests

# include folder for a source path: lib/user/x.c -> lib_user, guests/ctr_x/y.c -> ctr, else the first part
inc_of = $(if $(filter lib/user/%,$(1)),lib_user,$(if $(filter guests/ctr_%,$(1)),ctr,$(firstword $(subst /, ,$(1)))))

define inc_rule
$(B)/inc/$(1)/.made: tools/rules.mk
	@rm -rf $$(@D) && mkdir -p $$(@D)
	@$$(foreach l,$$(inc_links_$(1)),mkdir -p $$(@D)/$$(dir $$(firstword $$(subst :, ,$$l))) && \
	  ln -sfn $(CURDIR)/$$(lastword $$(subst :, ,$$l)) $$(@D)/$$(firstword $$(subst :, ,$$l)) &&) true
	@touch $$@
endef
$(foreach f,$(inc_folders),$(eval $(call inc_rule,$(f))))
inc_made := $(foreach f,$(inc_folders),$(B)/inc/$(f)/.made)

# ---------------------------------------------------------------- flags
ifneq ($(findstring clang,$(CC)),)
CC_INCLUDE := $(shell $(CC) -print-resource-dir)/include
OFFSETS_AS := -fno-integrated-as
else
CC_INCLUDE := $(shell $(CC) -print-file-name=include)
OFFSETS_AS :=
endif
LIBGCC    := $(shell gcc -print-libgcc-file-name)
NEWLIB    := build/cache/newlib/x86_64-elf
EFI_LIB   := $(firstword $(wildcard /usr/lib/crt0-efi-x86_64.o /usr/lib/x86_64-linux-gnu/gnuefi/crt0-efi-x86_64.o))
EFI_LIB   := $(patsubst %/,%,$(dir $(EFI_LIB)))

WARN   := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wundef -Wvla
COMMON := -std=gnu17 -O2 -g -ffile-prefix-map=$(CURDIR)=. -fno-stack-protector -fcf-protection=none \
          -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections $(WARN)
BARE   := -ffreestanding -nostdinc -isystem $(CC_INCLUDE)

CFLAGS_ring0   := $(COMMON) $(BARE) -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie
CFLAGS_ring3   := $(COMMON) -nostdinc -isystem lib/user/include -isystem $(NEWLIB)/include -isystem $(CC_INCLUDE) -fno-pic -fno-pie
# efi: the linker script of gnu-efi knows whole sections only
CFLAGS_efi     := $(COMMON) $(BARE) -isystem /usr/include/efi -isystem /usr/include/efi/x86_64 \
                  -fpic -fshort-wchar -mno-red-zone -DGNU_EFI_USE_MS_ABI \
                  -fno-function-sections -fno-data-sections
CFLAGS_guest32 := $(COMMON) $(BARE) -m32 -march=i686 -mgeneral-regs-only -fno-pic -fno-pie
CFLAGS_guest64 := $(COMMON) $(BARE) -m64 -mno-red-zone -mgeneral-regs-only -fno-pic -fno-pie

# flags that one folder adds: CFLAGS_<folder as in build/inc>
CFLAGS_kernel := -fno-omit-frame-pointer
# without SSE: a VMM that leaves the vector registers alone leaves them the guest's
CFLAGS_vmm := -mgeneral-regs-only

LDFLAGS := -z max-page-size=4096 -z noexecstack --build-id=none -static -no-pie --gc-sections --fatal-warnings

# ---------------------------------------------------------------- compiling
classes := ring0 ring3 efi guest32 guest64

# A change of compiler, flags or C library rebuilds the class: the flags file is rewritten only when it differs.
library_of = $(if $(filter ring3,$(1)),$(shell cat build/cache/newlib/key 2> /dev/null))

# Used by the Makefile behind the fragments: these rules wait for all that GENERATED then names.
define class_rules
$(OBJ)/$(1)/flags: FORCE
	@mkdir -p $$(@D); printf '%s\n' '$(CC) $(CFLAGS_$(1)) $(CFLAGS_kernel) $(CFLAGS_vmm) $(call library_of,$(1))' | cmp -s - $$@ || \
	  printf '%s\n' '$(CC) $(CFLAGS_$(1)) $(CFLAGS_kernel) $(CFLAGS_vmm) $(call library_of,$(1))' > $$@
$(OBJ)/$(1)/%.o: %.c $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))$$(CC) $$(CFLAGS_$(1)) $$(CFLAGS_$$(call inc_of,$$<)) -I$(B)/inc/$$(call inc_of,$$<) \
	  -I$(B)/gen/$$(patsubst %/,%,$$(dir $$<)) -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $$< -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
$(OBJ)/$(1)/%.o: %.S $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,AS,$$< ($(1)))$$(CC) $$(CFLAGS_$(1)) -I$(B)/inc/$$(call inc_of,$$<) \
	  -I$(B)/gen/$$(patsubst %/,%,$$(dir $$<)) -D__ASSEMBLY__ -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $$< -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
$(OBJ)/$(1)/%.o: $(B)/gen/%.c $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))$$(CC) $$(CFLAGS_$(1)) -I$(B)/inc/$$(call inc_of,$$*) -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $$< -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
$(OBJ)/$(1)/%.o: $(B)/gen/%.S $(OBJ)/$(1)/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,AS,$$< ($(1)))$$(CC) $$(CFLAGS_$(1)) -I$(B)/inc/$$(call inc_of,$$*) -D__ASSEMBLY__ -MMD -MP -MF $$(@:.o=.d) -MT $$@ -c $$< -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
endef

# Offsets for assembly: FOLDER/offsets.c is compiled to text and its "->NAME VALUE" lines become
# build/gen/FOLDER/offsets.h, which the folder's .S files include as "offsets.h".
offset_folders := $(patsubst %/offsets.c,%,$(wildcard */offsets.c guests/*/offsets.c))

define offsets_rule
$(B)/gen/$(1)/offsets.h: $(1)/offsets.c $(OBJ)/ring0/flags | $(inc_made) $(GENERATED)
	@mkdir -p $$(@D)
	$$(call say,OFFSETS,$$<)$$(CC) $$(CFLAGS_ring0) -I$(B)/inc/$(call inc_of,$(1)/offsets.c) -MMD -MP -MF $$(@:.h=.d) -MT $$@ \
	  $$(OFFSETS_AS) -S $$< -o $$(@:.h=.s) && \
	  sed -n 's/^[[:space:]]*->\([A-Za-z0-9_]*\) \$$$$*\(-*[0-9]*\).*/.set \1, \2/p' $$(@:.h=.s) > $$@.tmp && mv $$@.tmp $$@
-include $(B)/gen/$(1)/offsets.d
$(foreach c,$(classes) host,$(addprefix $(OBJ)/$(c)/,$(addsuffix .o,$(basename $(wildcard $(1)/*.c $(1)/*.S))))): | $$(B)/gen/$(1)/offsets.h
endef


# ---------------------------------------------------------------- linking
# sources: folders stand for all their .c and .S (offsets.c aside); files stand for themselves
collisions = $(foreach b,$(filter $(basename $(wildcard $(1)/*.S)),$(basename $(wildcard $(1)/*.c))),$(error $b.c and $b.S: give them different names))
# (x.c beside x.S would make one object)
sources_of = $(foreach s,$(1),$(call collisions,$s))$(sort $(foreach s,$(1),$(if $(filter %.c %.S,$s),$s,$(filter-out %/offsets.c,$(wildcard $s/*.c $s/*.S) $(GENSRC_$s)))))
objects_of = $(addsuffix .o,$(addprefix $(OBJ)/$(1)/,$(patsubst $(B)/gen/%,%,$(basename $(call sources_of,$(2))))))
libs_only  = $(filter lib lib/user,$(1))
own_only   = $(filter-out lib lib/user,$(1))
archives   = $(foreach l,$(call libs_only,$(2)),$(OBJ)/$(1)/$(subst /,_,$(l)).a)

define archive_rule
$(OBJ)/$(1)/$(subst /,_,$(2)).a: $$(call objects_of,$(1),$(2)) tools/rules.mk
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)ar rcsD $$@.$$$$$$$$ $$(filter %.o,$$^) && mv $$@.$$$$$$$$ $$@
DEPS += $(patsubst %.o,%.d,$(call objects_of,$(1),$(2)))
COMPILED_$(1) += $(call sources_of,$(2))
endef
# the folders' lists are taken now: a new file is seen by the next make
$(foreach c,$(classes),$(eval $(call archive_rule,$(c),lib)))

# $(call program_begin,FILE,CLASS,FOLDERS)
define program_begin
BUILD_TARGETS += $(BIN)/$(1)
DEPS += $(patsubst %.o,%.d,$(call objects_of,$(2),$(3)))
COMPILED_$(2) += $(call sources_of,$(3))
endef

# $(call ring0_program,NAME,FOLDERS,[LINKER SCRIPT])  -> build/bin/NAME.elf, with the table of text
# symbols: linked once with an empty table, then with the table taken from that link.
define ring0_program
$(call program_begin,$(1).elf,ring0,$(call own_only,$(2)))
$(B)/link/$(1)/ksyms0.S: tools/mksyms
	@mkdir -p $$(@D)
	@tools/mksyms < /dev/null > $$@
$(B)/link/$(1)/ksyms1.S: $(B)/link/$(1)/pass0.elf tools/mksyms
	@nm -n $$< | tools/mksyms > $$@
$(B)/link/$(1)/ksyms%.o: $(B)/link/$(1)/ksyms%.S
	@$$(CC) $$(CFLAGS_ring0) -c $$< -o $$@
$(B)/link/$(1)/pass%.elf: $(call objects_of,ring0,$(call own_only,$(2))) $(call archives,ring0,$(2)) $(B)/link/$(1)/ksyms%.o \
    $(or $(3),$(1)/$(1).ld)
	@ld $$(LDFLAGS) -T $(or $(3),$(1)/$(1).ld) -Map=$$(@:.elf=.map) $$(filter %.o,$$^) --start-group $$(filter %.a,$$^) --end-group \
	  -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
$(BIN)/$(1).elf: $(B)/link/$(1)/pass1.elf $(B)/link/$(1)/ksyms1.S
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)nm -n $$< | tools/mksyms | cmp -s - $(B)/link/$(1)/ksyms1.S || \
	  { echo "$$@: text symbols moved when the symbol table was added: keep the table behind .text" >&2; exit 1; }
	@cp $$< $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
endef

# $(call user_program,NAME,FOLDERS)  -> build/bin/NAME.elf, ring 3, newlib
define user_program
$(call program_begin,$(1).elf,ring3,$(call own_only,$(2)))
$(BIN)/$(1).elf: $(call objects_of,ring3,$(call own_only,$(2))) $(OBJ)/ring3/lib/user/crt0.o \
    $(OBJ)/ring3/lib_user.a $(OBJ)/ring3/lib.a lib/user/user.ld
	@mkdir -p $$(@D) $(B)/link
	$$(call say,LINK,$$@)ld $$(LDFLAGS) -T lib/user/user.ld -Map=$(B)/link/$(1).map $$(filter %.o,$$^) \
	  --start-group $$(filter %.a,$$^) $$(NEWLIB)/lib/libc.a $$(NEWLIB)/lib/libm.a $$(LIBGCC) --end-group \
	  -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
endef
$(eval $(call archive_rule,ring3,lib/user))

# $(call efi_program,NAME,FOLDERS,[OUTPUT])  -> build/bin/OUTPUT (BOOTX64.EFI)
define efi_program
$(call program_begin,$(or $(3),BOOTX64.EFI),efi,$(call own_only,$(2)))
$(B)/link/$(1).so: $(call objects_of,efi,$(call own_only,$(2))) $(call archives,efi,$(2))
	@mkdir -p $$(@D)
	@ld -nostdlib -shared -Bsymbolic -znocombreloc --build-id=none --no-undefined -T $$(EFI_LIB)/elf_x86_64_efi.lds \
	  $$(EFI_LIB)/crt0-efi-x86_64.o $$(filter %.o,$$^) --start-group $$(filter %.a,$$^) $$(EFI_LIB)/libgnuefi.a $$(EFI_LIB)/libefi.a \
	  --end-group -o $$@.$$$$$$$$ 2> $$@.$$$$$$$$.err || { cat $$@.$$$$$$$$.err >&2; exit 1; }; rm $$@.$$$$$$$$.err; mv $$@.$$$$$$$$ $$@
$(BIN)/$(or $(3),BOOTX64.EFI): $(B)/link/$(1).so tools/pe-stamp
	@mkdir -p $$(@D)
	$$(call say,EFI,$$@)objcopy -j .text -j .sdata -j .data -j .rodata -j .dynamic -j .dynsym -j .rel -j .rela -j '.rel.*' -j '.rela.*' \
	  -j .rela -j .reloc --target=efi-app-x86_64 $$< $$@.$$$$$$$$ && \
	  tools/pe-stamp $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
endef

# $(call guest_program,NAME,FOLDERS,32|64,LINKER SCRIPT)  -> build/bin/NAME.elf, freestanding, runs inside a VM
define guest_program
$(call program_begin,$(1).elf,guest$(3),$(2))
$(BIN)/$(1).elf: $(call objects_of,guest$(3),$(2)) $(4)
	@mkdir -p $$(@D) $(B)/link
	$$(call say,LINK,$$@)ld $$(LDFLAGS) $(if $(filter 32,$(3)),-m elf_i386) -T $(4) -Map=$(B)/link/$(1).map $$(filter %.o,$$^) \
	  -o $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
endef

# $(call container_image,NAME,MANIFEST,PROGRAM,[FOLDER])  -> build/images/NAME.img, with the files of FOLDER
define container_image
$(B)/images/$(1).img: $(2) $(3) tools/mkcontainer $(if $(4),$(shell find $(4)))
	@mkdir -p $$(@D)
	$$(call say,IMAGE,$$@)tools/mkcontainer -o $$@ --program $(3) $(if $(4),--files $(4)) $(2)
BUILD_TARGETS += $(B)/images/$(1).img
endef

# $(call system,NAME,FILES)  -> build/systems/NAME/, a folder with system.conf and what it names.
# A file written SOURCE:NAME gets that name in the folder.
define system_file
$(B)/systems/$(1)/$(notdir $(lastword $(subst :, ,$(2)))): $(firstword $(subst :, ,$(2)))
	@mkdir -p $$(@D) && cp $$< $$@.$$$$$$$$ && mv $$@.$$$$$$$$ $$@
$(B)/systems/$(1)/.made: $(B)/systems/$(1)/$(notdir $(lastword $(subst :, ,$(2))))
endef
define system
$(foreach f,$(2),$(eval $(call system_file,$(1),$(f))))
$(B)/systems/$(1)/.made:
	@touch $$@
BUILD_TARGETS += $(B)/systems/$(1)/.made
endef

# $(B)/commands: one line "CLASS SOURCE FLAGS" for each C file that is compiled, for tools/check
flags_of = $(CFLAGS_$(1)) $(CFLAGS_$(call inc_of,$(2))) -I$(B)/inc/$(call inc_of,$(2)) -I$(B)/gen/$(patsubst %/,%,$(dir $(2)))
define newline


endef
.PHONY: commands
commands: $(inc_made) $(GENERATED) $(foreach f,$(offset_folders),$(B)/gen/$(f)/offsets.h)
	$(file >$(B)/commands,$(foreach c,$(classes),$(foreach s,$(sort $(filter %.c,$(COMPILED_$(c)))),$(c) $(s) $(call flags_of,$(c),$(s))$(newline))))
