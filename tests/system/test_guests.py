# SPDX-License-Identifier: MIT
"""The guests t_*: each checks the machine that it finds against the manuals and tells the number of failures as its exit code."""
import glob
import os
import re

import bulkhead
from talk import last_words, power_off


def together(*guests):
    """One system of the descriptions build/systems/GUEST of several guests."""
    files, text = {}, ""
    for guest in guests:
        folder = os.path.join(bulkhead.BUILD, "systems", guest)
        with open(os.path.join(folder, "system.conf")) as f:
            text += f.read() + "\n"
        for path in glob.glob(os.path.join(folder, "[!.]*")):
            files[os.path.basename(path)] = path
    files["system.conf"] = text
    return files, re.findall(r"^vm (\S+)", text, re.MULTILINE)


def all_end_well(m, names, timeout):
    """Waits until the VMs have ended; all must do so with exit code 0."""
    ended = {}
    while len(ended) < len(names):
        match = m.expect(r"bulkhead: (\S+) (ended|not started): ([^\r\n]*)[\r\n]", timeout)
        ended[match[1]] = match[3]
    bad = [name for name in names if not ended.get(name, "").startswith("exit code 0")]
    report = "\n".join(f"{name}: {ended.get(name)}\n{last_words(m, name)}" for name in bad)
    assert not bad, report


def run(guests, timeout=150, **machine):
    """Starts the guests in one system; all must end with exit code 0."""
    files, names = together(*guests)
    with bulkhead.Machine(files, platform="bochs", memory="512M", timeout=timeout + 60, **machine) as m:
        m.expect(r"bulkhead> ", 60)
        all_end_well(m, names, timeout)
        power_off(m)


@bulkhead.cases(1, 2)
def test_guests(cpus):
    """CPU, device memory, boot protocols, real mode: several virtual machines in one system."""
    bulkhead.needs_fixed_bochs()
    run(("t_cpu", "t_mmio", "t_multiboot", "t_pvh", "t_real"), cpus=cpus)


def test_interrupts():
    """Interrupt controllers and timers; alone, because it measures time."""
    bulkhead.needs_fixed_bochs()
    run(("t_irq",))


@bulkhead.cases(*((model, guest) for model in ("corei7_sandy_bridge_2600k", "corei7_haswell_4770", "corei3_cnl", "sapphire_rapids")
                  for guest in ("t_cpu", "t_irq")))
def test_processors(model, guest):
    """CPUs that lack what others have: no APIC virtualization, parts of it, other vector state."""
    bulkhead.needs_fixed_bochs()
    run((guest,), cpu_model=model)
