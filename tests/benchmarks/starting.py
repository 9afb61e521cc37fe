"""Time for imports, `--help` and a seeded sandbox, each in a fresh Python.

Run: python tests/benchmarks/starting.py.
"""

import statistics
import subprocess
import sys
import time

RUNS = 7


def seconds(*command: str) -> float:
    """Return the time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    """Print the medians; the commands take turns, so that noise affects all of them."""
    python = (sys.executable, "-c")
    commands = {
        "python -c pass": (*python, "pass"),
        "import pandas": (*python, "import pandas"),
        "import pandas, cronofy_frames": (*python, "import pandas, cronofy_frames"),
        "import cronofy_frames; cf.read_events": (*python, "import cronofy_frames as cf; cf.read_events, cf.connect"),
        "cf.Sandbox()": (*python, "import cronofy_frames as cf; cf.Sandbox()"),
        "cronofy-frames --help": (sys.executable, "-m", "cronofy_frames", "--help"),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(RUNS):
        for name, command in commands.items():
            times[name].append(seconds(*command))
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, median in medians.items():
        print(f"{name:40} {median:6.3f} s   {median / medians['import pandas']:5.2f} x import pandas")
    bare = medians["import pandas, cronofy_frames"] - medians["import pandas"]
    used = medians["import cronofy_frames; cf.read_events"] - medians["import pandas"]
    print(
        f"\nover import pandas: import cronofy_frames {bare:.3f} s, with what reading needs {used:.3f} s (bar: 0.25 s)"
    )


if __name__ == "__main__":
    main()
