# SPDX-License-Identifier: MIT
"""Guests that start at the reset vector with Debian's SeaBIOS."""
import bulkhead
from talk import GUEST, PROMPT, attach, detach, power_off


@bulkhead.timeout(200)
def test_seabios():
    """SeaBIOS alone looks for a disk, says on its serial console that there is none, and reboots after its minute."""
    bulkhead.needs_fixed_bochs()
    conf = "vm bios\n firmware = bios.bin\n memory = 16M\n"
    with bulkhead.Machine({"system.conf": conf, "bios.bin": GUEST + "bios.bin"}, platform="bochs", timeout=190) as m:
        m.expect(PROMPT, 60)
        attach(m, "bios")
        for _ in range(2):
            m.expect(r"SeaBIOS \(version [\d.]+", 60)
            m.expect(r"Booting from Hard Disk\.\.\.", 60)
            m.expect(r"No bootable device\. +Retrying in 60 seconds\.", 60)
            m.expect(r"Rebooting", 60)
        detach(m)
        power_off(m)


@bulkhead.timeout(300)
def test_ipxe():
    """SeaBIOS starts iPXE by the real-mode protocol, with commands for it; its prompt takes another, which resets the VM."""
    bulkhead.needs_fixed_bochs()
    conf = ("vm ipxe\n firmware = bios.bin\n kernel = ipxe.lkrn\n memory = 32M\n on_reset = stop\n"
            " cmdline = set a forty-two && echo it is ${a} && shell\n")
    files = {"system.conf": conf, "bios.bin": GUEST + "bios.bin", "ipxe.lkrn": GUEST + "ipxe.lkrn"}
    with bulkhead.Machine(files, platform="bochs", timeout=290) as m:
        m.expect(PROMPT, 60)
        attach(m, "ipxe")
        m.expect(r"Booting from ROM", 60)
        m.expect(r"iPXE initialising devices\.\.\.ok", 180)
        m.expect(r"it is forty-two", 60)
        m.expect(r"iPXE> ", 60)
        m.send("reboot\r")  # few letters: the emulator is slow here
        m.expect(r"bulkhead: ipxe ended: [^\r\n]*\(?reset", 100)
        m.expect(PROMPT, 30)
        power_off(m)


@bulkhead.timeout(100)
def test_bad_firmware():
    """Files that cannot be firmware, or that it cannot start, are refused with the reason."""
    bulkhead.needs_fixed_bochs()
    conf = ("vm odd\n firmware = odd.bin\n memory = 16M\nvm small\n firmware = bios.bin\n memory = 2M\n"
            "vm elf\n firmware = bios.bin\n kernel = hello.elf\n memory = 16M\n"
            "vm many\n firmware = bios.bin\n memory = 16M\n cpus = 2\n")
    files = {"system.conf": conf, "odd.bin": b"\xea" * 1000, "bios.bin": GUEST + "bios.bin", "hello.elf": "build/bin/hello.elf"}
    with bulkhead.Machine(files, platform="bochs", cpus=2, timeout=90) as m:
        for _ in range(4):
            m.expect(r"bulkhead: (\S+) ended: exit code 100[01]", 60)
        m.expect(PROMPT, 30)
        for name, why in (("odd", r"odd\.bin: has 0x3e8 bytes"), ("small", r"memory: the VM has 2048 KiB, at least 2176"),
                          ("many", r"cpus: a VM with firmware has one CPU"),
                          ("elf", r"hello\.elf: firmware starts only kernels with a real-mode part")):
            m.send(f"console {name}\r")
            m.expect(why, 30)
            m.expect(PROMPT, 30)
        power_off(m)
