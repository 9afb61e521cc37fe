"""Files of Outlook in other languages, and columns with one header."""

from typing import Any

import pandas as pd
import pytest

from cronofy_frames.errors import FrameError
from cronofy_frames.sheets.read.header_labels import header_labels
from cronofy_frames.sheets.read.headers import DTYPES, DURATION, OUTLOOK, PARTS
from cronofy_frames.sheets.read.program_headers import TRANSLATED
from cronofy_frames.sheets.read.reader import SheetWarning, read_sheet

ON_OFF = {
    "German": ("Ein", "Aus"),
    "French": ("Vrai", "Faux"),
    "Spanish": ("Verdadero", "Falso"),
    "Italian": ("Vero", "Falso"),
    "Portuguese": ("Verdadeiro", "Falso"),
    "Dutch": ("Waar", "Onwaar"),
    "Japanese": ("オン", "オフ"),
}
HEADERS = {
    "German": "Betreff,Beginnt am,Beginnt um,Endet am,Endet um,Ganztägiges Ereignis,Erinnerung Ein/Aus,Erinnerung am,"
    "Erinnerung um,Erforderliche Teilnehmer,Beschreibung,Ort,Privat,Vertraulichkeit,Zeitspanne zeigen als",
    "French": "Objet,Début,Début,Fin,Fin,Journée entière,Rappel actif/inactif,Date de rappel,Heure du rappel,"
    "Participants obligatoires,Description,Emplacement,Privé,Critère de diffusion,Afficher la disponibilité",
    "Spanish": "Asunto,Fecha de comienzo,Comienzo,Fecha de finalización,Finalización,Todo el día,"
    "Recordatorio activado/desactivado,Fecha del aviso,Hora del aviso,Asistentes necesarios,Descripción,Ubicación,"
    "Privado,Confidencialidad,Mostrar la hora como",
    "Italian": "Oggetto,Data inizio,Ora inizio,Data fine,Ora fine,Giornata intera,Promemoria attivato/disattivato,"
    "Data promemoria,Ora promemoria,Partecipanti necessari,Descrizione,Luogo,Privato,Riservatezza,Mostra orario come",
    "Portuguese": "Assunto,Data de início,Hora de início,Data de término,Hora de término,Evento de dia inteiro,"
    "Lembrete ativado/desativado,Data do lembrete,Hora do lembrete,Participantes obrigatórios,Descrição,Local,"
    "Particular,Sensibilidade,Mostrar hora como",
    "Dutch": "Onderwerp,Begindatum,Begintijd,Einddatum,Eindtijd,Duurt hele dag,Herinnering aan/uit,"
    "Herinneringsdatum,Herinneringstijd,Verplichte deelnemers,Beschrijving,Locatie,Privé,Gevoeligheid,"
    "Tijd weergeven als",
    "Japanese": "件名,開始日,開始時刻,終了日,終了時刻,終日イベント,アラーム オン/オフ,アラーム日付,アラーム時刻,"
    "必須出席者,内容,場所,プライベート,秘密度,公開する時間帯の種類",
}
TWIN = "Objet,Début,Début,Fin,Fin\nA,2026-05-04,09:00,2026-05-04,10:00\n"


def export(language: str, date: str) -> str:
    """Return what Outlook writes for one event."""
    on, off = ON_OFF[language]
    headers = ",".join(f'"{header}"' for header in HEADERS[language].replace("Evenement, ", "").split(","))
    cells = ["A", date, "09:00:00", date, "10:00:00", off, on, date, "08:45:00", "a@x.org", "T", "R", on, "Normal", "2"]
    return headers + "\r\n" + ",".join(f'"{cell}"' for cell in cells) + "\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "shift-jis"])
@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.filterwarnings("ignore:The file is not UTF-8")
def test_an_export_of_outlook_is_read_in_every_language(language: str, encoding: str) -> None:
    """Times, flags, reminder, attendees and the rest are read without a question, in the encodings of the language."""
    if (encoding == "shift-jis") != (language == "Japanese") and encoding in ("cp1252", "shift-jis"):
        return
    row = read_sheet(export(language, "2026/05/04").encode(encoding), tz="Europe/Berlin").iloc[0]
    assert row["start"] == pd.Timestamp("2026-05-04T09:00+02:00")
    assert row["end"] == pd.Timestamp("2026-05-04T10:00+02:00")
    assert not row["all_day"]
    assert row["event_private"]
    assert row[["summary", "reminders", "attendees", "description", "location_description"]].tolist() == [
        *("A", "15", "a@x.org", "T", "R")
    ]
    assert row["transparency"] == "opaque"


