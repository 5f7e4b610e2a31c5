# SPDX-License-Identifier: MIT
"""The shell that is a container: files of its own from a terminal, its quota, its exit code."""
import re

import bulkhead
from talk import power_off


def test_shell():
    """ls, cat, echo >, cp, mv, rm, mkdir, cd, time; read-only files, the quota; exit code; two of them share nothing."""
    text = "container one\n  image = shell.img\ncontainer two\n  image = shell.img\n"
    with bulkhead.Machine({"system.conf": text, "shell.img": "build/images/shell.img"}, platform="qemu") as m:
        def type_in(command, *said, prompt=r"/[^\s$]*\$ "):
            start = len(m.output)
            m.send(command + "\r")
            m.expect(re.escape(command) + r"\s", 20)
            m.expect(prompt, 20)
            out = m.output[start:]
            for pattern in said:
                assert re.search(pattern, out), (command, pattern, out)
            return out

        m.expect(r"bulkhead> $", 60)
        m.send("console one\r")
        m.expect(r"/home\$ ", 20)
        type_in("cat readme", "belong to this container alone")
        type_in("ls", r"-  +\d+  readme")
        type_in("echo first words > note")
        type_in("echo second >> note")
        type_in("cat note", r"first words\r?\n.*second")
        type_in("mkdir d")
        type_in("cp note d/copy")
        type_in("mv d/copy d/moved")
        type_in("cd d", r"/home/d\$ ")
        type_in("ls", r"- +19  moved")
        type_in("cat ../note > all")
        type_in("rm moved all")
        assert "moved" not in type_in("ls").split("ls", 1)[1]
        type_in("cd ..")
        type_in("rm d")
        type_in("cat d/moved", "d/moved: No such file")
        type_in("rm readme", "readme: Read-only file system")
        type_in("echo x > readme", "readme: Read-only file system")
        type_in("time echo \"a  b\"", r"a  b\s+\d+ us")
        type_in("ecko", "ecko: no such command")
        type_in("cp", "usage: cp FILE NEW")
        type_in("env", "HOME=/home")
        type_in("date", r"\w+ \w+ +\d+ \d\d:\d\d:\d\d 20\d\d")
        m.send("xx\x7f\x7fecho edi\x15echo lines\r")
        m.expect(r"\nlines\r?\n", 20)
        m.expect(r"/home\$ ", 20)
        type_in("cat " + 8 * "readme " + "> big")
        for n in range(2):
            type_in("cat " + 9 * "big " + f"> big{n}")
            type_in(f"mv big{n} big")
        type_in("cat " + 9 * "big " + "> full", "No space left")
        type_in("rm full big")
        type_in("echo room > more")
        type_in("cat more", "room")
        m.send("\x1c")
        m.expect(r"bulkhead> $", 20)
        m.send("console two\r")
        m.expect(r"/home\$ ", 20)
        assert "note" not in type_in("ls")
        m.send("exit 9\r")
        m.expect("bulkhead: two ended: exit code 9", 20)
        m.expect(r"bulkhead> $", 20)
        m.send("console one\r")
        m.expect(r"console of one", 20)
        type_in("cat ./note", "first words")      # not to be mistaken for what the scrollback repeats
        m.send("\x1c")
        m.expect(r"bulkhead> $", 20)
        power_off(m)
