"""The order of the package's modules, and the libraries that each may import: for a test, and a picture in docs."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "cronofy_frames"

FLOORS = [
    "text",
    "near_names",
    "keyword_suggestions",
    "accessor",
    "caller",
    "redaction",
    "errors",
    "recent_error",
    "schema",
    "contract",
    "zones",
    "zone_texts",
    "vtimezone",
    "wire",
    "frames",
    "tokens",
    "sheets",
    "intervals",
    "measures",
    "plots",
    "writing",
    "archive",
    "sandbox",
    "stored_accounts",
    "connecting",
    "signin",
    "diagnostics",
    "widgets",
    "cli",
    "__main__",
]

SANDBOX_MAY = {"caller", "contract", "errors", "schema", "text", "zones", "vtimezone", "wire", "sandbox"}

# library -> the files and folders that may import it, as paths in the package
WALLS = {
    "httpx": {
        "wire/boundary",
        "wire/connections",
        "wire/limits",
        "wire/messages",
        "wire/retries",
        "wire/auth",
        "wire/transport",
        "wire/client",
        "wire/url_calls",
        "connecting",
    },
    "pandas": set(FLOORS[FLOORS.index("wire") + 1 :]) - {"sandbox"},
    "pyarrow": {"archive", "frames", "sheets"},
    "matplotlib": {"plots"},
    "ipywidgets": {"widgets"},
    "werkzeug": {"sandbox"},
    "tenacity": {"wire/client", "wire/retries"},
    "tqdm": {"frames"},
    "typer": {"cli"},
    "openpyxl": {"sheets"},
    "python_calamine": {"sheets"},
    "charset_normalizer": {"sheets"},
    "icalendar": {"sheets", "sandbox", "vtimezone", "zones"},
    "dask": {"dask"},
    "deltalake": {"archive"},
    "distributed": {"dask"},
    "duckdb": {"archive"},
    "filelock": {"tokens", "writing"},
    "keyring": {"tokens"},
    "platformdirs": {"tokens"},
    "http": {"sandbox", "signin"},
    "socket": {"archive/leases", "sandbox", "signin", "wire/sockets"},
    "sqlite3": {"archive"},
    "requests": set(),
}
