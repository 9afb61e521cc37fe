"""Bulk reads of many accounts into partitioned Parquet files, which the same call continues after a failure."""
