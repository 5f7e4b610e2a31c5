/* SPDX-License-Identifier: MIT */
/*
 * The loader: from UEFI firmware to the first instruction of the kernel. It collects what only
 * firmware knows, loads the kernel, the first program and the modules, and leaves for good.
 */
#include "boot.h"

EFI_HANDLE boot_image;
EFI_SYSTEM_TABLE *boot_system;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    char cmdline[BOOT_CMDLINE_LEN];
    struct program kernel;

    boot_image = image;
    boot_system = system;
    say_init();
    cpu_require();

    file_open_volume();
    cmdline_read(cmdline);
    struct boot_info *info = memory_pool(cmdline);
    memory_low_page(info);

    load_kernel(info, &kernel);
    load_root(info);
    load_modules(info);

    acpi_read(info);
    cpus_find(info);
    topology_find(info);
    cpu_describe();
    vtx_find(info, cmdline);
    screen_find(info);
    clock_read(info);

    handoff_prepare(info);
    paging_build(info, &kernel);
    handoff_prepare_smp(info, kernel.entry);
    memory_leave(info);
    acpi_enable();
    handoff_enter(info, kernel.entry);
}
