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
GOAL = 80


def _data(suffix):
    return glob.glob(os.path.join(OBJECTS, "**", "*" + suffix), recursive=True)


def reset():
    for path in _data(".gcda"):
        os.remove(path)


def lines_of_files():
    """{source: {line: count}} over all tests"""
    files = collections.defaultdict(lambda: collections.defaultdict(int))
    data = _data(".gcda")
    for start in range(0, len(data), 50):
        output = subprocess.run(["gcov", "--json-format", "--stdout", *data[start:start + 50]], cwd=bulkhead.TOP,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
        for text in output.decode(errors="replace").splitlines():
            if not text.startswith("{"):
                continue
            for entry in json.loads(text)["files"]:
                name = os.path.relpath(os.path.join(bulkhead.TOP, entry["file"]), bulkhead.TOP)
                for line in entry["lines"]:
                    files[name][line["line_number"]] += line["count"]
    return files


def show(details=False):
    totals = collections.defaultdict(lambda: [0, 0])
    rows = []
    for name, lines in sorted(lines_of_files().items()):
        folder = name.split("/")[0]
        if folder not in FOLDERS or not name.endswith(".c"):
            continue
        hit = sum(1 for count in lines.values() if count)
        rows.append((name, hit, len(lines)))
        totals[folder][0] += hit
        totals[folder][1] += len(lines)
    if details:
        for name, hit, count in rows:
            print(f"  {name:32} {hit:5} of {count:5} lines  {100 * hit / max(1, count):5.1f} %")
    for folder in FOLDERS:
        if folder in totals:
            hit, count = totals[folder]
            percent = 100 * hit / max(1, count)
            low = "" if percent >= GOAL else f"   below the goal of {GOAL} %"
            print(f"coverage {folder + '/':10} {hit:5} of {count:5} lines  {percent:5.1f} %{low}", flush=True)
