# SPDX-License-Identifier: MIT
# The letters of the screen come from the console font that tools/setup fetched.
$(B)/gen/kernel/font.c: build/cache/font/font.psf.gz tools/mkfont
	@mkdir -p $(@D)
	@tools/mkfont $< > $@.$$$$ && mv $@.$$$$ $@
GENSRC_kernel += $(B)/gen/kernel/font.c
$(eval $(call ring0_program,kernel,kernel vmx lib))
