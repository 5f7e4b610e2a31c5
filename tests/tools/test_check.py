# SPDX-License-Identifier: MIT
"""tools/check finds what it is there to find: each rule is broken once in a small tree."""
import os
import shutil
import subprocess
import sys
import tempfile

import bulkhead
import coverage_report


def check(name, files, commands=()):
    """Runs one check over a tree of these files, after these shell commands; returns its output."""
    with tempfile.TemporaryDirectory() as tree:
        shutil.copytree(os.path.join(bulkhead.TOP, "tools"), os.path.join(tree, "tools"))
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
            with open(os.path.join(tree, path), "w") as f:
                f.write(text)
        for command in commands:
            subprocess.run(command, shell=True, cwd=tree, check=True)
        done = subprocess.run([sys.executable, "tools/check", name], cwd=tree, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout


@bulkhead.cases(("vmx/a.c", "<kernel/part.h>"), ("vmm/a.c", "<sys/../log.h>"), ("root/a.c", "<hw/msr.h>"), ("lib/a.c", "<hw/msr.h>"),
                ("kernel/a.c", "<vmx/vmcs.h>"), ("boot/a.c", "<sys/log.h>"), ("vmx/a.c", '"../kernel/part.h"'),
                ("include/hw/a.h", "<kernel/part.h>"), ("guests/t_x/a.c", "<lib/string.h>"), ("guests/ctr_x/a.c", "<hw/msr.h>"))
def test_dependency_breach(path, name):
    status, output = check("deps", {path: f"#include {name}\n"})
    assert status == 1 and path in output, output


def test_dependencies_allowed():
    status, output = check("deps", {"kernel/a.c": '#include <vmx/vmx.h>\n#include <sys/log.h>\n#include "a.h"\n', "kernel/a.h": "\n",
                                    "vmm/b.c": "#include <sys/types.h>\n#include <stdio.h>\n#include <hw/msr.h>\n",
                                    "guests/ctr_x/c.c": "#include <user/sys.h>\n"})
    assert status == 0, output


def link(flags):
    return ["mkdir -p build/bin", "printf '.globl _start\\n_start: ret\\n.data\\n.long 1\\n' | as -o build/a.o -",
            f"ld {flags} -o build/bin/a.elf build/a.o 2>/dev/null"]


def test_writable_and_executable():
    status, output = check("wx", {}, link("-N"))
    assert status == 1 and "a.elf" in output, output
    status, output = check("wx", {}, link("-z noexecstack"))
    assert status == 0, output
    status, output = check("wx", {}, link("-z execstack"))
    assert status == 1 and "stack" in output, output


def test_seams():
    build = ["mkdir -p build/obj/ring0/vmx", "gcc -c vmx/a.c -o build/obj/ring0/vmx/a.o"]
    source = "void page_alloc(void); void sched_pick(void); void f(void); void f(void) { page_alloc(); sched_pick(); }\n"
    status, output = check("seams", {"vmx/a.c": source, "include/sys/alloc.h": "void page_alloc(void);\n"}, build)
    assert status == 1 and "sched_pick" in output and "page_alloc" not in output, output


def test_size():
    long_function = "int f(void)\n{\n" + "    g();\n" * 70 + "}\n"
    status, output = check("size", {"vmx/a.c": long_function, "vmx/b.c": "int x;\n" * 401, "lib/c.h": "int x;\n" * 201,
                                    "lib/d.c": "int " + "x" * 130 + ";\n", "lib/e.c": "int f(void)\n{\n    return 1;\n}\n"})
    assert status == 1, output
    for part in ("vmx/a.c:2: f has 72", "vmx/b.c: 401", "lib/c.h: 201", "lib/d.c:1"):
        assert part in output, (part, output)
    assert "lib/e.c" not in output


def test_privileged():
    """The budget counts code, not comments or blank lines, of what is linked, and fails when it is passed."""
    def build(lines):
        files = {"kernel/a.c": '#include "a.h"\n/* a\n * comment */\n\n' + "int x;  // and one\n" * lines, "kernel/a.h": "// none\nint x;\n",
                 "kernel/unused.c": "int y;\n" * 9000}
        return check("privileged", files, ["mkdir -p build/obj/ring0/kernel build/link/kernel",
                                           "gcc -MMD -c kernel/a.c -o build/obj/ring0/kernel/a.o",
                                           "echo 'LOAD build/obj/ring0/kernel/a.o' > build/link/kernel/pass1.map"])
    status, output = build(100)
    assert status == 0 and "102 lines" in output, output
    status, output = build(8000)
    assert status == 1, output


def test_coverage_limit():
    """Coverage below 80 % is a failure of the tests, 80 % is not."""
    assert coverage_report.low("lib", 79, 100) == "coverage of lib/: 79.0 %, at least 80 % are wanted"
    assert coverage_report.low("lib", 80, 100) == "" and coverage_report.low("lib", 0, 0) == ""
