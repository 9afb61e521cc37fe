"""How time is used, in numbers whose counting rules are written down, and what would mislead them."""

from cronofy_frames.measures.catalogue import metrics
from cronofy_frames.measures.checking import quality, quality_rows
from cronofy_frames.measures.use import time_use

__all__ = ["metrics", "quality", "quality_rows", "time_use"]
