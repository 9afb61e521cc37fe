"""A user who approves each sign-in of an example, and real credentials for its placeholders."""

import io
import re
import threading

import httpx

from cronofy_frames.sandbox import Sandbox
from tests.consent_pages import answer_page


class ApprovingUser(io.StringIO):
    """A user who opens each printed authorization URL and approves."""

    def write(self, text: str) -> int:
        if match := re.search(r"http\S+/oauth/authorize\S+", text):
            threading.Thread(target=lambda: httpx.get(answer_page(match[0]))).start()
        return super().write(text)


def with_real_values(code: str, box: Sandbox) -> str:
    """Return a block with real credentials, and the served sandbox in place of a data center."""
    code = code.replace("YOUR ID", box.client_id).replace("YOUR SECRET", box.client_secret)
    return code.replace('data_center="de"', "environment=known")
