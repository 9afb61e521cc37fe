"""Groups beyond the colours that can be told apart: they are drawn together, as others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cronofy_frames.plots.canvas import PALETTE
from cronofy_frames.plots.language import Language

Part = tuple[str, pd.DataFrame]


def join_others(parts: list[Part], metrics: list[str], language: Language) -> list[Part]:
    """Return the parts of a result of `time_use` that have a colour each, and the mean of the others as the last.

    Up to eight parts have a colour. Of more, seven have: those with the most of the first metric, in their
    order.
    """
    if len(parts) <= len(PALETTE):
        return parts
    totals = np.array([part[metrics[0]].sum() for _, part in parts], np.float64)
    first = set(np.argsort(-totals, kind="stable")[: len(PALETTE) - 1].tolist())
    others = [part for n, (_, part) in enumerate(parts) if n not in first]
    keyed = pd.concat(others, ignore_index=True).groupby("period")[metrics]
    if (keyed.count() == len(others)).all(axis=None):
        label = language.ngettext("mean of {count} other", "mean of {count} others", len(others))
    else:
        label = language.ngettext("mean of up to {count} other", "mean of up to {count} others", len(others))
    return [part for n, part in enumerate(parts) if n in first] + [(label, keyed.mean().reset_index())]
