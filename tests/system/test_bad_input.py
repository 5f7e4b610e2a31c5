# SPDX-License-Identifier: MIT
"""Bad input of every kind: a clear message each, and what can still run, runs."""
import re
import struct

import bulkhead
from test_boot_errors import DamagedMachine, without
from talk import BIN, GUEST, PROMPT, attach, detach, echo_answers, power_off, shell
from test_containers import container, files

ECHO = container("echo", "ctr_echo.elf")


def read(path):
    with open(f"{bulkhead.TOP}/{path}", "rb") as f:
        return f.read()


def vm(name, kernel, memory="16M", **keys):
    return "\n".join([f"vm {name}", f"    kernel = {kernel}", f"    memory = {memory}"] +
                     [f"    {key} = {value}" for key, value in keys.items()]) + "\n"


def check(system, *messages, platform="qemu", patience=60, **options):
    """Boots, finds the messages (each a regex, in any order), and the container still answers."""
    with bulkhead.Machine(system, platform=platform, timeout=patience + 100, **options) as m:
        m.expect(PROMPT, patience + 30)
        for message in messages:
            m._seen = 0
            m.expect(message, patience)
        m.expect(PROMPT, 20) if not m.output.endswith("bulkhead> ") else None
        m._seen = len(m.output.encode())
        echo_answers(m)
        power_off(m)


def test_errors_in_system_conf():
    """Every error with its line, what was found and what was expected; the good partition runs."""
    text = ("on_all_ended = explode\n"
            "vm a\n kernal = vmlinuz\n memory = lots\n"
            "container b\n image = ../x\n budget = 0\n colour = red\n"
            "vm c\n kernel = k\n memory = 16M\n cpus = none\n"
            "vn d\n kernel = k\n"
            "vm a\n kernel = k\n memory = 16M\n"
            "container e\n") + ECHO
    check(files(text, "ctr_echo.elf"),
          r"system\.conf:1: on_all_ended: found \"explode\", expected stay or poweroff",
          r"system\.conf:3: found unknown key \"kernal\", expected a key of a vm \(did you mean kernel\?\)",
          r"system\.conf:4: memory: found \"lots\", expected a size such as 64M or 1G",
          r"system\.conf:2: vm a: expected a line `kernel = FILE` \(or `firmware = FILE`\), found none",
          r"system\.conf:6: image: found \"\.\./x\", expected the name of a file",
          r"system\.conf:7: budget: found \"0\", expected a percentage",
          r"system\.conf:8: found unknown key \"colour\"",
          r"system\.conf:12: cpus: found \"none\", expected how many CPUs",
          r"system\.conf:13: found \"vn\", expected `vm NAME` or `container NAME` \(did you mean vm\?\)",
          r"system\.conf:15: found name \"a\" again \(first in line 2\)",
          r"system\.conf:18: container e: expected a line `image = FILE`, found none",
          r"bulkhead: 11 errors in system\.conf",
          r"bulkhead: b not started: errors in system\.conf",
          r"echo +container +running")


def test_empty_and_binary_system_conf():
    """Nothing to start is said; a binary file is refused line by line."""
    with bulkhead.Machine({"system.conf": b"\0\1\2\377" * 64 + b"\n"}, platform="qemu") as m:
        m.expect(r"system\.conf:1: found byte 0x00, expected text", 60)
        m.expect(r"\(no partitions\)", 20)
        m.expect(PROMPT, 20)
        power_off(m)


def test_no_system_conf():
    """A folder without system.conf: one line, and the shell."""
    with DamagedMachine(without(b"SYSTEM~1CON"), platform="qemu") as m:
        m.expect(r'bulkhead: file "system\.conf" is missing: no partitions', 60)
        m.expect(PROMPT, 20)
        power_off(m)


def broken_programs():
    good = read(BIN + "ctr_hello.elf")

    def patched(offset, form, value):
        image = bytearray(good)
        struct.pack_into(form, image, offset, value)
        return bytes(image)

    return {
        "empty.elf": b"", "text.elf": b"#!/bin/sh\necho no\n", "short.elf": good[:40], "cut.elf": good[:5000],
        "arm.elf": patched(18, "<H", 183), "dyn.elf": patched(16, "<H", 3), "entry.elf": patched(24, "<Q", 0x7000000),
        "wx.elf": patched(64 + 4, "<I", 7), "kernel.elf2": patched(64 + 16, "<Q", 0xffffffff80000000),
        "low.elf": patched(64 + 16, "<Q", 0x1000), "sizes.elf": patched(64 + 40, "<Q", 1),
        "wrap.elf": patched(64 + 40, "<Q", 0xffffffffffffff00), "overlap.elf": patched(64 + 56 + 16, "<Q", 0x200000),
    }


def test_broken_containers():
    """Programs that are missing, truncated, corrupt or meant for another machine."""
    programs = broken_programs()
    names = {name: name.replace(".", "_") for name in programs}
    text = ECHO + container("gone", "absent.elf") + container("nofile", "ctr_hello.elf", file="absent.txt") + "".join(
        container(names[n], n) for n in programs)
    expected = {
        "gone": r'file "absent\.elf" is missing', "nofile": r'file "absent\.txt" is missing',
        "empty_elf": "truncated", "text_elf": "not an ELF file", "short_elf": "truncated", "cut_elf": "truncated",
        "arm_elf": "expected a static 64-bit x86 program", "dyn_elf": "expected a static 64-bit x86 program",
        "entry_elf": "entry point 0x7000000 is not in an executable segment",
        "wx_elf": "both writable and executable", "kernel_elf2": "lies outside 0x200000 to",
        "low_elf": "lies outside 0x200000 to", "sizes_elf": "more bytes in the file than in memory",
        "wrap_elf": "wrap around|lies outside", "overlap_elf": "shares a page with the one before",
    }
    check(files(text, "ctr_echo.elf", "ctr_hello.elf", **programs),
          *(rf"bulkhead: {name} not started: .*(?:{what})" for name, what in expected.items()))


