# SPDX-License-Identifier: MIT
"""The rows ct.* that a container measures about itself, and what the kernel keeps for one."""
import re

CONF = """
container bench
    image = ctr_bench.elf
    memory = 256K
    priority = 5

container partner
    image = ctr_bench.elf
    args = partner
    memory = 256K
    priority = 5
"""
STACK_KIB = 64


def measure(bulkhead):
    files = {"system.conf": CONF, "ctr_bench.elf": "build/bin/ctr_bench.elf"}
    with bulkhead.Machine(files, "bochs", timeout=200) as m:
        m.expect(r"bulkhead> ", 60)
        m.send("stats bench\r")
        kernel = m.expect(r"kernel +(\d+) of \d+ KiB", 20)
        m.expect(r"bench ended: exit code 0", 150)
        m.send("console bench\r")
        m.expect(r"bench: exit code 0", 20)
        values = {key: float(value) for key, value in re.findall(r"bench: (ct\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    values["ct.memory_kib"] = float(kernel[1]) + STACK_KIB
    return values
