"""Having a person say yes in their browser: the state machine, the listener that feeds it, and its face in a shell."""

from cronofy_frames.signin.answers import DONE
from cronofy_frames.signin.application import refusal
from cronofy_frames.signin.attempt import Attempt, View
from cronofy_frames.signin.consent import Consent, SignIn, said
from cronofy_frames.signin.environment import Flow, Place, here, route, unreachable
from cronofy_frames.signin.login import Wanted, consent, wanted
from cronofy_frames.signin.redirect_pages import errand
from cronofy_frames.signin.shell import ask_missing, open_page, prompt, run

__all__ = [
    "DONE",
    "Attempt",
    "Consent",
    "Flow",
    "Place",
    "SignIn",
    "View",
    "Wanted",
    "ask_missing",
    "consent",
    "errand",
    "here",
    "open_page",
    "prompt",
    "refusal",
    "route",
    "run",
    "said",
    "unreachable",
    "wanted",
]
