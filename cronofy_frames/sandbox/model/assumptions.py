"""What the sandbox assumes where Cronofy's documentation leaves a question open.

Each assumption is the question, what the sandbox does and the reason. It is UNCONFIRMED unless its mark says who
confirms it. What is documented plainly is not listed here. `coverage()` shows the assumptions beside their routes.
"""

from __future__ import annotations

from dataclasses import dataclass

QUERY, SEQUENCE = "POST /v1/availability", "POST /v1/sequenced_availability"
BOTH = (QUERY, SEQUENCE)
RULE = "POST /v1/availability_rules"
REVOKE = "POST /oauth/token/revoke"
EVENTS, EVENT_PAGES, FREE_BUSY = "GET /v1/events", "GET /v1/events/pages/{token}", "GET /v1/free_busy"
USERINFO = "GET /v1/userinfo"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One open question of the documentation, and how the sandbox decides it.

    Attributes
    ----------
    question
        What the documentation leaves open.
    behaviour
        What the sandbox does.
    reason
        Why.
    mark
        How sure it is: UNCONFIRMED, or who confirms it.
    routes
        The routes that it bears on; empty is every route whose requests have a body.
    topic
        The name under which the live check finds out what a real account does; "" where it cannot.
    """

    question: str
    behaviour: str
    reason: str
    mark: str = "UNCONFIRMED"
    routes: tuple[str, ...] = BOTH
    topic: str = ""

    def __str__(self) -> str:
        return f"{self.question} {self.behaviour} ({self.reason}; {self.mark})"


ASSUMPTIONS: tuple[Assumption, ...] = (
    # limits
    Assumption(
        "How many members may a query have?",
        "At most 10 in all groups together.",
        "a client in use sends its queries in tens",
        mark="a third-party client",
    ),
    Assumption(
        "How many days may the query periods cover together?",
        "At most 35.",
        "five weeks, as remembered from the documentation",
        topic="most days",
    ),
    Assumption(
        "How many query periods may there be?",
        "At most 50.",
        "as remembered from the documentation",
        topic="most periods",
    ),
    Assumption(
        "What is the shortest required_duration?",
        "1 minute.",
        "the official C# client refuses less",
        mark="official C# client",
    ),
    Assumption(
        "What is the longest required_duration?",
        "1440 minutes.",
        "a day",
        topic="longest duration",
    ),
    Assumption(
        "Which values may start_interval have?",
        "5, 10, 15, 20, 30 or 60 minutes.",
        "divisors of an hour, as remembered from the documentation",
        topic="start interval",
    ),
    Assumption(
        "What is the largest max_results?",
        "512.",
        "the official C# client refuses more",
        mark="official C# client",
        routes=(QUERY,),
        topic="most results",
    ),
    Assumption(
        "How many results are returned without max_results?",
        "At most 512.",
        "the largest max_results; that clients ask for 512 explicitly suggests a smaller default",
        routes=(QUERY,),
    ),
    Assumption(
        "How many items may a sequence have?", "At most 10.", "as many as a query may have members", routes=(SEQUENCE,)
    ),
    Assumption(
        "How many sequences are returned without max_results?",
        "At most 50.",
        "enough to choose from",
        routes=(SEQUENCE,),
    ),
    Assumption(
        "How long is the search for sequences?",
        "At most 1000000 time spans are examined and a tenth as many placements tried.",
        "bounds one query to some seconds; a hard query of ten items may then get fewer proposals",
        routes=(SEQUENCE,),
    ),
    # the query
    Assumption(
        "Where does the grid of start_interval begin?",
        "At each UTC midnight.",
        "starts are at round times whatever the query; where periods start on the grid, the result is the same",
    ),
    Assumption(
        "Where do slots start without start_interval?",
        "One after the other from the beginning of each free interval.",
        "this uses the most of each free interval",
        routes=(QUERY,),
    ),
    Assumption(
        "Does start_interval move the start of a period?",
        "Yes, to the next mark.",
        "start_interval is documented to place the starts of periods too",
        routes=(QUERY,),
    ),
    Assumption(
        "Does start_interval move the end of a period?", "No.", "start_interval speaks of starts alone", routes=(QUERY,)
    ),
    Assumption(
        "How are periods split when only some members are required?",
        "Wherever the set of free members changes.",
        "each period then has one correct list of members, and none overlap",
        routes=(QUERY,),
    ),
    Assumption(
        "How often is a sub listed that is in two groups?",
        "Once.",
        "readers of the list want people, not positions in the query",
    ),
    Assumption("Are query periods that touch or overlap one period?", "Yes.", "adjacent time is one interval of time"),
    Assumption("Must query periods be in order?", "No.", "they are merged, so their order means nothing"),
    Assumption(
        "Does a buffer consider busy time outside the query periods?",
        "Yes.",
        "a meeting just before the query is as real as one within it",
    ),
    Assumption(
        "What does a buffer's maximum do without sequences?",
        "Nothing.",
        "a maximum is a distance to a neighbouring item, and a single slot has none",
        routes=(QUERY,),
    ),
    Assumption(
        "May query_slots that overlap both be returned?", "Yes.", "each start is checked by itself", routes=(QUERY,)
    ),
    Assumption(
        "May query_slots and query periods both be given?",
        "No: 422.",
        "two answers to one question are a mistake of the caller",
        routes=(QUERY,),
    ),
    Assumption(
        "May a group require more members than it has?", "No: 422.", "it can never be satisfied, so it is a mistake"
    ),
    Assumption(
        "What happens to a sub that has not authorized the application?",
        "422 on participants.",
        "an empty answer would look like a full calendar",
    ),
    Assumption(
        "Which subs may a query with a user's token name?",
        "Every one that has authorized the application.",
        "official clients send several subs with one user's token",
    ),
    Assumption(
        "In which calendars is the event_id of excluded_events looked up?",
        "In all of the member's.",
        "it is documented without a calendar_id",
        routes=(QUERY,),
    ),
    Assumption(
        "What is the list of extended_transparency values to be taken as free called?",
        "ignored_extended_transparency.",
        "the stored copy of the page breaks off within the name",
    ),
    # members' time
    Assumption(
        "In which time zone does an all-day event last from midnight to midnight?",
        "In the calendar's.",
        "a day off is a day where the calendar is",
    ),
    Assumption(
        "How do weekly rules and stored available periods combine?",
        "As their union.",
        "a one-off period is time added to the week",
    ),
    Assumption(
        "How do a member's available_periods combine with managed availability?",
        "As their intersection.",
        "available_periods are described as a further filter",
    ),
    Assumption(
        "When is a member with managed availability but nothing stored available?",
        "Never.",
        "nothing says that the member is available",
    ),
    Assumption(
        "Which calendars count for a rule without calendar_ids?",
        "All of the account's.",
        "a member without calendar_ids means all calendars",
    ),
    Assumption(
        "What does a weekly time mean that does not exist on a day when clocks go forward?",
        "The first instant after the gap.",
        "the wall clock shows no other time after the gap",
        routes=(*BOTH, RULE),
    ),
    Assumption(
        "What does a weekly period mean whose times occur twice when clocks go back?",
        "From the first occurrence of its start to the last occurrence of its end.",
        "from the first instant that the wall clock shows to the last",
        routes=(*BOTH, RULE),
    ),
    Assumption(
        "How is the midnight that ends a day written?", "24:00.", "00:00 would not be after the start", routes=(RULE,)
    ),
    Assumption("Which time zone has a constraint without tzid?", "Etc/UTC.", "as everywhere else in the API"),
    Assumption("On which day does a constraint's week start?", "Monday.", "ISO 8601"),
    Assumption("Must an event have all of a constraint's tags to count, or one?", "All.", "each tag narrows the count"),
    # sequences
    Assumption(
        "In which order are items without an ordinal, or with equal ones?",
        "In any order.",
        "an ordinal that fixes the order would otherwise have no use",
        routes=(SEQUENCE,),
    ),
    Assumption(
        "What is the least gap between two items that both have a minimum?",
        "The larger of the two minimums.",
        "time that is free for one is free for the other",
        routes=(SEQUENCE,),
    ),
    Assumption(
        "May the items of a sequence be in several query periods?", "Yes.", "no rule is documented", routes=(SEQUENCE,)
    ),
    Assumption(
        "Which starts are tried for an item without start_interval?",
        "Every 900 seconds from UTC midnight, and the beginning of each free interval.",
        "a finite number of starts",
        routes=(SEQUENCE,),
    ),
    Assumption(
        "Which sequences are proposed?",
        "The earliest one for each first item and start.",
        "fifty sequences with one beginning are no choice",
        routes=(SEQUENCE,),
    ),
    # reading
    Assumption(
        "In which order are events?",
        "By start, calendar_id and event_uid.",
        "the order of a diary; no order is documented",
        routes=(EVENTS,),
        topic="order",
    ),
    Assumption(
        "Which fields has a deleted event?",
        "calendar_id, event_uid, event_id, deleted and updated.",
        "the least that tells what to remove",
        routes=(EVENTS,),
        topic="tombstones",
    ),
    Assumption(
        "Has an event that the application wrote an event_uid?",
        "Yes.",
        "every other event has it",
        routes=(EVENTS,),
        topic="managed uid",
    ),
    Assumption(
        "Which fields that writes accept do reads return?",
        "None of attachments, color, event_classes, locale, reminders, subscriptions and tags.",
        "no model of an official client reads them",
        routes=(EVENTS,),
        topic="write fields",
    ),
    Assumption(
        "What does the callback of an event trigger say?",
        "event_subscription with the transition, and the event with its ids, title and times; an all-day event begins "
        "and ends at midnight in its zone.",
        "callbacks of meeting agents have that type; the page of triggers cannot be read to its end",
        routes=("POST /v1/calendars/{calendar_id}/events",),
        topic="event trigger",
    ),
    Assumption(
        "What happens to a read from more than 42 days ago?",
        "422 on from.",
        "42 days is documented as the earliest",
        routes=(EVENTS,),
        topic="past window",
    ),
    Assumption(
        "What happens to a read to more than 201 days ahead?",
        "422 on to.",
        "201 days is documented as the latest; whether it is refused or shortened is not",
        routes=(EVENTS,),
        topic="future window",
    ),
    Assumption(
        "Which total of pages has a list without rows?",
        "1.",
        "its one page is there",
        routes=(EVENTS,),
        topic="empty total",
    ),
    Assumption(
        "How many rows has a page?", "At most 100.", "no size is documented", routes=(EVENTS,), topic="page size"
    ),
    Assumption(
        "How is an unknown page answered?", "With 404.", "nothing is there", routes=(EVENT_PAGES,), topic="unknown page"
    ),
    Assumption(
        "Are free periods returned without include_free?",
        "No.",
        "the option would otherwise have no use",
        routes=(FREE_BUSY,),
        topic="free rows",
    ),
    Assumption(
        "Which headers tell of the rate limit?",
        "None.",
        "none is documented, and no official client reads any",
        routes=(EVENTS, FREE_BUSY),
        topic="limit headers",
    ),
    Assumption(
        "Which body has a 401?",
        "None.",
        "no official client reads one",
        routes=(USERINFO,),
        topic="unauthorized body",
    ),
    # what official clients send
    Assumption(
        "What does a body mean that is an empty JSON array?",
        "An empty object.",
        "the official PHP client encodes a call without arguments so",
        routes=(),
    ),
    Assumption(
        "May a revocation name its token refresh_token?",
        "Yes, where token is missing.",
        "the official Node client does so when it is called without arguments",
        routes=(REVOKE,),
    ),
)


def assumptions_of(route: str) -> list[str]:
    """Return the assumptions that bear on a route, as sentences."""
    has_body = not route.startswith("GET ")
    return [str(row) for row in ASSUMPTIONS if route in row.routes or (has_body and not row.routes)]
