"""The parts that widgets share."""

import warnings
from base64 import b64decode

import pandas as pd
import pytest
import traitlets
from ipywidgets import Button, DatePicker, Text, VBox
from matplotlib import pyplot as plt

from cronofy_frames.errors import CronofyError
from cronofy_frames.plots import new_figure
from cronofy_frames.widgets import parts
from cronofy_frames.widgets.explore.check_boxes import CheckList, CheckOption
from cronofy_frames.widgets.parts import Pager, Status
from tests.widget_browser import Page, enter, press, states

EVIL = "<img src=x onerror=alert(1)>\"'&"


class Face(VBox):
    """A widget that has what `guarded` needs."""

    problem = traitlets.Any()

    def __init__(self) -> None:
        self.status = Status()
        super().__init__([self.status])


def test_a_status_line_is_read_aloud_and_escaped() -> None:
    """The line is an ARIA status, has its kind in words, and escapes markup."""
    status = Status()
    status.say(EVIL, "bad")
    page = Page(status.value)
    assert [name for name, _ in page.elements] == ["div", "strong"]
    assert page.all("div")[0]["role"] == "status"
    assert page.all("div")[0]["aria-live"] == "polite"
    assert page.text == f"Problem: {EVIL}"
    assert (status.text, status.kind) == (EVIL, "bad")


@pytest.mark.parametrize(("kind", "word"), [("info", ""), ("good", "Done: "), ("bad", "Problem: ")])
def test_kinds_differ_without_colour(kind: parts.Kind, word: str) -> None:
    """Good and bad messages differ in words, not only in colour."""
    assert Page(parts.status_html("it", kind)).text == f"{word}it"


def test_a_table_has_headings_and_no_markup() -> None:
    """Cells, headings and caption are escaped; headings have a scope; missing values are empty cells."""
    page = Page(parts.table_html(pd.DataFrame({EVIL: [EVIL, None], "b": [1, 2]}), caption=EVIL))
    assert {name for name, _ in page.elements} <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert [heading["scope"] for heading in page.all("th")] == ["col", "col"]
    assert page.text.count(EVIL) == 3
    assert "nan" not in page.text.lower()
    assert "None" not in page.text


def test_long_texts_are_shortened_to_120_characters() -> None:
    """Whatever pandas is set to show of a cell."""
    frame = pd.DataFrame({"a": ["x" * 100, "y" * 500, "two\n lines"]})
    with pd.option_context("display.max_colwidth", 10, "display.max_rows", 1):
        page = Page(parts.table_html(frame, "c"))
    assert "x" * 100 in page.text
    assert "y" * 119 + "…" in page.text
    assert "two lines" in page.text


def test_a_pager_says_which_rows_are_shown() -> None:
    """Pages stay within the number of rows."""
    pager = Pager("rows", size=50)
    assert (pager.text, pager.previous.disabled, pager.next.disabled) == ("no rows", True, True)
    pager.total = 312
    assert pager.text == "rows 1 to 50 of 312"
    press(pager.next)
    assert (pager.rows, pager.previous.disabled) == (slice(50, 100), False)
    pager.page = 99
    assert (pager.page, pager.text, pager.next.disabled) == (6, "rows 301 to 312 of 312", True)
    pager.total = 60
    assert (pager.page, pager.text) == (1, "rows 51 to 60 of 60")
    press(pager.previous)
    assert Page(pager.label.value).text == "rows 1 to 50 of 60"


def test_a_link_has_the_file_in_it() -> None:
    """The link contains the file and its name, and neither name nor text is markup."""
    html = parts.download_html(f"{EVIL}.csv", b"\xef\xbb\xbfa,b\r\n", EVIL)
    (link,) = Page(html).all("a")
    kind, _, data = link["href"].partition(";base64,")
    assert (kind, b64decode(data)) == ("data:text/csv;charset=utf-8", b"\xef\xbb\xbfa,b\r\n")
    assert link["download"] == f"{EVIL}.csv"
    assert Page(html).text == EVIL


def test_a_picture_is_sharp_and_has_an_alt_text() -> None:
    """A picture has twice its pixels on the page, an alt text, and its figure is cleared."""
    figure = new_figure()
    figure.add_subplot().plot([1, 2])
    html = parts.picture_html(figure, f"a line {EVIL}")
    (image,) = Page(html).all("img")
    png = b64decode(image["src"].removeprefix("data:image/png;base64,"))
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 2 * int(image["width"])
    assert image["alt"] == f"a line {EVIL}"
    assert figure.axes == []
    assert plt.get_fignums() == []


