# SPDX-License-Identifier: MIT
"""Containers that attack: each is ended with the right reason while its neighbour keeps answering."""
import re
import time

import bulkhead
from talk import PROMPT, attach, detach, echo_answers, power_off, shell
from test_containers import container, files

# attack of ctr_x_fault -> what root says about its end
READ, WRITE, RUN = "reading", "writing", "executing"


def page(access, address):
    return rf"page fault \(vector 14, error 0x[0-9a-f]+\) {access} 0x{address} at rip 0x[0-9a-f]+"


GP = r"general protection fault \(vector 13, error 0x[0-9a-f]+\) at rip 0x2[0-9a-f]+"
UD = r"invalid opcode \(vector 6\) at rip 0x2[0-9a-f]+"
GP_OR_UD = rf"(?:{GP}|{UD})"
ANY = r"[a-z ]+ \(vector \d+.*\).*"

ATTACKS = {
    "null-read": page(READ, "0"), "null-write": page(WRITE, "0"), "null-run": page(RUN, "0"),
    "kernel-read": page(READ, "ffffffff80000000"), "kernel-write": page(WRITE, "ffffffff80000000"),
    "kernel-run": page(RUN, "ffffffff80000000"), "pool-read": page(READ, "ffff800000000000"),
    "pool-write": page(WRITE, "ffff800000000000"), "noncanonical-read": GP,
    "noncanonical-run": r"general protection fault \(vector 13, error 0x0\) at rip 0x[0-9a-f]+",
    "outside-write": page(WRITE, "600000000000"),
    "text-write": page(WRITE, "2[0-9a-f]+"), "data-run": page(RUN, "2[0-9a-f]+"),
    "stack-run": page(RUN, "1[0-9a-f]+"), "start-write": page(WRITE, "10000"),
    "stack-overflow": page(WRITE, "1f6[0-9a-f]{3}"), "stack-lost": page(WRITE, "8"),
    "divide": r"divide error \(vector 0\) at rip 0x2[0-9a-f]+", "ud2": UD,
    "int3": r"breakpoint \(vector 3\).*|" + GP, "int-80": GP, "int-14": GP, "int-2": GP, "int-ff": GP,
    "single-step": r"debug exception \(vector 1\) at rip 0x2[0-9a-f]+",
    "step-call": rf"debug exception \(vector 1\) at rip 0x2[0-9a-f]+|{UD}",
    "hlt": GP, "cli": GP, "in": GP, "out": GP, "rdmsr": GP, "wrmsr": GP, "read-cr3": GP, "write-cr0": GP,
    "write-dr7": GP, "invlpg": GP, "lgdt": GP, "lidt": GP, "ltr": GP, "swapgs": GP, "wbinvd": GP, "clts": GP,
    "sysret": GP_OR_UD, "sysexit": GP, "syscall": UD, "vmxoff": GP_OR_UD, "vmcall": GP_OR_UD, "vmlaunch": GP_OR_UD,
    "iret-kernel": rf"{GP}|page fault .*",  # QEMU reads the stack as if it were ring 0 already
    "descriptors": rf"{UD}|page fault .*", "load-ss": GP, "iopl": GP, "nested-task": GP,
    "return-kernel": ANY, "return-noncanonical": ANY, "return-null": page(RUN, "0"), "return-stack": ANY,
}
NAMES = sorted(ATTACKS)


def known_attacks():
    with open(bulkhead.TOP + "/guests/ctr_x_fault/attacks.def") as f:
        return sorted(re.findall(r'^ATTACK\(\w+, "([^"]+)"', f.read(), re.MULTILINE))


def test_descriptors_after_a_vm_exit():
    """A VM exit widens the GDT's limit: a container on the same CPU finds no descriptor behind the last one."""
    vm = "vm hello\n    kernel = hello.elf\n    memory = 16M\n    cpu = 1\n    priority = 20\n"
    text = vm + container("probe", "ctr_x_fault.elf", "descriptors", memory="64K", cpu=1, priority=5) + container("echo", "ctr_echo.elf")
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_fault.elf", "hello.elf"), platform="bochs", cpus=3, timeout=120) as m:
        m.expect(r"probe ended: page fault \(vector 14, error 0x[0-9a-f]+\) reading 0xffff8080", 90)
        m.expect(PROMPT, 20)
        echo_answers(m)
        power_off(m)


