"""Pictures of frames. Each function takes a frame first, returns the matplotlib Axes, and never fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cronofy_frames.lazy_names import lazy_names

if TYPE_CHECKING:
    from cronofy_frames.plots.canvas import new_figure
    from cronofy_frames.plots.days import plot_days
    from cronofy_frames.plots.heatmap import plot_heatmap
    from cronofy_frames.plots.timeline import plot_timeline
    from cronofy_frames.plots.usage import plot_time_use
    from cronofy_frames.plots.week import plot_week

__all__ = ["new_figure", "plot_days", "plot_heatmap", "plot_time_use", "plot_timeline", "plot_week"]

__getattr__ = lazy_names(
    __name__,
    {
        "new_figure": "canvas",
        "plot_days": "days",
        "plot_heatmap": "heatmap",
        "plot_time_use": "usage",
        "plot_timeline": "timeline",
        "plot_week": "week",
    },
)
