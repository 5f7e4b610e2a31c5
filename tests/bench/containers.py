# SPDX-License-Identifier: MIT
"""The rows ct.* that a container measures about itself, and all memory that one costs beside its image and heap."""
import re
import struct

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
HEAP_KIB = 256
CONSOLE_KIB = 12             # rings, which root keeps for it; the scrollback comes with output


def image_kib(path):
    """Memory of the writable segments, in pages: the others are shared by all who run the program."""
    with open(path, "rb") as f:
        data = f.read()
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQQ", data, offset + i * size) for i in range(count)]
    return 4 * sum((h[6] + 4095) // 4096 for h in headers if h[0] == 1 and h[1] & 2)


def measure(bulkhead):
    files = {"system.conf": CONF, "ctr_bench.elf": "build/bin/ctr_bench.elf"}
    with bulkhead.Machine(files, "bochs", timeout=200) as m:
        m.expect(r"bulkhead> ", 60)
        m.send("stats bench\r")
        memory = m.expect(r"memory +(\d+) of \d+ KiB", 20)
        kernel = m.expect(r"kernel +(\d+) of \d+ KiB", 20)
        m.expect(r"bench ended: exit code 0", 150)
        m.send("console bench\r")
        m.expect(r"bench: exit code 0", 20)
        values = {key: float(value) for key, value in re.findall(r"bench: (ct\.\w+) (\d+)\r?$", m.output, re.MULTILINE)}
        m.send("poweroff\r")
        m.wait(30)
    own = image_kib(bulkhead.BUILD + "/bin/ctr_bench.elf") + HEAP_KIB
    values["ct.memory_kib"] = float(kernel[1]) + float(memory[1]) - own + CONSOLE_KIB
    return values
