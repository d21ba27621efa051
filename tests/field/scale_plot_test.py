#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/scale-plot: two sizes with the built program, and that parts of the grid and failures change nothing.

usage: scale_plot_test.py REPOSITORY FARLINK
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile


def call(tree, *arguments):
    return subprocess.run([tree / "tools/scale-plot", *map(str, arguments)], text=True, capture_output=True, check=False)


def check(repository, farlink, tree):
    for name in ("tools/scale-plot", "tools/plotting.py", "scenarios/lab/many-ranks.yaml"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, tree / name)
    problems = []
    for arguments, expected in ((["--farlink", tree / "nothing"], "--farlink"), (["--ranks", "100"], "multiples of 128")):
        run = call(tree, *arguments)
        if run.returncode != 2 or expected not in run.stderr:
            problems.append(f"{arguments}: exit {run.returncode}, {run.stderr}")
    run = call(tree, "--farlink", farlink, "--ranks", "128,256")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in run.stdout.splitlines()[2:]]
    if run.returncode != 0 or [row[0] for row in rows] != ["128", "256"]:
        return problems + [f"two sizes: exit {run.returncode}, {run.stdout}{run.stderr}"]
    # A replica has 64 ranks, sends 8 micro-batches x 2 MiB each way, and its ranks have 62 nodes.
    for row, replicas in zip(rows, (2, 4)):
        if row[1] != f"{replicas * 64 * 62:,}" or row[2] != f"{replicas * 8 * 2 * 512:,}":
            problems.append(f"{row[0]} ranks: {row}")
    if (tree / "docs").exists():
        problems.append("a part of the grid changed docs")
    return problems


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        problems = check(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(folder))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
