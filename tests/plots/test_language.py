"""Languages of pictures, and the catalogues of their words."""

import gettext
import string
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
import pytest
from babel.messages import Catalog, Message

import cronofy_frames
from cronofy_frames.measures.catalogue import CATALOGUE
from cronofy_frames.plots.language import CATALOGUES, Language, isolate_direction, language_of, letters_wide
from cronofy_frames.plots.metric_words import METRICS, UNITS
from tests.catalogues import LANGUAGES, compiled, messages, read_source, source, untranslated
from tests.system_fonts import needs_font

MONDAY, SUNDAY = pd.Timestamp("2026-03-02"), pd.Timestamp("2026-03-08")
LONGEST = 40  # characters of a legend entry, which is shortened beyond


def forms(message: Message) -> list[str]:
    """Return the texts of a translation: one for each form of the plural."""
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def ids(catalogue: Catalog) -> set[object]:
    """Return the messages of a catalogue, the header left out."""
    return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}


def placeholders(text: str) -> set[str | None]:
    """Return the names of the values in a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_has_a_translation_and_no_translation_is_left_over(language: str) -> None:
    """The messages of the code and of each catalogue are the same, each with all forms of the plural."""
    catalogue = read_source(language)
    assert ids(catalogue) == ids(messages())
    assert list(untranslated(catalogue)) == []
    assert not [message for message in catalogue if message.fuzzy and message.id]
    for message in catalogue:
        if message.pluralizable:
            assert len(forms(message)) == catalogue.num_plurals


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_values_of_their_message(language: str) -> None:
    """No translation loses a value or invents one."""
    for message in read_source(language):
        if message.id:
            original = message.id if isinstance(message.id, str) else message.id[1]
            for text in forms(message):
                assert placeholders(text) == placeholders(original)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    """What the package reads is what people translated; `make catalogues` makes it so."""
    path = source(language)
    texts = []
    for content in (path.with_suffix(".mo").read_bytes(), compiled(read_source(language))):
        reader = gettext.GNUTranslations()
        reader._parse(FakeFile(content))
        texts.append({key: text for key, text in reader._catalog.items() if key})
    assert texts[0] == texts[1]


class FakeFile:
    """Bytes with the methods that gettext reads a file with."""

    name = "pictures.mo"

    def __init__(self, content: bytes):
        self.content = content

    def read(self) -> bytes:
        return self.content


def test_there_is_a_folder_for_each_language_and_no_other() -> None:
    """The list of languages is that of the files in the package, each with its source and its compiled form."""
    assert sorted(path.parts[-3:] for path in CATALOGUES.rglob("*.?o")) == sorted(
        (language, "LC_MESSAGES", f"pictures.{suffix}") for language in LANGUAGES for suffix in ("mo", "po")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_legends_are_not_shortened(language: str) -> None:
    """A legend entry is at most forty characters, and translations of short messages stay below."""
    for message in read_source(language):
        if isinstance(message.id, str) and 0 < len(message.id) <= LONGEST - 10:
            assert all(len(text) <= LONGEST for text in forms(message)), message.id


def test_every_metric_and_every_unit_has_words() -> None:
    """English words are the name of the metric; a unit has words for each length of a period."""
    assert {name: words.replace(" ", "_") for name, words in METRICS.items()} == {
        metric.name: metric.name for metric in CATALOGUE
    }
    units = {metric.unit for metric in CATALOGUE} - {"share"}
    assert set(UNITS) == {(unit, length) for unit in units for length in ("", "day", "week", "month", "quarter")}


@pytest.mark.parametrize(
    ("locale", "day", "span"),
    [
        (None, "Mon 2 Mar", "Mon 2 Mar 2026 to Sun 8 Mar 2026"),
        ("en", "Mon 2 Mar", "Mon 2 Mar 2026 to Sun 8 Mar 2026"),
        ("en_US", "Mon, Mar 2", "Mon, Mar 2, 2026 to Sun, Mar 8, 2026"),
        ("de", "Mo., 2. März", "Mo., 2. März 2026 bis So., 8. März 2026"),
        ("fr", "lun. 2 mars", "du lun. 2 mars 2026 au dim. 8 mars 2026"),
        ("es", "lun, 2 mar", "del lun, 2 mar 2026 al dom, 8 mar 2026"),
        ("it", "lun 2 mar", "dal lun 2 mar 2026 al dom 8 mar 2026"),
        ("nl", "ma 2 mrt", "ma 2 mrt 2026 t/m zo 8 mrt 2026"),
    ],
)
def test_dates_are_written_as_the_language_does(locale: str | None, day: str, span: str) -> None:
    """The order of day and month, their names, and the words between two dates."""
    language = language_of(locale)
    assert language.day(MONDAY) == day
    assert language.span(MONDAY, SUNDAY + pd.Timedelta("1D")) == span
    assert language.span(MONDAY, MONDAY + pd.Timedelta("1D")) == language.day_and_year(MONDAY)


@needs_font("日")
def test_dates_and_words_are_japanese() -> None:
    """The year comes first, and nothing has a plural."""
    language = language_of("ja_JP.UTF-8")
    assert language.day_and_year(MONDAY) == "2026年3月2日(月)"
    assert language.year(MONDAY) == "2026年"
    assert language.gettext("hour of day") == "時刻"
    assert language.ngettext("{count} other", "{count} others", 1200) == "他 1,200 件"


@pytest.mark.parametrize(
    ("locale", "number"),
    [(None, "1234.5"), ("de", "1.234,5"), ("de-CH", "1'234.5"), ("pt_BR", "1.234,5"), ("en_US", "1,234.5")],
)
def test_numbers_have_the_signs_of_the_language(locale: str | None, number: str) -> None:
    """The decimal comma, and the mark of thousands."""
    assert language_of(locale).number(1234.5).replace("’", "'") == number


@pytest.mark.parametrize(
    "tag", ["de", "DE", "de_AT", "de-CH", "de_DE.UTF-8", "de_DE@euro", "de_FR", "de-Latn-DE", " de "]
)
def test_a_tag_with_more_than_a_language_has_the_words_of_the_language(tag: str) -> None:
    """Tags of browsers and of operating systems, and countries that are unusual for a language."""
    assert language_of(tag).gettext("hour of day") == "Uhrzeit"


@pytest.mark.parametrize("tag", ["C", "C.UTF-8", "POSIX", "en", "en_GB", None])
def test_a_tag_without_a_country_or_language_is_english(tag: str | None) -> None:
    """Servers have such locales."""
    assert language_of(tag) == Language() or language_of(tag).locale is None


def test_a_language_without_a_catalogue_has_english_words_between_its_own_dates() -> None:
    """Swedish names of days and months, and English words."""
    swedish = language_of("sv_SE")
    assert swedish.span(MONDAY, SUNDAY) == "mån 2 mars 2026 to lör 7 mars 2026"
    assert swedish.gettext("hour of day") == "hour of day"


@pytest.mark.parametrize(
    ("tag", "near"), [("enn_GB", "en_GB"), ("german", "de"), ("Deutsch", "de"), ("français", "fr"), ("xx", "Did you")]
)
def test_an_unknown_locale_is_refused_with_near_ones(tag: str, near: str) -> None:
    """By its tag, or by the name of the language in English or in itself."""
    with pytest.raises(ValueError, match=rf"not {tag!r}.*{near}"):
        language_of(tag)


@pytest.mark.parametrize("tag", ["", "日", "de\nDE", 7])
def test_what_is_no_locale_is_refused(tag: object) -> None:
    """Also what has no near match."""
    with pytest.raises(ValueError, match="locale is a language"):
        language_of(tag)  # type: ignore[arg-type]


def test_a_right_to_left_name_keeps_its_direction_in_a_sentence() -> None:
    """It is between marks of isolation; others are as they are."""
    assert isolate_direction("منى") == "\u2068منى\u2069"
    assert isolate_direction("Ana") == "Ana"


def test_east_asian_letters_are_wide() -> None:
    """They take the room of two Latin letters."""
    assert letters_wide("3月2日") == 6
    assert letters_wide("2 Mar") == 5


def test_the_catalogues_are_in_what_is_published() -> None:
    """They lie beside the modules, of which a wheel takes all files but those that git ignores."""
    package = Path(cronofy_frames.__file__).parent
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text().split()
    for path in CATALOGUES.rglob("*.?o"):
        parts = path.relative_to(package).parts
        assert not [pattern for pattern in ignored if fnmatch(path.name, pattern) or pattern.strip("/") in parts]
