"""Write, read and match cassettes: vcrpy with a format that people can read and compare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import vcr
from vcr.cassette import Cassette
from vcr.request import Request

from tests.witness.scrub import Scrub

CASSETTES = Path(__file__).parents[2] / "cassettes"
DEFAULTS = dict.fromkeys(
    (
        "google_event_ids",
        "include_deleted",
        "include_free",
        "include_geo",
        "include_ids",
        "include_managed",
        "include_moved",
        "localized_times",
        "only_managed",
    ),
    "false",
)
"""Parameters that mean nothing at these values."""


class Tidy:
    """A serializer for vcrpy that writes at the top where the exchanges come from."""

    def __init__(self, recorded: dict[str, Any]) -> None:
        self._recorded = recorded

    def serialize(self, cassette: dict[str, Any]) -> str:
        """Return the text of a cassette."""
        exchanges = [
            {
                "request": {**_without_body(interaction["request"]), **_body_part(interaction["request"]["body"])},
                "response": {
                    **_with_fixed_phrase(_without_body(interaction["response"])),
                    **_body_part(interaction["response"]["body"]["string"]),
                },
            }
            for interaction in cassette["interactions"]
        ]
        return text_of({"recorded": self._recorded, "exchanges": exchanges})

    @staticmethod
    def deserialize(text: str) -> dict[str, Any]:
        """Return the cassette of a text, in vcrpy's form."""
        interactions = []
        for exchange in json.loads(text)["exchanges"]:
            request, response = exchange["request"], exchange["response"]
            interactions.append(
                {
                    "request": {**_without_words(request), "body": _body_text(request)},
                    "response": {**_without_words(response), "body": {"string": _body_text(response)}},
                }
            )
        return {"version": 1, "interactions": interactions}


# Python 3.13 calls 422 by the phrase of RFC 9110, older ones by that of RFC 4918
PHRASES = {"Unprocessable Content": "Unprocessable Entity"}


def _with_fixed_phrase(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response whose reason phrase does not depend on the version of Python."""
    message = response["status"]["message"]
    return {**response, "status": {**response["status"], "message": PHRASES.get(message, message)}}


def text_of(cassette: dict[str, Any]) -> str:
    """Return the text of a cassette: the source of the recording first, everything else sorted."""
    parts = [f' "{name}": {_indent(cassette[name])}' for name in ("recorded", "exchanges")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _indent(part: Any) -> str:
    return json.dumps(part, indent=1, sort_keys=True, ensure_ascii=False).replace("\n", "\n ")


def _without_body(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "body"}


def _without_words(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("json", "text")}


def _body_part(body: str | None) -> dict[str, Any]:
    """Return a body as JSON if it is JSON; an empty one is left out."""
    if not body:
        return {}
    try:
        return {"json": json.loads(body)}
    except json.JSONDecodeError:
        return {"text": body}


def _body_text(part: dict[str, Any]) -> str:
    return json.dumps(part["json"], separators=(",", ":")) if "json" in part else str(part.get("text", ""))


def content_of(request: Request) -> dict[str, Any]:
    """Return what a request says beside verb and path, whichever official client says it.

    Query and body count alike, for pycronofy deletes in bulk by query. A body `{}` says nothing, `True` is `true`,
    `key[]` is `key`, and a parameter at its default is one left out.
    """
    values: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(request.uri).query):
        if name.endswith("[]"):
            values.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            values[name] = value
    values |= json.loads(request.body or b"{}")
    plain = {name: _plain(value) for name, value in values.items()}
    return {name: value for name, value in plain.items() if value != DEFAULTS.get(name)}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.lower() if value in ("True", "False") else value


def has_same_content(first: Request, other: Request) -> None:
    """Match two requests by their content."""
    assert content_of(first) == content_of(other)


@contextmanager
def tape(path: Path, *, scrub: Scrub, recorded: dict[str, Any] | None = None) -> Iterator[Cassette]:
    """Record to a cassette if `recorded` is given, otherwise replay one without network."""
    recorder = vcr.VCR(
        record_mode="none" if recorded is None else "all",
        match_on=["method", "scheme", "host", "port", "path", "says_the_same"],
        serializer="tidy",
        before_record_request=scrub.request,
        before_record_response=scrub.response,
    )
    recorder.register_matcher("says_the_same", has_same_content)
    recorder.register_serializer("tidy", Tidy(recorded or {}))
    with recorder.use_cassette(path) as cassette:
        yield cassette
