# SPDX-License-Identifier: MIT
"""The same build on machines of every size and on every emulator, and how a run ends."""
import bulkhead
from talk import power_off

EMPTY = {"system.conf": b"# no partitions\n"}


def check_machine(cpus, memory, platform):
    with bulkhead.Machine(EMPTY, platform, cpus=cpus, memory=memory, timeout=200) as m:
        found = m.expect(r"Bulkhead: (\d+) CPUs?, (\d+) MiB free", timeout=180)
        m.expect(r"bulkhead> ", timeout=30)
        assert int(found[1]) == cpus, found[0]
        total = bulkhead.memory_mib(memory)
        assert total * 0.7 - 64 < int(found[2]) <= total, found[0]
        power_off(m)


@bulkhead.cases(1, 2, 4, 8)
def test_cpus_bochs(cpus):
    check_machine(cpus, "512M", "bochs")


@bulkhead.cases("64M", "256M", "1G", "2G", "3G")
def test_memory_bochs(memory):
    check_machine(1, memory, "bochs")


@bulkhead.cases((1, "256M"), (2, "1G"), (4, "3G"), (8, "4G"), (4, "8G"))
def test_qemu(cpus, memory):
    check_machine(cpus, memory, "qemu")


@bulkhead.cases("bochs", "qemu")
def test_reboot(platform):
    """`reboot` in the operator's shell ends the run with the status for it."""
    with bulkhead.Machine(EMPTY, platform) as m:
        m.expect(r"bulkhead> ")
        m.send("reboot\r")
        assert m.wait(60) == bulkhead.REBOOT


@bulkhead.cases("bochs", "qemu")
def test_panic(platform):
    """A fault in ring 0 (here by the operator's wish) is told with registers and the way there, and ends the run with its status."""
    with bulkhead.Machine(EMPTY, platform, cpus=2) as m:
        m.expect(r"bulkhead> ")
        m.send("panic\r")
        m.expect(r"panic: exception 6 in ring 0, error 0x0", 20)
        m.expect(r"rip +[0-9a-f]{16} call_machine_end(\.cold)?\+0x[0-9a-f]+", 20)
        m.expect(r"rax [0-9a-f]{16} rbx [0-9a-f]{16}", 20)
        m.expect(r"cr0 8[0-9a-f]{7} cr3 [0-9a-f]+ cr4 [0-9a-f]+", 20)
        m.expect(r"  from [0-9a-f]{16} \w+\+0x[0-9a-f]+", 20)
        m.expect(r"cpu \d+, partition root", 20)
        assert m.wait(30) == bulkhead.PANIC


def test_emulator_failure():
    """An emulator that dies is told from a system that ends."""
    with bulkhead.Machine(EMPTY, "bochs") as m:
        m.expect(r"bulkhead> ")
        m._process.kill()
        assert m.wait(30) == bulkhead.EMULATOR


def test_timeout():
    with bulkhead.Machine(EMPTY, "bochs", timeout=5) as m:
        assert m.wait() == bulkhead.TIMEOUT
