# SPDX-License-Identifier: MIT
"""tools/trace: a golden dump made here, its summary and its timeline; damaged and cut dumps."""
import base64
import importlib.machinery
import importlib.util
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import bulkhead


def load():
    loader = importlib.machinery.SourceFileLoader("trace_tool", os.path.join(bulkhead.TOP, "tools", "trace"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("trace_tool", loader))
    loader.exec_module(module)
    return module


trace = load()
HZ = 1_000_000_000
VM, CONTAINER = 3, 4
IDLE = trace.NONE


def record(tsc, kind, part=0, thread=IDLE, number=0, value=0, duration=0):
    return struct.pack("<4Q", tsc, kind | thread << 8 | number << 16 | part << 32, value, duration)


def name_words(name):
    return struct.unpack("<2Q", name.encode().ljust(16, b"\0"))


def lines_of(cpu, records, position=0, group=2):
    for i in range(0, len(records), group):
        data = b"".join(records[i:i + group])
        yield f"trace: {cpu} {position + i} {trace.checksum(data):08x} {base64.b64encode(data).decode()}"


def golden():
    """A VM on CPU 0 with a CPUID exit and a HLT; a container on CPU 1 that is born, woken late, and ends."""
    low, high = name_words("late-one")
    first = [record(1000, trace.SWITCH, VM, 0), record(1100, trace.EXIT, VM, 0, 10, 0x4000, 50),
             record(1200, trace.EXIT, VM, 0, 10, 0x4000, 70), record(1300, trace.BLOCK, VM, 0, 1),
             record(1310, trace.SWITCH), record(1900, trace.IRQ, 0, IDLE, 0xE0), record(1910, trace.WAKE, VM, 0, 0, 0, 10),
             record(1950, trace.SWITCH, VM, 0), record(1290, trace.EXIT, VM, 0, 12 | trace.LEFT, 0x4002, 680), record(2000, trace.IRQ)]
    second = [record(900, trace.LIFE, CONTAINER, IDLE, 0, low, high), record(1000, trace.SWITCH),
              record(1500, trace.WAKE, CONTAINER, 0), record(1700, trace.SWITCH, CONTAINER, 0),
              record(1800, trace.LIFE, CONTAINER, IDLE, 2, 1, 7), record(1900, trace.SWITCH)]
    return "\r\n".join(["[    0.1] some log", "bulkhead> trace dump", f"trace: begin 1 {HZ} 2", "trace: part 0 root", f"trace: part {VM} linux",
                        *lines_of(0, first, 100), "bulkhead: another message", *lines_of(1, second), "trace: end 16", "bulkhead> "])


def check_timeline(timeline, dump):
    """What a viewer relies on; returns the names on each track."""
    open_slices, last, names = {}, {}, {}
    json.loads(json.dumps(timeline))
    for event in timeline["traceEvents"]:
        assert set(event) >= {"ph", "ts", "pid", "tid", "name"} and event["ph"] in "BEMi", event
        track = event["pid"], event["tid"]
        if event["ph"] == "M":
            assert event["args"]["name"]
            continue
        assert event["ts"] >= last.get("all", 0), "time goes back"
        last["all"] = event["ts"]
        names.setdefault(track, []).append(event["name"])
        if event["ph"] == "B":
            assert track not in open_slices, "two slices at once"
            open_slices[track] = event["name"]
        elif event["ph"] == "E":
            assert open_slices.pop(track) == event["name"]
    assert not open_slices
    assert dump.records
    return names


def test_golden_dump():
    dump = trace.parse(golden())
    assert dump.complete and not dump.damaged and len(dump.all()) == 16
    assert dump.names == {0: "root", VM: "linux", CONTAINER: "late-one"}
    assert trace.exits(dump)[VM] == {("CPUID", False): [50, 70], ("HLT", True): [680]}
    assert sorted(trace.latencies(dump)) == [(50, VM, 0, 0, 1950), (200, CONTAINER, 0, 1, 1700)]
    text = "\n".join(trace.summary(dump))
    assert "CPU 0: 0.001 ms: idle 64.0 %, linux 36.0 %" in text, text
    assert "CPUID                           2          60          70" in text, text
    assert "HLT (left)                      1         680         680" in text, text
    assert "0.200 us  late-one/0 on CPU 1" in text, text
    assert "damaged" not in text and "not complete" not in text


def test_golden_timeline():
    dump = trace.parse(golden())
    names = check_timeline(trace.chrome(dump), dump)
    assert names[VM + 1, 1] == ["CPUID", "CPUID", "CPUID", "CPUID", "HLT", "HLT"]
    assert names[0, 1] == ["late-one/0", "late-one/0"]
    assert names[CONTAINER + 1, 0] == ["created", "woken", "runs on CPU 1", "ended (exit)", "runs on CPU 1"]


def test_command():
    """The program itself, from a file and from stdin; what is no dump is refused with a line."""
    with tempfile.TemporaryDirectory() as folder:
        log, out = os.path.join(folder, "log"), os.path.join(folder, "out.json")
        with open(log, "w") as f:
            f.write(golden())
        tool = [sys.executable, os.path.join(bulkhead.TOP, "tools", "trace")]
        told = subprocess.run([*tool, "--chrome", out, log], capture_output=True, text=True, check=True).stdout
        assert "16 records of 2 CPUs" in told
        with open(out) as f:
            check_timeline(json.load(f), trace.parse(golden()))
        told = subprocess.run([*tool, "--records"], input=golden(), capture_output=True, text=True, check=True).stdout
        assert "wake   late-one/0" in told
        bad = subprocess.run(tool, input="nothing here", capture_output=True, text=True, check=False)
        assert bad.returncode == 2 and "no trace in this text" in bad.stderr


def test_a_damaged_line_costs_itself_only():
    lines = golden().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("trace: 0 102"))
    lines[at] = lines[at][:-8] + "AAAAAAA="
    dump = trace.parse("\n".join(lines))
    assert dump.damaged == 1 and len(dump.all()) == 14
    assert "1 lines were left out, 2 records are missing" in "\n".join(trace.summary(dump))
    cut = trace.parse("\n".join(lines[:at]))
    assert not cut.complete and "not complete" in "\n".join(trace.summary(cut))


def test_random_damage():
    """Bytes changed, lost and doubled, lines shuffled, records of noise: never an exception, always a sound timeline."""
    chance = random.Random(7)
    for _ in range(1500):
        text = bytearray(golden().encode())
        for _ in range(chance.randrange(1, 30)):
            at = chance.randrange(len(text))
            how = chance.randrange(4)
            if how == 0:
                text[at] = chance.randrange(256)
            elif how == 1:
                del text[at:at + chance.randrange(40)]
            elif how == 2:
                text[at:at] = text[at:at + chance.randrange(40)]
            elif chance.randrange(8) == 0:
                del text[at:]
            if not text:
                break
        noise = [bytes([chance.randrange(6)]) .join([chance.randbytes(8), chance.randbytes(23)]) for _ in range(6)]
        more = "\n".join([text.decode(errors="replace"), *lines_of(chance.randrange(3), noise, chance.randrange(1 << 40))])
        try:
            dump = trace.parse(more)
        except ValueError:
            continue
        list(trace.summary(dump))
        if dump.records:
            check_timeline(trace.chrome(dump), dump)
