# SPDX-License-Identifier: MIT
"""newlib's own tests, unmodified, built with the SDK, each in a container of its own."""
import glob
import os
import re
import subprocess
import tarfile
import tempfile

import bulkhead
from talk import PROMPT, power_off

ARCHIVE = "/usr/src/newlib/newlib-*.tar.*"   # of the package from which set-up builds the library
CC = os.path.join(bulkhead.BUILD, "sdk", "bin", "bulkhead-cc")
# tmmap.c needs mmap; the iconv*.c want converters that the library is configured without; tstring.c puts 370 KiB on the stack;
# twctype.c calls a Devanagari digit a letter, as an older Unicode did.
LEFT_OUT = ("tmmap", "iconvjp", "iconvnm", "iconvru", "tstring", "twctype")


def sources(folder):
    """The folder of newlib's tests, unpacked from the package's archive."""
    with tarfile.open(glob.glob(ARCHIVE)[0]) as archive:
        members = [m for m in archive.getmembers() if "/newlib/testsuite/" in m.name]
        archive.extractall(folder, members)
    return glob.glob(os.path.join(folder, "*", "newlib", "testsuite"))[0]


def build(top, folder):
    """{name: program} of all that can be built"""
    programs = {}
    for source in sorted(glob.glob(os.path.join(top, "newlib.*", "*.c"))):
        name = os.path.splitext(os.path.basename(source))[0]
        if name in LEFT_OUT:
            continue
        programs[name] = os.path.join(folder, name + ".elf")
        subprocess.run([CC, "-w", "-O1", f"-I{top}/include", "-o", programs[name], source, "-lm"], check=True)
    return programs


def test_newlib():
    """Strings, memory, formatted output, wide characters, UTF-8, hash tables, atexit: each ends with exit code 0."""
    with tempfile.TemporaryDirectory() as folder:
        programs = build(sources(folder), folder)
        assert len(programs) >= 11, programs
        files = {f"{name}.elf": path for name, path in programs.items()}
        with bulkhead.Machine({"system.conf": "# none yet\n", **files}, platform="qemu", timeout=300) as m:
            m.expect(PROMPT, 60)
            codes = {}
            for name in programs:
                m.send(f"run name={name} {name}.elf\r")
                codes[name] = m.expect(rf"bulkhead: {name} ended: ([^\r\n]*)\r", 60)[1]
                m.expect(PROMPT, 30)
            wrong = {name: code for name, code in codes.items() if not re.match(r"exit code 0\b", code)}
            assert not wrong, (wrong, m.output[-3000:])
            power_off(m)
