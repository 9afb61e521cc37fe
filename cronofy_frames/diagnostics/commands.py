"""Lines to copy: into a notebook, or into a shell."""

from __future__ import annotations

import json
import shlex

from cronofy_frames.signin import Place


def pip(place: Place, what: str) -> str:
    """Return the line that installs something where this runs."""
    return f'%pip install "{what}", and restart the kernel' if place.notebook else f'pip install "{what}"'


def setting(place: Place, name: str, value: str) -> str:
    """Return the line that sets a variable."""
    return f"%env {name}={value}" if place.notebook else f"export {name}={value}"


def unsetting(place: Place, *names: str) -> str:
    """Return the line that unsets variables."""
    if not place.notebook:
        return f"unset {' '.join(names)}"
    return "; ".join(["import os", *(f'os.environ.pop("{name}", None)' for name in names)])


def login(*, scope: str | None = None, account: str | None = None, data_center: str | None = None) -> str:
    """Return the line that signs in, for Python and for a shell."""
    told = {"scope": scope, "account": account, "data_center": data_center}
    said = {name: value for name, value in told.items() if value}
    python = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in said.items())
    shell = "".join(f" --{name.replace('_', '-')} {shlex.quote(value)}" for name, value in said.items())
    return f"cf.login({python}), or in a shell: cronofy-frames login{shell}"


def doctor(account: str) -> str:
    """Return the line that looks at an account, for Python and for a shell."""
    return f"cf.doctor({account!r}), or in a shell: cronofy-frames doctor --account {shlex.quote(account)}"


def connecting(account: str | None, data_center: str | None) -> str:
    """Return the call that connects."""
    told = {"account": account, "data_center": data_center}
    return f"cf.connect({', '.join(f'{name}={value!r}' for name, value in told.items() if value)})"
