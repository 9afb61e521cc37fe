"""Headers of files that Outlook and Google Calendar write or read, in languages other than English.

Outlook translates the headers of its CSV export: German, French, Spanish, Italian, Portuguese, Dutch and Japanese. The
versions differ in a few words. Plain words of these languages are here, too; those about times are in `time_words`.
"""

from __future__ import annotations

from typing import Literal

Language = Literal["German", "French", "Spanish", "Italian", "Portuguese", "Dutch", "Japanese"]

_HEADERS: dict[Language, dict[str, tuple[str, ...]]] = {
    "German": {
        "summary": ("Betreff", "Bezeichnung"),
        "start_date": ("Beginnt am", "Startdatum", "Beginndatum", "Datum"),
        "start_time": ("Beginnt um", "Startzeit", "Beginnzeit", "Uhrzeit Beginn"),
        "start": ("Beginn", "Anfang"),
        "end_date": ("Endet am", "Enddatum"),
        "end_time": ("Endet um", "Endzeit", "Uhrzeit Ende"),
        "end": ("Ende",),
        "all_day": ("Ganztägiges Ereignis", "Ganztaegiges Ereignis", "Ganztägig", "Ganztags"),
        "reminder_on": ("Erinnerung Ein/Aus",),
        "reminder_date": ("Erinnerung am",),
        "reminder_time": ("Erinnerung um",),
        "required_attendees": ("Erforderliche Teilnehmer",),
        "optional_attendees": ("Optionale Teilnehmer",),
        "attendees": ("Teilnehmer", "Gäste", "Eingeladene"),
        "description": ("Beschreibung", "Notizen"),
        "location_description": ("Ort", "Standort"),
        "event_private": ("Privat",),
        "sensitivity": ("Vertraulichkeit",),
        "show_time_as": ("Zeitspanne zeigen als", "Anzeigen als"),
        "tzid": ("Zeitzone",),
        "duration": ("Dauer",),
        "calendar": ("Kalender",),
    },
    "French": {
        "summary": ("Objet", "Sujet"),
        "start_date": ("Date de début", "Date début", "Début le"),
        "start_time": ("Heure de début", "Heure début", "Début à"),
        "start": ("Début",),
        "end": ("Fin",),
        "end_date": ("Date de fin", "Date fin", "Fin le"),
        "end_time": ("Heure de fin", "Heure fin", "Fin à"),
        "all_day": ("Journée entière", "Toute la journée", "Événement d'une journée entière"),
        "reminder_on": ("Rappel actif/inactif", "Rappel activé/désactivé"),
        "reminder_date": ("Date de rappel", "Date du rappel", "Rappel le"),
        "reminder_time": ("Heure du rappel", "Heure de rappel", "Rappel à"),
        "required_attendees": ("Participants obligatoires", "Participants requis"),
        "optional_attendees": ("Participants facultatifs",),
        "attendees": ("Participants", "Invités"),
        "location_description": ("Emplacement", "Lieu"),
        "event_private": ("Privé",),
        "sensitivity": ("Critère de diffusion", "Confidentialité"),
        "show_time_as": ("Afficher la disponibilité", "Afficher l'heure en tant que", "Disponibilité"),
        "tzid": ("Fuseau horaire",),
        "duration": ("Durée",),
        "calendar": ("Calendrier", "Agenda"),
    },
    "Spanish": {
        "summary": ("Asunto", "Título"),
        "start_date": ("Fecha de comienzo", "Fecha de inicio", "Fecha inicio", "Fecha"),
        "start_time": ("Hora de comienzo", "Hora de inicio", "Hora inicio", "Hora"),
        "start": ("Comienzo", "Inicio", "Comienza"),
        "end_date": ("Fecha de finalización", "Fecha de fin", "Fecha final", "Fecha fin"),
        "end_time": ("Hora de finalización", "Hora de fin", "Hora final", "Hora fin"),
        "end": ("Finalización",),
        "all_day": ("Todo el día", "Evento de todo el día"),
        "reminder_on": ("Aviso activado/desactivado", "Recordatorio activado/desactivado", "Aviso sí/no"),
        "reminder_date": ("Fecha del aviso", "Fecha de aviso", "Fecha del recordatorio"),
        "reminder_time": ("Hora del aviso", "Hora de aviso", "Hora del recordatorio"),
        "required_attendees": ("Asistentes necesarios", "Asistentes obligatorios", "Asistentes requeridos"),
        "optional_attendees": ("Asistentes opcionales",),
        "attendees": ("Asistentes", "Invitados", "Participantes"),
        "description": ("Descripción", "Notas"),
        "location_description": ("Ubicación", "Lugar"),
        "event_private": ("Privado",),
        "sensitivity": ("Confidencialidad", "Carácter"),
        "show_time_as": ("Mostrar hora como", "Mostrar la hora como", "Mostrar tiempo como", "Mostrar como"),
        "tzid": ("Zona horaria",),
        "duration": ("Duración",),
        "calendar": ("Calendario",),
    },
    "Italian": {
        "summary": ("Oggetto", "Titolo"),
        "start_date": ("Data inizio", "Data di inizio", "Data d'inizio"),
        "start_time": ("Ora inizio", "Ora di inizio", "Ora d'inizio", "Ora"),
        "start": ("Inizio",),
        "end_date": ("Data fine", "Data di fine"),
        "end_time": ("Ora fine", "Ora di fine"),
        "end": ("Fine",),
        "all_day": ("Giornata intera", "Tutto il giorno", "Evento di un giorno intero"),
        "reminder_on": ("Promemoria attivato/disattivato", "Promemoria on/off", "Promemoria sì/no"),
        "reminder_date": ("Data promemoria",),
        "reminder_time": ("Ora promemoria",),
        "required_attendees": ("Partecipanti necessari", "Partecipanti obbligatori", "Partecipanti richiesti"),
        "optional_attendees": ("Partecipanti facoltativi",),
        "attendees": ("Partecipanti", "Invitati"),
        "description": ("Descrizione",),
        "location_description": ("Luogo", "Posizione"),
        "event_private": ("Privato",),
        "sensitivity": ("Riservatezza",),
        "show_time_as": ("Mostra orario come", "Mostra come"),
        "tzid": ("Fuso orario",),
        "duration": ("Durata",),
    },
    "Portuguese": {
        "summary": ("Assunto",),
        "start_date": ("Data de início", "Data do início", "Data de inicio", "Data início"),
        "start_time": ("Hora de início", "Hora do início", "Hora de inicio", "Hora início"),
        "start": ("Início",),
        "end_date": ("Data de término", "Data do término", "Data de fim", "Data final", "Data fim"),
        "end_time": ("Hora de término", "Hora do término", "Hora de fim", "Hora final", "Hora fim"),
        "end": ("Término", "Fim"),
        "all_day": ("Dia inteiro", "O dia inteiro", "Evento de dia inteiro", "Evento o dia inteiro", "Todo o dia"),
        "reminder_on": (
            *("Lembrete ativado/desativado", "Lembrete ativar/desativar", "Lembrete ligado/desligado"),
            *("Lembrete sim/não", "Lembrete on/off"),
        ),
        "reminder_date": ("Data do lembrete", "Data de lembrete"),
        "reminder_time": ("Hora do lembrete", "Hora de lembrete"),
        "required_attendees": ("Participantes obrigatórios", "Participantes necessários"),
        "optional_attendees": ("Participantes opcionais", "Participantes facultativos"),
        "attendees": ("Convidados",),
        "description": ("Descrição",),
        "location_description": ("Local", "Localização"),
        "event_private": ("Particular",),
        "sensitivity": ("Sensibilidade", "Confidencialidade"),
        "show_time_as": ("Mostrar hora como", "Mostrar horário como", "Mostrar tempo como"),
        "tzid": ("Fuso horário",),
        "duration": ("Duração",),
    },
    "Dutch": {
        "summary": ("Onderwerp",),
        "start_date": ("Begindatum", "Startdatum", "Datum"),
        "start_time": ("Begintijd", "Starttijd", "Aanvangstijd", "Tijd"),
        "start": ("Begint",),
        "end_date": ("Einddatum",),
        "end_time": ("Eindtijd",),
        "end": ("Einde", "Eind", "Eindigt"),
        "all_day": (
            *("Evenement, duurt hele dag", "Gebeurtenis, duurt hele dag", "Gebeurtenis duurt hele dag"),
            *("Duurt hele dag", "Hele dag", "Gehele dag"),
        ),
        "reminder_on": ("Herinneringen aan/uit", "Herinnering aan/uit"),
        "reminder_date": ("Herinneringsdatum",),
        "reminder_time": ("Herinneringstijd",),
        "required_attendees": ("Verplichte deelnemers", "Vereiste deelnemers"),
        "optional_attendees": ("Optionele deelnemers",),
        "attendees": ("Deelnemers", "Genodigden"),
        "description": ("Beschrijving", "Omschrijving", "Notities"),
        "location_description": ("Locatie", "Plaats"),
        "event_private": ("Privé",),
        "sensitivity": ("Vertrouwelijkheid", "Gevoeligheid"),
        "show_time_as": ("Tijd weergeven als", "Weergeven als"),
        "tzid": ("Tijdzone",),
        "duration": ("Duur",),
    },
    "Japanese": {
        "summary": ("件名", "タイトル"),
        "start_date": ("開始日", "日付"),
        "start_time": ("開始時刻", "開始時間"),
        "start": ("開始", "開始日時"),
        "end_date": ("終了日",),
        "end_time": ("終了時刻", "終了時間"),
        "end": ("終了", "終了日時"),
        "all_day": ("終日イベント", "終日", "終日の予定"),
        "reminder_on": ("アラーム オン/オフ", "アラームオン/オフ", "アラーム オン・オフ", "アラーム ON/OFF"),
        "reminder_date": ("アラーム日付", "アラームの日付"),
        "reminder_time": ("アラーム時刻", "アラームの時刻"),
        "required_attendees": ("必須出席者", "出席者"),
        "optional_attendees": ("任意出席者", "その他の出席者"),
        "attendees": ("参加者", "ゲスト"),
        "description": ("内容", "説明"),
        "location_description": ("場所",),
        "event_private": ("プライベート",),
        "sensitivity": ("秘密度",),
        "show_time_as": ("公開する時間帯の種類", "公開方法"),
        "tzid": ("タイムゾーン",),
        "duration": ("所要時間",),
    },
}

TRANSLATED = {header: name for names in _HEADERS.values() for name, headers in names.items() for header in headers}
"""The names of headers in other languages."""

DOTTED_DAY_FIRST: frozenset[Language] = frozenset({"German", "French", "Italian", "Spanish", "Portuguese", "Dutch"})
"""Languages whose dates with dots, such as 4.5.2026, always have the day first."""


def languages_of(header: str) -> frozenset[Language]:
    """Return the languages in which a program writes a header."""
    plain = header.strip().casefold()
    return frozenset(
        language
        for language, names in _HEADERS.items()
        for headers in names.values()
        if plain in (other.casefold() for other in headers)
    )
