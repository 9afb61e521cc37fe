"""Every public method of the official client has a test, and what it really sends."""

import ast
import inspect
from datetime import UTC, datetime
from pathlib import Path

import pycronofy
import pytest
from pycronofy.exceptions import PyCronofyRequestError

import cronofy_frames as cf
from tests.small import HOME, NOW, WORK, small_office
from tests.witness.official import ANN, BACK, Listening, Stage, serve_stage

WITNESSED = {
    "account": "reading.test_account_and_userinfo_are_ann",
    "application_calendar": "access.test_application_calendars_are_opened",
    "authorize_multiple_accounts_via_service_account": "access.test_a_service_account_asks_for_several_at_once",
    "authorize_with_service_account": "access.test_a_service_account_opens_a_persons_calendars",
    "availability": "scheduling.test_two_people_have_the_hours_that_neither_is_busy",
    "batch": "writing.test_batch_is_answered_entry_by_entry",
    "cancel_smart_invite": "scheduling.test_an_invitation_is_called_off",
    "change_participation_status": "writing.test_participation_is_changed",
    "close_notification_channel": "access.test_channels_live_and_die",
    "create_calendar": "writing.test_calendars_are_created",
    "create_notification_channel": "access.test_channels_live_and_die",
    "delete_all_events": "writing.test_delete_all_events_of_the_application",
    "delete_availability_rule": "scheduling.test_rules_are_kept",
    "delete_event": "writing.test_delete_event_takes_its_own_away",
    "delete_external_event": "writing.test_external_events_are_edited_and_deleted",
    "disable_real_time_scheduling_link": "scheduling.test_links_are_disabled",
    "elevated_permissions": "access.test_permissions_are_asked_for_and_granted",
    "get_authorization_from_code": "access.test_a_code_becomes_tokens",
    "get_availability_rule": "scheduling.test_rules_are_kept",
    "get_conferencing_services_auth_link": "access.test_conferencing_is_connected",
    "get_real_time_scheduling_status": "scheduling.test_links_are_made_and_looked_up",
    "get_smart_invite": "scheduling.test_somebody_is_invited",
    "get_ui_element_token": "scheduling.test_element_tokens_are_given",
    "hmac_valid": "access.test_notifications_are_signed_for_both",
    "is_authorization_expired": "access.test_expiry_is_the_clients_own_reckoning",
    "list_availability_rules": "scheduling.test_rules_are_kept",
    "list_calendars": "reading.test_calendars_are_the_same",
    "list_notification_channels": "access.test_channels_live_and_die",
    "list_profiles": "reading.test_profiles_are_the_same",
    "map_availability_buffer": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_availability_duration": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_availability_member": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_availability_participants": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_availability_participants_group": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_availability_sequence": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_buffer_details": "scheduling.test_the_mappings_say_what_this_package_says",
    "map_sequence_item": "scheduling.test_the_mappings_say_what_this_package_says",
    "read_events": "reading.test_events_are_the_same",
    "read_free_busy": "reading.test_free_busy_is_the_same",
    "real_time_scheduling": "scheduling.test_links_are_made_and_looked_up",
    "real_time_sequencing": "scheduling.test_sequences_are_offered_at_a_link",
    "refresh_authorization": "access.test_tokens_are_refreshed",
    "resources": "access.test_resources_are_listed",
    "revoke_authorization": "access.test_revoking_ends_both_tokens",
    "revoke_profile": "access.test_a_profile_is_revoked",
    "sequenced_availability": "scheduling.test_meetings_follow_each_other",
    "translate_available_periods": "scheduling.test_the_mappings_say_what_this_package_says",
    "translate_query_slots": "scheduling.test_the_mappings_say_what_this_package_says",
    "upsert_availability_rule": "scheduling.test_rules_are_kept",
    "upsert_event": "writing.test_upsert_creates_and_changes",
    "upsert_smart_invite": "scheduling.test_somebody_is_invited",
    "user_auth_link": "access.test_the_link_leads_to_the_page_that_ours_leads_to",
    "userinfo": "reading.test_account_and_userinfo_are_ann",
    "validate": "access.test_validate_looks_before_it_leaps",
}


def test_no_method_is_forgotten() -> None:
    """Each public method of the official client has a test that calls it."""
    public = {name for name, _ in inspect.getmembers(pycronofy.Client, inspect.isfunction) if name[0] != "_"}
    assert public == WITNESSED.keys()


def source_of(test: str) -> str:
    """Return the source of a test beside this file: `access.test_x` is test_x in test_pycronofy_access.py."""
    module, name = test.split(".")
    source = (Path(__file__).parent / f"test_pycronofy_{module}.py").read_text(encoding="utf-8")
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert len(functions) == 1
    return ast.unparse(functions[0])


@pytest.mark.parametrize(("method", "test"), WITNESSED.items(), ids=WITNESSED)
def test_the_witness_calls_the_method(method: str, test: str) -> None:
    """The test of a method calls it on the official client."""
    assert f".{method}(" in source_of(test)


