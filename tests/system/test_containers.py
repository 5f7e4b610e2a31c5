# SPDX-License-Identifier: MIT
"""Containers: the C library inside, their consoles, their limits, and the operator's shell around them."""
import re
import time

import bulkhead
from talk import BIN, PROMPT, power_off, shell

def conf(*parts, head=""):
    return head + "".join(parts)


def container(name, image, args="", **keys):
    lines = [f"container {name}", f"    image = {image}"] + ([f"    args = {args}"] if args else [])
    return "\n".join(lines + [f"    {key} = {value}" for key, value in keys.items()]) + "\n"


def files(text, *programs, **more):
    return {"system.conf": text, **{p: BIN + p for p in programs}, **more}


@bulkhead.cases("qemu", "bochs")
def test_c_library(platform):
    """printf, malloc with its limit, files, clocks, registers across calls, refused system calls; exit code 7."""
    with bulkhead.Machine("ctr_test", platform=platform, timeout=120) as m:
        m.expect(r"bulkhead: test ended: exit code 7", 90)
        shell(m, "console test", r"PASS: \d+ checks, 0 failed")
        power_off(m)


def test_exit_codes_and_power_off_at_the_end():
    """`on_all_ended = poweroff` ends the machine when the last partition has ended; exit codes are told."""
    text = conf(container("zero", "ctr_hello.elf"), container("five", "ctr_hello.elf", "5"),
                head="on_all_ended = poweroff\n")
    with bulkhead.Machine(files(text, "ctr_hello.elf"), platform="qemu") as m:
        assert m.wait(60) == bulkhead.POWEROFF
        assert re.search(r"bulkhead: zero ended: exit code 0\s", m.output)
        assert re.search(r"bulkhead: five ended: exit code 5\s", m.output)
        assert "bulkhead: all partitions have ended: power off" in m.output


def test_console():
    """Attach, type, be answered, detach; the scrollback shows what was missed; a partition that ended keeps its text."""
    text = conf(container("echo", "ctr_echo.elf"), container("clock", "ctr_clock.elf", "1"))
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_clock.elf"), platform="qemu", cpus=2) as m:
        m.expect(PROMPT, 60)
        m.send("console echo\r")
        m.expect(r"console of echo; Ctrl-\\ goes back", 20)
        m.expect("echo: ready", 20)
        m.send("hello there\r")
        m.expect(r'echo: you said "hello there"', 20)
        m.send("\x1c")
        m.expect(r"back at the shell", 20)
        m.expect(PROMPT, 20)
        m.send("console clock\r")
        m.expect(r"clock: 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, running for \d+\.\d s", 20)
        m.expect(r"clock: 20", 20)
        m.send("\x1c")
        m.expect(PROMPT, 20)
        m.send("console echo\r")
        m.expect("console of echo", 20)
        m.send("quit 3\r")
        m.expect("bulkhead: echo ended: exit code 3", 20)
        m.expect(PROMPT, 20)
        out = shell(m, "console echo", "echo: exit code 3")
        assert 'you said "hello there"' in m.output[m.output.rindex("console echo"):], out
        power_off(m)


def test_nothing_is_lost():
    """20,000 lines through an attached console: each one arrives, in order."""
    text = conf(container("count", "ctr_x_flood.elf", "count 20000"), container("wait", "ctr_echo.elf"))
    with bulkhead.Machine(files(text, "ctr_x_flood.elf", "ctr_echo.elf"), platform="qemu", timeout=200) as m:
        m.expect("bulkhead: count ended", 60)
        shell(m, "console count", "line 20000 of 20000")
        power_off(m)
    text = conf(container("wait", "ctr_echo.elf"), container("count", "ctr_x_flood.elf", "wait 3000"))
    with bulkhead.Machine(files(text, "ctr_x_flood.elf", "ctr_echo.elf"), platform="qemu", timeout=200) as m:
        m.expect(PROMPT, 60)
        m.send("console count\r")
        m.expect("console of count", 20)
        m.expect("press Enter", 20)
        m.send("\r")
        m.expect("line 3000 of 3000", 120)
        m.expect("count ended: exit code 0", 20)
        numbers = [int(n) for n in re.findall(r"line (\d+) of 3000", m.output)]
        assert numbers == list(range(1, 3001)), f"{len(numbers)} of 3000 lines"
        power_off(m)


def test_shell():
    """help, list, stats, log, kill; unknown words are met with the nearest known one."""
    text = conf(container("echo", "ctr_echo.elf"), container("spin", "ctr_x_flood.elf", "spin"))
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_x_flood.elf"), platform="qemu", cpus=2) as m:
        m.expect(r"NAME +KIND +STATE +CPUS +MEMORY +REMARK", 60)
        m.expect(PROMPT, 60)
        out = shell(m, "help")
        for word in ("help", "list", "console", "log", "stats", "create", "start", "stop", "restart", "kill", "destroy", "rename",
                     "poweroff", "reboot"):
            assert re.search(rf"^\s+{word} ", out, re.MULTILINE), out
        shell(m, "lits", r'unknown command "lits" \(did you mean list\?\)')
        shell(m, "console ecko", r'no partition "ecko" \(did you mean echo\?\)')
        shell(m, "console", r"usage: console NAME")
        shell(m, "list", r"echo +container +running +\d +1M\s")
        shell(m, "stats spin", r"CPU time +\d+ TSC ticks \(\d+ ms\)[\s\S]*?memory +\d+ of \d+ KiB\s+kernel +\d+ of \d+ KiB")
        shell(m, "log", r"\[ *\d+\.\d+\]")
        shell(m, "kill spin", r"bulkhead: spin ended: killed")
        shell(m, "list", r"spin +container +ended +\S+ +1M +killed")
        shell(m, "kill spin", "spin is ended: to kill it, it must be waiting or running")
        m.send("lisx\x7ft\r")
        m.expect(r"echo +container +running", 20)
        m.expect(PROMPT, 20)
        m.send("nonsense\x15list\r")
        m.expect(r"echo +container +running", 20)
        m.expect(PROMPT, 20)
        power_off(m)


def test_reboot():
    """`reboot` resets the machine."""
    with bulkhead.Machine({"system.conf": "# nothing\n"}, platform="qemu") as m:
        m.expect(r"\(no partitions\)", 60)
        m.expect(PROMPT, 20)
        m.send("reboot\r")
        assert m.wait(30) == bulkhead.REBOOT


@bulkhead.cases(1, 2)
def test_budget(cpus):
    """Two busy containers on one CPU share it as their budgets say, and the shell answers all the while."""
    text = conf(container("big", "ctr_x_flood.elf", "spin", budget=60, cpu=0),
                container("small", "ctr_x_flood.elf", "spin", budget=20, cpu=0))
    with bulkhead.Machine(files(text, "ctr_x_flood.elf"), platform="bochs", cpus=cpus, timeout=100) as m:
        m.expect(PROMPT, 60)

        def ticks(name):
            return int(shell(m, f"stats {name}", r"CPU time +(\d+) TSC")[1])

        first = ticks("big"), ticks("small")
        shell(m, "list")
        time.sleep(5)
        second = ticks("big"), ticks("small")
        ratio = (second[0] - first[0]) / max(1, second[1] - first[1])
        assert 2.5 < ratio < 3.5, f"ratio {ratio}"
        power_off(m)
