# SPDX-License-Identifier: MIT
"""The build: the same bytes in another folder, and nothing to do the second time."""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import bulkhead


def copy_of_tree(folder):
    """The sources elsewhere, with what set-up made."""
    names = [n for n in os.listdir(bulkhead.TOP) if n not in ("build", ".git")]
    for name in names:
        source, target = os.path.join(bulkhead.TOP, name), os.path.join(folder, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    os.mkdir(os.path.join(folder, "build"))
    os.symlink(os.path.join(bulkhead.BUILD, "cache"), os.path.join(folder, "build", "cache"))


def make(folder, *arguments):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
    done = subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def content(path):
    with open(path, "rb") as f:
        return f.read()


def test_reproducible():
    """Two builds in two folders give the same programs and the same image; then only what a changed header concerns is made."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        copy_of_tree(one)
        shutil.copytree(one, two, symlinks=True, dirs_exist_ok=True)      # from one, lest somebody edit in between
        for folder in (one, two):
            make(folder)
            make(folder, "image", "SYSTEM=ctr_test")
        programs = sorted(os.path.basename(p) for p in glob.glob(os.path.join(one, "build", "bin", "*")))
        assert "kernel.elf" in programs and "BOOTX64.EFI" in programs, programs
        names = [os.path.join("build", "bin", p) for p in programs] + [os.path.join("build", "ctr_test.img")]
        differ = [n for n in names if content(os.path.join(one, n)) != content(os.path.join(two, n))]
        assert not differ, differ
        assert make(one).strip() in ("", "make: Nothing to be done for 'build'."), "the second make built something"
        os.utime(os.path.join(one, "vmm", "mem.h"))
        compiled = re.findall(r"^ +CC +(\S+)", make(one), re.MULTILINE)
        assert "vmm/mem.c" in compiled and all(name.startswith("vmm/") for name in compiled), compiled
