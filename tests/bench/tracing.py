# SPDX-License-Identifier: MIT
"""What tracing costs while it is on: CPUID once more with exits recorded."""
import re

CONF = """
vm bench
 kernel = b_vm.elf
 memory = 16M
 priority = 10

"""
FILES = {"system.conf": CONF, "b_vm.elf": "build/bin/b_vm.elf"}


def again(m, name, key):
    """Runs a partition once more; the figure that it prints."""
    m.send(f"start {name}\r")
    m.expect(rf"{name} ended: exit code 0", 150)
    m.expect(r"bulkhead> $", 20)
    m.send(f"console {name}\r")
    m.expect(r"exit code 0", 20)
    m.expect(r"bulkhead> $", 20)
    return float(re.findall(rf"bench: {key} (\d+)\r?$", m.output, re.MULTILINE)[-1])


def measure(bulkhead):
    with bulkhead.Machine(FILES, "bochs", timeout=400) as m:
        m.expect(r"bench ended: exit code 0", 150)
        m.send("\r")
        m.expect(r"bulkhead> $", 20)
        off = again(m, "bench", "vm.cpuid")
        m.send("trace on exit\r")
        m.expect(r"trace: on: exit", 20)
        values = {"trace.exit_record": again(m, "bench", "vm.cpuid") - off}
        m.send("trace off\r")
        m.expect(r"trace: off", 20)
        m.send("poweroff\r")
        m.wait(30)
    return values
