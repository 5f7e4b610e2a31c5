# SPDX-License-Identifier: MIT
"""The system of the README's three-VM example: what check-system says of it is what it does."""
import re
import subprocess

import bulkhead
from talk import PROMPT, attach, detach, power_off, shell

CHECK = bulkhead.TOP + "/tools/check-system"


@bulkhead.timeout(300)
def test_three_vms():
    """Linux on two CPUs and two bare-metal guests on the third, started in the order of `after`, placed as check-system says."""
    bulkhead.needs_fixed_bochs()
    said = subprocess.run([CHECK, "three_vms", "--cpus=3", "--memory=1G"], stdout=subprocess.PIPE, text=True, check=True).stdout
    planned = dict(re.findall(r"^(\w+) +vm +([\d,-]+) ", said, re.MULTILINE))
    assert planned == {"linux": "0-1", "control": "2", "logger": "2"}, said
    with bulkhead.Machine("three_vms", platform="bochs", cpus=3, memory="1G", timeout=290) as m:
        m.expect(r"NAME.*\n", 90)
        m.expect(PROMPT, 30)
        for name, cpus in planned.items():
            shell(m, "list", rf"{name} +vm +running +{cpus} ")
        attach(m, "control")
        m.expect(r"hello: heartbeat \d+", 30)
        detach(m)
        attach(m, "logger")
        m.expect(r"hello: heartbeat \d+", 30)
        detach(m)
        attach(m, "linux")
        m.expect("linux# ", 240)
        m.send("nproc\r")
        m.expect(r"^2\r", 60)
        m.expect("linux# ", 30)
        detach(m)
        power_off(m)
