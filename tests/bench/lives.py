# SPDX-License-Identifier: MIT
"""What it costs to begin and to end a VM and a container, the smallest of each, on one CPU."""

CONF = """vm v
 kernel = b_halt.elf
 memory = 2M
 autostart = no
container c
 image = ctr_null.elf
 memory = 64K
 autostart = no
"""


def measure(bulkhead):
    files = {"system.conf": CONF, "b_halt.elf": "build/bin/b_halt.elf", "ctr_null.elf": "build/bin/ctr_null.elf"}
    values = {}
    with bulkhead.Machine(files, "bochs", timeout=200) as m:
        m.expect(r"bulkhead> ", 60)
        for name in "vc":  # from now on root has the code of their programs, and all who run them share it
            m.send(f"start {name}\r")
            m.expect(rf"{name} runs on CPU", 20)
        m.expect(r"c ended", 20)
        m.send("kill v\r")
        m.expect(r"v ended", 20)
        for name, first, second in (("v", "vm.create", "vm.destroy"), ("c", "ct.start", "ct.start_stop")):
            m.send(f"measure {name} 301\r")
            found = m.expect(r"measure: 301 of 301 done; start (\d+), \w+ (\d+)\s", 100)
            values[first], values[second] = float(found[1]), float(found[2])
        m.send("poweroff\r")
        m.wait(30)
    return values
