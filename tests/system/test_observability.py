# SPDX-License-Identifier: MIT
"""What is counted and recorded, against what guests are known to have done."""
import importlib.machinery
import importlib.util
import json
import os
import re

import bulkhead
from talk import PROMPT, power_off, shell

SAMPLES = 1001               # guests/b_vm does each of its exits so often
CONF = """
vm bench
    kernel = b_vm.elf
    memory = 16M
vm beats
    kernel = hello.elf
    memory = 16M
    cmdline = period_ms=100
container clock
    image = ctr_clock.elf
    memory = 1M
"""
FILES = {"system.conf": CONF, **{name: "build/bin/" + name for name in ("b_vm.elf", "hello.elf", "ctr_clock.elf")}}


def trace_tool():
    loader = importlib.machinery.SourceFileLoader("trace_tool", os.path.join(bulkhead.TOP, "tools", "trace"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("trace_tool", loader))
    loader.exec_module(module)
    return module


def figures(m, command):
    text = shell(m, command).replace("\r", "")
    return json.loads(re.search(r'^\{"bulkhead":.*\}$', text, re.MULTILINE)[0])


def check_sums(dump):
    """What must agree with itself, whatever ran."""
    for cpu in dump["cpus"]:
        assert 0 < cpu["idle_tsc"] < cpu["tsc"] and cpu["guest_tsc"] + cpu["idle_tsc"] <= cpu["tsc"], cpu
        assert cpu["timer_interrupts"] and cpu["choices"], cpu
    for part in dump["partitions"]:
        assert sum(part["exits_by_reason"].values()) == part["exits"], part
        assert sum(part["to_vmm_by_kind"].values()) == part["exits_to_vmm"] <= part["exits"] + part["to_vmm_by_kind"].get("event", 0), part
        assert part["kernel_tsc"] <= part["guest_tsc"] <= part["cpu_tsc"] <= len(dump["cpus"]) * dump["tsc"], part
        assert part["memory_kib"] <= part["memory_quota_kib"] and part["kernel_kib"] <= part["kernel_quota_kib"], part
    everybody = sum(part["cpu_tsc"] for part in dump["partitions"])
    assert everybody <= sum(cpu["tsc"] - cpu["idle_tsc"] for cpu in dump["cpus"])


def check_bench(bench):
    """The guest has counted its exits itself."""
    reasons = bench["exits_by_reason"]
    assert bench["kind"] == "vm" and bench["state"] == "ended" and bench["ended"].startswith("exit code 0"), bench
    assert SAMPLES <= reasons["CPUID"] < SAMPLES + 100, reasons
    assert reasons["RDMSR"] >= 2 * SAMPLES, reasons
    assert SAMPLES <= reasons["VMCALL"] <= SAMPLES + 1, reasons
    assert SAMPLES <= reasons["EPT violation"] < SAMPLES + 100, reasons
    assert bench["to_vmm_by_kind"]["MMIO"] == reasons["EPT violation"], bench
    assert bench["unknown_msrs"] >= SAMPLES and reasons["HLT"] >= SAMPLES, bench
    assert bench["guest_tsc"] > 0 and bench["latency_tsc"] > 0, bench


@bulkhead.timeout(400)
def test_figures():
    """stats, stats NAME, stats --json and top, on two CPUs with two VMs and a container."""
    with bulkhead.Machine(FILES, "bochs", cpus=2, timeout=350) as m:
        m.expect(r"bench ended: exit code 0", 200)
        m.expect(PROMPT, 20)
        dump = figures(m, "stats --json")
        check_sums(dump)
        assert len(dump["cpus"]) == 2 and [p["name"] for p in dump["partitions"]] == ["bench", "beats", "clock"]
        check_bench(dump["partitions"][0])
        one = figures(m, "stats --json beats")
        check_sums({**one, "cpus": one["cpus"]})
        beats = one["partitions"][0]
        assert len(one["partitions"]) == 1 and beats["state"] == "running" and beats["kernel_tsc"] == 0
        again = figures(m, "stats --json beats")["partitions"][0]
        assert again["exits"] > beats["exits"] and again["cpu_tsc"] > beats["cpu_tsc"] and again["id"] == beats["id"]
        text = shell(m, "stats")
        assert all(re.search(rf"^{name}: ", text, re.MULTILINE) for name in ("bench", "beats", "clock")), text
        assert re.search(r"in guests +\d+ ms, in the VMM \d+ ms", text) and re.search(r"wake-up +late by \d+ us", text), text
        assert 'usage: stats' in shell(m, "stats a b") and 'no partition "nobody"' in shell(m, "stats --json nobody")
        m.send("top\r")
        for _ in range(2):
            m.expect(r"CPU +GUEST% +OTHER% +IDLE%", 30)
            m.expect(r"\n  1 +\d+\.\d +\d+\.\d +\d+\.\d ", 30)
            m.expect(r"beats +running +\d+\.\d +\d+\.\d +\d+ ", 30)
        m.send("x")          # no key but q leaves
        m.expect(r"q leaves", 30)
        m.send("q")
        m.expect(PROMPT, 30)
        rows = m.output.split("\033[H")[-1].split("\n")
        assert len(rows) <= 25 and all(len(re.sub(r"\033\[\d*[HJK]|\r", "", row)) <= 80 for row in rows), rows
        power_off(m)


@bulkhead.timeout(400)
def test_trace():
    """A trace of real exits, wake-ups and ends comes out whole and decodes; exits agree with the counters."""
    trace = trace_tool()
    with bulkhead.Machine(FILES, "bochs", cpus=2, timeout=350) as m:
        m.expect(r"bench ended: exit code 0", 200)
        m.expect(PROMPT, 20)
        assert "trace: off" in shell(m, "trace status")
        assert "no such type" in shell(m, "trace on everything")
        before = figures(m, "stats --json")["partitions"][1]
        assert "trace: on: exit switch block wake irq life" in shell(m, "trace on")
        shell(m, "start bench")
        m.expect(r"bench ended: exit code 0", 200)
        after = figures(m, "stats --json")["partitions"][1]
        assert after["kernel_tsc"] > before["kernel_tsc"] == 0
        shell(m, "kill clock")
        text = shell(m, "trace dump", timeout=200).replace("\r", "")
        assert "trace: on" in shell(m, "trace status")          # it goes on behind the dump
        assert "trace: off" in shell(m, "trace off")
        few = trace.parse(shell(m, "trace dump 20", timeout=60))
        m.send("poweroff\r")
        m.wait(30)
    dump = trace.parse(text)
    assert dump.complete and not dump.damaged and dump.announced == len(dump.all()) and dump.cpus == 2
    assert all(len(records) <= 20 for records in few.records.values()) and few.complete
    for records in dump.records.values():
        assert [r.position for r in records] == list(range(records[0].position, records[0].position + len(records)))
    assert {r.type for r in dump.all()} == set(range(6))
    names = {dump.name(r.part) for r in dump.all() if r.type == trace.EXIT}
    assert names <= {"bench", "beats"} and "beats" in names, names
    ends = [(dump.name(r.part), r.value) for r in dump.all() if r.type == trace.LIFE and r.number == 2]
    assert ("clock", 2) in ends, ends
    busy = sum(end - start for _, _, thread, start, end in trace.runs(dump) if thread != trace.NONE)
    everything = sum(end - start for _, _, _, start, end in trace.runs(dump))
    assert 0 < busy < everything
    timeline = trace.chrome(dump)
    assert sum(e["ph"] == "B" for e in timeline["traceEvents"]) == sum(e["ph"] == "E" for e in timeline["traceEvents"]) > 100
    assert any("beats" in line for line in trace.summary(dump))
