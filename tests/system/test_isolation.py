# SPDX-License-Identifier: MIT
"""The isolation matrix: every attack from every kind of partition, beside every kind of neighbour on the same CPU and on another.

An attacker prints what it did: that must be there, and its end must be the one named. The neighbours check themselves all the
time (sums in general and vector registers, system registers, clocks; Linux by its checksums and its log) and go on.
"""
import re
import time

import bulkhead
from talk import PROMPT, ask, attach, count_behind, detach, last_words, linux_vm, power_off, shell
from test_attacks import ANY, FINE, RESET, TRIPLE_FAULT, ends
from test_container_attacks import ATTACKS as FAULTS

# name: program, words, what it prints, how it ends, more lines of its description
VMS = {
    "gpa": ("x_gpa", "", r"ok \d\d\d+ addresses outside memory read all ones", FINE, ""),
    "msr": ("x_msr", "", r"MSRs 0xc0000000\.\.0xc0001fff: \d+ readable, \d+ writable", FINE, ""),
    "port": ("x_port", "reset", r"\d{5} of 65536 ports read all ones", RESET, "on_reset = stop"),
    "vmx": ("x_vmx", "", r"ring 3: \d+ #UD, \d+ #GP, 0 none", FINE, ""),
    "cr": ("x_cr", "", r"(?s)CR0: \d+ taken, \d+ refused.*XCR0: \d+ taken, \d+ refused", FINE, ""),
    "storm": ("x_storm", "count=5000", r"(?s)exits done.*IPIs done.*timer done", FINE, ""),
    "triple": ("x_triple", "", r"x_triple: now", TRIPLE_FAULT, ""),
    "stack": ("x_triple", "stack", r"x_triple: now", TRIPLE_FAULT, ""),
    "walk": ("x_walk", "", r"page directory far away: vector 14", FINE, ""),
    "delivery": ("x_walk", "delivery", r"", ANY, ""),
    "random": ("x_random", "seed=77 rounds=1500", r"ring 3, vectors: .*13:\d+", ANY, ""),
    "ipi": ("x_ipi", "", r"(?s)xAPIC: \d{5} messages sent.*x2APIC: \d{6} messages sent", FINE, ""),
    "flush": ("x_flush", "rounds=1000", r"flushed 1000 times", FINE, ""),
}
CONTAINERS = {
    "calls": ("ctr_x_calls", "20000 3", r"PASS, \d+ of them succeeded", FINE),
    "callsall": ("ctr_x_calls", "20000 4 all", r"20000 random system calls", r""),
    "handles": ("ctr_x_handles", "", r"\d{5} guesses, 0 accepted: PASS", FINE),
    "cflush": ("ctr_x_flush", "500", r"flushed 500 times, PASS", FINE),
    "memory": ("ctr_x_memory", "once", r"\d+ KiB of heap, 0 more pages, \d+ events", FINE),
    "text": ("ctr_x_flood", "count 20000", r"line 20000 of 20000", FINE),
    "lie": ("ctr_x_flood", "lie", r"", "killed"),
    **{name: ("ctr_x_fault", name, r"", FAULTS[name]) for name in (
        "kernel-read", "kernel-write", "kernel-run", "pool-read", "outside-write", "stack-run", "hlt", "cli", "in", "wrmsr", "write-cr0",
        "lidt", "wbinvd", "vmcall", "sysret", "iret-kernel", "return-noncanonical")},
}
FOR_EVER = ("lie",)
CPUS = 2


def description(names):
    """The attackers, spread over the CPUs."""
    text, files = "", {}
    for number, name in enumerate(names):
        if name in VMS:
            program, words, _, _, more = VMS[name]
            text += f"vm {name}\n kernel = {program}.elf\n cmdline = {words}\n memory = 32M\n {more}\n"
        else:
            program, words, _, _ = CONTAINERS[name]
            text += f"container {name}\n image = {program}.elf\n args = {words}\n memory = 1M\n"
        text += f" cpu = {number % CPUS}\n"
        files[program + ".elf"] = f"build/bin/{program}.elf"
    return text, files


def neighbours():
    text = "".join("".join(f"vm {name}{cpu}\n kernel = t_steady.elf\n cmdline = {name}\n memory = 16M\n cpu = {cpu}\n"
                           for name in ("vm", "also")) +
                   f"container ctr{cpu}\n image = ctr_steady.elf\n memory = 1M\n cpu = {cpu}\n" for cpu in range(CPUS))
    return text, {f"{name}.elf": f"build/bin/{name}.elf" for name in ("t_steady", "ctr_steady")}


def judge(m, names):
    """What each attacker did, and how it ended; all that is wrong."""
    how, wrong = ends(m), []
    for name in names:
        did, end = (VMS[name][2:4] if name in VMS else CONTAINERS[name][2:4])
        if not re.match(end, how.get(name, "still running")):
            wrong.append(f"{name}: {how.get(name, 'still running')}, wanted {end}")
        elif not re.search(did, output := last_words(m, name)):
            wrong.append(f"{name} did not say {did!r}: {output[-600:]}")
    return wrong


