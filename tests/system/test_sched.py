# SPDX-License-Identifier: MIT
"""CPUs and time: pausing and moving partitions, shares, exclusive CPUs."""
import random
import re
import time
import bulkhead

STEADY = """vm guest
 kernel = t_steady.elf
 memory = 16M
 cpu = 1
container task
 image = ctr_steady.elf
 memory = 1M
 cpu = 1
vm other
 kernel = t_steady.elf
 memory = 16M
container mate
 image = ctr_steady.elf
 memory = 1M
"""
FILES = {f"{name}.elf": f"build/bin/{name}.elf" for name in ("t_steady", "ctr_steady")}
NAMES = ("guest", "task", "other", "mate")


def ask(m, command, timeout=30):
    start = len(m.output)
    m.send(command + "\r")
    m.expect(r"bulkhead> $", timeout)
    return m.output[start:]


def ran(m, name):
    """TSC ticks that the partition had a CPU."""
    return int(re.search(r"CPU time +(\d+) TSC ticks", ask(m, f"stats {name}"))[1])


def check_goes_on(m, name):
    before = ran(m, name)
    end = time.time() + 30
    while ran(m, name) == before:
        assert time.time() < end, f"{name} does not go on"
        time.sleep(0.2)


def check_stands(m, name):
    before = ran(m, name)
    time.sleep(0.5)
    assert ran(m, name) == before, f"{name} runs though paused"


def test_pause_and_move():
    """VMs and containers that check their registers are paused, resumed and moved at random times: nothing shows."""
    with bulkhead.Machine({"system.conf": STEADY, **FILES}, "bochs", cpus=3, timeout=400) as m:
        m.expect(r"bulkhead> $", 120)
        rng = random.Random(5)
        paused, cpu = set(), {}
        for _ in range(80):
            name = rng.choice(NAMES)
            what = rng.choice(("pause", "resume", "move", "move"))
            if what == "move":
                cpu[name] = rng.randrange(3)
                text = ask(m, f"move {name} {cpu[name]}")
            else:
                text = ask(m, f"{what} {name}")
                (paused.add if what == "pause" else paused.discard)(name)
            assert "cannot" not in text, text
            time.sleep(rng.random() * 0.1)
        for name in NAMES:
            (check_stands if name in paused else check_goes_on)(m, name)
        table = ask(m, "list")
        for name in NAMES:
            row = re.search(rf"^{name} +\w+ +(\w+) +(\d)", table, re.MULTILINE)
            assert row[1] == ("paused" if name in paused else "running"), table
            assert int(row[2]) == cpu.get(name, int(row[2])), table
        for name in paused:
            ask(m, f"resume {name}")
            check_goes_on(m, name)
        assert "ended" not in m.output and "BROKEN" not in m.output, m.output[-2000:]
        for name in NAMES[:2]:  # a paused one can be killed, and all that it held comes back
            ask(m, f"pause {name}")
            ask(m, f"kill {name}")
            assert re.search(rf"^{name} +\w+ +ended .* killed", ask(m, "list"), re.MULTILINE)
        for name in NAMES[2:]:
            check_goes_on(m, name)
        assert "this machine has only 3 (0 to 2)" in ask(m, "move other 3")
        assert "it must be running" in ask(m, "pause guest")
        assert "does not run" in ask(m, "move guest 1")
        m.send("poweroff\r")
        assert m.wait(60) == bulkhead.POWEROFF
