# SPDX-License-Identifier: MIT
"""Ways to start the loader other than by its place on the boot volume."""
import bulkhead


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
        m.send("poweroff\r")
        assert m.wait(60) == bulkhead.POWEROFF
