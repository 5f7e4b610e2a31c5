# SPDX-License-Identifier: MIT
"""What an operator does with containers at the shell: run, ps, logs, inspect. Without VT-x, as on any machine."""
import os
import re
import subprocess

import bulkhead
from talk import BIN, PROMPT, power_off, shell

FILES = {"system.conf": "container one\n image = shell.img\n restart = on-failure 3\n", "shell.img": "build/images/shell.img",
         "ctr_test.img": "build/images/ctr_test.img", "bad.img": b"070701 and nothing more",
         **{f"{name}.elf": f"{BIN}{name}.elf" for name in ("ctr_hello", "ctr_clock", "ctr_x_fault")}}


def run_and_end(m, command, *said):
    """Attached to it until it ends; then the shell is back."""
    start = len(m.output)
    m.send(f"run {command}\r")
    m.expect(r"ended: [^\r\n]*\r?\n", 30)
    m.expect(PROMPT, 30)
    for pattern in said:
        assert re.search(pattern, m.output[start:]), (pattern, m.output[start:])


def test_operation():
    """run (attached, detached, with limits and a name), ps, logs and logs -f, inspect of partitions and images; bad requests."""
    with bulkhead.Machine(FILES, platform="qemu") as m:
        m.expect(PROMPT, 60)
        run_and_end(m, "ctr_hello.elf", "console of ctr-hello;", "hello from container ctr-hello", "ctr-hello ended: exit code 0")
        run_and_end(m, "ctr_hello.elf", "hello from container ctr-hello-2", "ctr-hello-2 ended: exit code 0")
        run_and_end(m, "name=wild memory=128K ctr_x_fault.elf kernel-read", "wild ended: page fault")
        assert re.search(r"hello from container ctr-hello\r?\nctr-hello: exit code 0", shell(m, "logs ctr-hello"))
        shell(m, "run -d name=ticks memory=256K ctr_clock.elf", r"ticks runs on CPU \d")
        listed = shell(m, "ps")
        assert re.search(r"^one +container running .* \d+ +1\r?$", listed, re.MULTILINE) and "ticks" in listed and "wild" not in listed, listed
        m.send("logs ticks -f\r")
        first = m.expect(r"\d\d:\d\d:\d\d", 30)[0]
        while m.expect(r"\d\d:\d\d:\d\d", 30)[0] == first:
            pass
        m.send("q")
        m.expect(PROMPT, 30)
        shell(m, "kill ticks")
        shell(m, "logs ticks -f", r"ticks: killed")
        about = shell(m, "inspect one")
        digest = subprocess.run([os.path.join(bulkhead.TOP, "tools", "mkcontainer"), "inspect", "build/images/shell.img"], cwd=bulkhead.TOP,
                                capture_output=True, text=True, check=True).stdout
        assert re.search(r"sha256:([0-9a-f]{64})", about)[1] in digest, about
        for pattern in (r"container +one running", r"image +shell.img", r"env +HOME=/home", r"restart +on-failure, 3 times in a row",
                        r"budget +100.00 %", r"threads +1"):
            assert re.search(pattern, about), (pattern, about)
        assert re.search(r"digest +sha256:[0-9a-f]{64}", shell(m, "inspect ctr_test.img"))
        assert re.search(r"refused +bad.img: ", shell(m, "inspect bad.img"))
        assert re.search(r"ended +exit code 0", shell(m, "inspect ctr-hello"))
        for command, answer in (("run missing.img", r'missing not started: file "missing.img" is missing'),
                                ("run -d x=1", r"found no image, expected run"),
                                ("run memroy=1M ctr_hello.elf", r'unknown key "memroy".*did you mean memory'),
                                ("run name=one ctr_hello.elf", r'"one"'),
                                ("run bad.img", r"bad not started: bad.img: "),
                                ("logs", "usage: logs NAME"), ("logs nobody", 'no partition "nobody"'),
                                ("logs one --all", 'found "--all", expected -f'), ("inspect nobody", 'no partition "nobody"')):
            assert re.search(answer, out := shell(m, command)), (command, out)
        power_off(m)
