"""The table of endpoints in the documentation, generated from the code."""

import cronofy_frames.wire.api  # noqa: F401 - declares the endpoints
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.witness.routes import ROUTES


def endpoint_table() -> str:
    """Return the table: method, route, authorization, official SDKs that have it, and how certain the contract is."""
    sdks: dict[str, set[str]] = {}
    for route in ROUTES:
        sdks.setdefault(route.name, set()).update(route.sdks)
    lines = ["| method | route | auth | SDKs | contract |", "|---|---|---|---|---|"]
    for name, row in sorted(ENDPOINTS.items()):
        read_in = " ".join(sorted(sdks.get(name, ()))) or "-"
        contract = f"{row.sure}, {row.stage}" if row.stage else row.sure
        method = f"{{py:obj}}`{name} <cronofy_frames.Client.{name}>`"
        lines.append(f"| {method} | `{row.route}` | {row.auth} | {read_in} | {contract} |")
    return "\n".join(lines) + "\n"
