/* SPDX-License-Identifier: MIT */
/*
 * The Fixed ACPI Description Table (ACPI 5.2.9) and the one object of the byte code that ending
 * the machine needs: \_S5 (7.4.2.6). The byte code is scanned for it, not interpreted: firmware
 * writes it as a constant package.
 */
#include <lib/acpi_bytes.h>
#include <lib/acpi_tables.h>

enum fadt_offset {
    FADT_DSDT = 40,
    FADT_SMI_CMD = 48,
    FADT_ACPI_ENABLE = 52,
    FADT_PM1A_CNT = 64,
    FADT_PM1B_CNT = 68,
    FADT_PM_TMR = 76,
    FADT_FLAGS = 112,
    FADT_RESET_REG = 116,
    FADT_RESET_VALUE = 128,
    FADT_X_DSDT = 140,
    FADT_X_PM1A_CNT = 172,
    FADT_X_PM1B_CNT = 184,
    FADT_X_PM_TMR = 208,
};

#define FADT_TMR_VAL_EXT   (1u << 8)
#define FADT_RESET_REG_SUP (1u << 10)

#define GAS_MEMORY 0u
#define GAS_IO     1u

struct view {
    const uint8_t *p;
    uint32_t bytes;
};

/* Older tables end earlier: what they do not have reads as 0. */
static uint64_t field(struct view t, uint32_t at, uint32_t width)
{
    uint64_t value = 0;

    if (t.bytes < width || at > t.bytes - width)
        return 0;
    for (uint32_t i = 0; i < width; i++)
        value |= (uint64_t)t.p[at + i] << (8 * i);
    return value;
}

/* A port from its old 32-bit field, else from the generic address structure that follows. */
static uint16_t port(struct view t, uint32_t old, uint32_t gas)
{
    uint64_t value = field(t, old, 4);

    if (value == 0 && field(t, gas, 1) == GAS_IO)
        value = field(t, gas + 4, 8);
    return value <= 0xffff ? (uint16_t)value : 0;
}

static void read_reset(struct view t, struct acpi_fadt *out)
{
    uint64_t space = field(t, FADT_RESET_REG, 1);
    uint64_t address = field(t, FADT_RESET_REG + 4, 8);

    if (!(field(t, FADT_FLAGS, 4) & FADT_RESET_REG_SUP) || address == 0)
        return;
    if (space == GAS_IO && address <= 0xffff)
        out->reset_space = 1;
    else if (space == GAS_MEMORY)
        out->reset_space = 2;
    else
        return;
    out->reset_address = address;
    out->reset_value = (uint8_t)field(t, FADT_RESET_VALUE, 1);
}

void acpi_fadt_read(const void *fadt, struct acpi_fadt *out)
{
    struct view t = { fadt, acpi_table_bytes(fadt) };

    *out = (struct acpi_fadt){ .dsdt = field(t, FADT_X_DSDT, 8) };
    if (out->dsdt == 0)
        out->dsdt = field(t, FADT_DSDT, 4);
    out->pm1a_cnt = port(t, FADT_PM1A_CNT, FADT_X_PM1A_CNT);
    out->pm1b_cnt = port(t, FADT_PM1B_CNT, FADT_X_PM1B_CNT);
    out->pm_timer = port(t, FADT_PM_TMR, FADT_X_PM_TMR);
    out->pm_timer_bits = field(t, FADT_FLAGS, 4) & FADT_TMR_VAL_EXT ? 32 : 24;
    out->smi_cmd = (uint16_t)field(t, FADT_SMI_CMD, 4);
    out->acpi_enable = (uint8_t)field(t, FADT_ACPI_ENABLE, 1);
    read_reset(t, out);
}

/* ACPI byte code (ACPI 20.2.3): the integers that a package of sleep types is made of. */
enum aml {
    AML_ZERO = 0x00,
    AML_ONE = 0x01,
    AML_NAME = 0x08,
    AML_BYTE = 0x0a,
    AML_WORD = 0x0b,
    AML_DWORD = 0x0c,
    AML_PACKAGE = 0x12,
};

static bool aml_integer(struct view t, uint32_t *at, uint8_t *value)
{
    if (*at >= t.bytes)
        return false;

    uint8_t op = t.p[*at];
    uint32_t width = op == AML_BYTE ? 1 : op == AML_WORD ? 2 : op == AML_DWORD ? 4 : 0;

    if (op == AML_ZERO || op == AML_ONE)
        *value = op;
    else if (width != 0 && t.bytes - *at > width)
        *value = t.p[*at + 1];
    else
        return false;
    *at += 1 + width;
    return true;
}

/* At `at`: PackageOp, PkgLength (1 to 4 bytes, the lead's top bits say how many), NumElements. */
static bool aml_sleep_package(struct view t, uint32_t at, uint8_t *typa, uint8_t *typb)
{
    if (t.bytes - at < 3 || t.p[at] != AML_PACKAGE)
        return false;

    uint32_t elements = at + 2 + (t.p[at + 1] >> 6);
    if (elements >= t.bytes || t.p[elements] == 0)
        return false;

    uint32_t next = elements + 1;
    if (!aml_integer(t, &next, typa))
        return false;
    if (t.p[elements] < 2 || !aml_integer(t, &next, typb))
        *typb = *typa;
    return true;
}

bool acpi_s5_find(const void *table, uint8_t *slp_typa, uint8_t *slp_typb)
{
    struct view t = { table, acpi_table_bytes(table) };

    for (uint32_t at = ACPI_HEADER_BYTES + 1; t.bytes >= 4 && at < t.bytes - 4; at++) {
        if (t.p[at] != '_' || t.p[at + 1] != 'S' || t.p[at + 2] != '5' || t.p[at + 3] != '_')
            continue;
        /* "\_S5_" has a root prefix between NameOp and the name */
        uint8_t before = t.p[at - 1];
        if (before != AML_NAME && !(before == '\\' && t.p[at - 2] == AML_NAME))
            continue;
        if (aml_sleep_package(t, at + 4, slp_typa, slp_typb))
            return true;
    }
    return false;
}
