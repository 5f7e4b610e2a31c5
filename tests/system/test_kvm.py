# SPDX-License-Identifier: MIT
"""`tools/run` on QEMU/KVM with nested VT-x, in a Linux that runs on Bochs."""
import re

import bulkhead
import kvm_host
from talk import ask, attach, detach, shell
from test_guests import all_end_well, together

GUESTS = ("t_pvh", "t_mmio", "t_multiboot")
TIMED = "t_real"          # counts timer interrupts: nothing else should compute meanwhile


def check_refusal(m):
    """KVM whose guests get no VT-x is not taken for the platform, and asked for it is refused with the reason."""
    m.load_kvm("nested=0")
    m.command("tools/run --platform kvm mixed")
    m.expect(r"tools/run: platform kvm: this host's KVM does not pass VT-x on to its guests", 60)
    assert m.status() == bulkhead.USAGE


def check_linux(m):
    """Debian's kernel comes to its shell, and has the invariant TSC that QEMU hides unless told otherwise."""
    attach(m, "linux")
    m.expect(r"Bulkhead guest: Linux ready \(\S+-cloud-amd64, 1 CPU, ", 500)
    m.expect(r"linux# ", 60)
    ask(m, "uname -sr", r"^Linux \d+\.\d+\.\d+\S*-cloud-amd64\r", 60)
    ask(m, "grep -c nonstop_tsc /proc/cpuinfo", r"^1\r", 60)
    detach(m)


def mixed_system():
    """The demonstration and the guests; who computes long is started by hand."""
    files, _ = together("demo", *GUESTS, TIMED)
    files["system.conf"] = re.sub(rf"^vm (linux|{TIMED})$", r"\g<0>\n    autostart = no", files["system.conf"], flags=re.MULTILINE)
    return files


@bulkhead.timeout(1200)
def test_nested():
    """Where KVM passes VT-x on, it is the default: Linux, bare-metal guests and a container run, and the end has its status."""
    bulkhead.needs_fixed_bochs()
    with kvm_host.Host({"mixed": mixed_system()}, timeout=1150) as m:
        check_refusal(m)
        m.load_kvm("nested=1 enable_apicv=0")
        m.command("tools/run --cpus 2 --memory 768M mixed")
        m.expect(r"\[run\] mixed on kvm, 2 CPUs, 768 MiB", 60)
        m.expect(r"boot: 2 CPUs \(ACPI\)", 400)
        m.expect(r"boot: vmx: EPT [^\r\n]*VPID yes, APIC virtualization", 60)
        m.expect(r"bulkhead> ", 120)
        all_end_well(m, together(*GUESTS)[1], 300)
        shell(m, f"start {TIMED}", timeout=60)
        all_end_well(m, [TIMED], 120)
        shell(m, "start linux", timeout=60)
        check_linux(m)
        out = shell(m, "list", timeout=60)
        assert re.search(r"linux +vm +running", out) and re.search(r"clock +container +running", out), out
        attach(m, "clock")
        m.expect(r"clock: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", 60)
        detach(m)
        m.send("poweroff\r")
        m.expect(r"\[run\] powered off", 120)
        assert m.status() == bulkhead.POWEROFF
