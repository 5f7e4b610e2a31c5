# SPDX-License-Identifier: MIT
"""Keys of system.conf that root itself carries out."""
import bulkhead
from talk import PROMPT, power_off
from test_containers import container, files


def test_console_and_autostart():
    """The line belongs to the attached partition from the start; who does not start by itself is started by hand."""
    text = container("later", "ctr_hello.elf", args="3", autostart="no") + container("echo", "ctr_echo.elf", console="attached")
    with bulkhead.Machine(files(text, "ctr_echo.elf", "ctr_hello.elf"), platform="qemu", cpus=2) as m:
        m.expect(r"later +container +not started +- ", 60)
        m.expect("console of echo", 20)
        m.send("hello\r")
        m.expect('you said "hello"', 20)
        assert "bulkhead> " not in m.output
        m.send("\x1c")
        m.expect(PROMPT, 20)
        m.send("start later\r")
        m.expect("later runs on CPU", 20)
        m.expect("later ended: exit code 3", 20)
        power_off(m)
