# SPDX-License-Identifier: MIT
"""A running VM is given CPUs and gives them back; others use them meanwhile."""
import bulkhead
from talk import PROMPT, ask, attach, detach, last_words, linux_vm, power_off
from test_lifecycle import shell as said


def in_linux(m, *questions):
    attach(m, "linux")
    m.send("\r")
    for command, answer in questions:
        ask(m, command, answer)
    detach(m)


@bulkhead.timeout(300)
def test_linux_gets_and_gives_cpus():
    """Linux takes a CPU, gives two back when it is asked; a new VM runs there; Linux cannot have them then, but later."""
    bulkhead.needs_fixed_bochs()
    text, files = linux_vm("192M", "cpus = 2 of 3 exclusive")
    with bulkhead.Machine({"system.conf": text, **files, "hello.elf": "build/bin/hello.elf"}, platform="bochs", cpus=4, memory="512M", timeout=290) as m:
        m.expect(PROMPT, 60)
        said(m, "cpus linux", "linux has 2 of at most 3: CPU 1-2!")
        attach(m, "linux")
        m.expect("linux# ", 200)
        detach(m)
        in_linux(m, ("cd /sys/devices/system/cpu; nproc; cat possible present", r"^2\r\n0-2\r\n0-1\r"))
        said(m, "cpus linux 3", "linux has 3 of at most 3: CPU 1-3!")
        in_linux(m, ("until dmesg | grep hot-added; do sleep 1; done", "CPU2 has been hot-added"), ("cat present", r"^0-2\r"),
                 ("echo 1 > cpu2/online; nproc", r"^3\r"), ("taskset -c 2 cut -d' ' -f39 /proc/self/stat", r"^2\r"))
        said(m, "create other kernel=hello.elf memory=4M cpus=\"2 exclusive\"")
        said(m, "start other", "other not started: wants 2 exclusive CPUs, but only 0 are free")
        said(m, "cpus linux 1", "linux is asked to give back 2", "linux gave back CPU 2", "linux gave back CPU 3", timeout=60)
        in_linux(m, ("nproc; cat present", r"^1\r\n0\r"))
        said(m, "start other", "other runs on CPU 2-3!")
        said(m, "cpus linux 2", "linux has as many CPUs as before: wants 1 exclusive CPU, but only 0 are free")
        said(m, "kill other", "other ended: killed")
        said(m, "cpus linux 3", "linux has 3 of at most 3: CPU 1-3!")
        in_linux(m, ("until [ -e cpu1/online -a -e cpu2/online ]; do sleep 1; done; cat present", r"^0-2\r"),
                 ("echo 1 > cpu1/online; echo 1 > cpu2/online; nproc", r"^3\r"),
                 ("dmesg | grep -c -i -e 'call trace' -e 'ACPI.*error'", r"^0\r"), ("smp flush 100", r"3 CPUs, 100 rounds, 0 errors"))
        said(m, "check frames", "frames: clean")
        power_off(m)


@bulkhead.timeout(150)
def test_cpus_come_and_go():
    """t_hotcpu sees all of it from inside; a guest that does not listen keeps its CPU, which is told; what cannot be is refused."""
    bulkhead.needs_fixed_bochs()
    conf = """vm t_hotcpu
 kernel = t_hotcpu.elf
 cmdline = t_hotcpu unbuffered
 memory = 16M
 cpus = 1 of 2 exclusive
vm deaf
 kernel = hello.elf
 memory = 4M
 cpus = 1 of 2 on 0,3
container echo
 image = ctr_echo.elf
 cpu = 0
"""
    files = {name: "build/bin/" + name for name in ("t_hotcpu.elf", "hello.elf", "ctr_echo.elf")}
    with bulkhead.Machine({"system.conf": conf, **files}, platform="bochs", cpus=4, memory="512M", timeout=140) as m:
        m.expect(PROMPT, 60)
        for wrong in ("two", "1x", "-1", "99999999999"):
            said(m, f"cpus deaf {wrong}", f'found "{wrong}", expected a number of CPUs')
        for count in (0, 3, 200):
            said(m, f"cpus deaf {count}", "deaf has as many CPUs as before: it can have 1 to 2 ")
        said(m, "cpus echo 2", "echo has as many CPUs as before: it can have 1 to 1 ")
        said(m, "cpus deaf 2", "deaf has 2 of at most 2")
        said(m, "cpus deaf 1", "deaf is asked to give back 1")
        for i in range(2):
            attach(m, "t_hotcpu")
            m.expect("(waiting for a CPU(?s:.*)){%d}" % (i + 1), 60)
            detach(m)
            said(m, "cpus t_hotcpu 2", "t_hotcpu has 2 of at most 2")
            attach(m, "t_hotcpu")
            m.expect("(waiting to be asked(?s:.*)){%d}" % (i + 1), 60)
            detach(m)
            said(m, "cpus t_hotcpu 1", "bulkhead: t_hotcpu gave back CPU", timeout=60)
        m.expect("t_hotcpu ended: ", 60)
        assert "0 failed" in last_words(m, "t_hotcpu")
        said(m, "cpus deaf", "bulkhead: deaf did not give back CPU . within 10 s: it keeps it", "deaf has 2 of at most 2", timeout=60)
        said(m, "kill deaf")
        said(m, "cpus deaf 1", "deaf starts with 1 of at most 2")
        said(m, "start deaf", "deaf runs on CPU")
        said(m, "pause deaf")
        said(m, "cpus deaf 2", "deaf has as many CPUs as before: it is paused, and must be running")
        power_off(m)
