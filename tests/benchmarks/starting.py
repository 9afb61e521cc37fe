"""CPU for imports, `--help`, a seeded sandbox, a first frame, picture and table, each in a fresh Python.

Modules are compiled before, as an installer does. Run: python tests/benchmarks/starting.py.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile

RUNS = 7

SANDBOX = "import cronofy_frames as cf; client = cf.connect(sandbox=True); "
HEATMAP = "import matplotlib, io; matplotlib.use('agg'); " + SANDBOX
HEATMAP += "cf.plot_heatmap(cf.read_free_busy(client)).figure.savefig(io.BytesIO())"


def seconds(*command: str, bytecode: str) -> float:
    """Return the CPU time of one run; `bytecode` is the folder of compiled modules."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the medians; the commands take turns, so that noise affects all of them."""
    python, program = (sys.executable, "-c"), (sys.executable, "-m", "cronofy_frames")
    commands = {
        "python -c pass": (*python, "pass"),
        "import pandas, pyarrow": (*python, "import pandas, pyarrow"),
        "import pandas, cronofy_frames": (*python, "import pandas, pyarrow, cronofy_frames"),
        "import cronofy_frames; cf.read_events": (*python, "import cronofy_frames as cf; cf.read_events, cf.connect"),
        "cf.Sandbox()": (*python, "import cronofy_frames as cf; cf.Sandbox()"),
        "first frame": (*python, SANDBOX + "cf.read_events(client)"),
        "heatmap": (*python, HEATMAP),
        "cronofy-frames --help": (*program, "--help"),
        "cronofy-frames events": (*program, "events", "--sandbox", "--from", "today", "--to", "+7d"),
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as bytecode:
        for _ in range(RUNS + 1):
            for name, command in commands.items():
                times[name].append(seconds(*command, bytecode=bytecode))
    medians = {name: statistics.median(each[1:]) for name, each in times.items()}  # the first run compiles
    for name, median in medians.items():
        ratio = median / medians["import pandas, pyarrow"]
        print(f"{name:40} {median:6.3f} s   {ratio:5.2f} x import pandas, pyarrow")
    bare = medians["import pandas, cronofy_frames"] - medians["import pandas, pyarrow"]
    used = medians["import cronofy_frames; cf.read_events"] - medians["import pandas, pyarrow"]
    print(
        f"\nover import pandas: import cronofy_frames {bare:.3f} s, with what reading needs {used:.3f} s (bar: 0.25 s)"
    )


if __name__ == "__main__":
    main()
