"""Busy time, free time and overlaps in frames with start and end: vectorised, without side effects, half-open."""

from cronofy_frames.intervals.operations import busy, common_free, gaps
from cronofy_frames.intervals.overlapping import concurrency, conflicts
from cronofy_frames.intervals.shares import occupancy

__all__ = ["busy", "common_free", "concurrency", "conflicts", "gaps", "occupancy"]
