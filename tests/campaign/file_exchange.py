"""How the other side of folders hands a file in, and takes one out: none may ever be seen half, by either side.

A file is handed in with a marker behind it. A share is written in its place in two halves, some of them under a name that was there
before; a host that looks in between must leave it alone.
"""
import hashlib
import random
import threading
import time

MARKER = ".done"
_HALF_SECONDS = (0.0, 0.2)  # between the halves: time for a look that `meanwhile` began
_SAME_NAMES = 4


class FileExchange:
    """Thread-safe."""

    def __init__(self, folder, seed, half_share=0.3):
        self.folder, self.rng, self.half_share = folder, random.Random(seed), half_share
        self.lock = threading.Lock()
        self.files = self.halves = self.again = 0
        self.handed_in = set()  # (folder, hash)
        self.taken = {}         # path: bytes
        self.problems = []

    def hand_in(self, where, name, text, meanwhile=lambda: None):
        """`name` unless it is one of those that come again and again. `meanwhile`: what is done between the halves of one that has some."""
        with self.lock:
            in_halves = self.rng.random() < self.half_share
            cut, pause = self.rng.randrange(1, len(text)), self.rng.uniform(*_HALF_SECONDS)
            again = f"daily-{self.rng.randrange(_SAME_NAMES)}.csv"
            self.files += 1
            self.halves += in_halves
            self.handed_in.add((where, hashlib.sha256(text).hexdigest()))
        if not in_halves:
            self._write(where, f".{name}", "wb", text)
            self._until_there(lambda: (self.folder / where / f".{name}").rename(self.folder / where / name))
        else:
            if where in ("orders", "stock") and not (self.folder / where / again).exists():
                name = again
            self._write(where, name, "wb", text[:cut])
            meanwhile()
            time.sleep(pause)
            self._write(where, name, "ab", text[cut:])
        self._write(where, name + MARKER, "wb", b"")

    def _write(self, where, name, mode, text):
        def write():
            with (self.folder / where / name).open(mode) as file:
                file.write(text)
        self._until_there(write)

    @staticmethod
    def _until_there(act):
        while True:
            try:
                return act()
            except FileNotFoundError:  # the folder is away
                time.sleep(0.01)

    def waiting(self, *places):
        """What was handed in and is not put away."""
        return [f"{where}/{path.name}" for where in places for folder in (self.folder / where, self.folder / where / "work")
                if folder.is_dir() for path in folder.iterdir() if path.is_file()]

    def half_taken(self, *places):
        """What was put away and was never handed in so."""
        return [f"{path.relative_to(self.folder)} is not what was handed in" for where in places for kind in ("archive", "errors")
                for path in sorted((self.folder / where / kind).glob("*"))
                if (where, hashlib.sha256(path.read_bytes()).hexdigest()) not in self.handed_in]

    def names(self, where):
        """Of files that have their names."""
        try:
            return sorted(path.name for path in (self.folder / where).iterdir() if path.is_file() and not path.name.startswith("."))
        except FileNotFoundError:
            return []

    def look_at(self, where, name, header):
        """Its lines; None: the folder went away. A file that is half, or comes again as another one, is a problem."""
        try:
            text = (self.folder / where / name).read_bytes()
        except FileNotFoundError:
            return None
        lines = text.decode().splitlines()
        width = len(header.split(","))
        if not text.endswith(b"\n") or len(lines) < 2 or lines[0] != header or any(len(line.split(",")) != width for line in lines):
            self.problems.append(f"{where}/{name} is half a file: {text[:200]!r}")
        key = f"{where}/{name}"
        if key in self.taken:
            self.again += 1
            if self.taken[key] != text:
                self.problems.append(f"{key} came again with other bytes")
        self.taken[key] = text
        return [dict(zip(header.split(","), line.split(","))) for line in lines[1:]]

    def take_away(self, where, name):
        (self.folder / where / name).unlink(missing_ok=True)
