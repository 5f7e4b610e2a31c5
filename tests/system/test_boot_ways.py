# SPDX-License-Identifier: MIT
"""Ways to start the loader other than by its place on the boot volume."""
import bulkhead
from talk import power_off


def rename_loader(image):
    """Under another name firmware does not start it by itself (FAT specification, 6: the 8.3 name in the folder)."""
    with open(image, "r+b") as f:
        data = f.read()
        at = data.index(b"BOOTX64 EFI")
        f.seek(at)
        f.write(b"BULKHEADEFI")


@bulkhead.timeout(200)
def test_from_the_uefi_shell():
    """Started by name from firmware's shell, with an argument that joins the command line."""
    with bulkhead.Machine({"system.conf": b"# nothing\n"}, "qemu", on_image=rename_loader, timeout=180) as m:
        m.expect(r"Shell> ", 120)
        m.send("fs0:\\EFI\\BOOT\\BULKHEAD.EFI kernel_memory=16M\r")
        m.expect(r"bulkhead: boot: command line: .*kernel_memory=16M", 60)
        m.expect(r"of these 16 MiB at", 20)
        m.expect(r"bulkhead> ", 60)
        power_off(m)


GRUB_CFG = b"""serial --unit=0 --speed=115200
terminal_output serial
echo grub starts the loader
chainloader /EFI/other/loader.efi kernel_memory=16M
boot
"""


@bulkhead.timeout(200)
def test_from_grub():
    """Started by GRUB's chainloader from another folder, with an argument that joins the command line."""
    volume = {"EFI/BOOT/BOOTX64.EFI": bulkhead.BUILD + "/cache/grub/grub.efi", "grub.cfg": GRUB_CFG,
              "EFI/other/loader.efi": bulkhead.BUILD + "/bin/BOOTX64.EFI"}
    with bulkhead.Machine({"system.conf": b"# nothing\n"}, "qemu", cmdline="from=file", volume=volume, timeout=180) as m:
        m.expect(r"grub starts the loader", 60)
        m.expect(r"bulkhead: boot: command line: from=file kernel_memory=16M", 60)
        m.expect(r"of these 16 MiB at", 20)
        m.expect(r"bulkhead> ", 60)
        power_off(m)
