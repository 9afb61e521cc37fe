"""Metrics of time use with written counting rules, and checks for data that would make them wrong."""

from cronofy_frames.measures.catalogue import metrics
from cronofy_frames.measures.quality_report import quality, quality_rows
from cronofy_frames.measures.use import time_use

__all__ = ["metrics", "quality", "quality_rows", "time_use"]
