"""SQL lives in `.sql` files beside its callers, one statement each."""

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> str:
    """Return the text of `sql/<name>.sql` in `package`. Raises FileNotFoundError when there is none."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").strip()
