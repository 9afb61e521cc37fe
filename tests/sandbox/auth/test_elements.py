"""Element tokens, attachments and the admin API of the sandbox."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pycronofy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cronofy_frames.sandbox import Sandbox, serve
from tests.sandbox.bodies import YOGA, invalid_variants, is_documented
from tests.sandbox.caller import NOW, Caller, application, caller, office, refusals

TOKEN = {
    "version": "1",
    "permissions": ["agenda", "account_management", "availability", "managed_availability"],
    "subs": ["acc_jane"],
    "origin": "http://localhost",
}
FILE = {
    "attachment": {
        "file_name": "notes.txt",
        "content_type": "text/plain",
        "base64_content": base64.b64encode(b"Bring a mat.").decode(),
    }
}
APP = {"name": "Second", "url": "https://second.example.test"}
VERIFICATION = {
    "redirect_uris": ["https://app.example.test/cb"],
    "contact": {"email": "dev@example.test", "display_name": "Dev"},
}


def administrator() -> Caller:
    """Return a caller with the admin API key."""
    sandbox = caller().sandbox
    return Caller(sandbox, sandbox.admin_api_key)


def test_element_token_is_answered_in_the_documented_shape() -> None:
    """The response has permissions, origin and a token that is valid for eighteen hours."""
    answer = application().post("/v1/element_tokens", TOKEN)
    assert answer.status_code == 200
    token = answer.json["element_token"]
    assert len(token.pop("token")) == 32
    assert token == {"permissions": TOKEN["permissions"], "origin": "http://localhost", "expires_in": 64800}


def test_element_token_needs_neither_version_nor_subs() -> None:
    """A request without version and subs is accepted, and every token is different."""
    api, body = application(), {"permissions": ["availability"], "origin": "https://app.example.test:8443"}
    tokens = {api.post("/v1/element_tokens", body).json["element_token"]["token"] for _ in range(3)}
    assert len(tokens) == 3


def test_element_token_may_be_for_bookable_events() -> None:
    """The bookable events must exist."""
    api = application()
    body = {**TOKEN, "bookable_event_ids": ["yoga_1-a"]}
    assert refusals(api.post("/v1/element_tokens", body)) == {"bookable_event_ids[0]": ["errors.not_recognized"]}
    api.post("/v1/bookable_events", YOGA)
    assert api.post("/v1/element_tokens", body).status_code == 200


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": "2"}, {"version": ["errors.not_recognized"]}),
        ({"permissions": None}, {"permissions": ["errors.required"]}),
        ({"permissions": []}, {"permissions": ["errors.required"]}),
        ({"permissions": "agenda"}, {"permissions": ["errors.invalid_format"]}),
        ({"permissions": ["agenda", "all"]}, {"permissions[1]": ["errors.not_recognized"]}),
        ({"subs": ["acc_nobody"]}, {"subs[0]": ["errors.not_recognized"]}),
        ({"subs": [5]}, {"subs": ["errors.invalid_format"]}),
        ({"origin": None}, {"origin": ["errors.required"]}),
        ({"origin": "localhost"}, {"origin": ["errors.invalid_format"]}),
        ({"origin": "https://x.test/page"}, {"origin": ["errors.invalid_format"]}),
        ({"origin": "https://me@x.test"}, {"origin": ["errors.invalid_format"]}),
    ],
)
def test_wrong_element_token_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error."""
    assert refusals(application().post("/v1/element_tokens", {**TOKEN, **changed})) == expected


def test_attachment_is_answered_with_its_digest() -> None:
    """The response has id, name, type and the hexadecimal MD5 digest of the decoded file."""
    api = application()
    answer = api.post("/v1/attachments", FILE)
    assert answer.status_code == 200
    row = answer.json["attachment"]
    assert row.pop("attachment_id").startswith("att_")
    digest = hashlib.md5(b"Bring a mat.", usedforsecurity=False).hexdigest()
    assert row == {"file_name": "notes.txt", "content_type": "text/plain", "md5": digest}
    again = api.post("/v1/attachments", FILE).json["attachment"]
    assert (again["md5"], again["attachment_id"] == answer.json["attachment"]["attachment_id"]) == (digest, False)


def test_digest_of_the_csharp_client_s_file() -> None:
    """The content of the official C# client's test is accepted, also with MIME line breaks."""
    content = "VGVzdGluZyBGaWxl\r\nIENvbnRlbnQ="
    answer = application().post("/v1/attachments", attachment(base64_content=content, content_type="plain/text"))
    assert answer.json["attachment"]["md5"] == hashlib.md5(b"Testing File Content", usedforsecurity=False).hexdigest()


def test_attachment_may_have_subscriptions() -> None:
    """Subscriptions in the documented form are accepted, an interaction without a type is not."""
    webhook = {"type": "webhook", "uri": "https://app.example.test/hook", "interactions": [{"type": "any"}]}
    api = application()
    assert api.post("/v1/attachments", {**FILE, "subscriptions": [webhook]}).status_code == 200
    approved = {**webhook, "interactions": [{"type": "attachment_approved"}]}
    sent = len(api.sandbox.outbox)
    made = api.post("/v1/attachments", {**FILE, "subscriptions": [approved]}).json
    (delivery,) = list(api.sandbox.outbox)[sent:]
    assert delivery.json["attachment"] == made["attachment"]
    answer = api.post("/v1/attachments", {**FILE, "subscriptions": [{**webhook, "interactions": [{}]}]})
    assert refusals(answer) == {"subscriptions[0].interactions[0].type": ["errors.required"]}


