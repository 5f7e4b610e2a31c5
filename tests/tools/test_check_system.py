# SPDX-License-Identifier: MIT
"""check-system: what would run where, and everything that is wrong, with the words of the target."""
import os
import re
import subprocess
import tempfile

import bulkhead

CHECK = os.path.join(bulkhead.TOP, "tools", "check-system")
KERNEL = f"{bulkhead.TOP}/build/bin/hello.elf"


def vm(name, memory="16M", **keys):
    return f"vm {name}\n kernel = hello.elf\n memory = {memory}\n" + "".join(f" {k} = {v}\n" for k, v in keys.items())


def check(text, *options, as_file=False):
    """(exit status, output) for a system.conf beside hello.elf"""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/system.conf", "w", encoding="utf-8") as f:
            f.write(text)
        os.symlink(KERNEL, folder + "/hello.elf")
        done = subprocess.run([CHECK, folder + ("/system.conf" if as_file else ""), *options], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout


def test_good_system():
    """The table of what runs where; the same by folder and by file; status 0."""
    text = vm("a") + vm("b", cpus="on 2-3", budget="30%") + vm("c", autostart="no")
    status, output = check(text, "--cpus", "4")
    assert status == 0, output
    assert re.search(r"^a +vm +1 ", output, re.MULTILINE) and re.search(r"^b +vm +2-3 ", output, re.MULTILINE), output
    assert re.search(r"^c .* autostart = no$", output, re.MULTILINE), output
    assert "CPU 2: b.0 (30% promised)" in output and "CPU 0: root\n" in output, output
    assert check(text, "--cpus", "4", as_file=True) == (status, output)


def test_wrong_system():
    """Errors of the file with the nearest key, missing files, over-commit of memory and shares: all of them, status 1."""
    text = (vm("a", memroy="5M") + vm("big", "2G") + vm("far", cpus="on 9") + vm("one", cpus="on 1", budget="60%") +
            vm("two", cpus="on 1", budget="50%") + "container lost\n image = lost.elf\n")
    status, output = check(text, "--cpus", "2", "--memory", "512M")
    assert status == 1
    for line in (r"system\.conf:4: found unknown key \"memroy\", expected a key of a vm \(did you mean memory\?\)",
                 r"a .*errors in system\.conf", r"big .*wants \d+ KiB of memory, but only \d+ KiB are left",
                 r"far .*wants CPU 9, but this machine has only 2 \(0 to 1\)", r"one +vm +1 ",
                 r"two .*wants 50% of 1 CPU among CPU 1, but at most 40% of one are left",
                 r'lost .*file "lost\.elf" is missing', r"1 error, 5 of 6 partitions cannot start"):
        assert re.search(line, output), f"{line}\n{output}"


def test_systems_of_the_tree():
    """Every system that the build makes is good on a machine of 8 CPUs and 3 GiB."""
    systems = f"{bulkhead.TOP}/build/systems"
    for name in sorted(os.listdir(systems)):
        done = subprocess.run([CHECK, name, "--cpus=8", "--memory=3G"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, f"{name}\n{done.stdout}"


MEASURED = "container echo\n image = ctr_echo.elf\n memory = 8M\n"


@bulkhead.cases(("bochs", 1, "64M"), ("bochs", 4, "1G"), ("qemu", 8, "4G"))
def test_against_a_machine(platform, cpus, memory):
    """What it says will be left is what a machine of that size has left with the same partitions, or a little less."""
    conf = MEASURED + (vm("hello") if platform == "bochs" else "")
    files = {"system.conf": conf, "hello.elf": KERNEL, "ctr_echo.elf": "build/bin/ctr_echo.elf"}
    with bulkhead.Machine(files, platform, cpus=cpus, memory=memory) as m:
        done = subprocess.run([CHECK, os.path.join(m._folder, "system"), f"--cpus={cpus}", f"--memory={memory}"],
                              stdout=subprocess.PIPE, text=True, check=True)
        said = re.search(r"left: about (\d+) MiB of memory, (\d+) KiB of kernel memory", done.stdout)
        real = m.expect(r"free: (\d+) KiB of memory, (\d+) KiB of kernel memory", 90)
    left, kernel = int(real[1]) - int(said[1]) * 1024, int(real[2]) - int(said[2])
    assert -1024 < left < 6 * 1024 and -64 < kernel < 1024, (said[0], real[0])


def test_usage():
    """What was found and what was expected; status 2."""
    for options, message in (((), "expected one FILE-OR-FOLDER"), (("/nowhere",), "folder that holds one, found \"/nowhere/?"),
                             (("demo", "--cpus=0"), "expected 1 to 256, found \"0\""), (("demo", "--memory=1"), "expected a size")):
        done = subprocess.run([CHECK, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 2 and re.search(message, done.stdout), done.stdout
