# SPDX-License-Identifier: MIT
"""A host with KVM on a machine that has none: Bochs boots Debian's kernel and, as its initramfs, what `tools/run` needs of this
machine: QEMU, Python, firmware, the built programs, and systems.

    with kvm_host.Host({"mine": {"system.conf": "...", "hello.elf": "build/bin/hello.elf"}}) as m:
        m.load_kvm("nested=1")
        m.command("tools/run mine")          # Bulkhead on QEMU/KVM on Linux on Bochs
        m.expect("bulkhead> ")
"""
import os
import re
import subprocess
import tempfile

import bulkhead

HERE = os.path.dirname(os.path.abspath(__file__))
GUEST = os.path.join(bulkhead.BUILD, "cache", "guest")
QEMU = "/usr/bin/qemu-system-x86_64"
PYTHON = "/usr/bin/python3"          # Debian's own, whose library is where it looks for it
FIRMWARE = (bulkhead.OVMF_CODE, bulkhead.OVMF_VARS, "/usr/share/qemu/kvmvapic.bin", "/usr/share/seabios/vgabios-stdvga.bin")
MODULES = ("irqbypass.ko", "kvm.ko", "kvm-intel.ko")
TREE = ("tools/run", "tools/bulkhead.py", "tools/mkimage", "build/bin/BOOTX64.EFI", "build/bin/kernel.elf", "build/bin/root.elf",
        "build/bin/vmm.elf")

# The TSC, which ticks with Bochs's instructions, is the only clock that this Linux can use; its watchdogs measure time that
# passes elsewhere. It idles in HLT, which Bochs skips. No mitigations: they cost much and guard nothing here.
CMDLINE = "console=ttyS0 quiet mitigations=off idle=nomwait tsc_early_khz=200000 clocksource=tsc tsc=reliable nowatchdog"
# The kernel is an EFI application: the firmware reads its initrd, many times faster than GRUB would.
GRUB_CFG = f"chainloader /vmlinuz initrd=/initrd.cpio {CMDLINE}\nboot\n"
# KVM needs MONITOR/MWAIT exiting, which goes with the feature that other runs hide; what it tries of MSRs would fill the log.
BOCHS = ['cpu: exclude_features=""', "error: action=ignore"]

# Says which modules tools/run and tools/mkimage have loaded when they set to work.
PROBE = """
import contextlib, io, runpy, sys
"".encode("utf-16-le")
for program in "run", "mkimage":
    sys.argv = [program, "--help"]
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path("tools/" + program, run_name="__main__")
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None):
        print(module.__file__, getattr(module, "__cached__", None) or "-")
"""


def output_of(*command):
    return subprocess.run(command, cwd=bulkhead.TOP, check=True, stdout=subprocess.PIPE, text=True).stdout


def python_files():
    """{name: source} of the library. A compiled module in the place of its source is taken whatever its date."""
    files = {}
    for line in output_of(PYTHON, "-E", "-s", "-c", PROBE).splitlines():
        source, compiled = line.split()
        if source.startswith("/usr/"):
            files.update({source + "c": compiled} if os.path.exists(compiled) else {source: source})
    return files


def libraries(programs):
    """The shared libraries of the programs, the loader among them, by the names under which they are looked for."""
    return {path: path for program in programs for path in re.findall(r"(/\S+) \(0x", output_of("ldd", program))}


def host_files():
    """{name: source} of all that is not Bulkhead."""
    files = {path: path for path in (QEMU, PYTHON, *FIRMWARE)}
    files.update(python_files())
    files.update(libraries([QEMU, PYTHON] + [path for path in files if path.endswith(".so")]))
    files.update({f"/modules/{name}": os.path.join(GUEST, name) for name in MODULES})
    return files


class Host(bulkhead.Machine):
    """The machine whose console is that Linux's shell. systems: {name: {file name: text or path}}"""

    def __init__(self, systems, timeout):
        super().__init__({"system.conf": b"# GRUB starts Linux instead\n"}, "bochs", memory="2G", timeout=timeout, extra=BOCHS)
        self.systems = systems

    def _start(self):
        with tempfile.TemporaryDirectory() as folder:
            initrd = os.path.join(folder, "initrd.cpio")
            self._make_initrd(initrd, folder)
            self.volume = {"EFI/BOOT/BOOTX64.EFI": os.path.join(bulkhead.BUILD, "cache", "grub", "grub.efi"),
                           "grub.cfg": GRUB_CFG.encode(), "vmlinuz": os.path.join(GUEST, "vmlinuz"), "initrd.cpio": initrd}
            super()._start()

    def _make_initrd(self, output, folder):
        files = host_files()
        files.update({f"/bulkhead/{path}": path for path in TREE})
        for system, content in self.systems.items():
            for name, source in content.items():
                if "\n" in source:
                    path = os.path.join(folder, f"{system}-{name}")
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(source)
                    source = path
                files[f"/bulkhead/build/systems/{system}/{name}"] = source
        output_of("guests/linux/mkinitrd", output, os.path.join(GUEST, "busybox"), os.path.join(HERE, "kvm_host.init"),
                  *(f"{name[1:]}={source}" for name, source in sorted(files.items())))

    def command(self, text):
        """Types a command for which status() then waits."""
        self.expect(r"host# ", 300)
        self.send(f"{text}; echo status=$?\r")

    def status(self, timeout=60):
        return int(self.expect(r"^status=(\d+)\r", timeout)[1])

    def load_kvm(self, options):
        """The modules of KVM, kvm_intel anew with these options."""
        self.command("busybox rmmod kvm_intel kvm irqbypass 2>/dev/null")
        self.status()
        for name in MODULES:
            self.command(f"busybox insmod /modules/{name} {options if name == 'kvm-intel.ko' else ''}")
            assert self.status() == 0, name
