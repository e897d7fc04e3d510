"""What finishing came to, kept in the spool until the log has it: a store's outage costs no second encoding."""

import json
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from service.domain.events import RecordingCompleted
from service.media.finishing.finish import Job, finish, served
from service.media.sound.encode import file_name
from service.media.spool import Spool
from service.media.storing.store import LocalStore

_NAME: Final = "finished.json"
_FACTS = TypeAdapter(RecordingCompleted)


def finish_once(job: Job) -> RecordingCompleted:
    """Publish the recording's files, unless they are and the spool is still what they were made of.

    What is sealed, or for another key than it was, is made anew. Raises NothingRecorded.
    """
    folder = Spool(job.data_dir, job.account_sid, job.sid).folder
    if facts := known(job):
        return facts
    made_of = _made_of(folder)
    facts = finish(job)
    staged = folder / f"{_NAME}.new"
    staged.write_text(json.dumps({"made_of": made_of, "facts": _FACTS.dump_python(facts, mode="json")}))
    staged.rename(folder / _NAME)
    return facts


def known(job: Job) -> RecordingCompleted | None:
    """Return what the files that are published came to; None when they are to be made, or made anew."""
    folder = Spool(job.data_dir, job.account_sid, job.sid).folder
    try:
        found = json.loads((folder / _NAME).read_text())
        facts = _FACTS.validate_python(found["facts"])
        is_made_of = found["made_of"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    made_for = facts.encryption.public_key_sid if facts.encryption else None
    wanted_for = job.customer_key.sid if job.customer_key else None
    if job.sealing_key or made_for != wanted_for or is_made_of != _made_of(folder):
        return None
    published = LocalStore(job.data_dir).path(job.account_sid, job.sid, "")
    names = [file_name(*one) for one in served(job, facts.channels)]
    return facts if all((published / name).exists() for name in names) else None


def _made_of(folder: Path) -> list[list[str | int]]:
    """Return each captured or uploaded file with its size and when it was last written to."""
    captured = sorted(path for path in folder.iterdir() if not path.name.startswith(_NAME))
    return [[path.name, found.st_size, found.st_mtime_ns] for path in captured if (found := path.stat())]
