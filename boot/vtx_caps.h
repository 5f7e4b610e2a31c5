/* SPDX-License-Identifier: MIT */
#ifndef BOOT_VTX_CAPS_H
#define BOOT_VTX_CAPS_H

#include <abi/vmx_caps.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the VMX capability MSRs, negotiates every control, and decides whether VMs can run. On false, missing
 * holds one line that names all that is missing.
 */
bool vtx_probe(struct vmx_caps *caps, char *missing, size_t bytes);
/* After vtx_probe said yes: which optional features are in use and which guarantee is lost without. */
void vtx_describe(void (*say)(const char *format, ...) __attribute__((format(printf, 1, 2))));

#endif