def watch(m, names, beat, limit=170):
    """Until all attackers that end have ended, and once more behind that, the neighbours must go on."""
    end = bulkhead.deadline(limit)
    while set(names) - set(FOR_EVER) - set(ends(m)) and time.monotonic() < end:
        beat()
    beat()
    for name in set(names) & set(FOR_EVER):
        shell(m, f"kill {name}", f"{name} ended: killed")
    beat()


def against_steady(names):
    (attackers, programs), (others, own) = description(names), neighbours()
    with bulkhead.Machine({"system.conf": others + attackers, **programs, **own}, platform="bochs", cpus=CPUS, memory="1G",
                          timeout=340) as m:
        m.expect(PROMPT, 90)
        seen = {name: 0 for name in re.findall(r"^(?:vm|container) (\S+)", others, re.MULTILINE)}

        def beat():
            for name in seen:
                seen[name] = count_behind(m, name, r"steady: (\d+) rounds", seen[name])

        watch(m, names, beat)
        wrong = judge(m, names)
        assert not wrong, "\n".join(wrong)
        assert "BROKEN" not in m.output and not set(seen) & set(ends(m)), ends(m)
        power_off(m)


@bulkhead.timeout(360)
def test_vms_attack():
    """VMs attack VMs and containers on their own CPU and on another."""
    bulkhead.needs_fixed_bochs()
    against_steady(list(VMS))


@bulkhead.timeout(360)
def test_containers_attack():
    """Containers attack VMs and containers on their own CPU and on another."""
    bulkhead.needs_fixed_bochs()
    against_steady(list(CONTAINERS))


@bulkhead.timeout(400)
def test_linux_is_attacked():
    """Both kinds attack a Linux on its own CPU and from another: its sums are right, its log has nothing new."""
    bulkhead.needs_fixed_bochs()
    names = ["storm", "calls", "ipi", "cflush", "flush", "handles", "random", "lie"]
    (attackers, programs), (text, files) = description(names), linux_vm("192M", "cpu = 1")
    with bulkhead.Machine({"system.conf": text + attackers, **files, **programs}, platform="bochs", cpus=CPUS, memory="1G", timeout=390) as m:
        m.expect(PROMPT, 90)
        attach(m, "linux")
        m.expect(r"linux# ", 250)
        ask(m, "dmesg -n 1; dmesg > before; wc -l < before", r"^\d+\r")
        detach(m)

        def beat():
            attach(m, "linux")
            ask(m, "head -c 300000 /dev/zero | md5sum", r"^4a21de7a58fb8ecb9a1b1f08a3068269  -\r")
            detach(m)

        watch(m, names, beat, 100)
        attach(m, "linux")
        ask(m, "dmesg | grep -c -i -e NMI.received -e 'spurious' -e 'call trace' -e 'soft lockup' -e 'unexpected'", r"^0\r")
        detach(m)
        wrong = judge(m, names)
        assert not wrong, "\n".join(wrong)
        power_off(m)


@bulkhead.timeout(400)
def test_several_cpus_attack():
    """A VM with three CPUs races its own VMM: instruction bytes, page tables, devices, IPIs, INIT; then it resets in the midst."""
    bulkhead.needs_fixed_bochs()
    text, files = neighbours()
    text += "vm races\n kernel = x_smp.elf\n cmdline = rounds=100 reset\n memory = 16M\n cpus = 3\n on_reset = stop\n"
    with bulkhead.Machine({"system.conf": text, **files, "x_smp.elf": "build/bin/x_smp.elf"}, platform="bochs", cpus=4, memory="1G",
                          timeout=390) as m:
        m.expect(PROMPT, 120)
        seen = dict.fromkeys(re.findall(r"^(?:vm|container) ((?:vm|also|ctr)\d)", text, re.MULTILINE), 0)
        end = bulkhead.deadline(300)
        while "races" not in ends(m) and time.monotonic() < end:
            seen = {name: count_behind(m, name, r"steady: (\d+) rounds", after) for name, after in seen.items()}
        assert re.match(RESET, ends(m).get("races", "still running")), ends(m)
        did = last_words(m, "races")
        for what in (r"decode race: \d+ changes, 100 accesses, \d+ without", r"walk race: \d+ changes, 100 accesses",
                     r"device race: \d+ rounds of devices, \d+ messages", r"INIT storm: 10 resets"):
            assert re.search(what, did), did
        assert "not ok" not in did, did
        seen = {name: count_behind(m, name, r"steady: (\d+) rounds", after) for name, after in seen.items()}
        assert "BROKEN" not in m.output and list(ends(m)) == ["races"], ends(m)
        power_off(m)
