"""Lives of simulated worlds, each a program of its own that holds engine, plugin and Amazon and prints one JSON object."""
import json
import pathlib
import shutil
import subprocess
import tempfile

from harness.places import BUILD, program


def _scratch(name, needs_bytes):
    """Memory when there is some: a million small commits need no disk to prove what they are about."""
    memory = pathlib.Path("/dev/shm")
    room = memory.is_dir() and shutil.disk_usage(memory).free > needs_bytes
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=memory if room else None))


def live(name, arguments, seed, keep, needs_bytes):
    """One life of the program `name`; what it found, with problems that tell the seed. `needs_bytes`: what all lives at a time may write.
    `keep`: leave the folder of its world."""
    folder = _scratch(name, needs_bytes)
    try:
        done = subprocess.run([program(name), "--seed", str(seed), "--bundle", BUILD / "bundles" / "amazon", "--folder", folder,
                               *map(str, arguments)], capture_output=True, text=True, check=False)
        if not done.stdout:
            return {"seed": seed, "problems": [f"seed {seed}: ended with {done.returncode}: {done.stderr.strip()}"]}
        line = json.loads(done.stdout)
        line["problems"] = [f"seed {seed}: {text}" for text in line["problems"]]
        return line
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
