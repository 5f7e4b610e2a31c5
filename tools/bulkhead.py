# SPDX-License-Identifier: MIT
"""Start a system on an emulator and talk to its first serial port. Used by tools/run and by tests/system.

    with Machine("demo", cpus=2) as m:
        m.expect(r"bulkhead> ", timeout=60)
        m.send("poweroff\\n")
        assert m.wait(30) == POWEROFF
"""
import collections
import ctypes
import glob
import importlib.machinery
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, "build")
RUNS = os.path.join(BUILD, "runs")

# how a run ended; also the exit status of tools/run
POWEROFF, USAGE, PANIC, TIMEOUT, EMULATOR, REBOOT = 0, 2, 3, 4, 5, 6
END_WORDS = {b"poweroff": POWEROFF, b"panic": PANIC, b"reboot": REBOOT}
END_LINE = re.compile(rb"(?:^|[\r\n])bulkhead: end: (poweroff|reboot|panic)[\r\n]")
SETTLE = 2.0          # seconds of silence after the end line that make it final
END_SLACK = 4096      # a guest can print that line too: more output than this behind it, and it was none

BOCHS_CPU = "corei7_skylake_x"
BOCHS_MAX_MIB = 3072
OVMF_BOCHS = "/usr/share/ovmf/OVMF.fd"
OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"


class Failure(AssertionError):
    """What was expected of the machine did not come."""


class Usage(Exception):
    """The request cannot be served; told to the user as it is."""


class Unsupported(Usage):
    """This host or emulator has not what the request needs; a test skips."""


class Skip(Exception):
    """The test cannot run here."""


def skip(reason):
    raise Skip(reason)


def cases(*arguments):
    """Decorator of a test: one run for each tuple of arguments (or single argument)."""
    def mark(function):
        function.cases = [a if isinstance(a, tuple) else (a,) for a in arguments]
        return function
    return mark


def timeout(seconds):
    """Decorator of a test: its time limit."""
    def mark(function):
        function.timeout = seconds
        return function
    return mark


def needs_fixed_bochs():
    """First line of a test that shows a fault of the packaged emulator which our patch removes."""
    if default_platform() == "bochs" and bochs_kind() != "built":
        raise Skip("the packaged Bochs delivers VT-x events wrongly")


