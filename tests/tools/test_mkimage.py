# SPDX-License-Identifier: MIT
"""The image builder: reproducible, a valid file system, what went in comes out."""
import os
import struct
import subprocess
import sys
import tempfile

import bulkhead

MKIMAGE = os.path.join(bulkhead.TOP, "tools", "mkimage")
NAMES = {"system.conf": b"x\n", "vmlinuz": os.urandom(3000000), "a-rather-long-name.with.dots": b"long",
         "exactly13chrs": b"13", "empty": b"", "UPPER.TXT": b"U"}


def make(folder, name="out.img", files=None):
    """Builds an image from given files and invented programs; returns its path and the finished process."""
    system, programs, image = (os.path.join(folder, x) for x in ("system", "bin", name))
    for path in (system, programs):
        os.makedirs(path, exist_ok=True)
    for file, content in (NAMES if files is None else files).items():
        with open(os.path.join(system, file), "wb") as f:
            f.write(content)
    for file in ("BOOTX64.EFI", "kernel.elf", "root.elf", "vmm.elf"):
        with open(os.path.join(programs, file), "wb") as f:
            f.write(file.encode())
    done = subprocess.run([sys.executable, MKIMAGE, "-o", image, "--cmdline", "a b", "--bin", programs, system],
                          capture_output=True, text=True, check=False)
    return image, done


class Volume:
    """A reader of FAT32 that shares nothing with the writer."""

    def __init__(self, image):
        with open(image, "rb") as f:
            data = f.read()
        assert data[512:520] == b"EFI PART"
        first = struct.unpack_from("<Q", data, 1024 + 32)[0]
        self.data = data[first * 512:]
        self.cluster = self.data[13] * 512
        reserved, fats, size = struct.unpack_from("<H", self.data, 14)[0], self.data[16], struct.unpack_from("<I", self.data, 36)[0]
        self.fat = reserved * 512
        self.start = (reserved + fats * size) * 512
        self.root = struct.unpack_from("<I", self.data, 44)[0]

    def chain(self, cluster):
        out = b""
        while 2 <= cluster < 0x0FFFFFF8:
            offset = self.start + (cluster - 2) * self.cluster
            out += self.data[offset:offset + self.cluster]
            cluster = struct.unpack_from("<I", self.data, self.fat + 4 * cluster)[0] & 0x0FFFFFFF
        return out

    def folder(self, cluster):
        """{name: (attributes, cluster, size)}"""
        found, long = {}, ""
        data = self.chain(cluster)
        for at in range(0, len(data), 32):
            entry = data[at:at + 32]
            if entry[0] == 0:
                break
            if entry[11] == 0x0F:
                part = (entry[1:11] + entry[14:26] + entry[28:32]).decode("utf-16-le")
                long = part.split("\0")[0].rstrip("\uffff") + long
                continue
            short = entry[:8].decode().rstrip() + ("." + entry[8:11].decode().rstrip() if entry[8:11].strip() else "")
            high, low = struct.unpack_from("<H", entry, 20)[0], struct.unpack_from("<H", entry, 26)[0]
            found[long or short] = (entry[11], high << 16 | low, struct.unpack_from("<I", entry, 28)[0])
            long = ""
        return found

    def read(self, path):
        cluster = self.root
        *folders, name = path.split("/")
        for folder in folders:
            cluster = self.folder(cluster)[folder][1]
        _, cluster, size = self.folder(cluster)[name]
        return self.chain(cluster)[:size] if size else b""


def test_content():
    """Every file comes back byte for byte, under its name."""
    with tempfile.TemporaryDirectory() as folder:
        image, done = make(folder)
        assert done.returncode == 0, done.stderr
        volume = Volume(image)
        assert volume.read("EFI/BOOT/BOOTX64.EFI") == b"BOOTX64.EFI"
        assert volume.read("bulkhead/kernel.elf") == b"kernel.elf"
        assert volume.read("bulkhead/root.elf") == b"root.elf"
        assert volume.read("bulkhead/cmdline") == b"a b\n"
        assert volume.read("bulkhead/system/vmm.elf") == b"vmm.elf"
        for name, content in NAMES.items():
            assert volume.read("bulkhead/system/" + name) == content, name


def test_reproducible():
    """The same input gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for name in ("one", "two"):
            image, done = make(folder, name)
            assert done.returncode == 0, done.stderr
            with open(image, "rb") as f:
                images.append(f.read())
        assert images[0] == images[1]


def test_many_files():
    """A folder of several clusters, with names that differ behind their eighth letter only."""
    files = {f"quite-the-same-name-{i}.txt": str(i).encode() for i in range(300)}
    with tempfile.TemporaryDirectory() as folder:
        image, done = make(folder, files={"system.conf": b"", **files})
        assert done.returncode == 0, done.stderr
        volume = Volume(image)
        for name, content in files.items():
            assert volume.read("bulkhead/system/" + name) == content


def test_bad_input():
    """No folder, no system.conf: said in one line."""
    with tempfile.TemporaryDirectory() as folder:
        _, done = make(folder, files={})
        assert done.returncode == 2 and "system.conf" in done.stderr, done
        done = subprocess.run([sys.executable, MKIMAGE, folder + "/nothing"], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and "no such folder" in done.stderr, done
