"""Page that the browser shows after it was redirected to this machine."""

from __future__ import annotations

import secrets
from html import escape

from cronofy_frames.signin.attempt import View

_STYLE = """
body { font: 1.1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 34rem; margin: 4rem auto;
  padding: 0 1rem }
h1 { font-size: 1.5rem }
.good { border-left: .4rem solid #15803d; padding-left: 1rem }
.bad { border-left: .4rem solid #b91c1c; padding-left: 1rem }
"""
# the code has been used, but need not remain in the address bar and the history
_SCRIPT = "history.replaceState(null, '', location.pathname)"


def result_page(view: View) -> tuple[bytes, dict[str, str]]:
    """Return the page for the result of a response, and its headers."""
    good = view.status == "done"
    title = "You can close this tab" if good else "That did not work"
    advice = "Go back to where you started." if good else "Go back to where you started: it says what to do next."
    kind, role = ("good", "status") if good else ("bad", "alert")
    nonce = secrets.token_urlsafe(16)
    text = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<style nonce="{nonce}">{_STYLE}</style>\n<script nonce="{nonce}">{_SCRIPT}</script>\n</head>\n'
        f'<body>\n<main class="{kind}">\n<h1>{title}</h1>\n<p role="{role}">{escape(view.text)}</p>\n'
        f"<p>{advice}</p>\n</main>\n</body>\n</html>\n"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "frame-ancestors 'none'; base-uri 'none'",
    }
    return text.encode(), headers
