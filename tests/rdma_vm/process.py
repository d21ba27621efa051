# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive this one: each is ended by its own id, also when this process is killed."""
import ctypes
import os
import signal
import subprocess
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def turn_signals_into_exceptions():
    """SIGTERM and SIGHUP end the process as Ctrl-C does: through every `with` block."""

    def raise_exit(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, raise_exit)


class Child:
    """A process with its standard output and error in a log file."""

    def __init__(self, name: str, command: list, log: Path, environment: dict | None = None):
        self.name = name
        self.log = log
        with open(log, "wb") as output:
            self._process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                             stderr=subprocess.STDOUT, start_new_session=True,
                                             env={**os.environ, **(environment or {})}, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit_code(self):
        """None while it runs."""
        return self._process.poll()

    def stop(self, number=signal.SIGTERM, patience_s=10.0):
        """Sends the signal, then SIGKILL when that is not obeyed; returns the exit code."""
        if self.exit_code is None:
            self._process.send_signal(number)
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    def last_words(self, lines=15):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
