"""Applications: making one, and asking for one to be verified.

Pages: docs.cronofy.com/developers/api/admin-api (pre-release); bodies as the official C# client has them.
"""

from __future__ import annotations

from cronofy_frames.sandbox.http.fields import is_web_address
from cronofy_frames.sandbox.http.routes import Question, Reply, answers


@answers(
    "POST /v1/applications",
    auth="admin",
    sure="from SDKs",
    note="the sandbox goes on knowing its one application: nobody can sign in to the new one",
)
def create_application(question: Question) -> Reply:
    """Answer with the credentials of a new application."""
    fields, world = question.fields, question.world
    name = fields.text("name", required=True, empty=False)
    url = fields.web_address("url")
    fields.check()
    made = {part: world.mint("application", part, name, url, world.changes) for part in ("client_id", "client_secret")}
    return Reply(body={"oauth_client": made})


@answers(
    "POST /v1/application_verification", auth="application", sure="from SDKs", note="taken note of, and nothing follows"
)
def verify_application(question: Question) -> Reply:
    """Accept the wish to have the application verified."""
    fields = question.fields
    redirect_uris = fields.texts("redirect_uris", required=True)
    if redirect_uris is not None and not redirect_uris:
        fields.refuse("redirect_uris", "required", "redirect_uris must be specified")
    for number, address in enumerate(redirect_uris or []):
        if not is_web_address(address):
            fields.refuse(f"redirect_uris[{number}]", "invalid_url", "redirect_uris must be http or https URLs")
    contact = fields.part("contact", required=True)
    if contact is not None:
        contact.email("email")
        contact.text("display_name")
    fields.check()
    return Reply(202, {})
