# SPDX-License-Identifier: MIT
"""Set-up that fails or is killed: it says why, and nothing half-made stays. An apt-get of our own stands for the registry."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import bulkhead

ARCHIVE = "bochs_3.0+dfsg.orig.tar.xz"


class Tree:
    """A tree with tools/setup and nothing else; apt-get is the script given."""

    def __init__(self, apt_get):
        self._folder = tempfile.TemporaryDirectory()
        self.top = self._folder.name
        os.makedirs(os.path.join(self.top, "downloads"))
        shutil.copytree(os.path.join(bulkhead.TOP, "tools"), os.path.join(self.top, "tools"))
        self.file("bin/apt-get", "#!/bin/sh\n" + apt_get)
        self.file("bin/sudo", '#!/bin/sh\nexec "$@"\n')  # the real one would look for the real apt-get

    def file(self, name, content):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(content)
        os.chmod(path, 0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def start(self, *arguments):
        environment = {**os.environ, "PATH": f"{self.top}/bin:{os.environ['PATH']}", "BULKHEAD_DOWNLOADS": f"{self.top}/downloads"}
        return subprocess.Popen([f"{self.top}/tools/setup", *arguments], env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def kept(self):
        """What a later build would take as there."""
        cache = os.path.join(self.top, "build", "cache")
        return sorted(name for name in os.listdir(cache) if not re.match(r"tmp\.|lock$|logs$", name))


def test_wrong_hash():
    """An archive with another content is refused by its hash."""
    with Tree("exit 1") as tree:
        os.makedirs(f"{tree.top}/scratch")
        with open(f"{tree.top}/downloads/{ARCHIVE}", "wb") as f:
            f.write(b"something else")
        setup = tree.start("--part", "bochs_fetch", f"{tree.top}/scratch")
        output = setup.communicate(timeout=60)[0]
        assert setup.returncode != 0 and re.search(rf"{re.escape(ARCHIVE)}: FAILED", output), output


def test_no_registry():
    """What cannot be fetched is named, with the log; nothing is kept."""
    with Tree("echo no route to the registry; exit 1") as tree:
        setup = tree.start()
        output = setup.communicate(timeout=100)[0]
        assert setup.returncode == 1 and "no route to the registry" in output, output
        assert re.search(r"\[setup +\d+ s\] Bochs source: FAILED \(status 1\); all of it in build/cache/logs/bochs_fetch.log", output), output
        assert re.search(r"\[setup +\d+ s\] FAILED: Bochs", output), output
        assert tree.kept() == [], tree.kept()


def test_killed():
    """Killed in the middle of a download, set-up leaves nothing that counts as made; the next one begins anew."""
    with Tree('touch "$0.called"; echo half > half.deb; sleep 60') as tree:
        for _ in range(2):
            setup = tree.start()
            deadline = bulkhead.deadline(60)
            while not os.path.exists(f"{tree.top}/bin/apt-get.called"):
                assert setup.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
            os.killpg(setup.pid, signal.SIGKILL)
            setup.communicate(timeout=60)
            assert tree.kept() == [], tree.kept()
            os.remove(f"{tree.top}/bin/apt-get.called")


NEEDS_FIXES = """import bulkhead
def test_one():
    bulkhead.needs_fixed_bochs()
    assert False
"""


def test_packaged_emulator():
    """Where Bochs cannot be built the packaged one is taken, with what that costs; tests that need the fixes are skipped by name."""
    with Tree('case "$*" in *" install "*" bochs" | *" update") echo done ;; *) echo no such thing; exit 1 ;; esac') as tree:
        setup = tree.start("--part", "bochs")
        output = setup.communicate(timeout=100)[0]
        assert setup.returncode == 0, output
        assert re.search(r"Bochs cannot be built here: taking the packaged one \(.* tests that need the fixes are skipped\)", output), output
        assert tree.kept() == ["bochs"] and os.readlink(f"{tree.top}/build/cache/bochs/bochs") == "/usr/bin/bochs"
        tree.file("tests/system/test_fixes.py", NEEDS_FIXES)
        done = subprocess.run([f"{tree.top}/tools/run-tests", "--only", "system"], capture_output=True, text=True, timeout=100, check=False,
                              env={**os.environ, "BULKHEAD_PLATFORM": "bochs"})
        assert re.search(r"skipped +tests/system/test_fixes:test_one .*the packaged Bochs delivers VT-x events wrongly", done.stdout), done
        assert "0 passed, 0 failed, 1 skipped" in done.stdout, done
