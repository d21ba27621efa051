# SPDX-License-Identifier: Apache-2.0
"""The guests' kernel: Debian's own package, downloaded once and unpacked into a cache, never installed.

The cloud flavour is no use: it has no rdma_rxe.
"""
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

MODULES = ["virtio_pci", "virtio_net", "virtio_console", "crc32_generic", "ib_uverbs", "rdma_ucm", "rdma_rxe"]


class KernelError(Exception):
    """No kernel for the guests; the text says how to get one."""


@dataclass(frozen=True)
class Kernel:
    version: str  # 6.1.0-00-amd64
    folder: Path  # holds boot/ and lib/modules/

    @property
    def image(self):
        return self.folder / "boot" / f"vmlinuz-{self.version}"

    def modules(self):
        """Files of MODULES and of what they need, in the order in which they load."""
        ordered = []
        for module in MODULES:
            listing = _run(["modprobe", "--dirname", self.folder, "--set-version", self.version, "--show-depends",
                            module])
            for line in listing.splitlines():
                words = line.split()
                if words[0] == "insmod" and Path(words[1]) not in ordered:
                    ordered.append(Path(words[1]))
        return ordered


def find_or_download(cache: Path) -> Kernel:
    """The newest kernel in `cache`; downloads and unpacks Debian's current one when there is none."""
    cache.mkdir(parents=True, exist_ok=True)
    cached = [path for path in cache.glob("linux-image-*-amd64") if path.is_dir()]
    if not cached:
        cached = [_download(cache)]
    newest = max(cached, key=lambda path: [int(number) for number in re.findall(r"\d+", path.name)])
    return Kernel(newest.name.removeprefix("linux-image-"), newest)


def _download(cache):
    depends = _run(["apt-cache", "depends", "linux-image-amd64"])
    match = re.search(r"Depends: (linux-image-[0-9][^ ]*-amd64)$", depends, re.MULTILINE)
    if match is None:
        raise KernelError("apt-cache knows no kernel package linux-image-amd64: run apt-get update (on Debian, amd64)")
    name = match[1]
    print(f"rdma_vm: downloading {name} (about 70 MB) into {cache}", flush=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpacking-") as temporary:
        folder = Path(temporary)
        _run(["apt-get", "download", name], cwd=folder, hint="apt-get update, and the machine needs its package mirror")
        package = next(folder.glob("*.deb"))
        unpacked = folder / "unpacked"
        _run(["dpkg", "-x", package, unpacked])
        _run(["depmod", "--basedir", unpacked, name.removeprefix("linux-image-")], hint="tools/deps --install --rigs")
        target = cache / name
        shutil.rmtree(target, ignore_errors=True)
        unpacked.rename(target)
    return target


def _run(command, cwd=None, hint="tools/deps --install --rigs"):
    text = " ".join(str(word) for word in command)
    environment_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # depmod is in no user's PATH
    tool = shutil.which(command[0], path=environment_path)
    if tool is None:
        raise KernelError(f"{command[0]} is not installed; run: {hint}")
    done = subprocess.run([tool, *command[1:]], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise KernelError(f"{text} failed (to mend: {hint}):\n{done.stderr.strip()}")
    return done.stdout
