"""Route handlers of the admin API: create an application, and ask for its verification.

Pages: docs.cronofy.com/developers/api/admin-api (pre-release); bodies as the official C# client has them.
"""

from __future__ import annotations

from cronofy_frames.sandbox.http.fields import is_web_address
from cronofy_frames.sandbox.http.routes import Request, Response, handles


@handles(
    "POST /v1/applications",
    auth="admin",
    sureness="from SDKs",
    note="the sandbox keeps its one application: the new one cannot be used to sign in",
)
def create_application(request: Request) -> Response:
    """Return the credentials of a new application."""
    fields, world = request.fields, request.world
    name = fields.text("name", required=True, allow_empty=False)
    url = fields.web_address("url")
    fields.raise_errors()
    key = (name, url, world.change_count)
    credentials = {
        "client_id": world.mint("application", "client_id", *key),
        "client_secret": world.mint_secret("application", "client_secret", *key),
    }
    return Response(body={"oauth_client": credentials})


@handles(
    "POST /v1/application_verification",
    auth="application",
    sureness="from SDKs",
    note="accepted, and nothing follows",
)
def verify_application(request: Request) -> Response:
    """Accept a request to verify the application."""
    fields = request.fields
    redirect_uris = fields.texts("redirect_uris", required=True)
    if redirect_uris is not None and not redirect_uris:
        fields.add_error("redirect_uris", "required", "redirect_uris must be specified")
    for position, uri in enumerate(redirect_uris or []):
        if not is_web_address(uri):
            fields.add_error(f"redirect_uris[{position}]", "invalid_url", "redirect_uris must be http or https URLs")
    contact = fields.nested_fields("contact", required=True)
    if contact is not None:
        contact.email("email")
        contact.text("display_name")
    fields.raise_errors()
    return Response(202, {})
