"""History of calendars: a folder that keeps every version of every event that was read."""

from cronofy_frames.archive.archive import Archive

__all__ = ["Archive"]
