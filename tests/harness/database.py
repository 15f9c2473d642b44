"""Reading the host's database file without touching it: a copy is opened, so that not even SQLite's recovery writes to it."""
import contextlib
import json
import pathlib
import shutil
import sqlite3
import tempfile


@contextlib.contextmanager
def copy_of(database):
    """A connection to a copy of the database and its log as they are on disk now. The host must not be running."""
    database = pathlib.Path(database)
    with tempfile.TemporaryDirectory(prefix="quayside-db-") as folder:
        for suffix in ("", "-wal"):
            source = database.with_name(database.name + suffix)
            if source.exists():
                shutil.copy(source, pathlib.Path(folder) / source.name)
        connection = sqlite3.connect(pathlib.Path(folder) / database.name)
        try:
            yield connection
        finally:
            connection.close()


def is_sound(connection):
    return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def watermarks(connection):
    """Position of every lane: {lane: (watermark_us, epoch)}."""
    return {lane: (watermark, epoch)
            for lane, watermark, epoch in connection.execute("SELECT id, cursor_watermark_us, epoch FROM lanes")}


def passes_under_way(connection):
    """Lanes whose complete pass has begun and is not over."""
    passes = [(lane, json.loads(text)) for lane, text in connection.execute("SELECT id, pass FROM lanes") if text]
    return [lane for lane, each in passes if each.get("id") and not each.get("ended_us")]


def events(connection, *types):
    """(type, resource, attributes) in order."""
    marks = ",".join("?" * len(types))
    rows = connection.execute(f"SELECT type, resource, attributes FROM events WHERE type IN ({marks}) ORDER BY revision", types)
    return [(kind, resource, json.loads(attributes)) for kind, resource, attributes in rows]


def raw_bytes(database):
    """The bytes of the database file, its log and its shared memory."""
    database = pathlib.Path(database)
    parts = [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]
    return {part.name: part.read_bytes() for part in parts if part.exists()}
