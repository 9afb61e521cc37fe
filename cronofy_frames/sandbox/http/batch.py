"""Several writes in one request: docs.cronofy.com/developers/api/batch."""

from __future__ import annotations

from typing import Any

from cronofy_frames.sandbox.http.fields import Fields, Refused
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.http.routing import find

MOST_ENTRIES = 50
_VERBS = ("POST", "DELETE")


@answers("POST /v1/batch", note="entries are applied in order; a call that a batch does not take is answered with 404")
def batch(question: Question) -> Reply:
    """Answer each entry on its own."""
    fields = question.fields
    entries = fields.parts("batch", required=True, most=MOST_ENTRIES)
    if entries is not None and not entries:
        fields.refuse("batch", "required", "batch must have at least one entry")
    fields.check()
    return Reply(207, {"batch": [_answer(question, entry) for entry in entries or []]})


def _answer(question: Question, entry: Fields) -> dict[str, Any]:
    alone = Fields(entry.given)
    try:
        method = alone.choice("method", _VERBS, required=True)
        url = alone.text("relative_url", required=True, empty=False)
        data = alone.part("data")
        alone.check()
        found = find(method or "", (url or "").partition("?")[0])
        if found is None or not found[0].batch:
            raise Refused(404)
        answer, places = found
        reply = answer.handler(
            Question(question.world, places, {} if data is None else data.given, question.base, grant=question.grant)
        )
    except Refused as refused:
        return _entry(refused.status, refused.body)
    return _entry(reply.status, reply.body)


def _entry(status: int, body: Any) -> dict[str, Any]:
    return {"status": status} if body is None else {"status": status, "data": body}
