# SPDX-License-Identifier: MIT
"""Linux in a VM against the bare machine, the same kernel, initrd, RAM and command line: from kernel entry to its first program,
and from a timer's deadline until the sleeper runs.

The bare run takes guests/bare in place of the kernel. Both report TSC ticks, which are instructions while a CPU runs and the
emulator's time while it is halted.
"""
import os
import shutil
import tempfile

CMDLINE = "console=ttyS0 quiet mitigations=off rdinit=/bin/tsc"
WAKE = "console=ttyS0 quiet mitigations=off tsc_early_khz=200000 rdinit=/bin/wake"
GUEST = "build/cache/guest/vmlinuz"
INITRD = "build/guests/initrd.cpio"
TICKS = r"(?:boot|wake)-ticks: (\d+)\s"


class BareMachine:
    """The machine of bulkhead.Machine with bare.elf on the boot volume where kernel.elf belongs."""

    def __new__(cls, bulkhead, system, **options):
        binaries = os.path.join(bulkhead.BUILD, "bin")

        class Machine(bulkhead.Machine):
            def _bochs(self, image, port):
                with tempfile.TemporaryDirectory() as folder:
                    for name in ("BOOTX64.EFI", "root.elf", "vmm.elf"):
                        shutil.copy(os.path.join(binaries, name), folder)
                    shutil.copy(os.path.join(binaries, "bare.elf"), os.path.join(folder, "kernel.elf"))
                    bulkhead._mkimage().make_image(os.path.join(self._folder, "system"), image, self.cmdline, folder)
                return super()._bochs(image, port)
        return Machine(system, "bochs", **options)


def ticks(machine):
    with machine as m:
        return int(m.expect(TICKS, 200)[1])


def bare(bulkhead, cmdline):
    files = {"system.conf": b"#\n", "vmlinuz": GUEST, "initrd.cpio": INITRD, "linux.cmdline": cmdline.encode() + b"\n"}
    return ticks(BareMachine(bulkhead, files, memory="512M", timeout=240))


def in_vm(bulkhead, cmdline):
    conf = f"vm linux\n kernel = vmlinuz\n initrd = initrd.cpio\n memory = 256M\n cmdline = {cmdline}\n"
    with bulkhead.Machine({"system.conf": conf.encode(), "vmlinuz": GUEST, "initrd.cpio": INITRD}, "bochs", memory="512M",
                          timeout=240) as m:
        m.expect(r"linux ended: exit code 0", 200)
        m.expect(r"bulkhead> $")
        m.send("console linux\r")
        return int(m.expect(TICKS, 20)[1])


def measure(bulkhead):
    values = {}
    for key, cmdline in (("vm.linux_boot_ratio", CMDLINE), ("vm.linux_boot_ratio_notests", CMDLINE + " cryptomgr.notests"),
                         ("vm.linux_wakeup_ratio", WAKE)):
        alone, inside = bare(bulkhead, cmdline), in_vm(bulkhead, cmdline)
        print(f"{key}: bare {alone}, in a VM {inside}")
        values[key] = inside / alone
    return values
