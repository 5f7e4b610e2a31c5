# SPDX-License-Identifier: MIT
"""What protects the kernel is on in every CPU of the running system: QEMU tells the registers and the page tables."""
import re

import bulkhead
from test_screen import ScreenMachine

CR0 = {"PG": 31, "WP": 16}
CR4 = {"UMIP": 11, "SMEP": 20, "SMAP": 21}
EFER = {"NXE": 11}


def monitor(m, line):
    return m.command("human-monitor-command", **{"command-line": line})["return"]


def missing(registers, name, bits):
    values = [int(value, 16) for value in re.findall(rf"\b{name}=([0-9a-f]+)", registers)]
    assert len(values) == 2, registers
    return [f"{name}.{bit}" for bit, at in bits.items() if not all(value >> at & 1 for value in values)]


def test_protections():
    """Write protection, NX, SMEP, SMAP and UMIP on both CPUs; no page is writable and executable, and the kernel's are not the user's."""
    with ScreenMachine({"system.conf": b"# no partitions\n"}, cpus=2) as m:
        m.expect(r"bulkhead> $", 60)
        registers = monitor(m, "info registers -a")
        absent = [x for name, bits in (("CR0", CR0), ("CR4", CR4), ("EFER", EFER)) for x in missing(registers, name, bits)]
        assert not absent, absent
        pages = re.findall(r"^([0-9a-f]{16}): [0-9a-f]{16} (\S{9})", monitor(m, "info tlb"), re.MULTILINE)
        assert len(pages) > 100, pages
        both = [page for page in pages if page[1][0] != "X" and page[1][8] == "W"]   # X: not to be executed
        assert not both, both[:10]
        shared = [page for page in pages if page[0] >= "8" and page[1][7] == "U"]
        assert not shared, shared[:10]