@pytest.mark.parametrize("language", [language for language in HEADERS if language != "Japanese"])
def test_dates_with_dots_under_translated_headers_have_the_day_first(language: str) -> None:
    """4.5.2026 in such an export is 4 May, and one line says so; with slashes it is a question."""
    with pytest.warns(SheetWarning, match="day first, because they have dots"):
        frame = read_sheet(export(language, "4.5.2026").encode(), tz="UTC")
    assert frame["start"].dt.strftime("%m-%d").tolist() == ["05-04"]
    with pytest.raises(FrameError, match="dayfirst=True or dayfirst=False"):
        read_sheet(export(language, "4/5/2026").encode(), tz="UTC")


def test_a_translated_header_is_a_known_column() -> None:
    """Every translation means a column that the reader knows."""
    assert set(TRANSLATED.values()) <= {*DTYPES, *PARTS, *OUTLOOK, DURATION, "tzid"}


def test_a_word_that_can_mean_something_else_needs_times() -> None:
    """The Italian word for an end is an English word for a penalty; so the cells decide."""
    with pytest.warns(SheetWarning, match="'Fine'"):
        frame = read_sheet(b"Title,Start,Fine\nA,2026-05-04,20 EUR\n", tz="UTC")
    assert frame["Fine"].tolist() == ["20 EUR"]


# columns with one header


@pytest.mark.parametrize(
    "columns",
    [
        None,
        {"Début": "start_date", "Début (2)": "start_time", "Fin": "end_date", "Fin (2)": "end_time"},
        {"Début (2)": "start_time", "Fin (2)": "end_time"},
        {"début": "start_date", "DÉBUT (2)": "start_time"},
    ],
)
def test_twin_headers_are_date_and_time_of_day(columns: dict[str, str | None] | None) -> None:
    """French Outlook calls both by one word; they are understood, and can be mapped as Début and Début (2)."""
    frame = read_sheet(TWIN.encode(), tz="UTC", columns=columns)
    assert frame["end"].dt.strftime("%d %H:%M").tolist() == ["04 10:00"]


@pytest.mark.parametrize(("header", "kept"), [("Team", "b"), ("Team (2)", "a")])
def test_the_warning_shows_the_name_that_columns_takes(header: str, kept: str) -> None:
    """A second unknown column of one header is named with a number, and can be left out by this name."""
    sheet = b"Title,Start,Team,Team\nA,2026-05-04T09:00Z,a,b\n"
    with pytest.warns(SheetWarning, match=r"'Team', 'Team \(2\)'"):
        assert read_sheet(sheet).columns.tolist()[-2:] == ["Team", "Team (2)"]
    with pytest.warns(SheetWarning, match="'Team"):
        frame = read_sheet(sheet, columns={header: None})
    assert frame.iloc[0].tolist()[-1] == kept


@pytest.mark.parametrize(
    ("headers", "message"), [("Title,Title", r"'Title' and 'Title \(2\)'"), ("Title,Subject", "'Title' and 'Subject'")]
)
def test_two_columns_of_one_meaning_are_refused_with_a_way_out(headers: str, message: str) -> None:
    """The error names both, and the argument that leaves the second one out."""
    sheet = f"{headers},Start\nA,B,2026-05-04T09:00Z\n".encode()
    second = header_labels(headers.split(","))[1]
    with pytest.raises(ValueError, match=message) as refused:
        read_sheet(sheet)
    assert f'columns={{"{second}": None}}' in str(refused.value)
    assert read_sheet(sheet, columns={second: None})["summary"].tolist() == ["A"]


def test_labels_never_meet_a_header_of_the_file() -> None:
    """A header that has a number already keeps it."""
    assert header_labels(["A", "A", "A (2)", "A"]) == ["A", "A (3)", "A (2)", "A (4)"]


def test_a_mapped_header_is_a_duration() -> None:
    """columns= takes duration as a meaning."""
    options: dict[str, Any] = {"tz": "UTC", "columns": {"Länge": "duration"}}
    frame = read_sheet("Title,Start,Länge\nA,2026-05-04 09:00,0:30\n".encode(), **options)
    assert frame["end"].dt.strftime("%H:%M").tolist() == ["09:30"]
