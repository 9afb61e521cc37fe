"""Pictures of frames. Each function takes a frame first, returns the matplotlib Axes, and never fetches."""

from cronofy_frames.plots.canvas import new_figure as new_figure
from cronofy_frames.plots.days import plot_days as plot_days
from cronofy_frames.plots.heatmap import plot_heatmap as plot_heatmap
from cronofy_frames.plots.timeline import plot_timeline as plot_timeline
from cronofy_frames.plots.usage import plot_time_use as plot_time_use
from cronofy_frames.plots.week import plot_week as plot_week
