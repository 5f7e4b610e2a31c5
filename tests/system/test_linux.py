# SPDX-License-Identifier: MIT
"""Guests that others wrote, unmodified: Debian's Linux and memtest86+."""
import time

import bulkhead
from talk import GUEST, PROMPT, ask, attach, detach, linux_vm, power_off, shell

def container_time(m):
    """What the container clock says now, in seconds since it started."""
    attach(m, "clock")
    time.sleep(0.3)  # what it said before is shown first
    m.expect(r"(?s).*running for [\d.]+ s", 30)
    now = float(m.expect(r"running for ([\d.]+) s", 30)[1])
    detach(m)
    return now


def linux_time(m, mark):
    """Uptime and date; the mark tells this command from one that the console shows again when attached."""
    attach(m, "linux")
    m.send("\r")
    now = float(ask(m, f"cat /proc/uptime # {mark}", r"^([\d.]+) [\d.]+\r")[1])
    wall = int(ask(m, f"date +%s # {mark}", r"^(\d{10})\r")[1])
    detach(m)
    return now, wall


@bulkhead.timeout(300)
def test_linux_devices_and_clock():
    """The devices that Linux finds, no complaint in its log, and its clock against the system's within 2 percent."""
    bulkhead.needs_fixed_bochs()
    conf, files = linux_vm("256M", "cpu = 0")
    conf += "container clock\n image = ctr_clock.elf\n args = 1\n cpu = 1\n"
    with bulkhead.Machine({"system.conf": conf, **files, "ctr_clock.elf": "build/bin/ctr_clock.elf"}, platform="bochs", cpus=2, memory="512M", timeout=290) as m:
        m.expect(PROMPT, 60)
        attach(m, "linux")
        m.expect(r"linux# ", 150)
        ask(m, "ls /sys/class/rtc", r"^rtc0")
        ask(m, "cat /sys/devices/system/clocksource/clocksource0/current_clocksource", r"^tsc\r")
        ask(m, "dmesg | grep -c -i -e 'unchecked MSR' -e 'call trace' -e 'firmware bug'", r"^0\r")
        ask(m, "grep -c x2apic /proc/cpuinfo", r"^1\r")
        ask(m, "echo $((6*7)); false; echo status $?", r"42\r\nstatus 1\r")
        ask(m, "head -c 1000000 /dev/urandom | md5sum | wc -c", r"^36\r")
        detach(m)
        before = container_time(m)
        first, first_wall = linux_time(m, "first")
        middle = container_time(m)
        while container_time(m) - middle < 100:
            time.sleep(3)
        start = container_time(m)
        last, last_wall = linux_time(m, "last")
        after = container_time(m)
        linux, low, high = last - first, start - middle, after - before
        assert low * 0.98 <= linux <= high * 1.02, f"Linux {linux} s, the system between {low} and {high} s"
        assert abs((last_wall - first_wall) - linux) <= 2, f"date {last_wall - first_wall} s, uptime {linux} s"
        power_off(m)


@bulkhead.timeout(200)
def test_memtest():
    """memtest86+ tests its memory on the screen that it shows over serial, and its exit key resets the VM."""
    bulkhead.needs_fixed_bochs()
    conf = "vm memtest\n kernel = memtest86+.bin\n memory = 32M\n cmdline = console=ttyS0,115200\n on_reset = stop\n"
    with bulkhead.Machine({"system.conf": conf, "memtest86+.bin": GUEST + "memtest86+.bin"}, platform="bochs", memory="512M",
                          timeout=190) as m:
        m.expect(PROMPT, 60)
        attach(m, "memtest")
        m.expect(r"Memtest86\+", 60)
        m.expect(r"#[1-9] +\[Moving inversions", 90)
        m.expect(r"Errors: 0 ", 60)
        m.send("\x1b")
        m.expect(r"bulkhead: memtest ended: [^\r\n]*\(?reset", 60)
        m.expect(PROMPT, 30)
        power_off(m)


@bulkhead.timeout(400)
def test_two_kernels():
    """Debian's cloud and -rt kernels beside each other, each to its shell; both answer by turns, the -rt one is preemptible."""
    bulkhead.needs_fixed_bochs()
    cloud, files = linux_vm("256M", "cpu = 0", name="cloud")
    other = linux_vm("256M", "cpu = 1", name="rt")[0].replace("vmlinuz", "vmlinuz-rt")
    with bulkhead.Machine({"system.conf": cloud + other, **files, "vmlinuz-rt": GUEST + "vmlinuz-rt"}, platform="bochs", cpus=2, memory="768M", timeout=390) as m:
        m.expect(PROMPT, 60)
        for name, flavour, preempt in (("cloud", "cloud", "PREEMPT_DYNAMIC"), ("rt", "rt", "PREEMPT_RT")):
            attach(m, name)
            m.expect(r"linux# ", 300)
            ask(m, "uname -r", rf"^6\.[\w.-]+-{flavour}-amd64\r")
            ask(m, f"uname -v | grep -c {preempt}", r"^1\r")
            detach(m)
        for turn in range(3):
            for name in ("cloud", "rt"):
                attach(m, name)
                ask(m, f"echo {name} $(({turn}+40))", rf"^{name} {turn + 40}\r")
                ask(m, "dmesg | grep -c -i -e 'unchecked MSR' -e 'call trace' -e 'rcu.*stall'", r"^0\r")
                detach(m)
        power_off(m)


@bulkhead.timeout(300)
def test_linux_stops_and_kicks():
    """Signs of life keep Linux alive; `stop` makes it switch itself off by its power button; without signs it is restarted."""
    bulkhead.needs_fixed_bochs()
    conf, files = linux_vm("192M", "restart = on-failure 1")
    conf = conf.replace("quiet", "quiet button")
    with bulkhead.Machine({"system.conf": conf, **files}, platform="bochs", memory="512M", timeout=290) as m:
        m.expect(PROMPT, 60)
        attach(m, "linux")
        m.expect("linux# ", 150)
        m.send("kick 1000 &\r")
        m.expect("linux# ", 60)
        detach(m)
        shell(m, "watchdog linux 3", "linux must give a sign of life every 3000 ms")
        attach(m, "linux")
        ask(m, "sleep 7; echo lived $((6*7))", r"^lived 42\r")
        detach(m)
        m.send("stop linux 60\r")  # what comes then may come before the next prompt
        m.expect("linux was asked to end", 30)
        m.expect("linux ended: exit code 0", 100)
        m.expect(PROMPT, 30)
        m.send("start linux\r")
        m.expect("linux runs on CPU 0", 60)
        m.expect("linux ended: killed by its watchdog: no sign of life for 3000 ms", 100)  # before it is up
        m.expect("linux starts again", 60)
        shell(m, "kill linux", "linux ended: killed")
        power_off(m)