def _mkimage():
    loader = importlib.machinery.SourceFileLoader("mkimage", os.path.join(TOP, "tools", "mkimage"))
    spec = importlib.util.spec_from_loader("mkimage", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def memory_mib(text):
    """'512M', '2G' or a plain number of MiB -> MiB"""
    m = re.fullmatch(r"(\d+)\s*([MG]?)(i?B)?", str(text), re.IGNORECASE)
    if not m:
        raise Usage(f"memory size '{text}': expected a number of MiB, or with M or G behind it")
    mib = int(m[1]) * (1024 if m[2].upper() == "G" else 1)
    if mib < 64:
        raise Usage(f"memory size '{text}': the firmware needs 64 MiB at least")
    return mib


def find_system(system):
    """A path, or the name of a folder in build/systems."""
    for path in (system, os.path.join(BUILD, "systems", system)):
        if os.path.isdir(path):
            if not os.path.isfile(os.path.join(path, "system.conf")):
                raise Usage(f"{path}: has no system.conf")
            return path
    known = sorted(os.path.basename(p) for p in glob.glob(os.path.join(BUILD, "systems", "*")))
    raise Usage(f"{system}: no such folder, nor a built system (built: {', '.join(known) or 'none'})")


def nested_vtx():
    """True when KVM here can give VT-x to its guest: the CPU has it, the module passes it on, and we may use it."""
    try:
        with open("/proc/cpuinfo") as f:
            flags = re.search(r"^flags\s*:(.*)$", f.read(), re.MULTILINE)
        with open("/sys/module/kvm_intel/parameters/nested") as f:
            nested = f.read().strip()
    except OSError:
        return False
    return bool(flags) and "vmx" in flags[1].split() and nested in ("Y", "1") and os.access("/dev/kvm", os.R_OK | os.W_OK)


def default_platform():
    return os.environ.get("BULKHEAD_PLATFORM") or ("kvm" if nested_vtx() else "bochs")


def bochs_kind():
    """'built' (3.0 with our patch) or 'packaged' (2.7 with the known event faults)"""
    try:
        with open(os.path.join(BUILD, "cache", "bochs", "kind")) as f:
            return f.read().strip()
    except OSError:
        raise Usage("the emulator is not there yet: run `make setup`") from None


patience = 1   # time-outs are so many times as long: tests on a slow or busy machine are slow, not wrong


def be_patient():
    """For tests: what they wait for comes on any machine, or never."""
    global patience
    try:
        slow = default_platform() == "bochs" and bochs_kind() != "built"
    except Usage:   # tests without emulator
        slow = False
    patience = 12 if slow else 3


def deadline(seconds):
    """On the monotonic clock, so many seconds from now at the patience of this run."""
    return time.monotonic() + seconds * patience


LIBC = ctypes.CDLL(None)
RUNNER = os.getpid()


def _die_with_parent():
    """In the child: an emulator never outlives its runner, however that one ends (prctl PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != RUNNER:  # it ended before it could be asked for
        os._exit(1)


def _remove_stale_runs():
    for path in glob.glob(os.path.join(RUNS, "*")):
        pid = os.path.basename(path).split("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(path, ignore_errors=True)


class Machine:
    """One run of one system. Reading goes on in a thread; the emulator is gone after close(), whatever happened."""

    def __init__(self, system, platform=None, cpus=1, memory="512M", cmdline="", cpu_model=None, exclude_features=None,
                 timeout=120, log=None, gdb=False, on_output=None, on_image=None, volume=None, extra=()):
        self.system, self.platform = system, platform or default_platform()
        self.cpus, self.memory, self.cmdline = int(cpus), memory_mib(memory), cmdline
        self.cpu_model, self.exclude_features = cpu_model, exclude_features or ""
        self.timeout, self.log_path, self.gdb, self.on_output = timeout and timeout * patience, log, gdb, on_output
        self.on_image, self.volume, self.extra = on_image, volume, list(extra)
        self._text = bytearray()
        self._seen = 0
        self._changed = threading.Condition()
        self._last_output = time.monotonic()
        self._process = self._socket = self._thread = self._log = self._folder = None
        self._status = None
        self._eof = False
        if self.platform not in ("bochs", "kvm", "qemu"):
            raise Usage(f"platform '{self.platform}': expected bochs, kvm or qemu")
        if not 1 <= self.cpus <= 64:
            raise Usage(f"{self.cpus} CPUs: expected 1 to 64")
        if self.platform == "kvm" and not nested_vtx():
            raise Unsupported("platform kvm: this host's KVM does not pass VT-x on to its guests (needed: CPU flag vmx, parameter nested "
                        "of kvm_intel, access to /dev/kvm)")
        if self.platform == "bochs" and self.memory > BOCHS_MAX_MIB:
            raise Usage(f"Bochs has at most {BOCHS_MAX_MIB} MiB of memory: take --platform qemu for more")

    # ------------------------------------------------------------------ life
    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def _start(self):
        _remove_stale_runs()
        os.makedirs(RUNS, exist_ok=True)
        self._folder = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=RUNS)
        image = os.path.join(self._folder, "disk.img")
        mkimage = _mkimage()
        try:
            mkimage.make_image(self._system_folder(), image, self.cmdline, more=self.volume)
        except (mkimage.Error, OSError) as e:
            raise Usage(str(e)) from None
        if self.on_image:
            self.on_image(image)
        if self.log_path:
            self._log = open(self.log_path, "wb")
        elif os.environ.get("BULKHEAD_TEST_LOG"):
            self._log = open(os.environ["BULKHEAD_TEST_LOG"], "ab")
            self._log.write(f"=== {self.system if isinstance(self.system, str) else sorted(self.system)}, {self.platform}, "
                            f"{self.cpus} CPUs, {self.memory} MiB\n".encode())
        with socket.create_server(("127.0.0.1", 0)) as server:
            command = (self._bochs if self.platform == "bochs" else self._qemu)(image, server.getsockname()[1])
            self._console = open(os.path.join(self._folder, "console"), "wb")
            self._process = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=self._console,
                                             stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_die_with_parent)
            self._started = time.monotonic()
            self._socket = self._accept(server)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _system_folder(self):
        if not isinstance(self.system, dict):
            return find_system(self.system)
        folder = os.path.join(self._folder, "system")
        os.mkdir(folder)
        for name, content in self.system.items():
            path = os.path.join(folder, name)
            if isinstance(content, bytes) or "\n" in content:
                with open(path, "wb") as f:
                    f.write(content if isinstance(content, bytes) else content.encode())
            else:
                shutil.copyfile(os.path.join(TOP, content), path)
        return folder

    def _accept(self, server):
        server.settimeout(0.2)
        for _ in range(150):
            try:
                connection, _ = server.accept()
                connection.settimeout(None)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection
            except TimeoutError:
                if self._process.poll() is not None:
                    break
        raise Failure("the emulator did not start:\n" + self.emulator_log(15))

    def close(self):
        """Ends the emulator and removes what the run left on disk; returns the status."""
        if self._process:
            if self._status is None:
                self._status = self._end_status(settled=True)
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._process.wait()
        if self._socket:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            if self._thread:
                self._thread.join(5)
            self._socket.close()
            self._socket = None
        for f in (self._log, getattr(self, "_console", None)):
            if f:
                f.close()
        if self._folder:
            self._kept_log = self.emulator_log(40)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        return self._status

    # ------------------------------------------------------------------ emulators
    def _bochs(self, image, port):
        kind = bochs_kind()
        excluded = [x for x in re.split(r"[,\s]+", self.exclude_features) if x]
        if kind == "built":           # a parked CPU that spins in MWAIT costs 150-fold with three or more
            features = f', exclude_features="{",".join(["mwait"] + excluded)}"'
        elif excluded:
            raise Unsupported("the packaged Bochs cannot hide CPU features")
        else:
            features = ""
        display = "nogui" if kind == "built" else 'rfb, options="timeout=0"'
        lines = [
            f"display_library: {display}",
            f"cpu: model={self.cpu_model or BOCHS_CPU}, count={self.cpus}, ips=200000000, reset_on_triple_fault=0{features}",
            f"memory: guest={self.memory}, host={min(self.memory, 2048)}",
            f"romimage: file={OVMF_BOCHS}, options=none",
            "vgaromimage: file=/usr/share/vgabios/vgabios.bin",
            "pci: enabled=1, chipset=i440fx",
            "clock: sync=none, time0=utc",
            "port_e9_hack: enabled=1",
            f"com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}",
            f"ata0-master: type=disk, path={image}, mode=flat",
            f"log: {self._folder}/emulator.log",
            "debug: action=ignore", "info: action=ignore", "error: action=report", "panic: action=fatal",
            *([] if kind == "built" else ["sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy", "speaker: enabled=0"]),
            *self.extra,
        ]
        config = os.path.join(self._folder, "bochsrc")
        with open(config, "w") as f:
            f.write("\n".join(lines) + "\n")
        command = [os.path.join(BUILD, "cache", "bochs", "bochs"), "-q", "-f", config]
        if kind != "built":
            go = os.path.join(self._folder, "go")
            with open(go, "w") as f:
                f.write("c\n")
            command += ["-rc", go]
        return command

    def _qemu(self, image, port):
        if self.platform == "kvm":
            accel, cpu = "kvm", "host,migratable=no"   # else the invariant TSC is hidden
        else:
            accel, cpu = "tcg", "max"
        cpu = self.cpu_model or cpu
        if accel == "tcg":
            cpu += ",vendor=GenuineIntel"        # AMD's SYSENTER does not exist in long mode
        cpu += "".join(f",-{x}" for x in re.split(r"[,\s]+", self.exclude_features) if x)
        variables = os.path.join(self._folder, "vars.fd")
        shutil.copyfile(OVMF_VARS, variables)
        command = ["qemu-system-x86_64", "-machine", "q35", "-accel", accel, "-cpu", cpu, "-smp", str(self.cpus),
                   "-m", str(self.memory), "-display", "none", "-net", "none", "-no-reboot",
                   "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF_CODE}",
                   "-drive", f"if=pflash,format=raw,file={variables}",
                   "-drive", f"file={image},format=raw,if=none,id=disk0", "-device", "ide-hd,drive=disk0,bootindex=0",
                   "-chardev", f"socket,id=com1,host=127.0.0.1,port={port},server=off,nodelay=on", "-serial", "chardev:com1",
                   "-monitor", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", *self.extra]
        return command + (["-s", "-S"] if self.gdb else [])

    def emulator_log(self, lines=20):
        """The last lines of what the emulator itself had to say: with Bochs they tell why a VM entry failed."""
        if not self._folder:
            return getattr(self, "_kept_log", "")
        found = collections.deque(maxlen=lines)
        for name in ("console", "emulator.log"):
            try:
                with open(os.path.join(self._folder, name), errors="replace") as f:
                    for line in f:
                        if not re.match(r"=+$|\s*$|com1: |.*VMEXIT: EPT violation|00000000000[ip]\[ +\]", line):
                            found.append(line.rstrip())
            except OSError:
                pass
        return "\n".join(found)

    # ------------------------------------------------------------------ console
    def _read(self):
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            with self._changed:
                if data:
                    self._text += data
                    self._last_output = time.monotonic()
                    if self._log:
                        self._log.write(data)
                        self._log.flush()
                else:
                    self._eof = True
                self._changed.notify_all()
            if not data:
                return
            if self.on_output:
                self.on_output(data)

    @property
    def output(self):
        with self._changed:
            return self._text.decode(errors="replace")

    def send(self, text):
        try:
            self._socket.sendall(text if isinstance(text, bytes) else text.encode())
        except OSError:
            raise Failure("the machine is gone: cannot send\n" + self._tail()) from None

    def _tail(self, count=3000):
        text = self.output[-count:]
        log = self.emulator_log(10)
        return f"--- last output ---\n{text}" + (f"\n--- emulator ---\n{log}" if log else "")

    def _left(self):
        return self.timeout - (time.monotonic() - self._started) if self.timeout else float("inf")

    def expect(self, pattern, timeout=60):
        """Waits until the output behind the last match matches; returns the match."""
        regex = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.MULTILINE)
        timeout *= patience
        end = time.monotonic() + min(timeout, max(0, self._left()))
        with self._changed:
            while True:
                match = regex.search(self._text, self._seen)
                if match:
                    self._seen = match.end()
                    return re.compile(pattern, re.MULTILINE).search(match[0].decode(errors="replace")) or match
                left = end - time.monotonic()
                if left <= 0 or self._eof:
                    break
                self._changed.wait(left)
        why = "the machine ended" if self._eof else f"{timeout} s passed"
        raise Failure(f"{why} without {pattern!r}\n{self._tail()}")

    # ------------------------------------------------------------------ the end
    def _end_status(self, settled=False):
        """The status if the run is over, else None. settled: do not wait for silence behind the end line."""
        with self._changed:
            tail = bytes(self._text[-END_SLACK - 64:])
            quiet = time.monotonic() - self._last_output
            gone = self._process.poll() is not None and self._eof
        match = None
        for match in END_LINE.finditer(tail + b"\n"):
            pass
        if match and (gone or settled or quiet > SETTLE):
            return END_WORDS[match[1]]
        if gone or self._process.poll() is not None and quiet > SETTLE:
            return EMULATOR
        return None

    def poll(self):
        """The status when the run is over, else None."""
        if self._status is None:
            self._status = self._end_status()
            if self._status is None and self._left() <= 0:
                self._status = TIMEOUT
        return self._status

    def wait(self, timeout=None):
        """Waits for the end of the run, closes, returns the status."""
        end = deadline(timeout) if timeout else float("inf")
        while self.poll() is None:
            if time.monotonic() >= end:
                self._status = TIMEOUT
                break
            with self._changed:
                self._changed.wait(0.1)
            if self._eof:
                time.sleep(0.05)
        return self.close()