def attachment(**fields: Any) -> dict[str, Any]:
    """Return the body of an attachment."""
    return {"attachment": {**FILE["attachment"], **fields}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"attachment": ["errors.required"]}),
        ({"attachment": "text"}, {"attachment": ["errors.invalid_format"]}),
        (attachment(file_name=""), {"attachment.file_name": ["errors.required"]}),
        (attachment(content_type="text"), {"attachment.content_type": ["errors.invalid_format"]}),
        (attachment(base64_content=None), {"attachment.base64_content": ["errors.required"]}),
        (attachment(base64_content="a"), {"attachment.base64_content": ["errors.invalid_format"]}),
        (attachment(base64_content="####"), {"attachment.base64_content": ["errors.invalid_format"]}),
        (attachment(base64_content="caf\u00e9"), {"attachment.base64_content": ["errors.invalid_format"]}),
        ({**FILE, "subscriptions": [{}]},
         {"subscriptions[0].type": ["errors.required"], "subscriptions[0].uri": ["errors.required"]}),
    ],
)  # fmt: skip
def test_wrong_attachment_is_refused_field_by_field(body: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error; a missing attachment has only one."""
    assert refusals(application().post("/v1/attachments", body)) == expected


def test_event_names_its_attachments() -> None:
    """An event write may refer to an attachment by its id."""
    api = application()
    attachment_id = api.post("/v1/attachments", FILE).json["attachment"]["attachment_id"]
    jane = Caller(api.sandbox)
    assert jane.write(attachments=[{"attachment_id": attachment_id}]).status_code == 202
    (event,) = api.sandbox.account("jane").events.values()
    assert event.write_only["attachments"] == [{"attachment_id": attachment_id}]
    unknown = jane.write(attachments=[{"attachment_id": "att_1"}])
    assert refusals(unknown) == {"attachments[0].attachment_id": ["errors.not_recognized"]}


def test_new_application_has_credentials() -> None:
    """Each application gets an id and a secret of its own."""
    api = administrator()
    answers = [api.post("/v1/applications", APP) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [set(answer.json["oauth_client"]) for answer in answers] == [{"client_id", "client_secret"}] * 2
    assert len({text for answer in answers for text in answer.json["oauth_client"].values()}) == 4


def test_wrong_application_is_refused_field_by_field() -> None:
    """A name and a URL are required."""
    api = administrator()
    assert refusals(api.post("/v1/applications", {})) == {"name": ["errors.required"], "url": ["errors.required"]}
    assert refusals(api.post("/v1/applications", {**APP, "url": "second"})) == {"url": ["errors.invalid_url"]}


def test_admin_key_is_one_of_the_seed_s_secrets() -> None:
    """The admin API key depends on the seed, differs from the other secrets, and is not in the repr."""
    first, same, other = (Sandbox(now=NOW, office=office(), seed=seed) for seed in (0, 0, 1))
    assert first.admin_api_key == same.admin_api_key
    assert (
        len({first.admin_api_key, other.admin_api_key, first.client_id, first.client_secret, first.access_token}) == 5
    )
    assert first.admin_api_key not in repr(first)


def test_verification_is_accepted() -> None:
    """The response is 202 with an empty object."""
    answer = application().post("/v1/application_verification", VERIFICATION)
    assert (answer.status_code, answer.json) == (202, {})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"redirect_uris": []}, {"redirect_uris": ["errors.required"]}),
        ({"redirect_uris": ["x"]}, {"redirect_uris[0]": ["errors.invalid_url"]}),
        ({"contact": None}, {"contact": ["errors.required"]}),
        ({"contact": {"display_name": 5}},
         {"contact.email": ["errors.required"], "contact.display_name": ["errors.invalid_format"]}),
    ],
)  # fmt: skip
def test_wrong_verification_is_refused_field_by_field(changed: dict[str, Any], expected: dict[str, list[str]]) -> None:
    """Each invalid field has an error."""
    assert refusals(application().post("/v1/application_verification", {**VERIFICATION, **changed})) == expected


BODIES: dict[str, dict[str, Any]] = {
    "/v1/element_tokens": TOKEN,
    "/v1/attachments": FILE,
    "/v1/applications": APP,
    "/v1/application_verification": VERIFICATION,
}


@pytest.mark.parametrize("path", BODIES)
def test_keys_are_not_interchangeable(path: str) -> None:
    """A call with another key, or none, is answered with 401, and one with a person's token is refused."""
    sandbox = caller().sandbox
    keys = {"": 401, "wrong": 401, sandbox.access_token: 403, sandbox.client_secret: 401, sandbox.admin_api_key: 401}
    keys[sandbox.admin_api_key if path == "/v1/applications" else sandbox.client_secret] = 200
    for key, code in keys.items():
        status = Caller(sandbox, key).post(path, BODIES[path]).status_code
        assert status == code or (code, status, path) == (200, 202, "/v1/application_verification")


@settings(max_examples=200)
@given(st.sampled_from(list(BODIES)).flatmap(lambda path: st.tuples(st.just(path), invalid_variants(BODIES[path]))))
def test_no_value_in_these_calls_breaks_them(call: tuple[str, dict[str, Any]]) -> None:
    """Any value in any field gets a documented response."""
    path, body = call
    sandbox = Sandbox(now=NOW, office=office(), rate_limit=False)
    key = sandbox.admin_api_key if path == "/v1/applications" else sandbox.client_secret
    assert is_documented(Caller(sandbox, key).post(path, body))


def test_official_python_client_asks_for_element_tokens() -> None:
    """Its call is accepted."""
    sandbox = caller().sandbox
    with serve(sandbox) as served:
        client = pycronofy.Client(sandbox.client_id, sandbox.client_secret)
        client.request_handler.base_url = served.url
        assert client.get_ui_element_token(**TOKEN)["element_token"]["expires_in"] == 64800
    assert served.errors == []
