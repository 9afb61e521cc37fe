"""Signing in as a person does it: a notebook in JupyterLab, a link, the authorization page, and back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import nbformat

from cronofy_frames.sandbox import Sandbox, serve
from tests.browser.lab import Lab, Notebook, expect
from tests.consent_pages import answer_page
from tests.notebooks import FOLDER

LOGIN = ["import cronofy_frames as cf", "sign_in = cf.login({options})\nsign_in"]
CALENDARS = "cf.read_calendars(sign_in.client)[['calendar_name', 'provider_name']]"


def open_notebook(lab: Lab, served: Any, *more: str, options: str = "", **environment: str) -> Notebook:
    """Open the two cells and some more in a notebook whose environment knows the application, and run the two."""
    made = [*(cell.replace("{options}", options) for cell in LOGIN), *more]
    notebook = lab.open(made, environment=application_environment(served, **environment))
    notebook.run(0)
    notebook.run(1)
    return notebook


def page_of(notebook: Notebook, cell: int = 1) -> Any:
    """Click the link and return the page that it opens."""
    with notebook.page.expect_popup() as popup:
        notebook.output(cell).get_by_role("button", name="Sign in with Cronofy").click()
    return popup.value


def application_environment(served: Any, **environment: str) -> dict[str, str]:
    """Return an environment that knows the application and where it is."""
    return {
        "CRONOFY_API_URL": served.url,
        "CRONOFY_APP_URL": served.url,
        "CRONOFY_CLIENT_ID": served.app.client_id,
        "CRONOFY_CLIENT_SECRET": served.app.client_secret,
        **environment,
    }


def test_notebook_06_works(lab: Lab) -> None:
    """It runs as it is: after Approve the tab can be closed, and calendars and the explorer appear."""
    cells = [cell.source for cell in nbformat.read(FOLDER / "06_sign_in.ipynb", 4).cells if cell.cell_type == "code"]
    with serve(Sandbox()) as served:
        notebook = lab.open(cells, environment=application_environment(served))
        for number in range(3):
            notebook.run(number)
        page = page_of(notebook, 2)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("heading")).to_have_text("You can close this tab")
        assert "code=" not in page.url
        expect(notebook.output(2)).to_contain_text("Signed in as maya.okafor@quillmark.test")
        for number in range(3, len(cells)):
            notebook.run(number)
        expect(notebook.output(4)).to_contain_text("Public holidays in the United Kingdom")
        expect(notebook.output(6)).to_contain_text("cf.read_events(client")
        assert served.errors == []
    assert notebook.errors == []


def test_result_waits_in_the_cell(lab: Lab, served: Any) -> None:
    """`result` shows the link, waits in the cell, and returns the client."""
    waiting = "cf.read_events(cf.login().result(), tz='Europe/London').head()"
    notebook = open_notebook(lab, served, waiting, options="flow='paste'")
    notebook.press_run(2)
    page = page_of(notebook, 2)
    page.get_by_role("button", name="Approve").click()
    expect(notebook.output(2).get_by_role("row").first).to_be_visible()
    assert notebook.errors == []


def test_a_denied_attempt_can_be_repeated(lab: Lab, served: Any) -> None:
    """After Deny both pages say so; Start again gives a new link, which works."""
    notebook = open_notebook(lab, served)
    shown = notebook.output(1)
    page = page_of(notebook)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("alert")).to_contain_text("denied")
    expect(shown).to_contain_text("Access was denied")
    expect(shown.get_by_role("button", name="Sign in with Cronofy")).to_have_count(0)
    shown.get_by_role("button", name="Start again").click()
    again = page_of(notebook)
    again.get_by_role("button", name="Approve").click()
    expect(shown).to_contain_text("Signed in as ann@example.test")


def test_a_wrong_state_is_refused(lab: Lab, served: Any) -> None:
    """The tab and the notebook show the error, and the notebook keeps waiting."""
    notebook = open_notebook(lab, served)
    shown = notebook.output(1)
    link = shown.get_by_role("button", name="Sign in with Cronofy").get_attribute("href")
    assert link is not None
    page = notebook.page.context.new_page()
    page.goto(answer_page(link).replace("state=", "state=x"))
    expect(page.get_by_role("alert")).to_contain_text("another attempt")
    expect(shown).to_contain_text("another attempt")
    page_of(notebook).get_by_role("button", name="Approve").click()
    expect(shown).to_contain_text("Signed in as")


def test_a_timeout_is_explained(lab: Lab, served: Any) -> None:
    """The message has possible causes, and the link is gone."""
    shown = open_notebook(lab, served, options="timeout=1").output(1)
    expect(shown).to_contain_text("There was no response within 1 seconds")
    expect(shown).to_contain_text("redirect_uri")
    expect(shown.get_by_role("button", name="Sign in with Cronofy")).to_have_count(0)
    expect(shown.get_by_role("button", name="Start again")).to_be_visible()


def test_the_address_can_be_pasted(lab: Lab, served: Any) -> None:
    """On a hub the address is pasted into the field, which is empty afterwards, also after invalid addresses."""
    notebook = open_notebook(lab, served, CALENDARS, JUPYTERHUB_SERVICE_PREFIX="/user/ann/")
    shown = notebook.output(1)
    box = shown.get_by_label("Address or code")
    box.fill("http://127.0.0.1:8765/")
    box.press("Enter")
    expect(shown).to_contain_text("This address has no code")
    expect(box).to_have_value("")
    link = shown.get_by_role("button", name="Sign in with Cronofy").get_attribute("href")
    assert link is not None
    address = answer_page(link)
    box.fill(address)
    shown.get_by_role("button", name="Use address").click()
    expect(shown).to_contain_text("Signed in as ann@example.test")
    assert parse_qs(urlsplit(address).query)["code"][0] not in notebook.page.content()
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("Work")


def test_the_application_can_be_typed(lab: Lab, served: Any) -> None:
    """Without an application in the environment there is a form first, which hides the secret."""
    notebook = open_notebook(lab, served, CRONOFY_CLIENT_ID="", CRONOFY_CLIENT_SECRET="")
    shown = notebook.output(1)
    shown.get_by_label("client_id").fill(served.app.client_id)
    secret = shown.get_by_label("client_secret")
    assert secret.get_attribute("type") == "password"
    secret.fill(served.app.client_secret)
    shown.get_by_role("button", name="Continue").click()
    page_of(notebook).get_by_role("button", name="Approve").click()
    expect(shown).to_contain_text("Signed in as ann@example.test")
    assert served.app.client_secret not in notebook.page.content()


def test_an_expired_and_a_revoked_token(lab: Lab, served: Any) -> None:
    """An expired access token is renewed; after a revoked authorization the error says to sign in again."""
    notebook = open_notebook(lab, served, CALENDARS, "sign_in.client.user_info()['email']")
    page_of(notebook).get_by_role("button", name="Approve").click()
    expect(notebook.output(1)).to_contain_text("Signed in as")
    sub = served.app.accounts[0].sub
    for grant in served.app._world.grants.of_account(sub):
        for token in list(grant.access):
            served.app.expire(token)
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("Work")
    httpx.post(
        f"{served.url}/oauth/token/revoke",
        json={"client_id": served.app.client_id, "client_secret": served.app.client_secret, "sub": sub},
    ).raise_for_status()
    notebook.run(3)
    expect(notebook.output(3)).to_contain_text("sign in again")
