# SPDX-License-Identifier: MIT
"""Container images: what went in comes out, the same content gives the same digest, mistakes are named, damage is seen."""
import hashlib
import os
import subprocess
import sys
import tempfile

import bulkhead

TOOL = os.path.join(bulkhead.TOP, "tools", "mkcontainer")
BUSYBOX = os.path.join(bulkhead.BUILD, "cache", "guest", "busybox")
ELF = b"\x7fELF\2" + bytes(5000)
FILES = {"etc/motd": b"welcome\n", "etc/deep/x": b"x", "etc.conf": b"dot", "big": os.urandom(10000), "empty": b""}
MANIFEST = "# first line\nname = demo\nprogram = demo.elf\nfiles = tree\nargs = one two\nenv = HOME=/\nmemory = 2M\nstorage = 1M\nconnect = log\n"


def tool(*arguments):
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True, check=False)


def make(folder, manifest=MANIFEST, files=None, name="demo.img"):
    """(finished process, path of the image)"""
    for path, content in {"demo.elf": ELF, "m.txt": manifest.encode(), **{f"tree/{k}": v for k, v in (files or FILES).items()}}.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "wb") as f:
            f.write(content)
    image = os.path.join(folder, name)
    return tool(os.path.join(folder, "m.txt"), "-o", image), image


def read(path):
    with open(path, "rb") as f:
        return f.read()


def test_round_trip():
    """Another reader of cpio takes out what was put in; program and files lie on pages; inspect shows all of it."""
    with tempfile.TemporaryDirectory() as folder:
        done, image = make(folder)
        assert done.returncode == 0, done.stderr
        out = os.path.join(folder, "out")
        os.mkdir(out)
        with open(image, "rb") as f:
            subprocess.run([BUSYBOX, "cpio", "-id"], cwd=out, stdin=f, check=True, capture_output=True)
        data = read(image)
        for name, content in FILES.items():
            assert read(os.path.join(out, "files", name)) == content
            assert len(content) < 3 or data.index(content) % 4096 == 0, name
        assert read(os.path.join(out, "bulkhead", "program")) == ELF and data.index(ELF) % 4096 == 0
        kept = read(os.path.join(out, "bulkhead", "manifest")).decode()
        assert kept == "format = 1\n" + "".join(line + "\n" for line in MANIFEST.splitlines() if line[:4] not in ("prog", "file"))
        shown = tool("inspect", image)
        assert shown.returncode == 0, shown.stderr
        for part in ("args = one two", "10000 /big", "/etc/deep/x", "dr-xr-xr-x", f"program {len(ELF)}"):
            assert part in shown.stdout, (part, shown.stdout)
        digest = read(os.path.join(out, "bulkhead", "digest"))[:64].decode()
        assert f"sha256:{digest}\n" in shown.stdout
        behind = data.index(digest.encode()) + 68                  # 65 bytes, padded to four
        assert hashlib.sha256(data[behind:]).hexdigest() == digest


def test_reproducible():
    """The same content gives the same bytes, whatever its times and place; another content another digest."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two, tempfile.TemporaryDirectory() as three:
        first, second = make(one)[1], make(two, files=dict(reversed(FILES.items())))[1]
        other = make(three, files={**FILES, "empty": b"not so"})[1]
        assert read(first) == read(second)
        assert read(first)[:200] != read(other)[:200]


def test_damage():
    """One bit anywhere behind the digest, or a cut: inspect refuses and says what it found."""
    with tempfile.TemporaryDirectory() as folder:
        _, image = make(folder)
        data = read(image)
        for at in (130, 400, 5000, len(data) // 2, len(data) - 600):
            with open(image, "wb") as f:
                f.write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
            done = tool("inspect", image)
            assert done.returncode == 2 and "found" in done.stderr and "expected" in done.stderr, (at, done)
        for size in (0, 50, 1000, len(data) - 2000):
            with open(image, "wb") as f:
                f.write(data[:size])
            done = tool("inspect", image)
            assert done.returncode == 2 and "Traceback" not in done.stderr, (size, done)
        done = tool("inspect", os.path.join(folder, "demo.elf"))
        assert done.returncode == 2 and "bare ELF" in done.stderr


@bulkhead.cases(("name = demo", "name = a/b", 'm.txt:2: name: found "a/b", expected 1 to 31 letters'),
                ("name = demo", "# none", "found no line `name = ...`"),
                ("memory = 2M", "memory = 2", 'm.txt:7: memory: found "2", expected a size'),
                ("memory = 2M", "memroy = 2M", 'found unknown key "memroy", expected one of args'),
                ("memory = 2M", "memory = 2M\nmemory = 2M", "memory: found a second time"),
                ("storage = 1M", "storage = 3M", "storage: found 3072K, expected at most the memory (2048K)"),
                ("env = HOME=/", "env = HOME", 'env: found "HOME", expected NAME=VALUE'),
                ("args = one two", "args", 'found "args", expected `key = value`'),
                ("program = demo.elf", "# none", "found no line `program = ELF`"),
                ("program = demo.elf", "program = m.txt", "expected a 64-bit ELF"),
                ("program = demo.elf", "program = absent", "absent"),
                ("files = tree", "files = forest", "expected a folder"))
def test_mistakes(good, wrong, said):
    """A mistake in the manifest is named with its line, and no image is left behind."""
    with tempfile.TemporaryDirectory() as folder:
        done, image = make(folder, MANIFEST.replace(good, wrong))
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, done.stderr
        assert not os.path.exists(image)


def test_odd_trees():
    """A link to a file becomes the file; a link to a folder is refused."""
    with tempfile.TemporaryDirectory() as folder:
        make(folder)
        os.symlink("etc/motd", os.path.join(folder, "tree", "link"))
        done, image = make(folder)
        assert done.returncode == 0 and "8 /link" in tool("inspect", image).stdout, done.stderr
        os.symlink("etc", os.path.join(folder, "tree", "folder"))
        done, _ = make(folder)
        assert done.returncode == 2 and "link to a folder" in done.stderr
