"""Files that are exported to a folder are there after a crash of the machine, as are the folders they are in."""

import os
from pathlib import Path

from service.export.destination import Folder


async def test_every_folder_that_was_made_is_synced_in_the_one_it_is_in(tmp_path, monkeypatch):
    synced, sync = [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda opened: synced.append(Path(f"/proc/self/fd/{opened}").readlink()) or sync(opened)
    )
    await Folder(tmp_path / "new").write("a/b/one.parquet", b"1")
    assert synced[:3] == [tmp_path, tmp_path / "new", tmp_path / "new" / "a"]
    assert synced[3:] == [tmp_path / "new" / "a" / "b" / "one.parquet.part", tmp_path / "new" / "a" / "b"]
    synced.clear()
    await Folder(tmp_path / "new").write("a/b/two.parquet", b"2")
    assert synced == [tmp_path / "new" / "a" / "b" / "two.parquet.part", tmp_path / "new" / "a" / "b"]