def test_a_callback_never_raises_and_never_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """An error in a callback is shown, and kept with its traceback."""
    face, button = Face(), Button()
    button.on_click(parts.safe_callback(face, lambda _: 1 / 0))
    press(button)
    assert isinstance(face.problem, ZeroDivisionError)
    assert face.problem.__traceback__ is not None
    assert face.status.text == "ZeroDivisionError: division by zero. The widget's .problem has the traceback."
    assert face.status.kind == "bad"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CronofyError("Sign in again."), "Sign in again."),
        (traitlets.TraitError("tz is a zone."), "tz is a zone."),
        (KeyboardInterrupt(), "Interrupted. The previous results are kept."),
        (RuntimeError(), "RuntimeError. The widget's .problem has the traceback."),
    ],
)
def test_errors_of_the_package_are_shown_as_they_are(error: BaseException, text: str) -> None:
    """So are errors of traits; an interrupt ends a callback too."""

    def fail() -> None:
        raise error

    face = Face()
    parts.safe_callback(face, fail)()
    assert (face.status.text, face.problem) == (text, error)


def test_buttons_are_disabled_while_something_runs() -> None:
    """They are enabled afterwards, also after an error; buttons that were disabled stay so."""
    free, stuck = Button(), Button(disabled=True)

    def run() -> None:
        with parts.disable_while_running([free, stuck]):
            assert free.disabled
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()
    assert (free.disabled, stuck.disabled) == (False, True)


def test_warnings_are_collected_once() -> None:
    """Warnings of a callback become texts, each once."""
    with parts.collect_warnings() as notes:
        warnings.warn("rows may be missing", stacklevel=1)
        warnings.warn("rows may be missing", stacklevel=1)
    assert notes == ["rows may be missing"]


def test_descriptions_are_never_formulas() -> None:
    """A notebook renders text between dollars, or after a backslash, in a description."""
    field = parts.labelled_field(Text, "costs $5\n or \\(x\\) $$")
    assert "$" not in field.description
    assert "\\(" not in field.description
    assert "\n" not in field.description
    assert parts.plain_description("costs $5") == "costs $5"


def test_a_field_shows_its_whole_description() -> None:
    """It is also the label of the field; a tooltip is optional."""
    field = parts.labelled_field(DatePicker, "Last day (included)", tooltip="The last day")
    assert (field.description, field.style.description_width) == ("Last day (included)", "initial")
    assert field.tooltip == "The last day"


def test_closing_leaves_nothing_open() -> None:
    """Closing a widget closes all its parts, layouts and styles."""
    before = set(states())
    parts.close_all(VBox([Pager(), VBox([Status(), CheckList("calendars")])]))
    assert set(states()) == before


def three_calendars() -> CheckList:
    """Return a check list of three calendars in two groups."""
    check_list = CheckList("calendars")
    check_list.set_options(
        [CheckOption("a", "A", "G1", "x"), CheckOption("b", "B", "G2", "y"), CheckOption("c", "<b>$C$", "G1", "x")],
        ["a", "b"],
    )
    return check_list


def test_value_and_boxes_agree() -> None:
    """Ticking a box changes the value, and setting the value ticks boxes; the order is that of the options."""
    check_list = three_calendars()
    boxes = {row.option.key: row.box for row in check_list.rows}
    assert (check_list.value, boxes["a"].value, boxes["c"].value) == (("a", "b"), True, False)
    enter(boxes["c"], value=True)
    assert check_list.value == ("a", "c", "b")
    check_list.value = ("b",)
    assert [boxes[key].value for key in "abc"] == [False, True, False]
    press(check_list.all)
    assert check_list.value == ("a", "c", "b")
    press(check_list.none)
    assert check_list.value == ()


def test_unknown_keys_are_refused() -> None:
    """A key of no option is an error, and nothing changes."""
    check_list = three_calendars()
    with pytest.raises(traitlets.TraitError, match="'z' is not one of the calendars"):
        check_list.value = ("a", "z")
    assert check_list.value == ("a", "b")


def test_an_option_listed_twice_has_one_value() -> None:
    """Two boxes with the same key are ticked together."""
    check_list = CheckList("calendars")
    check_list.set_options([CheckOption("a", "A", "Ann"), CheckOption("a", "A", "Bob")], [])
    enter(check_list.rows[1].box, value=True)
    assert (check_list.value, [row.box.value for row in check_list.rows]) == (("a",), [True, True])
    enter(check_list.rows[0].box, value=False)
    assert (check_list.value, [row.box.value for row in check_list.rows]) == ((), [False, False])


def test_options_can_be_replaced() -> None:
    """The boxes before are closed, and groups can be hidden by owner."""
    check_list = three_calendars()
    before = len(states())
    check_list.set_options([row.option for row in check_list.rows], ["c"])
    assert (len(states()), check_list.value) == (before, ("c",))
    check_list.show_owners(["y"])
    assert [group.layout.display for group in check_list._list.children] == ["none", None]
