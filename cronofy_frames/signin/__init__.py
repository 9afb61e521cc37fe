"""Sign-in with OAuth.

A `SignInRequest` has the settings. A `Consent` asks the user, over one or more attempts: each is a `RunningAttempt`,
which has an `Attempt` (the state machine), a time limit, and a loopback `Listener` where the browser can reach one. A
`View` is what to show of it, in a shell (`shell.py`) or a widget (`widgets/signin`).
"""

from cronofy_frames.signin.answers import NOTHING_TO_PASTE
from cronofy_frames.signin.application import application_fix, check_application
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, SignIn, view_text
from cronofy_frames.signin.environment import Flow, Place, choose_route, detect_place, page_fails_clause
from cronofy_frames.signin.login import SignInRequest, make_consent, sign_in_request
from cronofy_frames.signin.redirect_pages import redirect_page_consent
from cronofy_frames.signin.shell import ask_missing, open_page, prompt, run

__all__ = [
    "NOTHING_TO_PASTE",
    "Attempt",
    "Consent",
    "Flow",
    "Place",
    "SignIn",
    "SignInRequest",
    "View",
    "application_fix",
    "ask_missing",
    "check_application",
    "choose_route",
    "detect_place",
    "make_consent",
    "open_page",
    "page_fails_clause",
    "prompt",
    "redirect_page_consent",
    "run",
    "sign_in_request",
    "view_text",
]
