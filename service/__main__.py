"""`python -m service` is `recordkeeper`."""

import atexit
import os
import sys
from typing import NoReturn

from service import cli


def main() -> NoReturn:
    """Run a verb, and end without taking the interpreter apart.

    Threads of the object store's library may be at work in it still, and abort the process once it is gone, whatever
    came of the verb (PyO3/pyo3-async-runtimes, issue 40).
    """
    try:
        cli.main(prog_name="recordkeeper")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter would do first
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
