# SPDX-License-Identifier: MIT
"""What the system tests say at the console: to the operator's shell, to a Linux guest, to the container echo."""
import re

import bulkhead

BIN = "build/bin/"
GUEST = "build/cache/guest/"
PROMPT = r"bulkhead> $"
DETACH = "\x1c"


def shell(m, command, pattern=None, timeout=30):
    """Types a command and waits for the prompt behind its output; the match of the pattern, or all of its output."""
    start = len(m.output)
    m.send(command + "\r")
    m.expect(re.escape(command), timeout)
    match = m.expect(pattern, timeout) if pattern else None
    m.expect(PROMPT, timeout)
    return match or m.output[start:]


def power_off(m):
    m.send("poweroff\r")
    assert m.wait(60) == bulkhead.POWEROFF


def attach(m, name):
    m.send(f"console {name}\r")
    m.expect(f"console of {name}", 30)


def detach(m):
    m.send(DETACH)
    m.expect("back at the shell", 30)
    m.expect(PROMPT, 30)


def count_behind(m, name, pattern, after):
    """The first count behind `after` that a partition prints; those before are shown again when its console is attached."""
    attach(m, name)
    now = after
    while now <= after:
        now = int(m.expect(pattern + r"\r?\n", 60)[1])
    detach(m)
    return now


def last_words(m, name):
    """What the console still shows of a partition that has ended."""
    start = len(m.output)
    shell(m, f"console {name}", rf"\n{name}: .*\n")
    return m.output[start:]


def ask(m, command, pattern, timeout=60):
    """Types a command into the shell of the Linux guest; the match of its answer."""
    m.send(command + "\r")
    m.expect(re.escape(command), timeout)
    match = m.expect(pattern, timeout)
    m.expect(r"linux# ", timeout)
    return match


def linux_vm(memory="256M", *lines, name="linux"):
    """(description of a VM with Debian's kernel and our initramfs, its files)"""
    text = f"vm {name}\n kernel = vmlinuz\n initrd = initrd.cpio\n cmdline = console=ttyS0 quiet\n memory = {memory}\n"
    text += "".join(f" {line}\n" for line in lines)
    return text, {"vmlinuz": GUEST + "vmlinuz", "initrd.cpio": "build/guests/initrd.cpio"}


def echo_answers(m, name="echo"):
    """A container that echoes lives, and root hands its console over."""
    attach(m, name)
    m.send("still there?\r")
    m.expect(r'you said "still there\?"', 30)
    detach(m)
