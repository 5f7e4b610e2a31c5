# SPDX-License-Identifier: MIT
"""Hyper-threads and NUMA nodes: what the loader finds, and what the plan makes of it."""
import re

import bulkhead
from talk import PROMPT, power_off
from test_containers import files

THREE = "".join(f"container {name}\n image = ctr_echo.elf\n{line}" for name, line in
                (("one", " cpus = 1 exclusive\n"), ("two", ""), ("three", "")))


def cpus_of(m):
    m.expect(PROMPT, 60)
    return dict(re.findall(r"^(one|two|three) +container +running +(\S+) ", m.output, re.MULTILINE))


def test_hyper_threads():
    """2 cores of 2 threads: one core is its owner's alone, the others share what is not root's other thread; that is told."""
    with bulkhead.Machine(files(THREE, "ctr_echo.elf"), platform="qemu", cpus=4, timeout=100,
                          extra=["-smp", "4,sockets=1,cores=2,threads=2"]) as m:
        m.expect("hyper-threads: 4 CPUs are 2 cores", 60)
        m.expect("CPU 1,3: left idle, another hyper-thread of the core is in use", 60)
        assert cpus_of(m) == {"one": "2!", "two": "0", "three": "0"}, m.output
        power_off(m)


def test_nodes():
    """Two NUMA nodes are found in ACPI's table; who wants one CPU gets the one with the least to do."""
    numa = [word for n in (0, 1) for word in ("-object", f"memory-backend-ram,id=m{n},size=256M", "-numa",
                                             f"node,nodeid={n},memdev=m{n},cpus={2 * n}-{2 * n + 1}")]
    with bulkhead.Machine(files(THREE, "ctr_echo.elf"), platform="qemu", cpus=4, memory="512M", timeout=100, extra=numa) as m:
        m.expect("2 NUMA nodes", 60)
        assert cpus_of(m) == {"one": "1!", "two": "2", "three": "3"}, m.output
        power_off(m)


def test_cores_of_bochs():
    """The same by the firmware's MP services: a VM on one core with two threads, which nobody else gets."""
    bulkhead.needs_fixed_bochs()
    conf = "vm hello\n kernel = hello.elf\n memory = 4M\n cpus = 2\ncontainer two\n image = ctr_echo.elf\n"
    with bulkhead.Machine({"system.conf": conf, "hello.elf": "build/bin/hello.elf", "ctr_echo.elf": "build/bin/ctr_echo.elf"},
                          platform="bochs", cpus=4, memory="512M", timeout=100, extra=["cpu: count=1:2:2"]) as m:
        m.expect("hyper-threads: 4 CPUs are 2 cores", 60)
        m.expect("CPU 1: left idle", 60)
        m.expect(PROMPT, 60)
        assert re.search(r"^hello +vm +running +2-3 ", m.output, re.MULTILINE), m.output
        assert re.search(r"^two +container +running +0 ", m.output, re.MULTILINE), m.output
        power_off(m)
