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
void aml_name_buffer(struct blob *blob, const char *name, const uint8_t *bytes, unsigned count);
void aml_name_package(struct blob *blob, const char *name, const uint8_t *values, unsigned count);

/* Ports as 32-bit words: field names, each of four characters. */
void aml_port_words(struct blob *blob, const char *region, uint16_t port, const char *const *names, unsigned count);

/* Method: serialized; closed by aml_end(). What can be in it: */
uint32_t aml_method(struct blob *blob, const char *name, unsigned args);
uint32_t aml_if_and(struct blob *blob, const char *name, uint32_t mask); /* If (name & mask): closed by aml_end() */
void aml_store(struct blob *blob, uint32_t value, const char *name);
void aml_notify(struct blob *blob, const char *device, uint8_t value);
void aml_return(struct blob *blob, uint32_t value);
void aml_call(struct blob *blob, const char *scope, const char *name); /* \scope.name () */

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
