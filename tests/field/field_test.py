#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One scenario run as a user runs it, and held to what its file promises.

usage: field_test.py FARLINK SCENARIO.yaml

A scenario meets its `expect:` (exit 0). A sibling NAME.broken-CAUSE.yaml misses it (exit 1), and CAUSE is the largest
of the lost points; of a sibling that is about hours of training (rework, restarts, ...), of the time that does not
count. Either is a valid run in which every frame is accounted for.
"""

import json
import pathlib
import subprocess
import sys
import tempfile


def cause_of(scenario: pathlib.Path) -> str | None:
    _, found, cause = scenario.stem.partition(".broken-")
    return cause if found else None


def check(farlink: str, scenario: pathlib.Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        result_file = pathlib.Path(folder) / "result.json"
        run = subprocess.run(
            [farlink, "run", str(scenario), "--no-report", "--json", str(result_file)],
            cwd=folder,
            text=True,
            capture_output=True,
            check=False,
        )
        print(run.stdout)
        cause = cause_of(scenario)
        wanted = 1 if cause else 0
        if run.returncode != wanted:
            return [f"exit {run.returncode}, expected {wanted}: {run.stderr.strip()}"]
        result = json.loads(result_file.read_text())

    problems = []
    if not result["valid"]:
        problems.append("the run is not valid")
    for link in result["links"]:
        came = link["frames_in"] + link["frames_duplicated"] + link["frames_generated"]
        went = link["frames_out"] + sum(link["dropped"].values()) + link["frames_absorbed"] + link["frames_held"]
        if came != went:
            problems.append(f"{link['name']} {link['direction']}: {came} frames came, {went} went or are held")
    points = {row["cause"]: row["points"] for row in result["attribution"]}
    missing = 100 * (1 - result["efficiency"])
    if abs(sum(points.values()) - missing) > 0.01:
        problems.append(f"the points add up to {sum(points.values())}, missing are {missing}")
    hours = result.get("goodput", {}).get("spent", {})
    if hours and abs(sum(hours.values()) - 1) > 1e-9:
        problems.append(f"the shares of the hours add up to {sum(hours.values())}")
    lost = {what: share for what, share in hours.items() if what != "useful"} if cause in hours else points
    if cause and max(lost, key=lost.get) != cause:
        problems.append(f"the largest cause is {max(lost, key=lost.get)}, expected {cause}: {lost}")
    return problems


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    problems = check(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
    for problem in problems:
        print(f"{sys.argv[2]}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
