"""Busy time in frames with start and end: interval mathematics, vectorised and pure. Intervals are half-open."""

from cronofy_frames.intervals.sets import busy, common_free, concurrency, conflicts, gaps
from cronofy_frames.intervals.shares import occupancy

__all__ = ["busy", "common_free", "concurrency", "conflicts", "gaps", "occupancy"]
