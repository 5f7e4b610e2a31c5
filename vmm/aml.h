/* SPDX-License-Identifier: MIT */
/* Emitters for the little ACPI machine language that the DSDT needs (ACPI 6, chapter 20). */
#ifndef VMM_AML_H
#define VMM_AML_H

#include <stdint.h>
#include "blob.h"

/* Scope or device that is closed by aml_end(); returns what aml_end() wants. */
uint32_t aml_scope(struct blob *blob, const char *name);
uint32_t aml_device(struct blob *blob, const char *name);
void aml_end(struct blob *blob, uint32_t begin);

/* Name (name, value): an integer, a string, an EISA id ("PNP0501"), or a package of bytes. */
void aml_name_integer(struct blob *blob, const char *name, uint32_t value);
void aml_name_string(struct blob *blob, const char *name, const char *text);
void aml_name_eisa(struct blob *blob, const char *name, const char *id);
void aml_name_package(struct blob *blob, const char *name, const uint8_t *values, unsigned count);

/* Name (_CRS, ResourceTemplate () { ... }): begin, resources, end. */
uint32_t aml_crs(struct blob *blob);
void aml_crs_io(struct blob *blob, uint16_t base, uint8_t count);
void aml_crs_irq(struct blob *blob, unsigned irq);
void aml_crs_memory(struct blob *blob, uint32_t base, uint32_t bytes);
void aml_crs_bus(struct blob *blob, uint16_t first, uint16_t last);
void aml_crs_io_window(struct blob *blob, uint16_t first, uint16_t last);
void aml_crs_memory_window(struct blob *blob, uint32_t first, uint32_t last);
void aml_crs_end(struct blob *blob, uint32_t begin);

#endif
