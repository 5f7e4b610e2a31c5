# SPDX-License-Identifier: MIT
# The letters of the screen come from the console font that tools/setup fetched.
$(B)/gen/lib/font.bin: build/cache/font/font.psf.gz tools/mkfont
	@mkdir -p $(@D)
	@tools/mkfont $< > $@.$$$$ && mv $@.$$$$ $@
GENERATED += $(B)/gen/lib/font.bin
