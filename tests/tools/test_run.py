# SPDX-License-Identifier: MIT
"""tools/run: what it says to bad requests, and what it leaves behind. How runs end is shown in tests/system."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import bulkhead

RUN = os.path.join(bulkhead.TOP, "tools", "run")


def run(*arguments):
    return subprocess.run([sys.executable, RUN, "--headless", *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)


@bulkhead.cases(("nowhere", "no such folder"), ("--memory=much nowhere", "memory size"), ("--memory=8G --platform=bochs x", "3072 MiB"),
                ("--cpus=0 x", "1 to 64"), ("--platform=vax x", "invalid choice"), ("--frobnicate x", "unrecognized"),
                ("", "required: SYSTEM"), ("--cpus=many x", "invalid int"))
def test_usage(arguments, message):
    """A bad request ends with status 2 and says what is wrong."""
    done = run(*arguments.split())
    assert done.returncode == bulkhead.USAGE and message in done.stderr, done
    assert "Traceback" not in done.stderr


def test_no_system_conf():
    with tempfile.TemporaryDirectory() as folder:
        done = run(folder)
        assert done.returncode == bulkhead.USAGE and "system.conf" in done.stderr, done


def test_kvm_without_vtx():
    """--platform kvm says why it cannot be, rather than start a machine without VT-x."""
    if bulkhead.nested_vtx():
        bulkhead.skip("this host has nested VT-x")
    done = run("--platform=kvm", "demo")
    assert done.returncode == bulkhead.USAGE and "VT-x" in done.stderr, done


def test_killed_runner_leaves_nothing():
    """An emulator dies with its runner, however that one ends; the next run removes its files."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        runner = subprocess.Popen([sys.executable, RUN, "--headless", "--cpus=1", "demo"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        child = None
        for _ in range(100):
            time.sleep(0.1)
            with open(f"/proc/{runner.pid}/task/{runner.pid}/children") as f:
                child = f.read().strip()
            if child:
                break
        assert child, "no emulator was started"
        runner.send_signal(number)
        runner.wait(10)
        for _ in range(50):
            if not os.path.exists(f"/proc/{child}"):
                break
            time.sleep(0.1)
        assert not os.path.exists(f"/proc/{child}"), f"emulator {child} outlived its runner after signal {number}"
    bulkhead._remove_stale_runs()
    left = [name for name in os.listdir(bulkhead.RUNS) if re.match(f"{runner.pid}-", name)]
    assert not left, left
