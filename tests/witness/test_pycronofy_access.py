"""Authorization with the official client: codes, tokens, permissions, channels."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pycronofy
import pytest
from pycronofy.exceptions import PyCronofyRequestError, PyCronofyValidationError

import cronofy_frames as cf
from cronofy_frames.wire.auth import DEFAULT_SCOPE
from cronofy_frames.wire.messages import DATA_CENTERS, Hosts
from tests.small import HOME, SCOPE, WORK
from tests.witness.official import ANN, BACK, Stage, decide

SERVICE = "ser_office"


def code_for(client: pycronofy.Client, **options: str) -> str:
    """Return the code after Ann approves."""
    parameters = decide(client.user_auth_link(BACK, state="s 1", **options))
    assert parameters.keys() == {"code", "state"}
    assert parameters["state"] == "s 1"
    return parameters["code"]


def test_the_link_leads_to_the_page_that_ours_leads_to(stage: Stage) -> None:
    """`user_auth_link` and `authorize_url` lead to the same page with the same parameters."""
    client = stage.official()
    theirs = urlsplit(client.user_auth_link(BACK, scope="read_events create_event", state="s"))
    ours = urlsplit(
        cf.authorize_url(
            client_id=stage.box.client_id,
            redirect_uri=BACK,
            state="s",
            scope=["read_events", "create_event"],
            app_url=stage.served.url,
        )
    )
    assert (theirs.netloc, theirs.path) == (ours.netloc, ours.path)
    empty = {"provider_name": [""], "avoid_linking": ["False"]}
    assert parse_qs(theirs.query, keep_blank_values=True) == parse_qs(ours.query) | empty
    default = parse_qs(urlsplit(client.user_auth_link(BACK)).query)["scope"]
    assert default == [" ".join(DEFAULT_SCOPE)]


def test_a_code_becomes_tokens(stage: Stage) -> None:
    """A code from the consent page is exchanged once for tokens of the person who approved."""
    client = stage.official(access_token=None, refresh_token=None)
    code = code_for(client, scope=SCOPE)
    before = datetime.now(UTC)
    answer = client.get_authorization_from_code(code)
    assert answer.keys() == {"access_token", "refresh_token", "token_expiration"}
    assert [len(answer[name]) for name in ("access_token", "refresh_token")] == [32, 32]
    expires = datetime.fromisoformat(answer["token_expiration"])
    assert abs(expires - before - timedelta(seconds=3600)) < timedelta(seconds=60)
    assert (client.is_authorization_expired(), client.account()["account_id"]) == (False, "acc_ann")
    assert client.account()["scope"] == SCOPE
    with pytest.raises(PyCronofyRequestError) as caught:
        client.get_authorization_from_code(code)
    response = caught.value.response
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_a_code_may_be_exchanged_with_an_explicit_address(stage: Stage) -> None:
    """The redirect URI of `get_authorization_from_code` must be that of the authorization request."""
    client = stage.official(access_token=None, refresh_token=None)
    with pytest.raises(PyCronofyRequestError):
        client.get_authorization_from_code(code_for(client), redirect_uri="http://127.0.0.1:8765/other")
    client.get_authorization_from_code(code_for(client), redirect_uri=BACK)
    assert stage.heard.json["redirect_uri"] == BACK
    assert client.account()["scope"] == " ".join(pycronofy.settings.DEFAULT_OAUTH_SCOPE)


def test_a_denial_brings_no_code(stage: Stage) -> None:
    """A denial redirects with access_denied."""
    parameters = decide(stage.official().user_auth_link(BACK, state="s"), "deny")
    assert (parameters["error"], parameters["state"], "code" in parameters) == ("access_denied", "s", False)


def test_tokens_are_refreshed(stage: Stage) -> None:
    """An expired token is 401 until `refresh_authorization` gets another one; the refresh token stays."""
    client = stage.official()
    old = client.auth.access_token
    stage.box.expire(old)
    with pytest.raises(PyCronofyRequestError) as caught:
        client.list_calendars()
    assert (caught.value.response.status_code, caught.value.response.content) == (401, b"")
    answer = client.refresh_authorization()
    assert answer["access_token"] != old
    assert answer["refresh_token"] == stage.box.tokens(ANN)["refresh_token"]
    assert client.list_calendars()[0]["calendar_id"] == WORK
    ours = stage.ours()
    stage.box.expire(client.auth.access_token)
    assert next(iter(ours.list_calendars()))["calendar_id"] == WORK


def test_expiry_is_the_clients_own_reckoning() -> None:
    """`is_authorization_expired` is true without a time, and after it."""
    assert pycronofy.Client(access_token="a").is_authorization_expired()
    earlier, ahead = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-1, 1))
    assert pycronofy.Client(access_token="a", token_expiration=earlier).is_authorization_expired()
    assert not pycronofy.Client(access_token="a", token_expiration=ahead).is_authorization_expired()


def test_revoking_ends_both_tokens(stage: Stage) -> None:
    """`revoke_authorization` sends the access token, and that ends the refresh token too."""
    client, tokens = stage.official(), stage.box.tokens(ANN)
    client.revoke_authorization()
    assert stage.heard.json["token"] == tokens["access_token"]
    assert (client.auth.access_token, client.auth.refresh_token) == (None, None)
    with pytest.raises(PyCronofyRequestError) as caught:
        client.account()
    assert (caught.value.response.status_code, stage.heard.authorization) == (401, "Bearer None")
    client.auth.update(**tokens)
    with pytest.raises(PyCronofyRequestError, match="invalid_grant"):
        client.refresh_authorization()


def test_a_profile_is_revoked(stage: Stage) -> None:
    """`revoke_profile` disconnects one profile; it stays listed, with a page that connects it again."""
    client = stage.official()
    client.revoke_profile("pro_ann")
    assert (stage.heard.path, stage.heard.json) == ("/v1/profiles/pro_ann/revoke", {})
    (profile,) = client.list_profiles()
    assert profile["profile_connected"] is False
    assert profile["profile_relink_url"].startswith(stage.served.url)
    assert cf.read_profiles(stage.ours())["profile_connected"].tolist() == [False]
    answer = httpx.post(profile["profile_relink_url"], data={"decision": "approve"})
    assert (answer.status_code, client.list_profiles()[0]["profile_connected"]) == (200, True)


def test_application_calendars_are_opened(stage: Stage) -> None:
    """`application_calendar` returns the same application calendar for the same id."""
    client = stage.official(access_token=None, refresh_token=None)
    answer = client.application_calendar("room-7")
    assert answer["application_calendar_id"] == "room-7"
    assert answer["sub"].startswith("apc_")
    assert stage.heard.authorization == "Bearer None"
    (calendar,) = client.list_calendars()
    assert (calendar["provider_name"], calendar["calendar_primary"]) == ("cronofy", True)
    client.upsert_event(
        calendar["calendar_id"],
        {"event_id": "e", "summary": "S", "start": date(2026, 3, 5), "end": date(2026, 3, 6)},
    )
    again = stage.official(access_token=None, refresh_token=None)
    assert again.application_calendar("room-7")["sub"] == answer["sub"]
    assert [row["event_id"] for row in again.read_events()] == ["e"]
    assert client.userinfo()["cronofy.type"] == "application_calendar"
    assert stage.ours().application_calendar(application_calendar_id="room-7")["sub"] == answer["sub"]


def test_permissions_are_asked_for_and_granted(stage: Stage) -> None:
    """`elevated_permissions` returns the URL of a page that makes the calendar unrestricted."""
    client = stage.official()
    permissions = [{"calendar_id": HOME, "permission_level": "unrestricted"}]
    answer = client.elevated_permissions(permissions, redirect_uri=BACK)
    assert decide(answer["url"], "deny") == {"error": "access_denied"}
    assert client.list_calendars()[1]["permission_level"] == "sandbox"
    assert decide(client.elevated_permissions(permissions, redirect_uri=BACK)["url"]) == {}
    assert client.list_calendars()[1]["permission_level"] == "unrestricted"
    client.delete_external_event(HOME, "evt_external_dentist")
    assert "dentist" not in [row["summary"] for row in client.read_events()]


def test_a_service_account_opens_a_persons_calendars(stage: Stage) -> None:
    """`authorize_with_service_account` has a code posted to the callback; its token gets permissions at once."""
    service = stage.official(SERVICE)
    service.authorize_with_service_account(ANN, SCOPE, BACK, state="s")
    (posted,) = stage.box.outbox
    authorization = posted.json["authorization"]
    assert (posted.url, authorization["state"], len(authorization["code"])) == (BACK, "s", 32)
    client = stage.official(access_token=None, refresh_token=None)
    client.get_authorization_from_code(authorization["code"], redirect_uri=BACK)
    assert client.account()["account_id"] == "acc_ann"
    permissions = [{"calendar_id": HOME, "permission_level": "unrestricted"}]
    assert client.elevated_permissions(permissions) == {"accepted": True}
    assert client.list_calendars()[1]["permission_level"] == "unrestricted"
    with pytest.raises(PyCronofyRequestError) as caught:
        stage.official().authorize_with_service_account(ANN, SCOPE, BACK)
    assert caught.value.response.status_code == 403


def test_a_service_account_asks_for_several_at_once(stage: Stage) -> None:
    """`authorize_multiple_accounts_via_service_account` has a result posted for each address."""
    people = [{"email": email, "scope": "read_write", "callback_url": BACK} for email in (ANN, "bob@example.test")]
    stage.official(SERVICE).authorize_multiple_accounts_via_service_account(people, state="s")
    assert stage.heard.json == {"service_account_authorizations": people, "state": "s"}
    first, second = (posted.json["authorization"] for posted in stage.box.outbox)
    assert len(first["code"]) == 32
    assert second["error"] == "access_denied"


def test_resources_are_listed(stage: Stage) -> None:
    """`resources` lists rooms for a service account, and is refused for a person."""
    assert stage.official(SERVICE).resources() == [{"email": "room@example.test", "name": "Room"}]
    assert cf.frame(stage.ours(SERVICE).list_resources()).to_dict("records") == stage.official(SERVICE).resources()
    with pytest.raises(PyCronofyRequestError) as caught:
        stage.official().resources()
    assert caught.value.response.status_code == 403


def test_conferencing_is_connected(stage: Stage) -> None:
    """`get_conferencing_services_auth_link` returns a page; after approval the service is in userinfo."""
    client = stage.official()
    url = client.get_conferencing_services_auth_link(BACK, provider_name="zoom")
    assert stage.heard.json == {"redirect_uri": BACK, "provider_name": "zoom"}
    decide(url)
    (service,) = client.userinfo()["cronofy.data"]["conferencing_profiles"]
    assert (service["provider_name"], service["profile_connected"]) == ("zoom", True)


def test_channels_live_and_die(stage: Stage) -> None:
    """A channel is created once, listed, notified of changes, and no longer notified after it is closed."""
    client = stage.official()
    made = client.create_notification_channel(BACK, calendar_ids=(WORK,), only_managed=False)
    assert stage.heard.json == {"callback_url": BACK, "filters": {"calendar_ids": [WORK]}}
    assert (made["callback_url"], made["filters"]) == (BACK, {"calendar_ids": [WORK]})
    assert client.create_notification_channel(BACK, calendar_ids=[WORK]) == made
    managed = client.create_notification_channel(BACK, only_managed=True)
    assert client.list_notification_channels() == [made, managed]
    assert cf.read_channels(stage.ours())["channel_id"].tolist() == [made["channel_id"], managed["channel_id"]]
    stage.box.edit_event(ANN, "evt_external_review", summary="Review again")
    client.close_notification_channel(made["channel_id"])
    stage.box.edit_event(ANN, "evt_external_review", summary="Review once more")
    notifications = [
        (delivery.json["notification"]["type"], delivery.json["channel"]["channel_id"]) for delivery in stage.box.outbox
    ]
    assert notifications == [
        ("verification", made["channel_id"]),
        ("verification", managed["channel_id"]),
        ("change", made["channel_id"]),
    ]
    assert client.list_notification_channels() == [managed]
    with pytest.raises(PyCronofyRequestError) as caught:
        client.close_notification_channel(made["channel_id"])
    assert caught.value.response.status_code == 404


def test_notifications_are_signed_for_both(stage: Stage) -> None:
    """`hmac_valid` of both clients accepts the sandbox's signature, also among others, and no other."""
    client = stage.official()
    client.create_notification_channel(BACK)
    (posted,) = stage.box.outbox
    good, body = posted.headers["Cronofy-HMAC-SHA256"], posted.body.decode()
    for header, text, expected in [
        (good, body, True),
        (f"other,{good}", body, True),
        (good, body + " ", False),
        ("other", body, False),
        ("", body, False),
        (None, body, False),
    ]:
        assert client.hmac_valid(header, text) is expected
        assert cf.hmac_valid(header, text, stage.box.client_secret) is expected


@pytest.mark.parametrize("center", DATA_CENTERS)
def test_data_centres_are_the_same(center: str) -> None:
    """The official client has the same hosts as this one in every data centre."""
    client = pycronofy.Client(data_center=center)
    assert Hosts(client.request_handler.base_url, client.app_base_url) == Hosts.of(center)


def test_validate_looks_before_it_leaps(stage: Stage) -> None:
    """`validate` refuses missing credentials and arguments and invalid dates without a request."""
    client = stage.official()
    assert client.validate("read_events", from_date="2026-03-01", to_date=date(2026, 3, 2)) is None
    for call, fields in [
        (("delete_event", WORK), ["event_id"]),
        (("create_notification_channel",), ["callback_url"]),
    ]:
        with pytest.raises(PyCronofyValidationError) as caught:
            client.validate(*call)
        assert caught.value.fields == fields
    with pytest.raises(PyCronofyValidationError) as dates:
        client.validate("read_events", from_date="March")
    assert dates.value.fields == ["from_date"]
    with pytest.raises(PyCronofyValidationError) as secrets:
        pycronofy.Client().validate("account")
    assert secrets.value.fields == ["access_token"]
    assert stage.box.heard == []
