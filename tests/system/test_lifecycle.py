# SPDX-License-Identifier: MIT
"""Partitions come, end, come back and go while the machine runs."""
import re
import time

import bulkhead
from talk import PROMPT, echo_answers, power_off
from test_containers import files


def shell(m, command, *patterns, timeout=20):
    """Types a command; waits for all patterns, in any order, and for a prompt at the end; the match of the last one.

    Notices of what ends by itself come whenever they come: before the prompt or behind it."""
    start = len(m.output)
    m.send(command + "\r")
    deadline = bulkhead.deadline(timeout)
    wanted = [re.compile(p) for p in (re.escape(command) + r"[\r\n]", *patterns)]
    while True:
        text = m.output[start:]
        found = [p.search(text) for p in wanted]
        if all(found) and text.endswith("bulkhead> "):
            return found[-1]
        if time.monotonic() > deadline:
            missing = [p.pattern for p, f in zip(wanted, found) if not f]
            raise bulkhead.Failure(f"{command}: not found: {missing}\n{text}")
        time.sleep(0.02)


def free(m):
    """What root has left, once nothing changes any more: KiB of memory and of kernel memory."""
    match = shell(m, "list", r"free: (\d+) KiB of memory, (\d+) KiB of kernel memory")
    return int(match[1]), int(match[2])


CONTAINERS = """container echo
    image = ctr_echo.elf
container spin
    image = ctr_x_flood.elf
    args = spin
"""


def test_containers():
    """create, start, stop with grace, restart, kill, destroy, rename; what cannot be is refused with a reason."""
    more = "container extra\n image = ctr_hello.elf\n args = 3\ncontainer echo\n image = ctr_echo.elf\n"
    with bulkhead.Machine(files(CONTAINERS, "ctr_echo.elf", "ctr_x_flood.elf", "ctr_hello.elf", **{"more.conf": more}),
                          platform="qemu", cpus=2, timeout=200) as m:
        m.expect(PROMPT, 60)
        first = free(m)
        shell(m, "stop echo", "echo was asked to end; it is killed in 10 s otherwise", "bulkhead: echo ended: exit code 0")
        shell(m, "stop echo", "echo is ended: to stop it, it must be waiting or running or")
        shell(m, "stop spin 1", "killed in 1 s otherwise", "bulkhead: spin ended: killed: did not end within 1 s")
        assert free(m) > first
        shell(m, "start echo", "echo runs on CPU 1")
        shell(m, "start echo", "echo is running: to start it, it must be not started or backing off or ended")
        shell(m, "restart echo", "asked to end", "echo ended: exit code 0")
        shell(m, "list", r"echo +container +running")
        shell(m, "start spin", "spin runs on CPU")
        before = free(m)  # now both have written something
        shell(m, "stop spin 5")
        shell(m, "kill spin", "spin ended: killed")
        shell(m, "restart spin", "spin runs on CPU")
        shell(m, "rename spin echo", 'there is a partition "echo" already')
        shell(m, "rename spin a/b", 'found name "a/b", expected 1 to 31 letters')
        shell(m, "rename spin other")
        shell(m, "kill spin", 'no partition "spin"')
        shell(m, "destroy other", "other ended: killed")
        shell(m, "destroy other", 'no partition "other"')
        shell(m, "create new image=ctr_hello.elf args=\"4 words in it\"", "new is created; `start new` starts it")
        shell(m, "create new image=ctr_hello.elf", 'new is not created: there is a partition "new" already')
        shell(m, "start new", "new runs on CPU", "new ended: exit code 4")
        shell(m, "console new", "new: exit code 4")
        shell(m, "start new", "new runs on CPU", "new ended: exit code 4")
        shell(m, "console new", "-- started again --", "new: exit code 4")
        shell(m, "create bad image=ctr_hello.elf memry=4M", r"create: found unknown key \"memry\".*did you mean memory")
        shell(m, "create bad image=absent.elf", "bad is created")
        shell(m, "start bad", 'bad not started: file "absent.elf" is missing')
        shell(m, "destroy bad")
        shell(m, "create more.conf", r"extra is created.*\s+echo is not created: there is a partition \"echo\" already")
        shell(m, "start extra", "extra runs on", "extra ended: exit code 3")
        shell(m, "create absent.conf", 'found no file "absent.conf"')
        shell(m, "create big image=ctr_hello.elf memory=2G", "big is created")
        shell(m, "start big", "big not started: wants .* KiB of memory, but only")
        for name in ("big", "extra", "new"):
            shell(m, f"destroy {name}")
        shell(m, "create spin image=ctr_x_flood.elf args=spin memory=1M")
        shell(m, "start spin", "spin runs on CPU")
        time.sleep(1)     # until it has written its line, which takes a page
        assert free(m) == before
        power_off(m)


