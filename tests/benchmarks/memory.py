"""The most memory that a piece of work takes above what the process has before it. Used by other benchmarks."""

import gc
import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

STATUS, PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measured(work: Callable[[], Any]) -> dict[str, float]:
    """Return CPU seconds, and the megabytes of the peak and of what is kept after it; 0 kept where no system tells."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    before = _reset_peak()
    started = time.process_time()
    result = work()
    seconds = time.process_time() - started
    peak, kept = _megabytes("VmHWM") - before, _megabytes("VmRSS") - before
    del result
    return {"seconds": seconds, "peak": peak, "kept": kept if STATUS.exists() else 0.0}


def _reset_peak() -> float:
    """Start counting the peak anew, where the system can, and return what the process has now."""
    if not PEAK.exists():
        return _megabytes("VmHWM")
    PEAK.write_text("5", encoding="utf-8")
    return _megabytes("VmRSS")


def _megabytes(name: str) -> float:
    match = re.search(rf"{name}:\s+(\d+)", STATUS.read_text(encoding="utf-8")) if STATUS.exists() else None
    return int(match[1]) / 1024 if match else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
