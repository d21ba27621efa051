#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/loss-plot: one point with the built program, and what it leaves behind when something fails.

usage: loss_plot_test.py REPOSITORY FARLINK
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

BROKEN = """#!/bin/sh
echo "no such scenario" >&2
exit 2
"""


def call(tree, *arguments):
    return subprocess.run([tree / "tools/loss-plot", *map(str, arguments)], text=True, capture_output=True, check=False)


def check(repository, farlink, tree):
    # Its own copy: points are kept in the tree's build folder.
    for name in ("tools/loss-plot", "tools/plotting.py", "scenarios/lab/loss-over-distance.yaml"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, tree / name)
    point = ["--loss", "1e-3", "--distance", 20, "--queue-pairs", 16, "--retransmission", "go-back-n"]
    problems = []

    broken = tree / "broken"
    broken.write_text(BROKEN, encoding="utf-8")
    broken.chmod(0o755)
    run = call(tree, "--farlink", broken, *point)
    if run.returncode != 2 or "no such scenario" not in run.stderr:
        problems.append(f"a program that fails: exit {run.returncode}, {run.stderr}")
    if (tree / "docs").exists() or list(tree.glob("build/loss-plot/*")):
        problems.append("a program that fails left files")
    run = call(tree, "--farlink", tree / "nothing", *point)
    if run.returncode != 2 or "--farlink" not in run.stderr:
        problems.append(f"no program: exit {run.returncode}, {run.stderr}")

    run = call(tree, "--farlink", farlink, *point)
    cells = [cell.strip() for cell in run.stdout.splitlines()[-1].split("|")] if run.stdout else []
    if run.returncode != 0 or cells[1:4] != ["20 km", "go-back-n", "16"]:
        return problems + [f"one point: exit {run.returncode}, {run.stdout}{run.stderr}"]
    measured, closed_form = (float(number) for number in cells[4].rstrip(")").split("("))
    # W / N is 61 packets: eta 0.942, and 29.3 % of the step is on the line.
    if abs(closed_form - 98.2) > 0.1 or abs(measured - closed_form) > 1:
        problems.append(f"efficiency {measured}, closed form {closed_form}, expected 98.2")
    if (tree / "docs").exists():
        problems.append("a part of the grid changed docs")
    again = call(tree, "--farlink", farlink, *point)
    if again.stdout != run.stdout or "1 of 1 points are there already" not in again.stderr:
        problems.append(f"a finished point was not kept: {again.stderr}")
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