def test_a_reading_says_everything_in_pythons_words(stage: Stage) -> None:
    """A read has all options in the query, True and False as Python writes them, and the body `{}`."""
    stage.official().read_events(calendar_ids=(WORK, HOME), from_date=datetime(2026, 3, 2, tzinfo=UTC))
    request = stage.heard
    assert (request.verb, request.path, request.json) == ("GET", "/v1/events", {})
    assert request.query == {
        "tzid": ["Etc/UTC"],
        "calendar_ids[]": [WORK, HOME],
        "from": ["2026-03-02T00:00:00Z"],
        "only_managed": ["False"],
        "include_managed": ["True"],
        "include_deleted": ["False"],
        "include_moved": ["False"],
        "include_geo": ["False"],
        "localized_times": ["False"],
    }
    assert request.agent == f"PyCronofy {pycronofy.__version__}"
    assert request.authorization == f"Bearer {stage.box.tokens(ANN)['access_token']}"


def test_managed_events_are_read_unless_it_is_told_not_to(stage: Stage) -> None:
    """The official client reads managed events by default; the API and this client do not."""
    client = stage.official()
    client.upsert_event(WORK, {"event_id": "e", "summary": "S", "start": "2026-03-05", "end": "2026-03-06"})
    assert "S" in [row["summary"] for row in client.read_events()]
    assert "S" not in [row["summary"] for row in stage.ours().read_events()]
    assert "S" in cf.read_events(stage.ours())["summary"].tolist()


def test_changes_of_free_busy_cannot_be_asked_for(stage: Stage) -> None:
    """The official client accepts `last_modified` for free/busy and drops it."""
    client = stage.official()
    assert len(list(client.read_free_busy(last_modified="2026-03-04T00:00:00Z"))) == 3
    request = next(heard for heard in stage.box.heard if heard.path == "/v1/free_busy")
    assert request.query.keys() == {"tzid", "include_managed", "localized_times"}
    assert list(stage.ours().free_busy(last_modified="2026-03-04T00:00:00Z")) == []


def test_further_pages_are_asked_for_by_their_address_alone(stage: Stage) -> None:
    """A further page is a GET of its URL, with the token, an empty query and the body `{}`."""
    list(stage.official().read_events())
    first, second = stage.box.heard
    assert second.path.startswith("/v1/events/pages/")
    assert (second.query, second.json, second.authorization) == ({}, {}, first.authorization)


def test_pages_are_one_thing_that_changes(stage: Stage) -> None:
    """`len()` and an index refer to the page read last, and iterating again gives no more rows."""
    pages = stage.official().read_events()
    assert (len(pages), pages[0]["summary"]) == (2, "standup")
    assert len(list(pages)) == 4
    assert (len(pages), pages[0]["summary"], list(pages)) == (2, "dentist", [])


def test_an_event_that_was_given_is_changed(stage: Stage) -> None:
    """`upsert_event` changes the times of the caller's mapping to text; this package leaves arguments alone."""
    start, end = datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 5, 13, tzinfo=UTC)
    theirs = {"event_id": "e", "summary": "S", "start": start, "end": end}
    ours = {**theirs}
    stage.official().upsert_event(WORK, theirs)
    first = stage.heard.json
    stage.ours().create_event(WORK, **ours)
    assert stage.heard.json == first == theirs
    assert ours["start"] == start


def test_a_time_without_a_zone_is_an_error_here(stage: Stage) -> None:
    """A time without a time zone is UTC for the official client, and an error for this package."""
    naive = {"start": datetime(2026, 3, 5, 12), "end": datetime(2026, 3, 5, 13)}
    with pytest.raises(ValueError, match="no time zone"):
        stage.ours().create_event(WORK, event_id="e", summary="S", **naive)
    assert stage.box.heard == []
    stage.official().upsert_event(WORK, {"event_id": "e", "summary": "S", **naive})
    assert stage.heard.json["start"] == "2026-03-05T12:00:00Z"


def test_errors_of_the_official_client_lose_their_authorization(stage: Stage) -> None:
    """The request of an error has no Authorization header, and its message never had one."""
    with pytest.raises(PyCronofyRequestError, match="Response: 422") as caught:
        stage.official().read_events(from_date="2020-01-01")
    assert "Authorization" not in caught.value.request.headers
    assert stage.box.tokens(ANN)["access_token"] not in str(caught.value)
    assert list(caught.value.response.json()["errors"]) == ["from"]
    with pytest.raises(cf.Invalid) as ours:
        cf.read_events(stage.ours(), "2020-01-01", "2020-01-02")
    assert list(ours.value.fields) == ["from"]


def test_what_has_nothing_to_say_says_so(stage: Stage) -> None:
    """A request without arguments has the body `{}`, GET and DELETE too, and an empty response is no error."""
    client = stage.official()
    client.list_calendars()
    assert (stage.heard.verb, stage.heard.body, stage.heard.query) == ("GET", b"{}", {})
    made = client.create_notification_channel(BACK)
    assert client.close_notification_channel(made["channel_id"]) is None
    assert (stage.heard.verb, stage.heard.body) == ("DELETE", b"{}")


def test_the_official_client_gives_up_at_the_limit() -> None:
    """The fifty-first request of a second is 429, which the official client raises at once."""
    with serve_stage(Listening(office=small_office(), now=NOW, tick=lambda: 0.0), ANN) as stage:
        client = stage.official()
        for _ in range(50):
            client.list_profiles()
        with pytest.raises(PyCronofyRequestError) as caught:
            client.list_profiles()
        assert caught.value.response.status_code == 429
        assert len(stage.box.heard) == 51