def test_policies():
    """Restart policies with their limit, start after another, the watchdog of a container and of a VM, and that it is off."""
    text = """container crash
    image = ctr_hello.elf
    args = 9
    restart = on-failure 2
container well
    image = ctr_hello.elf
    restart = on-failure
container second
    image = ctr_echo.elf
    after = first
container first
    image = ctr_echo.elf
    autostart = no
vm mute
    kernel = hello.elf
    memory = 4M
    watchdog = 2s
"""
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_hello.elf", "hello.elf"), platform="bochs", timeout=200) as m:
        m.expect("bulkhead: crash: given up after 2 restarts in a row", 60)
        assert m.output.count("bulkhead: crash ended: exit code 9") == 3 or shell(m, "list", "crash +container +ended +. +1M +exit code 9")
        shell(m, "list", r"well +container +ended +.* exit code 0", r"second +container +waiting", r"first +container +not started")
        shell(m, "start first", "first runs on CPU")
        shell(m, "list", r"second +container +running")
        shell(m, "watchdog first", "first has no watchdog")
        shell(m, "list", "mute ended: killed by its watchdog: no sign of life for 2000 ms", "mute starts again", timeout=60)
        shell(m, "watchdog mute 0", "mute has no watchdog")
        shell(m, "watchdog first 1", "sign of life every 1000 ms", "first ended: killed by its watchdog", "first starts again", timeout=60)
        power_off(m)


def test_moved_and_destroyed():
    """A CPU that a partition left by a move, and that idles since, keeps nothing of it: its memory goes to others at once."""
    two = "container one\n image = ctr_echo.elf\n cpu = 1\ncontainer two\n image = ctr_echo.elf\n cpu = 2\n"
    with bulkhead.Machine(files(two, "ctr_echo.elf", **{"parts.conf": two}), platform="bochs", cpus=4, timeout=100) as m:
        m.expect(PROMPT, 60)
        for _ in range(3):
            shell(m, "move one 3")
            shell(m, "move two 3")
            for name in ("one", "two"):
                shell(m, f"destroy {name}", f"{name} ended: killed")
            shell(m, "create parts.conf", "one is created", "two is created")
            for name, cpu in (("two", 2), ("one", 1)):
                shell(m, f"start {name}", f"{name} runs on CPU {cpu}")
            for name in ("one", "two"):
                echo_answers(m, name)
        power_off(m)


def cycle(m, name, count, timeout):
    """`cycle`: nothing may be lost; the figures before must be those after."""
    shell(m, f"cycle {name} {count}", rf"cycle: {count} of {count} done, \d+ ended by themselves, nothing is lost", timeout=timeout)
    text = m.output[m.output.rindex(f"cycle {name} {count}"):]
    before, after = (re.search(rf"cycle: {when}: (.*free.*heap)", text)[1] for when in ("before", "after"))
    assert before == after, f"{before}\n{after}"
    return int(re.search(r"(\d+) ended by themselves", text)[1])


@bulkhead.cases(1, 2)
@bulkhead.timeout(1800)
def test_ten_thousand(cpus):
    """10,000 times a container and a VM are created, started, ended at a random moment and destroyed: all comes back."""
    with bulkhead.Machine(files("container echo\n image = ctr_echo.elf\n", "ctr_echo.elf", "ctr_hello.elf", "hello.elf"),
                          platform="bochs", cpus=cpus, timeout=1700) as m:
        m.expect(PROMPT, 60)
        shell(m, "create c image=ctr_hello.elf memory=64K")
        shell(m, "create v kernel=hello.elf memory=2M cmdline=beats=0")
        count = 10000 if cpus == 1 else 1000
        start = free(m)
        assert cycle(m, "c", count, 600) > count / 100
        assert cycle(m, "v", count, 900) > count / 100
        assert free(m) == start
        power_off(m)
