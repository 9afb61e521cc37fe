"""Fetching whole organisations: a frame of tasks, and Parquet files that a run can go on with."""
