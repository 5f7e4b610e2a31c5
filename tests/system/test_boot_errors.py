# SPDX-License-Identifier: MIT
"""Damaged boot volumes: the loader says which file and what is wrong with it, and returns to the firmware."""
import os
import re
import shutil
import struct
import tempfile
import time

import bulkhead

BIN = os.path.join(bulkhead.BUILD, "bin")
PROGRAM_HEADERS = 64      # where the linker puts them in a 64-bit ELF file
LIMIT = 90


class DamagedMachine(bulkhead.Machine):
    """A machine whose disk is damaged before it starts: damage(path of the image)."""

    def __init__(self, damage, **options):
        super().__init__({"system.conf": b"# nothing\n"}, **options)
        self.damage = damage

    def _qemu(self, image, port):
        self.damage(self, image)
        return super()._qemu(image, port)

    def _bochs(self, image, port):
        self.damage(self, image)
        return super()._bochs(image, port)


def other_program(name, change):
    """A damage: the file build/bin/NAME, as change() makes it."""
    def damage(machine, image):
        with tempfile.TemporaryDirectory() as folder:
            for each in ("BOOTX64.EFI", "kernel.elf", "root.elf"):
                shutil.copy(os.path.join(BIN, each), folder)
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                content = change(f.read())
            with open(path, "wb") as f:
                f.write(content)
            bulkhead._mkimage().make_image(os.path.join(machine._folder, "system"), image, machine.cmdline, folder)
    return damage


def without(short_name):
    """A damage: the directory entry of that 8.3 name is marked as free (FAT specification, 6)."""
    def damage(_, image):
        with open(image, "r+b") as f:
            at = f.read().index(short_name)
            f.seek(at)
            f.write(b"\xe5")
    return damage


def put(offset, layout, value):
    def change(content):
        data = bytearray(content)
        struct.pack_into(layout, data, offset, value)
        return bytes(data)
    return change


def refuses(damage, message, **options):
    options.setdefault("platform", "qemu")
    with DamagedMachine(damage, **options) as m:
        m.expect(r"bulkhead: boot: error: " + message, timeout=LIMIT)
        status = m.wait(LIMIT)
        assert status == 3, f"ended with status {status}"
        assert re.search(r"bulkhead: end: panic\s*$", m.output if isinstance(m.output, str) else m.output.decode(errors="replace"))


def test_truncated_kernel():
    """A kernel.elf that was cut is named with the bytes that are missing."""
    refuses(other_program("kernel.elf", lambda b: b[:8192]),
            r"\\bulkhead\\kernel.elf: truncated: program header \d+ wants bytes 0x[0-9a-f]+-0x[0-9a-f]+, file has 0x2000\s")


def without_last_byte(program):
    """What is loaded of it (ELF64: program headers of 56 bytes, offset at 8, bytes in the file at 32), less one byte."""
    count = struct.unpack_from("<H", program, 56)[0]
    headers = [PROGRAM_HEADERS + 56 * i for i in range(count)]
    loaded = [h for h in headers if struct.unpack_from("<I", program, h)[0] == 1]
    return program[:max(sum(struct.unpack_from("<Q16xQ", program, h + 8)) for h in loaded) - 1]


def test_truncated_kernel_bochs():
    """The last byte alone is missed, too; on firmware without ACPI."""
    refuses(other_program("kernel.elf", without_last_byte), r"\\bulkhead\\kernel.elf: truncated: program header \d+", platform="bochs")


def test_empty_kernel():
    refuses(other_program("kernel.elf", lambda b: b""), r"\\bulkhead\\kernel.elf: truncated: shorter than an ELF header")


def test_corrupt_root():
    refuses(other_program("root.elf", lambda b: b"MZ" + b[2:]), r"\\bulkhead\\root.elf: not an ELF file")


def test_root_for_another_processor():
    refuses(other_program("root.elf", put(18, "<H", 0xb7)), r"\\bulkhead\\root.elf: not a static 64-bit x86 program")


def test_root_in_kernel_addresses():
    refuses(other_program("root.elf", put(PROGRAM_HEADERS + 16, "<Q", 0xffff800000000000)),
            r"\\bulkhead\\root.elf: program header 0: addresses 0xffff800000000000-\S+ lie outside of ")


def test_writable_code():
    """Nothing is loaded that is both writable and executable."""
    refuses(other_program("kernel.elf", put(PROGRAM_HEADERS + 4, "<I", 7)),
            r"\\bulkhead\\kernel.elf: program header 0: writable and executable")


def test_missing_kernel():
    refuses(without(b"KERNEL~1ELF"), r"\\bulkhead\\kernel.elf: cannot open: not found")


def test_missing_system_folder():
    refuses(without(b"SYSTEM~1   "), r"\\bulkhead\\system: cannot open this folder: not found")


def test_missing_folder():
    refuses(without(b"BULKHE~1   "), r"no folder \\bulkhead on any of the \d+ volumes")


def test_kernel_memory():
    refuses(lambda *_: None, r"command line: kernel_memory=7Q: expected 8M to 1024M", cmdline="kernel_memory=7Q")


def test_no_nx():
    """A needed feature that the CPU lacks stops the boot with a line that names it."""
    refuses(lambda *_: None, r"this CPU has no NX", exclude_features="nx")


class FirmwareConsole(DamagedMachine):
    """Our port is not there; another one is a console of the firmware's alone."""

    def _qemu(self, image, port):
        command = super()._qemu(image, port)
        at = command.index("-serial")
        command[at:at + 2] = ["-serial", "none", "-device", "isa-serial,iobase=0x2f8,irq=3,chardev=com1"]
        return command


def test_on_the_firmwares_console():
    """Without a serial port of ours, the firmware's console has the error, and waits for a key before it goes on."""
    with FirmwareConsole(without(b"KERNEL~1ELF"), platform="qemu") as m:
        m.expect(r"bulkhead: boot: error: \\bulkhead\\kernel.elf: cannot open: not found", timeout=LIMIT)
        m.expect(r"Press a key to return to the firmware\.", timeout=LIMIT)
        behind = len(m.output)
        time.sleep(2)
        assert "BdsDxe" not in m.output[behind:], m.output[behind:]
        m.send("x")
        m.expect(r"BdsDxe: failed to start|Shell>|Boot Manager", timeout=LIMIT)