@bulkhead.cases(("qemu", 0), ("qemu", 1), ("bochs", 0), ("bochs", 1))
@bulkhead.timeout(240)
def test_one_forbidden_thing(platform, half):
    """Wild pointers, stack overflow, privileged instructions, bad returns: ended for exactly that, neighbour unharmed."""
    assert known_attacks() == NAMES
    names = NAMES[half::2]
    text = container("echo", "ctr_echo.elf") + "".join(
        container(n, "ctr_x_fault.elf", n, memory="64K") for n in names)
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_fault.elf"), platform=platform, cpus=2, timeout=230) as m:
        m.expect(PROMPT, 90)
        for _ in range(20):
            out = shell(m, "list")
            if not re.search(r"^(?!echo)\S+ +container +running", out, re.MULTILINE):
                break
            time.sleep(0.2)
        wrong = []
        for name in names:
            found = re.search(rf"^{name} +container +ended +\S+ +64K +(.*?)\r?$", out, re.MULTILINE)
            if not found or not re.fullmatch(ATTACKS[name], found[1].strip()):
                wrong.append(f"{name}: {found[1] if found else 'not ended'}")
        assert not wrong, "\n".join(wrong)
        echo_answers(m)
        power_off(m)


@bulkhead.cases(("qemu", 1), ("qemu", 2), ("bochs", 4))
@bulkhead.timeout(240)
def test_random_system_calls(platform, cpus):
    """Random system calls with arguments of every kind, several containers at once."""
    count = 20000 if platform == "bochs" else 100000
    text = container("echo", "ctr_echo.elf") + "".join(
        container(f"calls{i}", "ctr_x_calls.elf", f"{count} {i + 1}") for i in range(4)) + "".join(
        container(f"all{i}", "ctr_x_calls.elf", f"{count} {i + 1} all") for i in range(8))
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_calls.elf"), platform=platform, cpus=cpus, timeout=230) as m:
        m.expect(PROMPT, 90)
        deadline = bulkhead.deadline(120)
        while re.search(r"(calls|all)\d +container +running", out := shell(m, "list")):
            assert time.monotonic() < deadline, out
            time.sleep(0.5)
        assert len(re.findall(r"calls\d +container +ended +\S+ +1M +exit code 0", out)) == 4, out
        echo_answers(m)
        power_off(m)


def test_memory_hog():
    """All the memory that it may have and not a page more; the neighbour's malloc is not touched."""
    text = container("echo", "ctr_echo.elf") + container("hog", "ctr_x_memory.elf", memory="16M")
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_memory.elf"), platform="qemu") as m:
        m.expect(PROMPT, 60)
        attach(m, "hog")
        match = m.expect(r"hog: (\d+) KiB of heap, (\d+) more pages, (\d+) events", 60)
        assert int(match[1]) >= 16384 - 64 and int(match[2]) == 0, match[0]
        detach(m)
        echo_answers(m)
        shell(m, "kill hog", "hog ended: killed")
        power_off(m)


@bulkhead.cases(("text", 1), ("text", 2), ("lie", 1), ("lie", 2), ("spin", 1))
def test_console_abuse(how, cpus):
    """Output without end, lies in the ring's indices, signals without end: the shell and the neighbour still answer."""
    text = container("echo", "ctr_echo.elf", priority=20) + container("bad", "ctr_x_flood.elf", how)
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_flood.elf"), platform="qemu", cpus=cpus) as m:
        m.expect(PROMPT, 60)
        for _ in range(3):
            echo_answers(m)
        shell(m, "list", r"bad +container +running")
        shell(m, "kill bad", "bad ended: killed")
        echo_answers(m)
        power_off(m)


@bulkhead.cases("lie", "text")
@bulkhead.timeout(240)
def test_signals_leave_the_cpu(how):
    """Signals to root without end from CPU 1: who has a low priority on root's CPU still gets most of it."""
    text = (container("bad", "ctr_x_flood.elf", how, cpu=1) + container("echo", "ctr_echo.elf", cpu=0, priority=5) +
            container("low", "ctr_x_flood.elf", "share", cpu=0, priority=1))
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_flood.elf"), platform="bochs", cpus=2, timeout=230) as m:
        m.expect(PROMPT, 120)
        shell(m, "list", r"bad +container +running", 60)
        attach(m, "low")
        shares = [int(m.expect(r"has (\d+) % of its CPU", 60)[1]) for _ in range(3)]
        detach(m)
        assert min(shares) > 60, shares
        echo_answers(m)
        power_off(m)
