# SPDX-License-Identifier: MIT
"""Partitions come, end, come back and go while the machine runs."""
import re
import time

import bulkhead

BIN = "build/bin/"
PROMPT = r"bulkhead> $"


def files(text, *programs, **more):
    return {"system.conf": text, **{p: BIN + p for p in programs}, **more}


def shell(m, command, *patterns, timeout=20):
    """Types a command; waits for all patterns, in any order, and for a prompt at the end; the match of the last one.

    Notices of what ends by itself come whenever they come: before the prompt or behind it."""
    start = len(m.output)
    m.send(command + "\r")
    deadline = time.monotonic() + timeout
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


def power_off(m):
    m.send("poweroff\r")
    assert m.wait(30) == bulkhead.POWEROFF


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
        assert free(m) == before
        power_off(m)
