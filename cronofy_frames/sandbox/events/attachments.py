"""Files that events can carry. The call is known from the official C# client alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cronofy_frames.sandbox.http.fields import Fields
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.state import Attachment

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", re.ASCII)


@answers(
    "POST /v1/attachments",
    auth="application",
    sure="from SDKs",
    note="the file itself is not kept, md5 is in hexadecimal digits; no size is too large; subscriptions are checked "
    "and never told anything",
)
def create_attachment(question: Question) -> Reply:
    """Take a file and answer with the id under which events name it."""
    fields, world = question.fields, question.world
    part = fields.part("attachment", required=True) or Fields({})
    file_name = part.text("file_name", required=True, empty=False)
    content_type = part.matching(
        "content_type", _CONTENT_TYPE, "invalid_format", "a media type such as text/plain", required=True
    )
    content = _content(part)
    for one in fields.parts("subscriptions") or []:
        one.choice("type", ("webhook",), required=True)
        one.web_address("uri")
        for interaction in one.parts("interactions") or []:
            interaction.text("type", required=True, empty=False)
    fields.check()
    assert file_name is not None
    assert content_type is not None
    assert content is not None
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    minted = world.mint("attachment", file_name, md5, world.changes)
    made = Attachment(f"att_{minted[:24]}", file_name, content_type, md5)
    world.attachments[made.attachment_id] = made
    told = {
        "attachment_id": made.attachment_id,
        "file_name": made.file_name,
        "content_type": made.content_type,
        "md5": made.md5,
    }
    return Reply(body={"attachment": told})


def _content(part: Fields) -> bytes | None:
    """Return the file; line breaks in it are let through, as MIME writes them."""
    text = part.text("base64_content", required=True, empty=False)
    if text is None:
        return None
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        part.refuse("base64_content", "invalid_format", "base64_content must be in base64")
        return None
