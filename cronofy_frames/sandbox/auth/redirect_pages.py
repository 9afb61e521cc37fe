"""Consent pages other than OAuth login (permissions, conferencing, reconnecting); they redirect back without a code.

Their URLs come from the API; their content is our own.
"""

from __future__ import annotations

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.http.html import bullet_list, form, page, paragraph
from cronofy_frames.sandbox.http.routes import Request, Response, handles
from cronofy_frames.sandbox.model.grants import Ticket
from cronofy_frames.sandbox.model.state import Account, Profile


@handles("GET /permissions", auth="browser", sureness="our reading", note="where POST /v1/permissions sends people")
def permissions_page(request: Request) -> Response:
    """Show the calendars that the application asks to change."""
    ticket, account = _find_ticket(request, "permissions")
    if ticket is None or account is None:
        return _not_found_page()
    names = [calendar.calendar_name for calendar in account.calendars if calendar.calendar_id in ticket.subject]
    return Response(
        html=page(
            "Let the application change events",
            paragraph(f"It asks {account.name or account.sub} to change and delete any event in:"),
            bullet_list(names),
            form({"token": request.arguments["token"]}, yes="Grant", no="Reject"),
        )
    )


@handles("POST /permissions", auth="browser", sureness="our reading", note="the form of that page")
def submit_permissions(request: Request) -> Response:
    """Make the calendars unrestricted if the person grants it."""
    ticket, account = _find_ticket(request, "permissions")
    if ticket is None or account is None:
        return _not_found_page()
    if _is_approved(request):
        for calendar in account.calendars:
            if calendar.calendar_id in ticket.subject:
                calendar.permission_level = "unrestricted"
    return _redirect(request, ticket)


@handles(
    "GET /conferencing", auth="browser", sureness="our reading", note="where people connect a conferencing service"
)
def conferencing_page(request: Request) -> Response:
    """Show the conferencing service to connect."""
    ticket, account = _find_ticket(request, "conferencing")
    if ticket is None or account is None:
        return _not_found_page()
    return Response(
        html=page(
            "Connect a conferencing service",
            paragraph(f"{account.name or account.sub} connects {ticket.subject}."),
            form({"token": request.arguments["token"]}),
        )
    )


@handles("POST /conferencing", auth="browser", sureness="our reading", note="the form of that page")
def submit_conferencing(request: Request) -> Response:
    """Add a conferencing profile if the person approves it."""
    ticket, account = _find_ticket(request, "conferencing")
    if ticket is None or account is None:
        return _not_found_page()
    if _is_approved(request):
        count = len(account.conferencing_profiles)
        account.conferencing_profiles.append(
            {
                "provider_name": ticket.subject,
                "profile_id": f"pro_{request.world.mint('conferencing', account.sub, count)[:24]}",
                "profile_name": account.email or account.sub,
                "profile_connected": True,
            }
        )
    return _redirect(request, ticket)


@handles("GET /relink/{profile_id}", auth="browser", sureness="our reading", note="where profile_relink_url leads")
def relink_page(request: Request) -> Response:
    """Show the profile to reconnect."""
    profile = _find_profile(request)
    if profile is None:
        return _not_found_page()
    name = profile.profile_name or profile.profile_id
    return Response(html=page("Connect your calendar again", paragraph(f"{name}, {profile.provider_name}"), form({})))


@handles("POST /relink/{profile_id}", auth="browser", sureness="our reading", note="the form of that page")
def submit_relink(request: Request) -> Response:
    """Reconnect the profile if the person approves it."""
    profile = _find_profile(request)
    if profile is None:
        return _not_found_page()
    if _is_approved(request):
        profile.profile_connected = True
    title = "Done" if _is_approved(request) else "Nothing was changed"
    return Response(html=page(title, paragraph("You can close this page.")))


def _is_approved(request: Request) -> bool:
    return request.arguments.get("decision") == "approve"


def _find_ticket(request: Request, kind: str) -> tuple[Ticket | None, Account | None]:
    """Return the ticket of the page's token, and the account that it is for."""
    token = request.arguments.get("token")
    ticket = request.world.grants.find_ticket(kind, token if isinstance(token, str) else None)
    return ticket, None if ticket is None else request.world.account(ticket.sub)


def _redirect(request: Request, ticket: Ticket) -> Response:
    """Delete the ticket and redirect to the application, with an error if the person rejected."""
    request.world.grants.delete_ticket(request.arguments["token"])
    url = ticket.redirect_uri or ""
    location = url if _is_approved(request) else add_params_to_uri(url, [("error", "access_denied")])
    return Response(302, headers={"Location": location})


def _find_profile(request: Request) -> Profile | None:
    profiles = (profile for account in request.world.accounts for profile in account.profiles)
    return next((profile for profile in profiles if profile.profile_id == request.path_args["profile_id"]), None)


def _not_found_page() -> Response:
    alert = paragraph("The link is unknown or was already used.", role="alert")
    return Response(404, html=page("There is no such page", alert))
