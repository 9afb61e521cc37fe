"""The picture of the package's layers, from the data of the test that holds their order."""

from __future__ import annotations

from matplotlib.figure import Figure

from tests.floors import FLOORS, PACKAGE, WALLS

GREY = "0.5"  # legible on light and on dark pages


def libraries_of(floor: str) -> list[str]:
    """Return the libraries that WALLS allows on a floor and hardly anywhere else."""
    return sorted(
        library
        for library, places in WALLS.items()
        if len(places) <= 4 and any(place.split("/")[0] == floor for place in places)
    )


def label_of(floor: str) -> str:
    """Return a floor's name: folders end with a slash."""
    return f"{floor}/" if (PACKAGE / floor).is_dir() else floor


def draw_floors() -> tuple[Figure, str]:
    """Draw the floors from the lowest to the highest, and return the figure and its alternative text."""
    figure = Figure(figsize=(8.6, 0.34 * len(FLOORS) + 0.6), layout="constrained")
    ax = figure.subplots()
    for height, floor in enumerate(FLOORS):
        is_folder = (PACKAGE / floor).is_dir()
        ax.barh(height, 3.2, height=0.78, color="C0" if is_folder else GREY, alpha=0.85 if is_folder else 0.45)
        ax.text(0.1, height, label_of(floor), va="center", family="monospace", weight="bold" if is_folder else "normal")
        ax.text(3.3, height, ", ".join(libraries_of(floor)), va="center", color=GREY)
    ax.annotate("", (-0.25, len(FLOORS) - 0.6), (-0.25, -0.4), arrowprops={"arrowstyle": "<-", "color": GREY})
    ax.text(-0.4, len(FLOORS) / 2, "may import what is below", rotation=90, ha="center", va="center", color=GREY)
    ax.text(3.3, len(FLOORS) - 0.35, "libraries that only this part uses", color=GREY, style="italic")
    ax.set(xlim=(-0.6, 7.6), ylim=(-0.6, len(FLOORS)))
    ax.set_axis_off()
    names = ", ".join(map(label_of, FLOORS))
    return figure, f"The parts of the package, each of which imports only those before it: {names}."
