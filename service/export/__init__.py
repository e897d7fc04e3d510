"""The log and its read models as Parquet files, for what asks more of them than one PostgreSQL should answer."""
