# SPDX-License-Identifier: MIT
"""Line coverage of the host tests, from the counts that their run left beside the objects."""
import collections
import glob
import json
import os
import subprocess

import bulkhead

OBJECTS = os.path.join(bulkhead.BUILD, "obj", "host")
FOLDERS = ("lib", "vmm", "vmx", "root", "boot", "drivers", "kernel")
LEAST = 80        # percent of the lines in files that a host test links


def _data(suffix):
    return glob.glob(os.path.join(OBJECTS, "**", "*" + suffix), recursive=True)


def reset():
    for path in _data(".gcda"):
        os.remove(path)


def _gcov(data):
    """The files that gcov tells about, from lists of counts (.gcda) or of lines alone (.gcno)."""
    for start in range(0, len(data), 50):
        output = subprocess.run(["gcov", "--json-format", "--stdout", *data[start:start + 50]], cwd=bulkhead.TOP,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        for text in output.decode(errors="replace").splitlines():
            if text.startswith("{"):
                yield from json.loads(text)["files"]


def lines_of_files():
    """{source: {line: count}} over all tests, and the sources that some test linked"""
    files, linked = collections.defaultdict(lambda: collections.defaultdict(int)), set()
    counted = _data(".gcda")
    bare = [p for p in _data(".gcno") if p[:-5] + ".gcda" not in set(counted)]
    for data in (counted, bare):
        for entry in _gcov(data):
            name = os.path.relpath(os.path.join(bulkhead.TOP, entry["file"]), bulkhead.TOP)
            if data is counted:
                linked.add(name)
            for line in entry["lines"]:
                files[name][line["line_number"]] += line["count"]
    return files, linked


def low(folder, some_hit, some):
    """What is said of a folder whose lines under test are run too seldom; empty if they are not."""
    if 100 * some_hit < LEAST * some:
        return f"coverage of {folder}/: {100 * some_hit / some:.1f} %, at least {LEAST} % are wanted"
    return ""


def show(details=False):
    """Prints the coverage; what is too low, as a list of lines."""
    files, linked = lines_of_files()
    totals = collections.defaultdict(lambda: [0, 0, 0, 0])       # hit, lines; the same of files that a test links
    for name, lines in sorted(files.items()):
        folder = name.split("/")[0]
        if folder not in FOLDERS or not name.endswith(".c") or not os.path.exists(os.path.join(bulkhead.TOP, name)):
            continue
        hit, under_test = sum(1 for count in lines.values() if count), name in linked
        for at, value in enumerate((hit, len(lines), hit * under_test, len(lines) * under_test)):
            totals[folder][at] += value
        if details:
            note = "" if under_test else "   in no host test"
            print(f"  {name:32} {hit:5} of {len(lines):5} lines  {100 * hit / max(1, len(lines)):5.1f} %{note}")
    for folder in FOLDERS:
        if folder in totals:
            hit, count, some_hit, some = totals[folder]
            print(f"coverage {folder + '/':9} {100 * some_hit / max(1, some):5.1f} % of the {some} lines under host test; "
                  f"{100 * hit / max(1, count):5.1f} % of all {count}", flush=True)
    return [line for folder, (_, _, hit, count) in totals.items() if (line := low(folder, hit, count))]
