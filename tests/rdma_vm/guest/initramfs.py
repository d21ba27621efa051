# SPDX-License-Identifier: Apache-2.0
"""The guests' initramfs, made of this machine's own programs: busybox, iproute2, perftest, the verbs library with the
rxe driver, and the kernel modules. The same inputs give the same bytes. Uncompressed: unpacking would cost more under
emulation than copying does.
"""
import re
import shutil
import stat
import subprocess
from pathlib import Path

from guest.kernel import Kernel, KernelError

HERE = Path(__file__).resolve().parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAMS = ["ip", "rdma", "ib_write_bw", "ib_read_bw", "ib_send_bw", "ib_send_lat"]
RXE_CONFIGURATION = Path("/etc/libibverbs.d/rxe.driver")


class Archive:
    """A cpio archive in the kernel's `newc` format."""

    def __init__(self):
        self._bytes = bytearray()
        self._names = set()

    def add_file(self, name: str, content: bytes, mode=0o644):
        self._add_folders(name)
        self._add(name, stat.S_IFREG | mode, content)

    def add_link(self, name: str, target: str):
        self._add_folders(name)
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def finish(self) -> bytes:
        self._add("TRAILER!!!", 0, b"")
        return bytes(self._bytes)

    def has(self, name):
        return name in self._names

    def _add_folders(self, name):
        for parent in reversed(Path(name).parents[:-1]):
            if not self.has(str(parent)):
                self._add(str(parent), stat.S_IFDIR | 0o755, b"")

    def _add(self, name, mode, content):
        if self.has(name):
            return
        self._names.add(name)
        encoded = name.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = [len(self._names), mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(encoded), 0]
        self._bytes += b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self._pad()
        self._bytes += content
        self._pad()

    def _pad(self):
        self._bytes += bytes(-len(self._bytes) % 4)


def build(kernel: Kernel, target: Path):
    """Writes the initramfs for `kernel` to `target`."""
    archive = Archive()
    archive.add_file("init", (HERE / "init").read_bytes(), 0o755)
    archive.add_file("bin/busybox", _program("busybox").read_bytes(), 0o755)
    for name in PROGRAMS:
        program = _program(name)
        archive.add_file(f"bin/{name}", program.read_bytes(), 0o755)
        _add_libraries(archive, program)
    for driver in _verbs_drivers():
        archive.add_file(str(driver).lstrip("/"), driver.read_bytes(), 0o755)
        _add_libraries(archive, driver)
    archive.add_file(str(RXE_CONFIGURATION).lstrip("/"), _existing(RXE_CONFIGURATION).read_bytes())
    modules = kernel.modules()
    for module in modules:
        archive.add_file(f"modules/{module.name}", module.read_bytes())
    archive.add_file("etc/farlink/modules", "".join(f"/modules/{module.name}\n" for module in modules).encode())
    archive.add_file("etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
    partial = target.with_suffix(".partial")
    partial.write_bytes(archive.finish())
    partial.rename(target)


def _program(name):
    found = shutil.which(name, path=PATH)
    if found is None:
        raise KernelError(f"{name} is not installed; run: tools/deps --install --rigs")
    program = Path(found).resolve()
    if name == "busybox" and b"/ld-linux" in program.read_bytes()[:4096]:
        raise KernelError("busybox is not the static one; run: tools/deps --install --rigs")
    return program


def _existing(path):
    if not path.exists():
        raise KernelError(f"{path} is missing (package ibverbs-providers); run: tools/deps --install --rigs")
    return path


def _verbs_drivers():
    drivers = sorted(Path("/usr/lib").glob("*/libibverbs/librxe-rdmav*.so"))
    if not drivers:
        raise KernelError("libibverbs/librxe-rdmav*.so is missing (package ibverbs-providers); "
                          "run: tools/deps --install --rigs")
    return drivers


def _add_libraries(archive, binary):
    listing = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True).stdout
    if "not found" in listing:
        raise KernelError(f"{binary} misses a library of its own:\n{listing}")
    for path in re.findall(r"(/\S+) \(0x", listing):
        archive.add_file(path.lstrip("/"), Path(path).resolve().read_bytes(), 0o755)
