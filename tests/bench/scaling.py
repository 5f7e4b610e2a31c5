# SPDX-License-Identifier: MIT
"""How the cost of operations grows with the number of VMs: a table, and the worst growth of any as a row."""
import re

GUEST = {"b_vm.elf": "build/bin/b_vm.elf", "hello.elf": "build/bin/hello.elf"}
VMS = (1, 16, 64)
ROW = re.compile(r"bench: vm\.(\w+) (\d+)\r?$", re.MULTILINE)
# what is done by the CPU itself, without ring 0, and so says nothing about it
OWN = ("eoi", "self_ipi")


def figures(bulkhead, conf):
    """The rows that b_vm prints about itself when all others run."""
    conf += "vm bench\n kernel = b_vm.elf\n memory = 16M\n priority = 10\n cpu = 0\n autostart = no\n"
    with bulkhead.Machine({"system.conf": conf, **GUEST}, "bochs", memory="1G", timeout=300) as m:
        m.expect(r"bulkhead> $", 200)
        for _ in range(2):  # the first time the others may still be starting
            m.send("start bench\r")
            m.expect(r"bench ended: exit code 0", 150)
            m.expect(r"bulkhead> $", 30)
        m.send("console bench\r")
        m.expect(r"bench: exit code 0", 30)
        found = {key: int(value) for key, value in ROW.findall(m.output) if key not in OWN}  # the second time's
        m.send("poweroff\r")
        m.wait(60)
    return found


def among_vms(bulkhead, count):
    """The others are halted: what they cost is what they are."""
    others = "".join(f"vm idle{i}\n kernel = hello.elf\n memory = 4M\n" for i in range(1, count))
    return figures(bulkhead, others)


def table(columns):
    """Prints it; returns the worst growth from the first column to the last."""
    first, last = columns[VMS[0]], columns[VMS[-1]]
    print(f"{'operation':16}" + "".join(f"{f'{n} VMs':>10}" for n in columns))
    for key in first:
        print(f"{key:16}" + "".join(f"{column.get(key, 0):>10,}" for column in columns.values()))
    return max(last[key] / first[key] for key in first)


def measure(bulkhead):
    return {"vm.growth_vms": table({n: among_vms(bulkhead, n) for n in VMS})}
