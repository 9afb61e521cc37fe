"""The endpoint table in README.md, generated from the code. Run: python -m tests.endpoints (writes README.md)."""

from pathlib import Path

import cronofy_frames.wire.api  # noqa: F401 - declares the endpoints
from cronofy_frames.wire.endpoint import ENDPOINTS
from tests.witness.routes import ROUTES

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- endpoints: python -m tests.endpoints -->\n", "<!-- /endpoints -->\n"


def endpoint_table() -> str:
    """Return the table: method, route, authorization, official SDKs that have it, and how certain the contract is."""
    sdks: dict[str, set[str]] = {}
    for route in ROUTES:
        sdks.setdefault(route.name, set()).update(route.sdks)
    lines = ["| method | route | auth | SDKs | contract |", "|---|---|---|---|---|"]
    for name, row in sorted(ENDPOINTS.items()):
        read_in = " ".join(sorted(sdks.get(name, ()))) or "-"
        contract = f"{row.sure}, {row.stage}" if row.stage else row.sure
        lines.append(f"| `{name}` | `{row.route}` | {row.auth} | {read_in} | {contract} |")
    return "\n".join(lines) + "\n"


def with_current_table(readme: str) -> str:
    """Return a README with the current table."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + endpoint_table() + END + after


if __name__ == "__main__":
    README.write_text(with_current_table(README.read_text()))
