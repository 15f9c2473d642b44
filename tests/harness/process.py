"""A child process that cannot outlive the test: its own process group, a log file, and the kernel kills it with its parent."""
import atexit
import ctypes
import os
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1
_libc = ctypes.CDLL(None, use_errno=True)
_alive = set()


class Child:
    """One started program. `log` collects what it prints; `obey_modes` takes root's right to ignore file modes away."""

    def __init__(self, arguments, log, env=None, limits=None, obey_modes=False):
        self.arguments = [str(each) for each in arguments]
        self.log = log
        parent = os.getpid()

        def before_exec():
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)
            if obey_modes and os.geteuid() == 0:
                _libc.prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE)
            if limits is not None:
                limits()

        with open(log, "ab") as out:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                            env=env, start_new_session=True, preexec_fn=before_exec)
        self.pid = self.process.pid
        _alive.add(self)

    @property
    def returncode(self):
        """Exit status; negative = signal; None = it runs."""
        code = self.process.poll()
        if code is not None:
            _alive.discard(self)
        return code

    def wait(self, seconds):
        """The exit status, or None when it still runs after so long."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return self.returncode

    def kill(self):
        """SIGKILL to the whole group; waits until it is gone."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        return self.returncode

    def terminate(self, seconds=30):
        """SIGTERM and the exit status. A process that does not obey is killed and None is answered."""
        if self.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            if self.wait(seconds) is None:
                self.kill()
                return None
        return self.returncode

    def peak_memory_bytes(self):
        """The most resident memory it ever had."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no VmHWM")

    def resident_mib(self):
        """The memory it has now."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


def stop_all():
    """What a failed test left behind."""
    for child in list(_alive):
        child.kill()
        _alive.discard(child)


def _end(*_):
    raise SystemExit(143)  # runs what atexit holds


atexit.register(stop_all)
signal.signal(signal.SIGTERM, _end)
