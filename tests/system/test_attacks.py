# SPDX-License-Identifier: MIT
"""Virtual machines that attack (guests x_*): each ends as it must, or goes on, while its neighbours keep answering."""
import re
import time

import bulkhead
from talk import PROMPT, count_behind, echo_answers, power_off

FINE, TRIPLE_FAULT = r"exit code 0\b", r"exit code 1002\b"
RESET, ANY = r"exit code 1005\b", r"exit code \d+\b"  # ANY: whatever a CPU without memory there comes to

# partition: program, command line, how it ends, more lines of its description
ATTACKS = {
    "gpa": ("x_gpa", "", FINE, ""),
    "msr": ("x_msr", "", FINE, ""),
    "port": ("x_port", "reset", RESET, "on_reset = stop"),
    "vmx": ("x_vmx", "", FINE, ""),
    "cr": ("x_cr", "", FINE, ""),
    "storm": ("x_storm", "count=10000", FINE, ""),
    "triple": ("x_triple", "", TRIPLE_FAULT, ""),
    "triple_stack": ("x_triple", "stack", TRIPLE_FAULT, ""),
    "walk": ("x_walk", "", FINE, ""),
    "walk_idt": ("x_walk", "idt", TRIPLE_FAULT, ""),
    "walk_cr3": ("x_walk", "cr3", TRIPLE_FAULT, ""),
    "walk_gdt": ("x_walk", "gdt", ANY, ""),
    "walk_stack": ("x_walk", "stack", ANY, ""),
    "walk_code": ("x_walk", "code", r"exit code 1\b", ""),
    "walk_delivery": ("x_walk", "delivery", ANY, ""),
    **{f"random{seed}": ("x_random", f"seed={seed} rounds=2000", ANY, "") for seed in range(1, 7)},
}
NEIGHBOURS = "".join(f"vm hello{cpu}\n  kernel = hello.elf\n  cmdline = period_ms=100\n  memory = 16M\n  cpu = {cpu}\n"
                     for cpu in range(2)) + "container echo\n  image = ctr_echo.elf\n"


def system(names):
    text, files = NEIGHBOURS, {"hello.elf": "build/bin/hello.elf", "ctr_echo.elf": "build/bin/ctr_echo.elf"}
    for number, name in enumerate(names):
        program, words, _, more = ATTACKS[name]
        text += (f"vm {name}\n  kernel = {program}.elf\n  cmdline = quiet {words}\n  memory = 32M\n  cpu = {number % 2}\n"
                 f"  {more}\n")
        files[program + ".elf"] = f"build/bin/{program}.elf"
    return {"system.conf": text, **files}


def ends(m):
    return dict(re.findall(r"bulkhead: (\S+) (?:ended|not started): ([^\r\n]*)[\r\n]", m.output))


def check_attacks(names, limit=150):
    with bulkhead.Machine(system(names), platform="bochs", cpus=2, memory="1G", timeout=limit + 90) as m:
        m.expect(PROMPT, 60)
        beats, end = [0, 0], bulkhead.deadline(limit)
        while True:
            running = set(names) - set(ends(m))
            for cpu in range(2):
                beats[cpu] = count_behind(m, f"hello{cpu}", r"hello: heartbeat (\d+)", beats[cpu])
            echo_answers(m)
            if not running or time.monotonic() > end:
                break
        how = ends(m)
        bad = {n: how.get(n, "still running") for n in names if not re.match(ATTACKS[n][2], how.get(n, ""))}
        assert not bad, bad
        assert not {"hello0", "hello1", "echo"} & set(how), how
        power_off(m)


@bulkhead.timeout(400)
def test_machine_attacks():
    """Memory, MSRs, ports, control registers, VMX instructions, exit storm, triple faults, tables outside memory."""
    bulkhead.needs_fixed_bochs()
    check_attacks([n for n in ATTACKS if not n.startswith("random")])


@bulkhead.timeout(400)
def test_random_instructions():
    """Random bytes in rings 3 and 0 of several virtual machines."""
    bulkhead.needs_fixed_bochs()
    check_attacks([n for n in ATTACKS if n.startswith("random")], 100)
