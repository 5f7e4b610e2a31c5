# SPDX-License-Identifier: MIT
"""CPUs and time: pausing and moving partitions, shares, exclusive CPUs."""
import json
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


def how_ended(m, name, timeout=200):
    """Waits for the notice, which comes before a prompt or behind it."""
    end = bulkhead.deadline(timeout)
    while not (found := re.search(rf"bulkhead: {name} ended: (.*)", m.output)):
        assert time.monotonic() < end, f"{name} does not end\n{m.output[-1000:]}"
        time.sleep(0.1)
    return found[1]


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


def dump(m):
    """stats --json: the whole, and the partitions by name."""
    m.send("stats --json\r")
    whole = json.loads(m.expect(r'(\{"bulkhead":.*\})\r?\n', 30)[1])
    m.expect(r"bulkhead> $", 30)
    return whole, {part["name"]: part for part in whole["partitions"]}


def shares(m, names, seconds=1.0):
    """Of one CPU, in per cent, over so much time of the machine or more; and how long that was in TSC ticks."""
    first, before = dump(m)
    while True:
        last, after = dump(m)
        ticks = last["tsc"] - first["tsc"]
        if ticks > seconds * first["tsc_hz"]:
            return [(after[n]["cpu_tsc"] - before[n]["cpu_tsc"]) * 100 / ticks for n in names], before, after, ticks
        time.sleep(0.3)


BUDGETS = """container ten
 image = ctr_x_flood.elf
 args = spin
 cpu = 1
 budget = 10%
vm thirty
 kernel = t_pinned.elf
 cmdline = laps=100000
 memory = 16M
 cpu = 1
 budget = 30%
container sixty
 image = ctr_x_flood.elf
 args = spin
 cpu = 1
 budget = 60%
vm evil
 kernel = x_budget.elf
 memory = 16M
 cpu = 1
 priority = 20
 budget = 10%
 autostart = no
container wicked
 image = ctr_x_budget.elf
 cpu = 1
 priority = 20
 budget = 10%
 autostart = no
container low
 image = ctr_x_flood.elf
 args = spin
 cpu = 1
 priority = 1
 autostart = no
container kept
 image = ctr_x_flood.elf
 args = spin
 cpu = 1
 priority = 1
 reserve = 20%
 autostart = no
container high
 image = ctr_x_flood.elf
 args = spin
 cpu = 1
 priority = 20
 autostart = no
"""


def watch_evader(m, name, most):
    """Until it ends: in no second does it get more than its budget, its VMM's time included."""
    ask(m, f"start {name}")
    worst, seconds = 0, 0
    while f"{name} ended" not in m.output:
        (share,), _, after, _ = shares(m, [name])
        worst, seconds = max(worst, share), seconds + 1
    assert seconds >= 3 and 1 < worst <= most, (worst, seconds)
    text = ask(m, f"console {name}") + m.output
    print(f"{name}: at worst {worst:.2f} % of a second; {re.findall(name_of(name) + r': (.*per mille)', text)}")
    assert how_ended(m, name).startswith("exit code 0"), m.output[-3000:]


def name_of(partition):
    return {"evil": "x_budget", "wicked": "ctr_x_budget"}[partition]


