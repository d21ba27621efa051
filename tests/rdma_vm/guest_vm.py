# SPDX-License-Identifier: Apache-2.0
"""One guest: a QEMU process whose first NIC is a vhost-user port of the middle, and the commands that run in it."""
import base64
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from process import Child

BOOT_TIMEOUT_S = 180  # 15 s on an idle machine; two emulated guests on a busy one take their time
OFFLOADS = ["csum", "guest_csum", "gso", "guest_tso4", "guest_tso6", "guest_ecn", "guest_ufo", "host_tso4", "host_tso6",
            "host_ecn", "host_ufo"]


class GuestError(Exception):
    """A guest that does not start, answer, or do what it was asked."""


@dataclass(frozen=True)
class Output:
    code: int
    text: str


class Job:
    """A command that runs in a guest."""

    def __init__(self, guest, number, command):
        self._guest, self._number, self._command = guest, number, command
        self._ended = threading.Event()
        self._output = None

    def end(self, output):
        self._output = output
        self._ended.set()

    def wait(self, timeout_s) -> Output:
        """Waits until it has ended; kills it and throws when that takes longer."""
        if not self._ended.wait(timeout_s):
            self.stop()
            self._ended.wait(10)
            said = f" after: {self._output.text.strip()}" if self._output else ""
            raise GuestError(f"{self._guest.name}: '{self._command}' did not end within {timeout_s} s{said}\n"
                             f"{self._guest.state()}")
        if self._output is None:
            raise GuestError(f"{self._guest.name}: the guest went away during '{self._command}'\n{self._guest.state()}")
        return self._output

    def stop(self):
        if not self._ended.is_set():
            self._guest.send(f"stop {self._number}\n")


class Guest:
    """`socket_path`: the middle's vhost-user socket. `forwarded_port`: a free port of 127.0.0.1 that leads to
    `inner_port` in the guest, over a second NIC, so that the link under test carries RDMA alone."""

    def __init__(self, name, folder: Path, kernel: Path, initramfs: Path, socket_path: Path, mac, forwarded_port,
                 inner_port):
        self.name = name
        self._console = folder / f"{name}-console.log"
        self._control_path = folder / f"{name}-control.sock"
        self._jobs = {}
        self._next = 1
        self._lock = threading.Lock()
        self._ready = threading.Event()
        qemu = shutil.which("qemu-system-x86_64")
        if qemu is None:
            raise GuestError("qemu-system-x86_64 is not installed; run: tools/deps --install --rigs")
        offloads = ",".join(f"{name}=off" for name in OFFLOADS)
        self._child = Child(name, [
            qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-accel", "tcg,thread=multi",
            # Emulated pclmulqdq makes rxe's ICRC slower than the table does.
            "-cpu", "max,-erms,-fsrm,-pclmulqdq", "-smp", "1", "-m", "384M",
            "-object", "memory-backend-memfd,id=memory,size=384M,share=on", "-machine", "pc,memory-backend=memory",
            "-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1 mitigations=off",
            "-chardev", f"file,id=console,path={self._console}", "-serial", "chardev:console",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=control,path={self._control_path},server=on,wait=off",
            "-device", "virtserialport,chardev=control,name=farlink.control",
            "-chardev", f"socket,id=link,path={socket_path}", "-netdev", "vhost-user,id=link,chardev=link",
            # QEMU 7.2 crashes with emulation, vhost-user and MSI-X together. A frame of 4170 bytes takes three buffers,
            # and a guest that is not scheduled for a while must not lose what arrives.
            "-device", f"virtio-net-pci,netdev=link,mac={mac},vectors=0,romfile=,rx_queue_size=1024,{offloads}",
            "-netdev", f"user,id=exchange,ipv6=off,hostfwd=tcp:127.0.0.1:{forwarded_port}-:{inner_port}",
            "-device", "virtio-net-pci,netdev=exchange,mac=52:54:00:00:02:0f,romfile=",
        ], folder / f"{name}-qemu.log")
        self._socket = self._connect()
        threading.Thread(target=self._listen, name=f"{name} answers", daemon=True).start()

    def wait_until_ready(self):
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while not self._ready.wait(0.2):
            if self._child.exit_code is not None:
                raise GuestError(f"{self.name}: QEMU ended while it booted\n{self.state()}")
            if time.monotonic() > deadline:
                raise GuestError(f"{self.name}: not ready after {BOOT_TIMEOUT_S} s\n{self.state()}")

    def start(self, command: str) -> Job:
        """Starts a shell command; its standard output and error come back together."""
        with self._lock:
            number = self._next
            self._next += 1
            job = self._jobs[number] = Job(self, number, command)
        self.send(f"start {number} {base64.b64encode(command.encode()).decode()}\n")
        return job

    def run(self, command: str, timeout_s=60.0) -> str:
        """Runs a shell command and returns its output; throws GuestError when it fails."""
        output = self.start(command).wait(timeout_s)
        if output.code != 0:
            raise GuestError(f"{self.name}: '{command}' failed with {output.code}:\n{output.text}")
        return output.text

    def send(self, text):
        try:
            self._socket.sendall(text.encode())
        except OSError as error:
            raise GuestError(f"{self.name}: the guest takes no commands ({error})\n{self.state()}") from error

    def stop(self):
        self._socket.close()
        self._child.stop()

    def state(self):
        console = self._console.read_text(errors="replace") if self._console.exists() else ""
        return (f"QEMU: {'running' if self._child.exit_code is None else f'ended with {self._child.exit_code}'}\n"
                f"{self._child.last_words()}\nconsole:\n" + "\n".join(console.splitlines()[-30:]))

    def _connect(self):
        connection = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 20
        while True:
            try:
                connection.connect(str(self._control_path))
                return connection
            except OSError as error:
                if self._child.exit_code is not None or time.monotonic() > deadline:
                    state = self.state()
                    self._child.stop()
                    raise GuestError(f"{self.name}: QEMU did not start ({error})\n{state}") from error
                time.sleep(0.05)

    def _listen(self):
        try:
            with self._socket.makefile("r", encoding="ascii", errors="replace") as lines:
                for line in lines:
                    self._take(line.split())
        except (OSError, ValueError):
            pass  # stopped
        for job in list(self._jobs.values()):
            job.end(None)

    def _take(self, words):
        if words == ["ready"]:
            self._ready.set()
        elif len(words) >= 3 and words[0] == "done":
            text = base64.b64decode(words[3]).decode(errors="replace") if len(words) > 3 else ""
            self._jobs.pop(int(words[1])).end(Output(int(words[2]), text))
