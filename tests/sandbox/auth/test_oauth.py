"""OAuth in the sandbox: consent pages, codes, tokens, revocation."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.sandbox.caller import NOW, WORK, Caller, caller, event, refusals, with_scope

BACK = "https://app.example.test/cb?tenant=7"


def request(api: Caller, **parameters: Any) -> dict[str, Any]:
    """Return the parameters of a valid request; None removes one."""
    good = {
        "response_type": "code",
        "client_id": api.sandbox.client_id,
        "redirect_uri": BACK,
        "scope": "read_events create_event",
        "state": "s t/1",
        **parameters,
    }
    return {name: value for name, value in good.items() if value is not None}


def show(api: Caller, path: str = "/oauth/authorize", **parameters: Any) -> TestResponse:
    """Return the consent page."""
    return api.client.get(path, query_string=request(api, **parameters))


def decide(api: Caller, path: str = "/oauth/authorize", **parameters: Any) -> dict[str, list[str]]:
    """Return the response after the form was submitted."""
    answer = api.client.post(path, data=request(api, **{"decision": "approve", "account": "acc_jane", **parameters}))
    return redirect_parameters(answer)


def redirect_parameters(answer: TestResponse) -> dict[str, list[str]]:
    """Return the parameters of a redirect to the application, whose own parameters must remain."""
    assert answer.status_code == 302, answer.text
    assert answer.location.startswith("https://app.example.test/cb?")
    parameters = parse_qs(urlsplit(answer.location).query)
    assert parameters.pop("tenant") == ["7"]
    return parameters


def client_of(api: Caller) -> dict[str, str]:
    """Return the client credentials."""
    return {"client_id": api.sandbox.client_id, "client_secret": api.sandbox.client_secret}


def exchange(api: Caller, code: Any, /, **fields: Any) -> TestResponse:
    """Return the response to a code."""
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **client_of(api), **fields}
    return api.client.post("/oauth/token", json={name: value for name, value in body.items() if value is not None})


def refresh(api: Caller, token: Any = None, **fields: Any) -> TestResponse:
    """Return the response to a refresh token."""
    token = api.sandbox.refresh_token if token is None else token
    body = {"grant_type": "refresh_token", "refresh_token": token, **client_of(api), **fields}
    return api.client.post("/oauth/token", json=body)


def revoke(api: Caller, **fields: Any) -> TestResponse:
    """Return the response to a revocation."""
    return api.client.post("/oauth/token/revoke", json={**client_of(api), **fields})


def check_oauth_error(answer: TestResponse, error: str) -> None:
    """Check that a token call was refused with an error of RFC 6749."""
    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_page_says_who_asks_for_what_and_offers_the_people() -> None:
    """The page is HTML with a title, the host, the scopes, a radio button per person and two buttons."""
    page = show(caller())
    assert (page.status_code, page.mimetype) == (200, "text/html")
    text = page.text
    assert '<html lang="en">' in text
    assert "<h1>Connect your calendar</h1>" in text
    assert "app.example.test" in text
    assert re.findall("<li>(.*)</li>", text) == ["read_events", "create_event"]
    assert re.findall('name="account" value="(.*?)"', text) == ["acc_jane", "acc_omar"]
    assert "<legend>Who are you?</legend>" in text
    assert re.findall('name="decision" value="(.*?)">(.*?)<', text) == [("approve", "Approve"), ("deny", "Deny")]


def test_page_escapes_what_it_was_given() -> None:
    """Parameters of a request are escaped."""
    text = show(caller(), state='"><script>alert(1)</script>').text
    assert "<script>" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_form_of_the_page_carries_the_request_on() -> None:
    """The hidden fields of the form are sufficient to approve."""
    api = caller()
    form = dict(re.findall('type="hidden" name="(.*?)" value="(.*?)"', show(api).text))
    answer = api.client.post("/oauth/authorize", data={**form, "decision": "approve", "account": "acc_omar"})
    parameters = redirect_parameters(answer)
    assert parameters["state"] == ["s t/1"]
    assert exchange(api, parameters["code"][0]).json["sub"] == "acc_omar"


def test_provider_name_chooses_who_has_it() -> None:
    """The first person with a profile of that provider is checked."""
    checked = 'value="(.*?)" required checked'
    assert re.findall(checked, show(caller(), provider_name="apple").text) == ["acc_omar"]
    assert re.findall(checked, show(caller(), provider_name="google_free_busy").text) == ["acc_jane"]
    assert re.findall(checked, show(caller(), provider_name="brand_new").text) == ["acc_jane"]


def test_denied_request_comes_back_with_an_error() -> None:
    """Deny redirects with access_denied and the state, and no code."""
    parameters = decide(caller(), decision="deny")
    assert (parameters["error"], parameters["state"]) == (["access_denied"], ["s t/1"])
    assert "code" not in parameters


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": None},
        {"client_id": "somebody"},
        {"redirect_uri": None},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "/relative"},
        {"redirect_uri": "https://x.test/cb#part"},
        {"redirect_uri": "https://x.test/a b"},
        {"redirect_uri": "http://["},
        {"redirect_uri": ["https://a.test", "https://b.test"]},
    ],
)
def test_doubtful_client_or_address_gets_no_redirect(parameters: dict[str, Any]) -> None:
    """An invalid client_id or redirect_uri is a page with status 400, approved or not."""
    api = caller()
    for answer in (
        show(api, **parameters),
        api.client.post("/oauth/authorize", query_string=request(api, **parameters), data={"decision": "approve"}),
    ):
        assert (answer.status_code, answer.mimetype) == (400, "text/html")
        assert 'role="alert"' in answer.text
        assert answer.location is None


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "read_events read_minds"}, "invalid_scope"),
        ({"scope": "service_account/accounts/manage"}, "invalid_scope"),
        ({"scope": ["read_events", "create_event"]}, "invalid_request"),
        ({"avoid_linking": "perhaps"}, "invalid_request"),
        ({"link_token": "nothing"}, "invalid_request"),
        ({"delegated_scope": "read_minds"}, "invalid_scope"),
    ],
)
def test_other_mistakes_come_back_to_the_application(parameters: dict[str, Any], error: str) -> None:
    """Other errors are sent to the redirect URI with the state (RFC 6749, 4.1.2.1)."""
    returned = redirect_parameters(show(caller(), **parameters))
    assert (returned["error"], returned["state"]) == ([error], ["s t/1"])


def test_empty_parameters_are_none() -> None:
    """Empty parameters count as missing, as the official Python client sends them."""
    assert show(caller(), state="", provider_name="", avoid_linking="False").status_code == 200
    assert "state" not in decide(caller(), state="")


@pytest.mark.parametrize("value", ["true", "false", "True", "1", "0"])
def test_avoid_linking_is_taken_as_each_sdk_writes_it(value: str) -> None:
    """It is a word or, as the PHP SDK writes a true in an address, a 1."""
    answer = show(caller(), state="s1", avoid_linking=value, provider_name="google")
    assert answer.status_code == 200


def test_approval_without_a_person_is_not_one() -> None:
    """An approval with an unknown account, or none, is 400."""
    api = caller()
    for account in ("acc_none", "ser_1", ""):
        data = request(api, decision="approve", account=account)
        assert api.client.post("/oauth/authorize", data=data).status_code == 400


def test_address_that_is_not_ascii_is_sent_encoded() -> None:
    """The Location header is ASCII for any redirect URI."""
    api = caller()
    data = request(api, redirect_uri="https://app.example.test/ü", decision="deny")
    assert api.client.post("/oauth/authorize", data=data).location.startswith("https://app.example.test/%C3%BC?")


def test_code_is_exchanged_once_for_a_token() -> None:
    """The response has the documented keys and no-store headers; the token is valid; the code cannot be used again."""
    api = caller()
    (code,) = decide(api)["code"]
    assert len(code) == 32
    assert code.isascii()
    answer = exchange(api, code)
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    body = answer.json
    assert body | {"access_token": 0, "refresh_token": 0} == {
        "token_type": "bearer",
        "access_token": 0,
        "expires_in": 3600,
        "refresh_token": 0,
        "scope": "read_events create_event",
        "account_id": "acc_jane",
        "sub": "acc_jane",
        "linking_profile": {
            "provider_name": "google",
            "provider_service": "gsuite",
            "profile_id": "pro_g",
            "profile_name": "jane@example.test",
        },
    }
    assert Caller(api.sandbox, body["access_token"]).get("/v1/account").status_code == 403
    assert Caller(api.sandbox, body["access_token"]).write().status_code == 202
    check_oauth_error(exchange(api, code), "invalid_grant")


def test_linking_profile_is_of_the_provider_asked_for() -> None:
    """With provider_name the linking profile is one of that provider."""
    api = caller()
    body = exchange(api, decide(api, provider_name="exchange")["code"][0]).json
    assert body["linking_profile"]["profile_id"] == "pro_x"


def test_code_lasts_five_minutes() -> None:
    """A code older than five minutes is refused."""
    time = [NOW]
    api = caller(now=lambda: time[0])
    (code,) = decide(api)["code"]
    time[0] += timedelta(minutes=5)
    check_oauth_error(exchange(api, code), "invalid_grant")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"redirect_uri": "https://app.example.test/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "nothing"}, "invalid_grant"),
        ({"code": ["x"]}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": {"a": 1}}, "invalid_client"),
    ],
)
def test_token_call_is_refused_with_400(fields: dict[str, Any], error: str) -> None:
    """Every error of a token call is 400 with the body of RFC 6749."""
    api = caller()
    check_oauth_error(exchange(api, decide(api)["code"][0], **fields), error)


def test_token_call_that_is_no_json_is_400_too() -> None:
    """A malformed body of a token call is 400, not 422."""
    answer = caller().client.post("/oauth/token", data="{", content_type="application/json")
    check_oauth_error(answer, "invalid_request")


def test_token_call_may_be_a_form_with_any_header() -> None:
    """A token call may be a form, with any Authorization header."""
    api = caller()
    form = {"grant_type": "refresh_token", "refresh_token": api.sandbox.refresh_token, **client_of(api)}
    answer = api.client.post("/oauth/token", data=form, headers={"Authorization": "Bearer None"})
    assert answer.status_code == 200


def test_refresh_gives_a_new_access_token_and_the_same_refresh_token() -> None:
    """The response has five keys; the old access token stays valid until it expires."""
    api = caller()
    answer = refresh(api)
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json
    assert set(body) == {"token_type", "access_token", "expires_in", "refresh_token", "scope"}
    assert (body["refresh_token"], body["expires_in"]) == (api.sandbox.refresh_token, 3600)
    assert body["access_token"] != api.token
    assert Caller(api.sandbox, body["access_token"]).get("/v1/profiles").status_code == 200
    assert api.get("/v1/profiles").status_code == 200


def test_early_refresh_can_give_the_same_token_with_the_seconds_left() -> None:
    """With renew_early off, a token with ten minutes left is returned again."""
    time = [NOW]
    api = caller(now=lambda: time[0], renew_early=False)
    time[0] += timedelta(minutes=50)
    same = refresh(api).json
    assert (same["access_token"], same["expires_in"]) == (api.token, 600)
    time[0] += timedelta(seconds=1)
    assert refresh(api).json["access_token"] != api.token


@pytest.mark.parametrize("token", ["nothing", "", 5])
def test_unknown_refresh_token_is_refused(token: Any) -> None:
    """An unknown refresh token is invalid_grant, a missing one invalid_request."""
    check_oauth_error(refresh(caller(), token), "invalid_grant" if token == "nothing" else "invalid_request")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revocation_ends_access_and_refresh(kind: str) -> None:
    """Either token ends the grant; the response is 200 and empty, also the second time."""
    api = caller()
    for _ in range(2):
        answer = revoke(api, token=getattr(api.sandbox, kind))
        assert (answer.status_code, answer.data) == (200, b"")
    assert api.get("/v1/profiles").status_code == 401
    check_oauth_error(refresh(api), "invalid_grant")


def test_revocation_by_sub_ends_all_of_the_account() -> None:
    """A sub ends all grants of its account, and no others."""
    api = caller()
    other = with_scope(api, "read_events")
    omar = Caller(api.sandbox, api.sandbox.tokens("omar")["access_token"])
    assert revoke(api, sub="acc_jane").status_code == 200
    assert {token.get("/v1/profiles").status_code for token in (api, other)} == {401}
    assert omar.get("/v1/profiles").status_code == 200


def test_token_goes_before_sub() -> None:
    """If both are given, only the token is revoked."""
    api = caller()
    assert revoke(api, token="unknown", sub="acc_jane").status_code == 200
    assert api.get("/v1/profiles").status_code == 200
    assert revoke(api, token=5).status_code == 200


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_revocation_may_name_its_token_refresh_token(kind: str) -> None:
    """The official Node client does so by default; `token` wins where both are given."""
    api = caller()
    token = getattr(api.sandbox, kind)
    assert revoke(api, token="unknown", refresh_token=token).status_code == 200
    assert api.ask("GET", "/v1/userinfo").status_code == 200
    assert revoke(api, refresh_token=token).status_code == 200
    assert api.ask("GET", "/v1/userinfo").status_code == 401


def test_revocation_wants_a_client_and_something_to_revoke() -> None:
    """Wrong client credentials are invalid_client, a missing token is invalid_request."""
    api = caller()
    check_oauth_error(revoke(api, token=api.token, client_secret="wrong"), "invalid_client")
    check_oauth_error(revoke(api), "invalid_request")
    assert api.get("/v1/profiles").status_code == 200


def test_organisation_is_connected_on_its_own_page() -> None:
    """The Enterprise Connect page requires a delegated_scope and leads to a service account's token."""
    api, path = caller(), "/enterprise_connect/oauth/authorize"
    scopes = {"scope": "service_account/accounts/manage service_account/resources/manage"}
    assert redirect_parameters(show(api, path, **scopes))["error"] == ["invalid_request"]
    assert redirect_parameters(show(api, path, scope="read_events", delegated_scope="read_only"))["error"] == [
        "invalid_scope"
    ]
    scopes["delegated_scope"] = "read_only"
    page = show(api, path, **scopes)
    assert "Connect your organisation" in page.text
    assert "read_only" in page.text
    assert re.findall('name="account" value="(.*?)"', page.text) == ["ser_1"]
    body = exchange(api, decide(api, path, account="ser_1", **scopes)["code"][0]).json
    assert (body["service_account_id"], body["expires_in"]) == ("ser_1", 1800)
    assert not {"account_id", "linking_profile"} & set(body)
    service = Caller(api.sandbox, body["access_token"])
    info = service.get("/v1/userinfo").json
    assert info["cronofy.data"]["authorization"]["delegated_scope"] == "read_only"
    wide = {"email": "omar@example.test", "callback_url": "https://x.test/h", "scope": "read_write"}
    assert refusals(service.post("/v1/service_account_authorizations", wide)) == {"scope": ["errors.not_supported"]}


