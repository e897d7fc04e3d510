"""A read model: the table, and the one statement that makes it from events."""

import re
from dataclasses import dataclass

from service.postgres.statement import statement

SHADOW = "_rebuilt"
"""What the name of a table ends in that is being made beside the live one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows are told apart by `account_sid` and `key`."""

    name: str
    key: str = "sid"
    key_type: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """`fold` names a statement over `appended`, a relation of events, that upserts a row a recording into `table`.

    It must come to the same whether it is given a stream again or for the first time. An `inline` projection is run
    in the append's own statement; any other follows the log behind it. `summary` is a table that `summarise` makes
    from the rows of the first. A rebuild leaves streams out unless `keeps` holds of their events, and rows `made` of
    which `forgets` holds unless they are there: the purge takes these, and with them what else is to go.
    """

    name: str
    fold: str
    table: Table
    summarise: str = ""
    summary: Table | None = None
    inline: bool = False
    keeps: str = "true"
    forgets: str = "false"

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.table, self.summary) if self.summary else (self.table,)

    @property
    def text(self) -> str:
        return statement(__package__, self.fold)

    def folding(self, source: str, suffix: str = "", *, again: bool = False, known: str = "true") -> str:
        """Return the statement over the events that the statement `source` gives, into the live tables or others.

        With `again` it takes the place of rows that are there, and returns what it wrote. Elsewhere than in the live
        tables it fails with a division by zero at a stream with an event of which `known` does not hold.
        """
        folded = self.named(self.text, suffix)
        if suffix:
            grouped = "GROUP BY account_sid, recording_sid"
            folded = folded.replace(
                grouped, f"{grouped}\nHAVING 1 / (count(*) FILTER (WHERE {known}) / count(*)) = 1 AND {self.keeps}"
            )
        if not again:
            folded = folded.partition("\nON CONFLICT ")[0]
        return f"{statement(__package__, source)}\n{folded}"

    def summarising(self, changed: str, suffix: str = "") -> str:
        """Return the statement that makes the summary of the rows whose keys `changed` selects."""
        return self.named(statement(__package__, self.summarise).replace(":changed", changed), suffix)

    def named(self, text: str, suffix: str) -> str:
        """Return a statement with its tables' names ending in `suffix`."""
        names = "|".join(table.name for table in self.tables)
        return re.sub(rf"\b(INTO|FROM|JOIN) ({names})\b", rf"\1 \2{suffix}", text)