@bulkhead.timeout(600)
def test_budgets():
    """Shares of 10, 30 and 60 %; who tries to get more; time throttled is counted; a reserve is kept."""
    files = {n: f"build/bin/{n}" for n in ("ctr_x_flood.elf", "t_pinned.elf", "x_budget.elf", "ctr_x_budget.elf")}
    with bulkhead.Machine({"system.conf": BUDGETS, **files}, "bochs", cpus=2, timeout=580) as m:
        m.expect(r"bulkhead> $", 120)
        names = ("ten", "thirty", "sixty")
        got, before, after, ticks = shares(m, names)
        print("shares of 10, 30, 60 %:", ", ".join(f"{share:.2f}" for share in got))
        for share, want, name in zip(got, (10, 30, 60), names):
            assert abs(share - want) < 1, (name, share)
            throttled = (after[name]["throttled_tsc"] - before[name]["throttled_tsc"]) * 100 / ticks
            assert 0 < throttled <= 100 - want + 1, (name, throttled)
            assert after[name]["throttled"] > before[name]["throttled"], name
            assert int(re.search(r"throttled +(\d+) times, \d+ ms", ask(m, f"stats {name}"))[1]) >= after[name]["throttled"]
        ask(m, "kill ten")
        watch_evader(m, "evil", 10.1)
        watch_evader(m, "wicked", 10.1)
        for name in ("thirty", "sixty"):
            ask(m, f"kill {name}")
        for name in ("high", "low", "kept"):
            ask(m, f"start {name}")
        (low, kept, high), *_ = shares(m, ("low", "kept", "high"))
        print(f"priority 1: {low:.2f}, with a reserve of 20 %: {kept:.2f}, priority 20: {high:.2f}")
        assert low == 0 and abs(kept - 20) < 1 and abs(high - 80) < 1, (low, kept, high)
        ask(m, "kill high")  # beyond its reserve it is one of its priority
        (low, kept), *_ = shares(m, ("low", "kept"))
        assert low > 35 and kept > 35, (low, kept)
        m.send("poweroff\r")
        assert m.wait(60) == bulkhead.POWEROFF


EXCLUSIVE = """vm alone
 kernel = t_steady.elf
 memory = 16M
 cpus = on 1 exclusive
container greedy
 image = ctr_steady.elf
 cpus = on 1 exclusive
container guest
 image = ctr_steady.elf
 cpus = on 1
container free
 image = ctr_steady.elf
vm pair
 kernel = t_smp.elf
 memory = 32M
 cpus = on 1,2 exclusive
 autostart = no
vm twins
 kernel = t_steady.elf
 memory = 16M
 cpus = on 1,2 exclusive
 autostart = no
"""


@bulkhead.timeout(600)
def test_exclusive():
    """`exclusive` from system.conf to the CPU: who else wants it is told, moving, pausing, and what is left behind."""
    files = {n: f"build/bin/{n}" for n in ("t_steady.elf", "ctr_steady.elf", "t_smp.elf")}
    with bulkhead.Machine({"system.conf": EXCLUSIVE, **files}, "bochs", cpus=4, timeout=580) as m:
        m.expect(r"bulkhead> $", 120)
        table = ask(m, "list")
        assert re.search(r"^alone +vm +running +1! ", table, re.MULTILINE), table
        assert re.search(r"^greedy .*wants 1 exclusive CPU among CPU 1, but only 0 are free", table, re.MULTILINE), table
        assert re.search(r"^guest .*wants a shared CPU among CPU 1, but all are exclusive", table, re.MULTILINE), table
        assert re.search(r"^free +container +running +[023] ", table, re.MULTILINE), table
        check_goes_on(m, "alone")
        ask(m, "pause alone")
        check_stands(m, "alone")
        assert "all are exclusive" in ask(m, "start guest")  # also while its owner sleeps
        ask(m, "resume alone")
        check_goes_on(m, "alone")
        ask(m, "move free 2")
        assert "alone stays where it is: wants 1 exclusive CPU among CPU 2, but only 0 are free" in ask(m, "move alone 2")
        assert "free stays where it is: wants a shared CPU among CPU 1, but all are exclusive" in ask(m, "move free 1")
        ask(m, "move free 0")
        assert "stays" not in ask(m, "move alone 2")
        assert re.search(r"^alone +vm +running +2! ", ask(m, "list"), re.MULTILINE)
        check_goes_on(m, "alone")
        assert "guest runs on CPU 1" in ask(m, "start guest")  # which is one of all again
        assert "only 0 are free" in ask(m, "move alone 1")
        ask(m, "kill alone")
        ask(m, "kill guest")
        assert re.search(r"greedy runs on CPU 1!", ask(m, "start greedy"))
        ask(m, "kill greedy")
        assert "guest runs on CPU 1" in ask(m, "start guest")
        check_goes_on(m, "guest")
        ask(m, "kill guest")
        ask(m, "start twins")
        for cpus in ("2,3", "1,2"):  # one goes where the other still is
            assert "stays" not in ask(m, f"move twins {cpus}")
            assert re.search(rf"^twins +vm +running +{cpus.replace(',', '-')}! ", ask(m, "list"), re.MULTILINE)
            check_goes_on(m, "twins")
        ask(m, "kill twins")
        assert "ended: exit" not in m.output and "BROKEN" not in m.output
        ask(m, "start pair")  # several CPUs that halt without an exit
        assert how_ended(m, "pair", 60).startswith("exit code 0")
        m.send("poweroff\r")
        assert m.wait(60) == bulkhead.POWEROFF


