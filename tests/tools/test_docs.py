# SPDX-License-Identifier: MIT
"""The documents against the code: generated tables, what the parser says, names of files, tests and handlers."""
import glob
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import tempfile

import bulkhead

TOP = bulkhead.TOP
PAGES = sorted(glob.glob(TOP + "/docs/*.md")) + [TOP + "/README.md"]
DRIVER = r"""
#include <stdio.h>
#include <string.h>
#include "conf.h"
static void line(void *context, const char *text) { (void)context; puts(text); }
int main(void)
{
    static char text[65536];
    static struct conf conf;
    conf_parse("system.conf", text, fread(text, 1, sizeof(text), stdin), &conf, &(struct conf_report){ .line = line });
    return 0;
}
"""


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def mkabi():
    loader = importlib.machinery.SourceFileLoader("mkabi", TOP + "/tools/mkabi")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("mkabi", loader))
    loader.exec_module(module)
    return module


def parse(text):
    """What the real parser of system.conf says of the text."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/driver.c", "w") as f:
            f.write(DRIVER)
        sources = [f"{TOP}/root/{name}.c" for name in ("conf", "conf_keys", "conf_value", "conf_cpus", "conf_after", "nearest")]
        subprocess.run(["gcc", "-std=gnu17", f"-I{TOP}/root", "-o", folder + "/driver", folder + "/driver.c", *sources], check=True)
        return subprocess.run([folder + "/driver"], input=text.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()


def example(page, name):
    return re.search(rf"<!-- {name} -->\n```\n(.*?)```\n", page, re.DOTALL)[1]


def indented(page):
    """The blocks of a page that are set off by four blanks."""
    return re.findall(r"(?:^    .*\n|^\n(?=    ))+", page, re.MULTILINE)


def test_tables():
    """The tables made from the headers are up to date."""
    done = subprocess.run([TOP + "/tools/mkabi", "--check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode()


def test_parser_messages():
    """The errors in docs/system-conf.md are what the parser says; the example of the README has none."""
    page = read(TOP + "/docs/system-conf.md")
    assert parse(example(page, "bad example")) == example(page, "bad answer")
    good = [block for block in indented(read(TOP + "/README.md")) if re.search(r"^    vm ", block, re.MULTILINE)]
    assert good and all(parse(block) == "" for block in good), [parse(block) for block in good]


def test_named_files():
    """Each file that a document names is there, and each link leads somewhere."""
    names = [os.path.relpath(os.path.join(folder, f), TOP) for top in os.listdir(TOP) if top not in ("build", ".git")
             for folder, _, files in os.walk(os.path.join(TOP, top)) for f in files]
    folders = {os.path.dirname(n) + "/" for n in names}

    def known(name):
        return name in names or name.rstrip("/") + "/" in folders or any(n.startswith(name.rstrip("/") + "/") or n.endswith("/" + name) for n in names)
    missing = []
    for path in PAGES:
        text = re.sub(r"^<!-- begin (\w+) -->\n.*?^<!-- end \1 -->\n", "", read(path), flags=re.MULTILINE | re.DOTALL)
        text = text if os.path.basename(path) != "building.md" else ""          # is full of patterns
        missing += [f"{os.path.basename(path)}: {name}" for name in re.findall(
            r"`([\w./-]+\.(?:c|h|S|py|def|ld|patch)|(?:boot|kernel|vmx|root|vmm|lib|drivers|guests|include|tests|tools|docs)/[\w./-]*)`", text)
            if not known(name)]
        for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]*)?\)", text):
            if not os.path.exists(os.path.join(os.path.dirname(path), link)):
                missing.append(f"{os.path.basename(path)}: link to {link}")
    assert not missing, "\n".join(missing)


def test_named_tests():
    """Each test that a document names exists."""
    known = set(re.findall(r"^def (test_\w+)\(", "".join(map(read, glob.glob(TOP + "/tests/*/test_*.py"))), re.MULTILINE))
    known |= {os.path.splitext(os.path.basename(p))[0] for p in glob.glob(TOP + "/tests/*/*.*")}
    unknown = [f"{os.path.basename(path)}: {name}" for path in PAGES if os.path.basename(path) != "building.md"
               for name in re.findall(r"`(test_\w+)`", read(path)) if name not in known]
    assert not unknown, "\n".join(unknown)


def mutations():
    with open(TOP + "/tests/mutations", encoding="utf-8") as f:
        return [block.split("\n") for block in f.read().strip().split("\n\n")]


def test_mutations():
    """Each mutation has a name of its own, changes a line that is there once, and names tests that exist."""
    listed = subprocess.run([TOP + "/tools/run-tests", "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    known, names = listed.split("\n"), [block[0] for block in mutations()]
    wrong = [f"{name}: stands there {count} times" for name, file, old, _, _ in mutations() if (count := read(f"{TOP}/{file}").count(old)) != 1]
    wrong += [f"{name}: no test {tests}" for name, _, _, _, tests in mutations() if not any(tests in test for test in known)]
    wrong += [f"{name}: twice" for name in set(names) if names.count(name) > 1]
    assert not wrong, "\n".join(wrong)


def test_evidence():
    """Each mutation and each test that docs/evidence.md names is there, and each mutation is named."""
    said = set(re.findall(r"\*([a-z0-9-]+)\*", read(TOP + "/docs/evidence.md")))
    names = {block[0] for block in mutations()}
    assert said == names, f"unknown: {said - names}; not in docs/evidence.md: {names - said}"


def test_exit_handlers():
    """Each handler of a VM exit has its row in docs/exits.md that says who and why."""
    said = read(TOP + "/docs/exits.md").split("## By reason")[0]
    silent = {handler for *_, handler in mkabi().exit_handlers() if f"`{handler}`" not in said}
    gone = set(re.findall(r"`(exit_\w+)`", said)) - {handler for *_, handler in mkabi().exit_handlers()}
    assert not silent and not gone, f"no row: {silent}; row without handler: {gone}"
