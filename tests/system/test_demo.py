# SPDX-License-Identifier: MIT
"""The demonstration system, as a person at the console sees it."""
import re
import time

import bulkhead
from talk import PROMPT, ask, attach, detach, power_off, shell


def timer_ticks(m):
    return int(ask(m, "cat /proc/interrupts", r"LOC: +(\d+) ")[1])


def check_linux(m):
    """The guest's own view: its kernel, its timer, its clock against the system's."""
    ask(m, "uname -sr", r"Linux \d+\.\d+\.\d+\S*-cloud-amd64")
    first = timer_ticks(m)
    start = int(ask(m, "date +%s", r"^(\d{10})\r")[1])
    ask(m, "sleep 10; echo slept", r"^slept\r", 120)
    end = int(ask(m, "date +%s", r"^(\d{10})\r")[1])
    assert 10 <= end - start <= 12, f"{end - start} s by the guest's clock for a sleep of 10 s"
    assert timer_ticks(m) > first + 10


def clock_span(m):
    """First and last time that the container printed, and how many seconds it says lie between."""
    lines = re.findall(r"clock: (\S+ \S+) UTC, running for ([\d.]+) s", m.output)
    assert len(lines) >= 2, m.output[-1000:]
    return float(lines[-1][1]) - float(lines[0][1])


@bulkhead.timeout(300)
def test_demonstration():
    """Linux to its shell beside a bare-metal guest and a container, each on its own console; then Linux alone ends."""
    bulkhead.needs_fixed_bochs()
    with bulkhead.Machine("demo", platform="bochs", cpus=2, memory="1G", timeout=290) as m:
        m.expect(r"linux +vm +running +1 +256M", 90)
        m.expect(PROMPT, 20)
        attach(m, "linux")
        m.expect("Bulkhead guest: Linux ready", 120)
        m.expect("linux# ", 30)
        check_linux(m)
        detach(m)
        attach(m, "hello")
        m.expect(r"hello: heartbeat \d+", 20)
        detach(m)
        attach(m, "clock")
        m.expect(r"clock: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", 20)
        detach(m)
        shell(m, "stats linux", r"VM exits +[1-9]\d*, [1-9]\d* of them for the VMM")
        attach(m, "linux")
        m.send("poweroff -f\r")
        m.expect(r"bulkhead: linux ended: exit code 0 \(power-off\)", 60)
        m.expect(PROMPT, 20)
        out = shell(m, "list")
        assert re.search(r"linux +vm +ended +- +256M +exit code 0 \(power-off\)", out), out
        assert re.search(r"hello +vm +running", out) and re.search(r"clock +container +running", out), out
        attach(m, "clock")
        m.expect(r"clock: 20", 20)
        detach(m)
        assert clock_span(m) >= 10
        power_off(m)


def free_now(m):
    match = shell(m, "list", r"free: (\d+) KiB of memory, (\d+) KiB of kernel memory")
    return int(match[1]), int(match[2])


@bulkhead.timeout(200)
def test_all_is_given_back():
    """Memory and kernel memory of VMs and containers that are killed at work come back to the last page."""
    with bulkhead.Machine("demo", platform="bochs", cpus=2, memory="1G", timeout=190) as m:
        pool = int(m.expect(r"(\d+) KiB kernel pool free", 90)[1])
        total = int(m.expect(r"Bulkhead: 2 CPUs, (\d+) MiB free", 20)[1]) * 1024
        m.expect(PROMPT, 30)
        before = free_now(m)
        assert before[0] < total - 270 * 1024
        time.sleep(3)
        for name in ("linux", "hello", "clock"):
            shell(m, f"kill {name}", rf"bulkhead: {name} ended: killed")
        after = free_now(m)
        consoles = 3 * 76
        assert total - consoles <= after[0] < total + 1024, f"{after[0]} of {total} KiB"
        assert pool - 256 < after[1] <= pool, f"{after[1]} of {pool} KiB"
        power_off(m)
