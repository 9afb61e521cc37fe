"""Commands to copy into a notebook or a shell."""

from __future__ import annotations

import json
import shlex

from cronofy_frames.signin import Place


def pip(place: Place, requirement: str) -> str:
    """Return the command that installs a requirement in this environment."""
    return f'%pip install "{requirement}", and restart the kernel' if place.notebook else f'pip install "{requirement}"'


def set_variable(place: Place, name: str, value: str) -> str:
    """Return the command that sets a variable."""
    return f"%env {name}={value}" if place.notebook else f"export {name}={value}"


def unset_variables(place: Place, *names: str) -> str:
    """Return the command that unsets variables."""
    if not place.notebook:
        return f"unset {' '.join(names)}"
    return "; ".join(["import os", *(f'os.environ.pop("{name}", None)' for name in names)])


def login(*, scope: str | None = None, account: str | None = None, data_center: str | None = None) -> str:
    """Return the command that signs in, for Python and for a shell."""
    options = {"scope": scope, "account": account, "data_center": data_center}
    chosen = {name: value for name, value in options.items() if value}
    python = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in chosen.items())
    shell = "".join(f" --{name.replace('_', '-')} {shlex.quote(value)}" for name, value in chosen.items())
    return f"cf.login({python}), or in a shell: cronofy-frames login{shell}"


def doctor(account: str) -> str:
    """Return the command that checks an account, for Python and for a shell."""
    return f"cf.doctor({account!r}), or in a shell: cronofy-frames doctor --account {shlex.quote(account)}"


def connect(account: str | None, data_center: str | None) -> str:
    """Return the call of connect()."""
    arguments = {"account": account, "data_center": data_center}
    return f"cf.connect({', '.join(f'{name}={value!r}' for name, value in arguments.items() if value)})"
