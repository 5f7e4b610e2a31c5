# SPDX-License-Identifier: MIT
"""The SDK: moved to another place, it builds its example there with one command; the container runs."""
import os
import re
import shutil
import subprocess
import tempfile

import bulkhead

SDK = os.path.join(bulkhead.BUILD, "sdk")


def moved(folder):
    """The SDK and its example in folders of their own."""
    shutil.copytree(SDK, os.path.join(folder, "sdk"))
    shutil.copytree(os.path.join(SDK, "example"), os.path.join(folder, "mine"))
    return os.path.join(folder, "sdk"), os.path.join(folder, "mine")


@bulkhead.cases("gcc", "clang")
def test_example(compiler):
    """The example, built with either compiler outside the tree, says what it should and ends with its code."""
    with tempfile.TemporaryDirectory() as folder:
        sdk, mine = moved(folder)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
        done = subprocess.run(["make", f"SDK={sdk}"], cwd=mine, capture_output=True, text=True, env={**environment, "CC": compiler}, check=False)
        assert done.returncode == 0 and "warning" not in done.stderr, done.stderr
        text = "on_all_ended = poweroff\ncontainer hello\n  image = hello.img\n"
        with bulkhead.Machine({"system.conf": text, "hello.img": os.path.join(mine, "hello.img")}, platform="qemu") as m:
            assert m.wait(90) == bulkhead.POWEROFF
            assert re.search(r"bulkhead: hello ended: exit code 42\s", m.output), m.output[-2000:]
            assert re.search(r"its last line was: It is \w+ \w+ +\d+ \d\d:\d\d:\d\d 20\d\d", m.output), m.output[-2000:]


def test_errors():
    """What does not compile or link gives no program; a program of the host's own headers is not mixed in."""
    with tempfile.TemporaryDirectory() as folder:
        sdk, _ = moved(folder)
        for source, said in (("int main(void) { return undefined_thing(); }", "undefined_thing"),
                             ("#include <sys/epoll.h>\nint main(void) { return 0; }", "epoll.h"),
                             ("#ifdef __linux__\n#error linux\n#endif\nint main(void) { return x; }", "undeclared")):
            path = os.path.join(folder, "x.c")
            with open(path, "w") as f:
                f.write(source)
            done = subprocess.run([os.path.join(sdk, "bin", "bulkhead-cc"), "-o", os.path.join(folder, "x.elf"), path],
                                  capture_output=True, text=True, check=False)
            assert done.returncode != 0 and said in done.stderr, done.stderr
            assert not os.path.exists(os.path.join(folder, "x.elf"))
