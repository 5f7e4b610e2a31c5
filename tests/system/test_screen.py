# SPDX-License-Identifier: MIT
"""What a person at the screen sees: the frame buffer is read back from QEMU and its letters are recognised."""
import importlib.machinery
import importlib.util
import json
import os
import re
import socket
import tempfile
import time

import bulkhead

EMPTY = {"system.conf": b"# no partitions\n"}
WIDTH, HEIGHT = 8, 16


def letters():
    """{pixels of a cell, as bytes of 0 and 1: letter}, from the font that the kernel was built with"""
    loader = importlib.machinery.SourceFileLoader("mkfont", bulkhead.TOP + "/tools/mkfont")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("mkfont", loader))
    loader.exec_module(module)
    glyphs = module.glyphs(bulkhead.BUILD + "/cache/font/font.psf.gz")
    return {b"".join(bytes(line >> (7 - x) & 1 for x in range(WIDTH)) for line in glyph): chr(code)
            for code, glyph in zip(module.LETTERS, glyphs)}


def read_ppm(path):
    with open(path, "rb") as f:
        data = f.read()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    return int(head[1]), int(head[2]), data[head.end():]


def text_of(path, scale):
    """The lines of text in a picture of the screen; ? where a cell is no letter."""
    width, height, data = read_ppm(path)
    columns, rows = width // (WIDTH * scale), height // (HEIGHT * scale)
    left, top = (width - columns * WIDTH * scale) // 2, (height - rows * HEIGHT * scale) // 2
    known, lines = letters(), []
    for row in range(rows):
        pixels = []
        for y in range(HEIGHT):
            start = 3 * ((top + (row * HEIGHT + y) * scale) * width + left)
            pixels.append(bytes(level > 0x70 for level in data[start:start + 3 * columns * WIDTH * scale:3 * scale]))
        lines.append("".join(known.get(b"".join(line[c * WIDTH:(c + 1) * WIDTH] for line in pixels), "?")
                             for c in range(columns)).rstrip())
    return "\n".join(lines)


class ScreenMachine(bulkhead.Machine):
    """A QEMU machine whose screen can be read; without a serial port when asked so."""

    def __init__(self, system, serial=True, scale=1, extra=(), **options):
        self._folder_of_socket = tempfile.TemporaryDirectory()
        self._path = os.path.join(self._folder_of_socket.name, "qmp")
        self._serial, self._scale = serial, scale
        super().__init__(system, "qemu", extra=["-qmp", f"unix:{self._path},server=on,wait=off", *extra], **options)

    def _qemu(self, image, port):
        command = super()._qemu(image, port)
        return command if self._serial else ["none" if word == "chardev:com1" else word for word in command]

    def _connect(self):
        for _ in range(100):             # the emulator listens a moment after its start
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self._path)
                return s
            except OSError:
                s.close()
                time.sleep(0.1)
        raise AssertionError("the emulator does not listen")

    def command(self, name, **arguments):
        with self._connect() as s:
            with s.makefile("rw") as f:
                for call in ({"execute": "qmp_capabilities"}, {"execute": name, "arguments": arguments}):
                    f.write(json.dumps(call) + "\n")
                    f.flush()
                    while True:
                        answer = json.loads(f.readline())
                        if "return" in answer or "error" in answer:
                            break
                return answer

    def screen(self):
        path = os.path.join(self._folder_of_socket.name, "screen.ppm")
        answer = self.command("screendump", filename=path)
        assert "return" in answer, answer
        return text_of(path, self._scale)

    def expect_screen(self, pattern, timeout=60):
        deadline = bulkhead.deadline(timeout)
        while not re.search(pattern, text := self.screen(), re.MULTILINE):
            assert time.monotonic() < deadline, f"no {pattern!r} on the screen:\n{text}"
            time.sleep(0.3)
        return text


def test_kernel_log():
    """The kernel's log is on the screen, and each line of it whole."""
    with ScreenMachine(EMPTY) as m:
        m.expect("bulkhead> ")
        text = m.expect_screen(r"^\[ *\d+\.\d{6}\] kernel: 1 of 1 CPUs, TSC \d+ MHz, \d+ MiB RAM free, \d+ KiB kernel pool free$")
        assert "?" not in text, text


@bulkhead.cases((1280, 800, 1), (800, 600, 1), (1920, 1080, 1), (2560, 1440, 2))
def test_console_without_serial_port(width, height, scale):
    """No serial port: what root and its shell say is on the screen, in every mode that firmware may have chosen."""
    mode = ["-vga", "none", "-device", f"VGA,edid=on,xres={width},yres={height},vgamem_mb=32"]
    with ScreenMachine(EMPTY, serial=False, scale=scale, extra=mode) as m:
        text = m.expect_screen(r"^bulkhead>$")
        assert re.search(r"^Bulkhead: 1 CPU, \d+ MiB free", text, re.MULTILINE), text
        assert re.search(r"^\(no partitions\)", text, re.MULTILINE), text
        assert len(text.split("\n")) == height // (HEIGHT * scale), f"{len(text)} lines"


def test_scrolling():
    """More lines than the screen has: the last ones are seen, in order, without remains of the others."""
    text = "".join(f"vm line{i:03d}\n    kernel = missing\n" for i in range(32))
    with ScreenMachine({"system.conf": text}, serial=False) as m:
        shown = m.expect_screen(r"^bulkhead>$")
        names = re.findall(r"^line(\d+) +vm", shown, re.MULTILINE)
        assert [int(n) for n in names] == list(range(32)), shown
        assert "?" not in shown, shown


def test_panic():
    """A panic is told on the screen, too."""
    with ScreenMachine(EMPTY) as m:
        m.expect("bulkhead> ")
        m.send("panic\r")
        m.expect_screen(r"^panic: ")
        m.expect_screen(r"^bulkhead: end: panic$")
        assert m.wait(20) == bulkhead.PANIC