def test_link_token_adds_calendars_to_the_account_that_asked() -> None:
    """A link token adds the approved calendars to its account; it is valid once, for five minutes."""
    time = [NOW]
    api = caller(now=lambda: time[0])
    token = api.post("/v1/link_tokens").json["link_token"]
    body = exchange(api, decide(api, link_token=token, account="acc_omar")["code"][0]).json
    assert (body["sub"], body["linking_profile"]["profile_id"]) == ("acc_jane", "pro_o")
    assert "cal_o" in [row["calendar_id"] for row in api.get("/v1/calendars").json["calendars"]]
    assert redirect_parameters(show(api, link_token=token))["error"] == ["invalid_request"]
    late = api.post("/v1/link_tokens").json["link_token"]
    time[0] += timedelta(minutes=5)
    assert redirect_parameters(show(api, link_token=late))["error"] == ["invalid_request"]


def permission(api: Caller, **fields: Any) -> TestResponse:
    """Return the response to a request for more permission."""
    body = {
        "permissions": [{"calendar_id": "cal_g_home@group", "permission_level": "unrestricted"}],
        "redirect_uri": BACK,
        **fields,
    }
    return api.post("/v1/permissions", {name: value for name, value in body.items() if value is not None})


def level(api: Caller) -> str:
    """Return the permission level of Jane's home calendar."""
    rows = {row["calendar_id"]: row["permission_level"] for row in api.get("/v1/calendars").json["calendars"]}
    return rows["cal_g_home@group"]


