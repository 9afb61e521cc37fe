"""README is true: its examples run, and what it shows is what comes."""

import io
import re
from contextlib import redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from matplotlib import pyplot as plt

from cronofy_frames.endpoint import ENDPOINTS
from cronofy_frames.sandbox import Sandbox, serve
from tests.endpoints import written

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", README, flags=re.DOTALL)


class Form(HTMLParser):
    """The authorization page's form, as a browser would send it after a click on Approve."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = dict(attrs)
        if tag == "form":
            self.action = have.get("action") or ""
        pressed = tag == "button" and "approve" in str(have).lower()
        chosen = have.get("type") in ("hidden", "radio") and have.get("name") not in self.fields
        if (pressed or (tag == "input" and chosen)) and have.get("name"):
            self.fields[str(have["name"])] = have.get("value") or ""


def approve(address: str) -> str:
    """Open the authorization page, approve, and return the address that one comes back to."""
    with httpx.Client() as browser:
        form = Form(browser.get(address).text)
        back = browser.post(urljoin(address, form.action), data=form.fields)
    assert back.status_code in (302, 303), back.text
    return back.headers["Location"]


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own, where a reader would try things."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_examples_run_and_show_what_they_say(in_folder: Path) -> None:
    """Each block runs after those before it, and prints what stands below it."""
    box = Sandbox()
    told = io.StringIO()
    namespace: dict[str, Any] = {"input": lambda _: approve(told.getvalue().split()[-1])}
    with serve(box) as served:
        for code, shown in BLOCKS:
            before = len(told.getvalue())
            with redirect_stdout(told):
                exec(real(code, served.url, box), namespace)
            assert not shown or told.getvalue()[before:] == shown
        namespace["client"].close()
        assert served.errors == []
    plt.close("all")
    assert len(namespace["events"]) > 100
    made = {"events.csv", "heatmap.png", "offsite.csv", "offsite.journal"}
    assert {file.name for file in in_folder.iterdir()} == made


def real(code: str, url: str, box: Sandbox) -> str:
    """Return a block with the placeholders filled in, and the served sandbox in place of a data centre."""
    code = code.replace("YOUR ID", box.client_id).replace("YOUR SECRET", box.client_secret)
    code = re.sub(r'(authorize_url\(.*)data_center="de"', rf'\1app_url="{url}"', code)
    return re.sub(r'data_center="de"', f'base_url="{url}"', code)


def test_the_two_commands_come_first() -> None:
    """They open the page, and the Makefile knows them."""
    makefile = (ROOT / "Makefile").read_text()
    assert README.index("make demo") < README.index("make test") < README.index("```")
    for command in re.findall(r"^    make (\w+)", README, flags=re.MULTILINE):
        assert f"\n{command}:" in makefile


def test_the_files_that_it_names_exist() -> None:
    """Pictures, folders and modules."""
    named = re.findall(r"\]\(([\w/.]+)\)|`((?:tests|cassettes|cronofy_frames)/[\w/.]*)`", README)
    paths = {ROOT / (one or other) for one, other in named}
    assert len(paths) >= 4
    assert all(path.exists() for path in paths)


def test_the_table_of_endpoints_is_fresh() -> None:
    """Route, auth, SDK coverage and sureness of each endpoint, as they stand in the code."""
    assert written(README) == README
    assert README.count("| `") >= len(ENDPOINTS)
