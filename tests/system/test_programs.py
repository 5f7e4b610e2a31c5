# SPDX-License-Identifier: MIT
"""Programs of others, built unmodified with the SDK, run in containers with their own tests."""
import os
import re

import bulkhead
from talk import power_off


def image(name):
    path = os.path.join(bulkhead.BUILD, "images", name + ".img")
    if not os.path.exists(path):
        bulkhead.skip(f"the source of {name} could not be fetched")
    return path


def run(name):
    """All that the container wrote, and its exit code."""
    text = f"container {name}\n  image = {name}.img\n"
    with bulkhead.Machine({"system.conf": text, f"{name}.img": image(name)}, platform="qemu", timeout=200) as m:
        code = m.expect(rf"bulkhead: {name} ended: exit code (-?\d+)\s", 150)[1]
        m.expect(r"bulkhead> $", 20)
        start = len(m.output)
        m.send(f"console {name}\r")
        m.expect(rf"\n{name}: exit code", 20)
        power_off(m)
    return m.output[start:], int(code)


def test_zlib():
    """zlib's example.c: compress, gzip files with seeks and ungetc, deflate and inflate, dictionaries."""
    output, code = run("zlib")
    for line in (r"zlib version 1\.2\.13", r"uncompress\(\): hello, hello!", r"gzread\(\): hello, hello!", r"gzgets\(\) after gzseek:  hello!",
                 r"inflate\(\): hello, hello!", r"large_inflate\(\): OK", r"after inflateSync\(\): hello, hello!",
                 r"inflate with dictionary: hello, hello!"):
        assert re.search(line, output), (line, output)
    assert code == 0


def test_lua():
    """Lua runs a script of the image: language, libraries, modules, files, garbage collection, the limit of memory."""
    output, code = run("lua")
    assert "Lua 5.4: PASS" in output and code == 54, output
