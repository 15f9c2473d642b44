"""Where a campaign puts what it needs while it runs."""
import os
import pathlib


def fast():
    """Memory if there is some, for `dir` of tempfile: a disk only costs time where nothing is proved about it."""
    memory = pathlib.Path("/dev/shm")
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None
