# SPDX-License-Identifier: MIT
"""tools/run: what it says to bad requests, and what it leaves behind. How runs end is shown in tests/system."""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

import bulkhead

RUN = os.path.join(bulkhead.TOP, "tools", "run")


def empty_system(folder):
    with open(os.path.join(folder, "system.conf"), "w") as f:
        f.write("# no partitions\n")
    return folder


def run(*arguments, keys=""):
    return subprocess.run([sys.executable, RUN, "--headless", *arguments], capture_output=True, text=True, timeout=100,
                          input=keys, check=False)


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


@bulkhead.cases(("poweroff", 60, 0), ("panic", 60, 3), ("", 3, 4), ("reboot", 60, 6))
def test_exit_status(command, seconds, status):
    """Scripts see by the number how the system ended: power-off, panic, time-out, reboot."""
    with tempfile.TemporaryDirectory() as folder:
        done = run("--platform=bochs", "--cpus=1", "--memory=256M", f"--timeout={seconds}", empty_system(folder), keys=command + "\r")
    assert done.returncode == status and ("bulkhead> " in done.stdout or not command), done


def started(folder):
    """(tools/run at work, the process id of its emulator)"""
    runner = subprocess.Popen([sys.executable, RUN, "--headless", "--cpus=1", empty_system(folder)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        time.sleep(0.1)
        with open(f"/proc/{runner.pid}/task/{runner.pid}/children") as f:
            child = f.read().strip()
        if child:
            return runner, child
    runner.kill()
    raise AssertionError("no emulator was started")


def test_emulator_failure():
    """An emulator that dies under a run: status 5."""
    with tempfile.TemporaryDirectory() as folder:
        runner, child = started(folder)
        time.sleep(1)
        os.kill(int(child), signal.SIGKILL)
        assert runner.wait(30) == 5


def runs(pid):
    """Whether the process is there and not just waiting for somebody to collect its status."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@bulkhead.cases(signal.SIGTERM, signal.SIGKILL)
def test_killed_runner_leaves_nothing(number):
    """An emulator dies with its runner, however that one ends; the next run removes its files."""
    with tempfile.TemporaryDirectory() as folder:
        runner, child = started(folder)
        runner.send_signal(number)
        runner.wait(10)
    deadline = bulkhead.deadline(20)  # on a busy machine even that takes a while
    while runs(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not runs(child), f"emulator {child} outlived its runner"
    bulkhead._remove_stale_runs()
    left = [name for name in os.listdir(bulkhead.RUNS) if re.match(f"{runner.pid}-", name)]
    assert not left, left


class Person:
    """Somebody at a terminal in front of tools/run."""

    def __init__(self, *arguments):
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.runner = subprocess.Popen([sys.executable, RUN, "--platform=bochs", "--cpus=1", *arguments], stdin=self.slave,
                                       stdout=self.slave, stderr=self.slave, start_new_session=True)
        self.seen = b""

    def sees(self, text, seconds=60):
        """Reads until the text has come; what came before it is forgotten."""
        deadline = bulkhead.deadline(seconds)
        while text not in self.seen:
            assert time.monotonic() < deadline, f"{text} did not come: {self.seen[-1000:]}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 4096)
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def types(self, text):
        os.write(self.master, text)

    def terminal_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def leave(self):
        if self.runner.poll() is None:
            self.runner.terminate()
        self.runner.wait(20)
        os.close(self.master)
        os.close(self.slave)


def at_terminal(script):
    with tempfile.TemporaryDirectory() as folder:
        person = Person(empty_system(folder))
        try:
            person.sees(b"bulkhead> ")
            script(person)
        finally:
            person.leave()


def test_terminal():
    """On a terminal: keys go to the machine as they are typed, Ctrl-C too; Ctrl-] leaves and the terminal is as before."""
    def script(person):
        person.types(b"list\r")
        person.sees(b"NAME")
        person.sees(b"bulkhead> ")
        person.types(b"\x03")
        person.sees(b"^C")
        assert person.runner.poll() is None
        person.types(b"\x1d")
        assert person.runner.wait(20) == 0
        assert person.terminal_as_before()
    at_terminal(script)


def test_terminal_reboot():
    """`reboot` starts the machine again in front of its operator; `poweroff` ends the run."""
    def script(person):
        person.types(b"reboot\r")
        person.sees(b"bulkhead: end: reboot")
        person.sees(b"bulkhead> ", 90)
        person.types(b"poweroff\r")
        person.sees(b"bulkhead: end: poweroff")
        assert person.runner.wait(20) == 0
        assert person.terminal_as_before()
    at_terminal(script)


def test_terminal_killed():
    """A terminated runner gives the terminal back."""
    def script(person):
        person.runner.terminate()
        person.runner.wait(20)
        assert person.terminal_as_before()
    at_terminal(script)
