# SPDX-License-Identifier: MIT
"""Container images: what the container gets of them, what system.conf may change, what root refuses."""
import hashlib
import re

import bulkhead
from talk import PROMPT, power_off

IMAGE = "build/images/ctr_test.img"


def read(path):
    with open(path, "rb") as f:
        return f.read()


def reseal(data):
    """The image with its digest made right again."""
    return data[:128] + hashlib.sha256(data[196:]).hexdigest().encode() + data[192:]


def change(data, old, new):
    assert data.count(old) == 1 and len(old) == len(new), (old, data.count(old))
    return reseal(data.replace(old, new))


def parts(*lines):
    return "\n".join(lines) + "\n"


@bulkhead.cases("qemu", "bochs")
def test_image(platform):
    """Arguments, environment, a file of a megabyte, names, the quota and the handle, from inside; exit code 8."""
    with bulkhead.Machine("ctr_test", platform=platform, timeout=120) as m:
        m.expect(r"bulkhead: image ended: exit code 8", 90)
        m.send("console image\r")
        m.expect(r"PASS: 2\d checks, 0 failed", 20)
        power_off(m)


def test_system_conf_decides():
    """What system.conf says goes before the manifest; several containers run from one image, each with its own files."""
    text = parts("container one", "  image = t.img", "container two", "  image = t.img", "container three", "  image = t.img",
                 "  memory = 3M", "  args = one two", "  budget = 50")
    with bulkhead.Machine({"system.conf": text, "t.img": IMAGE}, platform="qemu") as m:
        m.expect(r"one +container +running +\d +2M", 60)
        m.expect(r"three +container +running +\d +3M", 10)
        for name, code in (("one", 8), ("two", 8), ("three", 1)):
            assert re.search(rf"bulkhead: {name} ended: exit code {code}\s", m.output) or m.expect(rf"bulkhead: {name} ended: exit code {code}\s", 30)
        power_off(m)


def test_refused():
    """Damaged and malicious images do not start, each with its reason; the good one beside them does."""
    good = read(IMAGE)
    offset = good.index(b"07070", good.index(b"bulkhead/program\0") - 110)
    bad = {
        "flip": (good[:9000] + bytes([good[9000] ^ 1]) + good[9001:], "damaged: found content with the digest [0-9a-f]{64}, expected"),
        "cut": (good[:5000], "damaged: found content with the digest"),
        "short": (good[:70], "found its end at 0x46, expected another entry there"),
        "end": (reseal(good[:-1024]), r"entry at 0x\w+: found a name of 3962 bytes, expected 1 to \d+"),
        "dots": (change(good, b"files/etc/motd\0", b"files/etc/../x\0"), 'found entry "files/etc/../x", expected a path of names'),
        "wide": (change(good, b"memory = 2M", b"memory = 2T"), r'manifest:\d: memory: found "2T", expected a size|manifest:\d+: memory: found "2T"'),
        "key": (change(good, b"\nstorage = 64K", b"\nstarage = 64K"), 'found unknown key "starage"'),
        "service": (change(good, b"storage = 64K", b"connect = abc"), 'wants the service "abc", which nobody offers'),
        "quota": (change(good, b"storage = 64K", b"storage = 64M"), "its files may take 65536 KiB, more than its memory"),
        "elf": (change(good, b"\x7fELF\2\1\1", b"\x7fELF\2\2\1"), "neither 32- nor 64-bit|little endian"),
        "entry": (reseal(good[:offset + 94] + b"7fffffff" + good[offset + 102:]), "found a name of 2147483647 bytes, expected 1 to"),
    }
    text = parts(*(f"container {name}\n  image = {name}.img" for name in bad), "container good", "  image = good.img")
    files = {f"{name}.img": data for name, (data, _) in bad.items()}
    with bulkhead.Machine({"system.conf": text, "good.img": IMAGE, **files}, platform="qemu") as m:
        m.expect(PROMPT, 90)
        for name, (_, said) in bad.items():
            line = re.search(rf"bulkhead: {name} not started: ([^\r\n]*)", m.output)
            assert line and re.search(said, line[1]), (name, line and line[0])
        "good ended: exit code 8" in m.output or m.expect("good ended: exit code 8", 30)
        power_off(m)
