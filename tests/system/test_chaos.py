# SPDX-License-Identifier: MIT
"""Eight partitions on four CPUs, killed, crashed, stopped, restarted, paused and moved in random order: nobody else notices."""
import random
import re
import time

import bulkhead
from talk import GUEST, PROMPT, attach, detach, power_off
from test_lifecycle import free, shell
from test_memory import clean

SEED, STEPS, CPUS = 1, 200, 4
CRASH = {"linux": r"reset", "vm": r"triple fault", "ctr": r"invalid opcode"}  # how each kind ends when it crashes


class Partition:
    def __init__(self, number, kind, text):
        self.name, self.kind, self.text, self.cpu = f"{kind}{number}", kind, text, number % CPUS
        self.state, self.rounds = "running", 0

    def description(self):
        return f"{'container' if self.kind == 'ctr' else 'vm'} {self.name}\n{self.text} cpu = {self.cpu}\n"


def partitions():
    linux = " kernel = vmlinuz\n initrd = initrd.cpio\n cmdline = console=ttyS0 quiet panic=-1 steady\n memory = 128M\n on_reset = stop\n"
    vm, ctr = " kernel = t_steady.elf\n memory = 16M\n", " image = ctr_steady.elf\n memory = 1M\n"
    kinds = [("linux", linux)] * 3 + [("vm", vm)] * 2 + [("ctr", ctr)] * 3
    return [Partition(i, *kind) for i, kind in enumerate(kinds)]


def system(parts):
    text = "".join(p.description() for p in parts)
    return {"system.conf": text, "parts.conf": text, "vmlinuz": GUEST + "vmlinuz", "initrd.cpio": "build/guests/initrd.cpio",
            **{f"{name}.elf": f"build/bin/{name}.elf" for name in ("t_steady", "ctr_steady")}}


def rounds(m, p):
    """The last count on its console since it was started; 0: none yet."""
    start = len(m.output)
    attach(m, p.name)
    time.sleep(0.1)
    detach(m)
    life = m.output[start:].rpartition("-- started again --")[2]
    return max((int(n) for n in re.findall(r"steady: (\d+) rounds\r", life)), default=0)


def goes_on(m, p, limit):
    """It has done more rounds than when it was last asked, all of them right."""
    deadline = bulkhead.deadline(limit)
    while (now := rounds(m, p)) <= p.rounds:
        assert time.monotonic() < deadline, f"{p.name} stands at round {now}, was at {p.rounds}\n{m.output[-3000:]}"
        time.sleep(0.5)
    p.rounds = now


def ended(p):
    p.state, p.rounds = "ended", 0


def kill(m, p, _):
    shell(m, f"kill {p.name}", f"{p.name} ended: killed")
    ended(p)


def crash(m, p, _):
    """It does that itself, when it gets to look at its console; a Linux that still boots has no shell to tell."""
    if p.kind == "linux" and not rounds(m, p):
        return
    attach(m, p.name)
    m.send("c\r" if p.kind == "linux" else "c")
    m.expect("steady: crash", 60)
    m.expect(f"bulkhead: {p.name} ended: [^\r\n]*({CRASH[p.kind]})", 60)  # and its console goes back to the shell
    m.expect(PROMPT, 30)
    ended(p)


def restart(m, p, _):
    shell(m, f"restart {p.name} 1", f"{p.name} (ended|starts again|runs on)", timeout=60)
    shell(m, "list", rf"{p.name} +\w+ +running", timeout=60)
    p.rounds = 0


def pause(m, p, _):
    shell(m, f"pause {p.name}")
    p.state = "paused"


def move(m, p, rng):
    p.cpu = rng.randrange(CPUS)
    shell(m, f"move {p.name} {p.cpu}")


def start(m, p, _):
    shell(m, f"start {p.name}", f"{p.name} runs on CPU")
    p.state = "running"


def resume(m, p, _):
    shell(m, f"resume {p.name}")
    p.state = "running"


STEP = {"running": (kill, crash, restart, pause, move), "ended": (start,), "paused": (resume, resume, kill, move)}


def step(m, parts, rng):
    """Something happens to one; another one that runs is asked how it is."""
    p = rng.choices(parts, [1 if p.kind == "linux" else 4 for p in parts])[0]
    rng.choice(STEP[p.state])(m, p, rng)
    other = rng.choice([q for q in parts if q is not p])
    if other.state == "running" and (other.kind != "linux" or rounds(m, other)):  # a Linux boots long
        goes_on(m, other, 60)


def destroy_all(m, parts):
    """What is free then."""
    for p in parts:
        shell(m, f"destroy {p.name}")
        ended(p)
    return free(m)


def run_all(m, parts):
    for p in parts:
        {"ended": start, "paused": resume, "running": lambda *_: None}[p.state](m, p, None)


def all_go_on(m, parts, limit):
    for p in parts:
        goes_on(m, p, limit)


@bulkhead.timeout(1500)
def test_chaos():
    """200 steps with a fixed seed; the survivors' self-checks never fail, the books on memory are right, all comes back."""
    bulkhead.needs_fixed_bochs()
    rng, parts = random.Random(SEED), partitions()
    with bulkhead.Machine(system(parts), platform="bochs", cpus=CPUS, memory="1G", timeout=1480) as m:
        m.expect(PROMPT, 90)
        clean(m)  # what root needs for that stays
        before = destroy_all(m, parts)
        shell(m, "create parts.conf", *(f"{p.name} is created" for p in parts))
        run_all(m, parts)
        for number in range(STEPS):
            step(m, parts, rng)
            if number % 20 == 19:
                clean(m)
        run_all(m, parts)
        all_go_on(m, parts, 300)
        assert destroy_all(m, parts) == before
        assert "BROKEN" not in m.output, m.output
        power_off(m)
