# SPDX-License-Identifier: MIT
"""The rules of the tree hold, and the figures that this stage promises are met."""
import json
import os
import subprocess

import bulkhead

REQUIRED = ["vm.cpuid", "vm.vmcall", "vm.rdmsr", "vm.vmm_roundtrip", "ct.syscall", "ct.yield", "vm.kernel_kib",
            "vm.linux_boot_ratio", "vm.linux_boot_ratio_notests", "vm.linux_wakeup_ratio", "vm.doorbell"]


def run(*command, limit):
    done = subprocess.run(command, cwd=bulkhead.TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout


@bulkhead.timeout(900)
def test_make_check():
    """Includes, W^X, seams, sizes, ring-0 lines, gcc's and clang's warnings, cppcheck, clang-tidy."""
    status, output = run("make", "check", limit=880)
    assert status == 0, output[-3000:]


@bulkhead.timeout(900)
def test_make_bench():
    """`make bench` writes build/bench.json, and the required rows meet their targets."""
    bulkhead.needs_fixed_bochs()
    status, output = run("tools/bench", limit=880)
    assert status == 0, output[-3000:]
    with open(os.path.join(bulkhead.BUILD, "bench.json")) as f:
        rows = {row["key"]: row for row in json.load(f)}
    wrong = [key for key in REQUIRED if key not in rows or rows[key]["value"] > rows[key]["target"]]
    assert not wrong, f"{', '.join(wrong)}\n{output[-4000:]}"
