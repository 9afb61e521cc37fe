"""Pages that a person is sent to in between: more permission, a conferencing service, a profile to connect again.

Their addresses come from the API; what is on them is our own.
"""

from __future__ import annotations

from oauthlib.common import add_params_to_uri

from cronofy_frames.sandbox.http.html import form, listing, page, paragraph
from cronofy_frames.sandbox.http.routes import Question, Reply, answers
from cronofy_frames.sandbox.model.grants import Ticket
from cronofy_frames.sandbox.model.state import Account, Profile


@answers("GET /permissions", auth="browser", sure="our reading", note="where POST /v1/permissions sends people")
def permissions_page(question: Question) -> Reply:
    """Show which calendars the application wants to change."""
    ticket, account = _ticket(question, "permissions")
    if ticket is None or account is None:
        return _unknown()
    names = [one.calendar_name for one in account.calendars if one.calendar_id in ticket.matter]
    return Reply(
        html=page(
            "Let the application change events",
            paragraph(f"It asks {account.name or account.sub} to change and delete any event in:"),
            listing(names),
            form({"token": question.given["token"]}, yes="Grant", no="Reject"),
        )
    )


@answers("POST /permissions", auth="browser", sure="our reading", note="the form of that page")
def permissions_decided(question: Question) -> Reply:
    """Grant or reject."""
    ticket, account = _ticket(question, "permissions")
    if ticket is None or account is None:
        return _unknown()
    if question.given.get("decision") == "approve":
        for calendar in account.calendars:
            if calendar.calendar_id in ticket.matter:
                calendar.permission_level = "unrestricted"
    return _return(question, ticket)


@answers("GET /conferencing", auth="browser", sure="our reading", note="where people connect a conferencing service")
def conferencing_page(question: Question) -> Reply:
    """Show which service is to be connected."""
    ticket, account = _ticket(question, "conferencing")
    if ticket is None or account is None:
        return _unknown()
    return Reply(
        html=page(
            "Connect a conferencing service",
            paragraph(f"{account.name or account.sub} connects {ticket.matter}."),
            form({"token": question.given["token"]}),
        )
    )


@answers("POST /conferencing", auth="browser", sure="our reading", note="the form of that page")
def conferencing_decided(question: Question) -> Reply:
    """Connect the service, or do not."""
    ticket, account = _ticket(question, "conferencing")
    if ticket is None or account is None:
        return _unknown()
    if question.given.get("decision") == "approve":
        number = len(account.conferencing_profiles)
        account.conferencing_profiles.append(
            {
                "provider_name": ticket.matter,
                "profile_id": f"pro_{question.world.mint('conferencing', account.sub, number)[:24]}",
                "profile_name": account.email or account.sub,
                "profile_connected": True,
            }
        )
    return _return(question, ticket)


@answers("GET /relink/{profile_id}", auth="browser", sure="our reading", note="where profile_relink_url leads")
def relink_page(question: Question) -> Reply:
    """Show which profile is to be connected again."""
    profile = _profile(question)
    if profile is None:
        return _unknown()
    name = profile.profile_name or profile.profile_id
    return Reply(html=page("Connect your calendar again", paragraph(f"{name}, {profile.provider_name}"), form({})))


@answers("POST /relink/{profile_id}", auth="browser", sure="our reading", note="the form of that page")
def relinked(question: Question) -> Reply:
    """Connect the profile again, or do not."""
    profile = _profile(question)
    if profile is None:
        return _unknown()
    approved = question.given.get("decision") == "approve"
    profile.profile_connected = profile.profile_connected or approved
    return Reply(html=page("Done" if approved else "Nothing was changed", paragraph("You can close this page.")))


def _ticket(question: Question, kind: str) -> tuple[Ticket | None, Account | None]:
    text = question.given.get("token")
    ticket = question.world.grants.find_ticket(kind, text if isinstance(text, str) else None)
    return ticket, None if ticket is None else question.world.account(ticket.sub)


def _return(question: Question, ticket: Ticket) -> Reply:
    """Go back to where the application said, once."""
    question.world.grants.drop_ticket(question.given["token"])
    rejected = question.given.get("decision") != "approve"
    address = ticket.redirect_uri or ""
    return Reply(
        302, headers={"Location": add_params_to_uri(address, [("error", "access_denied")]) if rejected else address}
    )


def _profile(question: Question) -> Profile | None:
    profiles = (profile for account in question.world.accounts for profile in account.profiles)
    return next((one for one in profiles if one.profile_id == question.places["profile_id"]), None)


def _unknown() -> Reply:
    return Reply(404, html=page("There is no such page", paragraph("The link is unknown or was used.", role="alert")))
