"""Route handler for attachments of events.

Page: docs.cronofy.com/developers/api/attachments/create (beta).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cronofy_frames.sandbox.http.fields import RequestFields
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.state import Attachment

APPROVED = "attachment_approved"

_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", re.ASCII)


@handles(
    "POST /v1/attachments",
    auth="application",
    stage="BETA",
    note="the content is not stored, md5 is hexadecimal; there is no size limit; an attachment is approved at once, "
    "which its subscriptions learn",
)
def create_attachment(request: Request) -> Response:
    """Accept a file; return the id by which events refer to it."""
    fields, world = request.fields, request.world
    part = fields.nested_fields("attachment", required=True) or RequestFields({})
    file_name = part.text("file_name", required=True, allow_empty=False)
    content_type = part.matching(
        "content_type", _CONTENT_TYPE, "invalid_format", "a media type such as text/plain", required=True
    )
    content = _decode_content(part)
    _check_subscriptions(fields)
    fields.raise_errors()
    assert file_name is not None
    assert content_type is not None
    assert content is not None
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    minted = world.mint("attachment", file_name, md5, world.change_count)
    attachment = Attachment(f"att_{minted[:24]}", file_name, content_type, md5)
    world.attachments[attachment.attachment_id] = attachment
    _queue_approval(request, attachment)
    return Response(body={"attachment": _attachment_row(attachment)})


def _attachment_row(attachment: Attachment) -> dict[str, str]:
    return {
        "attachment_id": attachment.attachment_id,
        "file_name": attachment.file_name,
        "content_type": attachment.content_type,
        "md5": attachment.md5,
    }


def _queue_approval(request: Request, attachment: Attachment) -> None:
    """Queue the callbacks of those who asked for the approval; their body is our reading."""
    for subscription in request.fields.values.get("subscriptions") or []:
        types = [interaction["type"] for interaction in subscription.get("interactions") or []]
        if APPROVED in types:
            message = {
                "notification": {"type": "attachment_subscription", "interactions": [{"type": APPROVED}]},
                "attachment": _attachment_row(attachment),
            }
            request.world.queue_callback(subscription["uri"], message)


def _decode_content(part: RequestFields) -> bytes | None:
    """Return the content of the file; line breaks in the base64 text are allowed, as MIME writes them."""
    text = part.text("base64_content", required=True, allow_empty=False)
    if text is None:
        return None
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True)
    except (binascii.Error, ValueError):
        part.add_error("base64_content", "invalid_format", "base64_content must be in base64")
        return None


def _check_subscriptions(fields: RequestFields) -> None:
    for subscription in fields.nested_list("subscriptions") or []:
        subscription.choice("type", ("webhook",), required=True)
        subscription.web_address("uri")
        for interaction in subscription.nested_list("interactions") or []:
            interaction.text("type", required=True, allow_empty=False)
