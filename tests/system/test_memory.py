# SPDX-License-Identifier: MIT
"""Memory of partitions: the books on it are right, and nobody sees what another left there."""
import time

import bulkhead
from talk import BIN, PROMPT, attach, detach, power_off, shell


def clean(m):
    """`check frames`; the number of free frames."""
    found = shell(m, "check frames", r"frames: (clean|WRONG|\w+).*?(?:, (\d+) free)?, .*\n")
    assert found[1] == "clean", m.output[-2000:]
    return int(found[2])


def test_books():
    """`check frames` is clean with VMs and containers at work, and when they were killed."""
    with bulkhead.Machine("demo", platform="bochs", cpus=2, memory="1G", timeout=190) as m:
        m.expect(PROMPT, 90)
        busy = clean(m)
        time.sleep(3)
        for name in ("linux", "hello", "clock"):
            shell(m, f"kill {name}", rf"bulkhead: {name} ended: killed")
        assert clean(m) > busy + 50000
        power_off(m)


MARKS = """vm one
    kernel = t_mark.elf
    memory = 400M
vm two
    kernel = t_mark.elf
    memory = 300M
container three
    image = ctr_mark.elf
    memory = 380M
"""


def seen(m, name, program):
    """Starts a partition and looks at what it found in its memory."""
    if name != "one":
        shell(m, f"start {name}", r"\n")
    attach(m, name)
    found = m.expect(program + r": (\d+) MiB, (\d+) words with the mark, (\d+) not 0; filled", 100)
    detach(m)
    return [int(x) for x in found.groups()]


def test_freed_memory():
    """A VM fills its memory with a mark and is killed; VMs and containers that get this memory next find zeros."""
    files = {"system.conf": MARKS, "t_mark.elf": BIN + "t_mark.elf", "ctr_mark.elf": BIN + "ctr_mark.elf"}
    with bulkhead.Machine(files, platform="bochs", memory="512M", timeout=400) as m:
        m.expect(PROMPT, 90)
        for name, program, least in (("one", "t_mark", 390), ("three", "ctr_mark", 378), ("two", "t_mark", 290),
                                     ("three", "ctr_mark", 378)):
            mib, marks, other = seen(m, name, program)
            assert mib >= least and marks == 0 and other == 0, (name, mib, marks, other)
            clean(m)
            shell(m, f"kill {name}", rf"bulkhead: {name} ended: killed")
            clean(m)
        power_off(m)
