# SPDX-License-Identifier: MIT
"""Firmware and CPUs that lack something: the line that names it, and what still runs."""
import bulkhead
from talk import BIN, PROMPT, echo_answers, power_off, shell

TEXT = b"""container echo
    image = ctr_echo.elf
vm hello
    kernel = hello_mb.elf
    memory = 16M
"""
FILES = {"system.conf": TEXT, "hello_mb.elf": BIN + "hello_mb.elf", "ctr_echo.elf": BIN + "ctr_echo.elf"}


def test_vtx_locked_off():
    """With VT-x locked off, VMs are unavailable, in one line that says why; containers run."""
    with bulkhead.Machine(FILES, "bochs", memory="512M", timeout=120, cmdline="vtx=off") as m:
        m.expect(r"bulkhead: VMs unavailable: VT-x is locked off by firmware \(IA32_FEATURE_CONTROL\)", 90)
        m.expect(r"hello\s+vm\s+unavailable")
        m.expect(PROMPT)
        echo_answers(m)
        power_off(m)


@bulkhead.cases(
    ("corei7_haswell_4770", r"APIC virtualization: full"),
    ("corei3_cnl", r"no virtual-interrupt delivery: each interrupt and EOI of a guest costs VM exits"))
def test_vms_on_older_cpus(model, says):
    """The guest's own checks of interrupts pass with and without APIC virtualisation."""
    files = {"system.conf": b"vm t_irq\n    kernel = t_irq.elf\n    memory = 16M\n", "t_irq.elf": BIN + "t_irq.elf"}
    with bulkhead.Machine(files, "bochs", memory="512M", timeout=150, cpu_model=model) as m:
        m.expect(says, 60)
        m.expect(r"t_irq ended: exit code 0 \(power-off\)", 120)
        m.expect(PROMPT)
        shell(m, "console t_irq", r"t_irq: \d+ passed, 0 failed")
        power_off(m)