LAPS = 1800
STORMS = """container busy0
 image = ctr_x_flood.elf
 args = spin
 cpu = 0
 priority = 0
container busy2
 image = ctr_x_flood.elf
 args = spin
 cpu = 2
 priority = 0
vm pinned
 kernel = t_pinned.elf
 after = busy0 busy2
 cmdline = laps=LAPS
 memory = 16M
 cpus = on 1 exclusive
vm exits
 kernel = x_storm.elf
 cmdline = count=3000
 memory = 16M
 cpu = 2
 autostart = no
vm flushes
 kernel = x_flush.elf
 cmdline = rounds=100
 memory = 16M
 cpu = 2
 autostart = no
vm ipis
 kernel = t_smp.elf
 cmdline = start vectors groups lowest halted shootdown
 memory = 32M
 cpus = on 0,2
 autostart = no
vm faults
 kernel = x_gpa.elf
 memory = 16M
 cpu = 2
 autostart = no
container echo
 image = ctr_echo.elf
 cpu = 2
"""


@bulkhead.timeout(900)
def test_storms():
    """What neighbours do costs a guest on an exclusive CPU no exit, and its laps take the same time.

    The clock of the emulator counts what all CPUs do: the two others always have something to do, so that it ticks evenly.
    What remains are the repeated string instructions with which they clear memory: time jumps by each word of those."""
    files = {n: f"build/bin/{n}" for n in ("t_pinned.elf", "x_storm.elf", "x_flush.elf", "t_smp.elf", "x_gpa.elf", "ctr_echo.elf",
                                           "ctr_x_flood.elf")}
    text = STORMS.replace("LAPS", str(LAPS))
    with bulkhead.Machine({"system.conf": text, **files}, "bochs", cpus=3, timeout=880) as m:
        m.expect(r"bulkhead> $", 120)
        time.sleep(2)
        first = dump(m)[1]["pinned"]
        time.sleep(2)
        assert dump(m)[1]["pinned"]["exits"] == first["exits"]
        for name in ("exits", "flushes", "ipis", "faults", None):
            if name:
                ask(m, f"start {name}")
                how_ended(m, name)
            else:
                ask(m, "cycle echo 100", 200)
            pinned = dump(m)[1]["pinned"]
            assert pinned["state"] == "running" and pinned["cpu_tsc"] > first["cpu_tsc"], pinned
            assert pinned["exits"] == first["exits"], (name, pinned["exits_by_reason"], first["exits_by_reason"])
        computed = pinned["guest_tsc"] - first["guest_tsc"]
        print(f"no exit in {computed} ticks")
        assert computed > 100_000_000
        assert how_ended(m, "pinned", 400).startswith("exit code 0")
        m.send("console pinned\r")
        found = m.expect(r"laps: best (\d+) .*, (\d+) within", 30)
        best, even = int(found[1]), int(found[2])
        print(found[0])
        m.expect(r"bulkhead> $", 30)
        assert 1_000_000 <= best < 1_000_050 and even > LAPS * 0.95
        m.send("poweroff\r")
        assert m.wait(60) == bulkhead.POWEROFF
