"""A Sphinx extension that draws the pictures of the documentation: no picture of it is kept in the repository.

A block `{picture}` runs after the other examples of its page, and shows the figure of its `ax`, light and dark.
`{floors}` shows the layers of the package.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from docutils import nodes
from docutils.parsers.rst import Directive
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sphinx.util.logging import getLogger

from tests.site.examples import Example, examples_of
from tests.site.floors import draw_floors

FOLDER = "_pictures"  # below docs, written by the build
DARK = {"figure.facecolor": "#131416", "axes.facecolor": "#131416", "savefig.facecolor": "#131416"}
STYLES: dict[str, list[Any]] = {"light": ["default"], "dark": ["dark_background", DARK]}


@contextlib.contextmanager
def quiet_scratch_folder() -> Iterator[None]:
    """Run in an empty folder, which is removed, without output and log lines."""
    before = Path.cwd()
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
            logging.disable(logging.NOTSET)


def figure_of(ax: Any) -> Figure:
    """Return the figure that an example drew into."""
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def drawn_pictures(examples: list[Example], style: str) -> list[bytes]:
    """Run the examples of a page in a style, and return the pictures as PNG, in order."""
    namespace: dict[str, Any] = {}
    pictures = []
    last = max(n for n, example in enumerate(examples) if example.alt is not None)
    with quiet_scratch_folder(), plt.style.context(STYLES[style]):
        for example in examples[: last + 1]:
            exec(example.code, namespace)
            if example.alt is not None:
                pictures.append(png(figure_of(namespace["ax"])))
    plt.close("all")
    return pictures


def png(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=144)
    return content.getvalue()


def image_nodes(paths: dict[str, str], alt: str) -> list[nodes.Node]:
    """Return an image for each style; the theme shows the one that fits its colours."""
    return [nodes.image(uri=uri, alt=alt, classes=[f"only-{style}"], width="100%") for style, uri in paths.items()]


class FigureDirective(Directive):
    """What the two directives share: where pictures are written."""

    has_content = True
    final_argument_whitespace = True

    @property
    def env(self) -> Any:
        """The environment of the build."""
        return self.state.document.settings.env

    def write_picture(self, name: str, content: bytes) -> str:
        """Write a picture, and return its address for the page."""
        path = Path(self.env.srcdir, FOLDER, f"{self.env.docname.replace('/', '-')}-{name}.png")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return f"/{FOLDER}/{path.name}"


class PictureDirective(FigureDirective):
    """`{picture} alternative text`: the code, and the picture that it draws."""

    required_arguments = 1
    optional_arguments = 200

    def run(self) -> list[nodes.Node]:
        """Draw the pictures of the page when the first is met, and return code and picture."""
        drawn = self.env.temp_data.setdefault("pictures", {})
        if not drawn:
            examples = examples_of(Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8"))
            drawn["next"] = 0
            drawn.update({style: drawn_pictures(examples, style) for style in STYLES})
        number = drawn["next"]
        drawn["next"] += 1
        code = "\n".join(self.content)
        paths = {style: self.write_picture(f"{number}-{style}", drawn[style][number]) for style in STYLES}
        return [nodes.literal_block(code, code, language="python"), *image_nodes(paths, " ".join(self.arguments))]


class FloorsDirective(FigureDirective):
    """`{floors}`: the layers of the package, from the data of the test that holds them."""

    def run(self) -> list[nodes.Node]:
        """Return the picture; its alternative text lists the layers."""
        paths, alt = {}, ""
        for style, sheet in STYLES.items():
            with plt.style.context(sheet):
                figure, alt = draw_floors()
                paths[style] = self.write_picture(f"floors-{style}", png(figure))
        return image_nodes(paths, alt)


def require_alt_texts(app: Any, doctree: nodes.document, name: str) -> None:
    """Warn of an image without alternative text; warnings are errors."""
    del app
    for image in doctree.findall(nodes.image):
        if not image.get("alt"):
            getLogger(__name__).warning("an image has no alternative text: %s", image["uri"], location=name)


def setup(app: Any) -> dict[str, bool]:
    """Register the directives."""
    mpl.use("agg")
    app.add_directive("picture", PictureDirective)
    app.add_directive("floors", FloorsDirective)
    app.connect("doctree-resolved", require_alt_texts)
    return {"parallel_read_safe": True}
