# SPDX-License-Identifier: MIT
# The letters of the screen come from the console font that tools/setup fetched.
$(B)/gen/kernel/font.bin: build/cache/font/font.psf.gz tools/mkfont
	@mkdir -p $(@D)
	@tools/mkfont $< > $@.$$$$ && mv $@.$$$$ $@
GENERATED += $(B)/gen/kernel/font.bin
$(eval $(call ring0_program,kernel,kernel vmx lib))
