#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recorded jobs over 80, 120 and 300 km, where the public traces are at hand: what docs/recorded.md says of them.

usage: recorded_test.py REPOSITORY FARLINK [--write]

Every row of the table is run; in one site a recorded step takes about as long as the profiler says. --write puts what
farlink gives now into the table.
"""

import json
import pathlib
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from plotting import parts_of, replace_between  # noqa: E402

TOOL = "tests/field/recorded_test.py"
JOBS = {
    "dlrm-8gpu": {"trace": "pytorch_et/dlrm_8gpu_pytorch_et_1.0.1.tar.gz", "kineto": "kineto/dlrm_8gpu_kineto.tar.gz"},
    "resnet-2gpu": {"trace": "kineto/hta_nccl_data_2gpu.json.gz"},
    "llama-65b-pipeline": {"trace": "aicb/csv/L65B-M1-C05_Llama65B_megatron_tp2_pp8_mbs1.csv"},
}
CAUSES = ["loss", "congestion-control", "convergence", "distance", "schedule"]


def run(repository, farlink, traces, name, kilometres):
    command = [farlink, "run", repository / f"scenarios/recorded/{name}.yaml", "--no-report", "--deterministic", "--json",
               "-", "--set", f"links.west-east.distance={kilometres}km"]
    for key, path in JOBS[name].items():
        command += ["--set", f"workload.{key}={traces / path}"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{name}, {kilometres} km: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def row(name, kilometres, result):
    points = {entry["cause"]: entry["points"] for entry in result["attribution"]}
    step = result["step_seconds"]
    ladder = " | ".join(f"{points.get(cause, 0) + 0.0:.2f}".replace("-0.00", "0.00") for cause in CAUSES)
    return (f"| {name} | {kilometres} km | {step['single_site'] * 1e3:.2f} ms | {step['across_sites'] * 1e3:.2f} ms | "
            f"{100 * result['efficiency']:.2f} % | {ladder} |")


def recorded_dlrm_seconds(archive):
    """The shortest of the profiler's steps: the rank that came last to the first exchange waited least for others."""
    lengths = []
    with tarfile.open(archive) as files:
        for member in files:
            if not member.isfile():
                continue
            events = json.load(files.extractfile(member))["traceEvents"]
            lengths += [event["dur"] for event in events if str(event.get("name", "")).startswith("ProfilerStep")]
    return min(lengths) / 1e6


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    repository, farlink = pathlib.Path(sys.argv[1]), sys.argv[2]
    traces = (repository / "../shared/traces").resolve()
    if not traces.exists():
        print(f"no sample traces in {traces}: skipped")
        return 0
    page = repository / "docs/recorded.md"
    _, table, _ = parts_of(page, TOOL)
    rows, problems = [], []
    for name in JOBS:
        efficiencies = []
        for kilometres in (80, 120, 300):
            result = run(repository, farlink, traces, name, kilometres)
            rows.append(row(name, kilometres, result))
            if rows[-1] + "\n" not in table:
                problems.append(f"docs/recorded.md does not have this row: {rows[-1]}")
            points = sum(entry["points"] for entry in result["attribution"])
            if not result["valid"] or abs(points - 100 * (1 - result["efficiency"])) > 1e-6:
                problems.append(f"{name}, {kilometres} km: valid {result['valid']}, points {points}")
            efficiencies.append(result["efficiency"])
            one_site = result["step_seconds"]["single_site"]
        if efficiencies != sorted(efficiencies, reverse=True):
            problems.append(f"{name}: farther is better: {efficiencies}")
        recorded = {"dlrm-8gpu": recorded_dlrm_seconds(traces / JOBS["dlrm-8gpu"]["kineto"]),
                    "resnet-2gpu": 0.667226}.get(name)
        if recorded and abs(one_site / recorded - 1) > 0.1:
            problems.append(f"{name}: a step takes {one_site} s in one site, and was recorded with {recorded} s")
    if len(sys.argv) == 4:
        head = ("| job | distance | step in one site | across sites | efficiency | " + " | ".join(CAUSES) + " |\n" +
                "|---" * (5 + len(CAUSES)) + "|\n")
        replace_between(page, TOOL, head + "\n".join(rows) + "\n")
        problems = [problem for problem in problems if not problem.startswith("docs/")]
    for problem in problems:
        print(problem, file=sys.stderr)
    print("\n".join(rows))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
