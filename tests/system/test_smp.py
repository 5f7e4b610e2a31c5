# SPDX-License-Identifier: MIT
"""VMs with several CPUs."""
import contextlib

import bulkhead
from talk import PROMPT, ask, attach, linux_vm


@contextlib.contextmanager
def linux_machine(vcpus):
    """A Linux with so many vCPUs on 4 CPUs, its console attached."""
    text, files = linux_vm("256M", f"cpus = {vcpus}")
    with bulkhead.Machine({"system.conf": text, **files}, platform="bochs", cpus=4, memory="512M", timeout=490) as m:
        m.expect(PROMPT, 60)
        attach(m, "linux")
        yield m


def boot(m, cpus):
    m.expect("linux# ", 300)
    assert ask(m, "nproc", r"^(\d+)\r")[1] == str(cpus)


@bulkhead.timeout(500)
def test_linux_four_cpus():
    """Linux with 4 vCPUs on 4 CPUs: work on each, IPIs and shoot-downs, offline and online, reboot, power-off with all running."""
    bulkhead.needs_fixed_bochs()
    with linux_machine(4) as m:
        boot(m, 4)
        for cpu in range(4):
            where = ask(m, f"taskset -c {cpu} cat /proc/self/stat | cut -d' ' -f39", r"^(\d+)\r")[1]
            assert where == str(cpu), f"taskset: on CPU {where}, wanted {cpu}"
        ask(m, "smp ipi 3000", r"smp ipi: 4 CPUs, 3000 rounds, 0 errors", 120)
        ask(m, "smp flush 3000", r"smp flush: 4 CPUs, 3000 rounds, 0 errors", 120)
        ask(m, "turn() { echo $2 > /sys/devices/system/cpu/cpu$1/online; }; echo $?", r"^0\r")
        ask(m, "for i in 1 2 3; do turn $i 0; done; nproc", r"^1\r", 120)
        ask(m, "for i in 3 2 1; do turn $i 1; done; nproc", r"^4\r", 120)
        ask(m, "for i in 1 2 3 1; do turn $i 0; turn $i 1; done; nproc", r"^4\r", 120)
        ask(m, "smp flush 300", r"4 CPUs, 300 rounds, 0 errors", 120)
        work = "for i in 0 1 2 3; do taskset -c $i sh -c 'while :; do :; done' & done; sleep 1; "
        m.send(work + "reboot -f\r")
        m.expect("Restarting system", 60)
        boot(m, 4)
        m.send(work + "poweroff -f\r")
        m.expect(r"linux ended: exit code 0", 60)


@bulkhead.timeout(500)
def test_linux_overcommitted():
    """Linux with 8 vCPUs on 4 CPUs starts, and all answer."""
    bulkhead.needs_fixed_bochs()
    with linux_machine(8) as m:
        boot(m, 8)
        ask(m, "smp flush 50", r"smp flush: 8 CPUs, 50 rounds, 0 errors", 200)


def t_smp(cpus):
    return {"system.conf": f"vm t_smp\n kernel = t_smp.elf\n cmdline = t_smp quiet\n memory = 32M\n cpus = {cpus}\n",
            "t_smp.elf": "build/bin/t_smp.elf"}


@bulkhead.cases("corei7_skylake_x", "corei7_sandy_bridge_2600k")
def test_reset(model):
    """t_reset: what CPUs hold after a reset of the machine, by three ways, and after INIT; nothing of before comes through."""
    bulkhead.needs_fixed_bochs()
    files = {"system.conf": "vm t_reset\n kernel = t_reset.elf\n cmdline = t_reset quiet\n memory = 16M\n cpus = 2\n",
             "t_reset.elf": "build/bin/t_reset.elf"}
    with bulkhead.Machine(files, platform="bochs", cpus=2, memory="512M", cpu_model=model, timeout=120) as m:
        m.expect(r"t_reset ended: .*\r?\n", 110)
        m.send("console t_reset\r")
        m.expect(r"life 3\r?\n", 30)
        m.expect(r"t_reset: \d+ passed, 0 failed", 30)


@bulkhead.cases((4, 4, None), (2, 2, "corei7_haswell_4770"), (4, 4, "corei7_sandy_bridge_2600k"), (3, 2, None))
@bulkhead.timeout(300)
def test_bare_metal(vcpus, cpus, model):
    """t_smp: start, IPIs of all kinds, shoot-down, time, INIT; with posted interrupts, with APICv, without, overcommitted."""
    bulkhead.needs_fixed_bochs()
    with bulkhead.Machine(t_smp(vcpus), platform="bochs", cpus=cpus, memory="512M", cpu_model=model, timeout=290) as m:
        m.expect(r"t_smp ended: .*\r?\n", 280)
        m.send("console t_smp\r")
        m.expect(r"t_smp: \d+ passed, 0 failed", 30)