@pytest.mark.parametrize(("decision", "after"), [("approve", "unrestricted"), ("deny", "sandbox")])
def test_more_permission_is_granted_or_rejected_on_a_page(decision: str, after: str) -> None:
    """The URL leads to a page with the calendars' names, whose buttons redirect to the application once."""
    api = caller()
    url = permission(api).json["permissions_request"]["url"]
    page = api.client.get(url).text
    assert "<li>Home</li>" in page
    assert ">Grant<" in page
    assert ">Reject<" in page
    parameters = redirect_parameters(api.client.post(url, data={"decision": decision}))
    assert parameters == ({} if decision == "approve" else {"error": ["access_denied"]})
    assert level(api) == after
    assert api.client.get(url).status_code == api.client.post(url).status_code == 404


def test_more_permission_is_granted_at_once_under_a_service_account() -> None:
    """Under a service account no page and no redirect_uri are needed."""
    api = caller()
    api.sandbox.account("jane").authorized_by = "ser_1"
    assert permission(api, redirect_uri=None).json == {"permissions_request": {"accepted": True}}
    assert level(api) == "unrestricted"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"redirect_uri": None}, {"redirect_uri": ["errors.required"]}),
        ({"permissions": None}, {"permissions": ["errors.required"]}),
        ({"permissions": []}, {"permissions": ["errors.required"]}),
        ({"permissions": [5]}, {"permissions": ["errors.invalid_format"]}),
        (
            {"permissions": [{"calendar_id": "cal_none", "permission_level": "sandbox"}]},
            {
                "permissions[0].permission_level": ["errors.not_recognized"],
                "permissions[0].calendar_id": ["errors.not_recognized"],
            },
        ),
    ],
)
def test_wrong_wish_for_permission_is_refused(fields: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error."""
    assert refusals(permission(caller(), **fields)) == expected


def test_permission_may_be_asked_for_in_a_form() -> None:
    """Objects in arrays can be sent as a form."""
    api = caller()
    form = {
        "permissions[][calendar_id]": WORK,
        "permissions[][permission_level]": "unrestricted",
        "redirect_uri": BACK,
    }
    assert "url" in api.ask("POST", "/v1/permissions", data=form).json["permissions_request"]


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_conferencing_service_is_connected_on_a_page(decision: str) -> None:
    """Approving adds a conferencing profile, which events can then use."""
    api = caller()
    body = {"redirect_uri": BACK, "provider_name": "go_to"}
    url = api.post("/v1/conferencing_service_authorizations", body).json["authorization_request"]["url"]
    assert "go_to" in api.client.get(url).text
    parameters = redirect_parameters(api.client.post(url, data={"decision": decision}))
    profiles = api.get("/v1/userinfo").json["cronofy.data"]["conferencing_profiles"]
    assert ("error" in parameters, [row["provider_name"] for row in profiles]) == (
        (False, ["go_to"]) if decision == "approve" else (True, [])
    )
    assert api.client.get(url).status_code == api.client.post(url).status_code == 404
    assert refusals(api.post("/v1/conferencing_service_authorizations", {})) == {"redirect_uri": ["errors.required"]}


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_revoked_profile_can_be_connected_again(decision: str) -> None:
    """A revoked profile has the URL of a page that reconnects it."""
    api = caller(event("a", NOW, NOW + timedelta(hours=1)))
    answer = api.post("/v1/profiles/pro_g/revoke")
    assert (answer.status_code, answer.data) == (202, b"")
    google, exchange_ = api.get("/v1/profiles").json["profiles"]
    assert (google["profile_connected"], "profile_relink_url" in exchange_) == (False, False)
    url = google["profile_relink_url"]
    assert "jane@example.test" in api.client.get(url).text
    assert api.client.post(url, data={"decision": decision}).status_code == 200
    assert api.get("/v1/profiles").json["profiles"][0]["profile_connected"] is (decision == "approve")
    assert api.post("/v1/profiles/pro_none/revoke").status_code == 404
    assert api.client.get("/relink/pro_none").status_code == api.client.post("/relink/pro_none").status_code == 404