def test_more_than_there_is():
    """More memory or CPUs than the machine has: who wanted how much, and what is left. The rest runs."""
    text = ECHO + container("big", "ctr_hello.elf", memory="1G") + container("far", "ctr_hello.elf", cpu=9)
    check(files(text, "ctr_echo.elf", "ctr_hello.elf"),
          r"bulkhead: big not started: wants 10\d\d\d\d\d KiB of memory, but only \d+ KiB are left",
          r"bulkhead: far not started: wants CPU 9, but this machine has only 2 \(0 to 1\)", cpus=2)


def test_more_memory_for_vms():
    """The first VM runs; the one that does not fit any more is refused."""
    text = ECHO + vm("one", "hello.elf", "128M") + vm("two", "hello.elf", "512M")
    check(files(text, "ctr_echo.elf", "hello.elf"),
          r"bulkhead: two not started: wants 5\d\d\d\d\d KiB of memory, but only \d+ KiB are left",
          r"one +vm +running", platform="bochs")


def broken_kernels():
    linux = read(GUEST + "vmlinuz")
    hello = read(BIN + "hello.elf")
    unknown = "unknown kind of image"
    return {
        "cut": (linux[:65536], "truncated: setup header says"), "header": (linux[:0x220], "truncated: a bzImage header needs"),
        "tiny": (linux[:100], unknown), "noise": (bytes(range(256)) * 400, unknown), "zeros": (bytes(65536), unknown),
        "elf": (hello[:3000], "ELF file: truncated"), "words": (b"no kernel at all\n" * 10, unknown),
        "old": (linux[:0x206] + b"\x05\x02" + linux[0x208:], "boot protocol 2.05 is too old"),
    }


def test_broken_kernels():
    """Truncated and wrong kernels: each VM ends with a reason that names its file; its neighbours run."""
    kernels = broken_kernels()
    text = ECHO + vm("good", "hello.elf") + vm("gone", "absent") + "".join(vm(n, n) for n in kernels)
    text += vm("small", "vmlinuz", "2M")
    system = files(text, "ctr_echo.elf", "hello.elf", **{name: image for name, (image, _) in kernels.items()})
    system["vmlinuz"] = GUEST + "vmlinuz"
    check(system, r'bulkhead: gone not started: file "absent" is missing',
          *(rf"bulkhead: {n} ended: exit code 1000 \(its files or settings are unusable\)" for n in kernels),
          *(rf"bulkhead: {n}: its last line was: .*\b{n}: {why}" for n, (_, why) in kernels.items()),
          r"bulkhead: small ended: exit code 1000", r"bulkhead: small: its last line was: .*memory",
          r"good +vm +running", platform="bochs", patience=90)


NO_VMX = {
    "qemu": dict(platform="qemu"),
    "no VT-x": dict(platform="bochs", exclude_features="vmx"),
    "no EPT": dict(platform="bochs", cpu_model="core2_penryn_t9600"),
    "no unrestricted guest": dict(platform="bochs", cpu_model="corei5_lynnfield_750"),
}
WHY = {"qemu": "no VT-x", "no VT-x": "no VT-x", "no EPT": "EPT", "no unrestricted guest": "unrestricted guest"}


@bulkhead.cases(*NO_VMX)
def test_without_vmx(case):
    """Where VMs cannot run, one line says why, `list` shows them as unavailable, and containers run."""
    text = ECHO + vm("linux", "hello.elf")
    check(files(text, "ctr_echo.elf", "hello.elf"),
          rf"bulkhead: VMs unavailable: .*{re.escape(WHY[case])}",
          r"linux +vm +unavailable +- +16M +VMs are unavailable on this machine", **NO_VMX[case])


def test_vmm_that_crashes():
    """A VMM whose program is broken is ended like any container; only its VM ends."""
    vmm = bytearray(read(BIN + "vmm.elf"))
    entry = struct.unpack_from("<Q", vmm, 24)[0]
    offset, va = struct.unpack_from("<QQ", vmm, 64 + 8)
    vmm[entry - va + offset:entry - va + offset + 2] = b"\x0f\x0b"
    text = ECHO + vm("linux", "hello.elf")
    check(files(text, "ctr_echo.elf", "hello.elf", **{"vmm.elf": bytes(vmm)}),
          r"bulkhead: linux ended: invalid opcode \(vector 6\) at rip 0x200000", platform="bochs")


def test_kill_the_vmm():
    """Killing one VM at work leaves its neighbours at work."""
    text = ECHO + vm("one", "hello.elf") + vm("two", "hello.elf")
    with bulkhead.Machine(files(text, "ctr_echo.elf", "hello.elf"), platform="bochs", cpus=2) as m:
        m.expect(PROMPT, 90)
        attach(m, "two")
        m.expect("heartbeat", 30)
        detach(m)
        shell(m, "kill one", r"bulkhead: one ended: killed")
        attach(m, "two")
        m.expect(r"heartbeat \d+\s+(?:.*\s)*?hello: heartbeat", 30)
        detach(m)
        echo_answers(m)
        power_off(m)
