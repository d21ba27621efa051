#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public traces, where they are at hand: docs/traces.md says of every file what it becomes or why it is refused.

usage: public_files.py REPOSITORY FARLINK [--write]

Holds the table against `farlink trace info`, and the figures of most formats against a count of its own, made from the files
without Farlink. --write puts what farlink says now into the table.
"""

import collections
import csv
import gzip
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from plotting import parts_of, replace_between  # noqa: E402

TOOL = "tests/trace/public_files.py"
TABLE = ["--ranks", "64", "--ranks-per-node", "8"]
# What a file is read with; files that are not named here are read as they are.
OPTIONS = {
    "chakra/mlcommons_feeder_tests_trace.tar.gz": [[], ["--replicate", "--ranks", "2"]],
    "chakra/mlcommons_pytorch_host_et_1.0.2.tgz": [[], ["--replicate"]],
    "kineto/hta_nccl_data_2gpu.json.gz": [[], ["--replicate"]],
    "pytorch_et/resnet_2gpu_et_1.1.0.json.gz":
        [[], ["--replicate"], ["--replicate", "--kineto", "kineto/hta_nccl_data_2gpu.json.gz"]],
    "pytorch_et/dlrm_8gpu_pytorch_et_1.0.1.tar.gz": [[], ["--kineto", "kineto/dlrm_8gpu_kineto.tar.gz"]],
}
SIZES = {"float": 4, "int": 4, "long": 8, "half": 2, "bfloat16": 2, "double": 8, "byte": 1, "char": 1, "bool": 1}

# ranks; nodes that are collectives, of all ranks; messages and their bytes; input bytes of collectives, of all ranks
Count = collections.namedtuple("Count", "ranks collectives messages message_bytes collective_bytes")


def jobs(folder):
    """(path or prefix, options) of every job."""
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                   if path.is_file() and path.suffix != ".md")
    seen = []
    for name in names:
        rank_file = re.fullmatch(r"(.*)\.\d+\.et", name)
        name = rank_file.group(1) if rank_file else name
        if name not in seen:
            seen.append(name)
    for name in seen:
        is_table = name.endswith(".txt") and not name.startswith(("simai/workload", "aicb/aiob"))
        for options in OPTIONS.get(name, [TABLE if is_table else []]):
            yield name, options


# Protocol buffers by hand: (field, value) of a message.
def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
        else:
            length = 8 if kind == 1 else 4
            value, at = data[at:at + length], at + length
        yield tag >> 3, value


def chakra_nodes(data):
    """(type, comm_size) of the nodes of a file."""
    at, is_first = 0, True
    while at < len(data):
        length, at = varint(data, at)
        record, at = data[at:at + length], at + length
        if is_first:
            is_first = False
            continue
        kind, size, on_host = 0, None, False
        for field, value in fields(record):
            if field == 3:
                kind = value
            if field == 10:
                attribute = list(fields(value))
                name = next((v for f, v in attribute if f == 1), b"")
                number = next((v for f, v in attribute if f not in (1, 2)), 0)
                if name == b"comm_size":
                    size = number
                if name == b"is_cpu_op":
                    on_host = bool(number)
        if not (on_host and size is None):
            yield kind, size or 0


def members(path):
    """Name and content of the files of an archive, or of one file."""
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and not pathlib.Path(member.name).name.startswith("."):
                    yield member.name, archive.extractfile(member).read()
        return
    data = path.read_bytes()
    yield path.name, gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def count_chakra(folder, name, options):
    path = folder / name
    files = [data for _, data in members(path)] if path.is_file() else [
        rank.read_bytes() for rank in path.parent.glob(path.name + ".*.et")]
    collectives = [size for data in files for kind, size in chakra_nodes(data) if kind == 7]
    sends = [size for data in files for kind, size in chakra_nodes(data) if kind == 5]
    times = 2 if "--replicate" in options else 1
    return Count(times * len(files), times * len(collectives), len(sends), sum(sends), times * sum(collectives))


def element(text):
    return SIZES[re.sub("[^a-z0-9]", "", text.lower())]


def torch_calls(document):
    """(bytes, parts in bytes) of the calls of a host trace or profile that are no waits."""
    for node in document.get("nodes", []):
        if node["name"] != "record_param_comms":
            continue
        values = node["inputs"] if isinstance(node["inputs"], list) else node["inputs"]["values"]
        base = 0 if isinstance(values[0], int) else 1
        if values[base + 3] in ("wait", "init"):
            continue
        attributes = {a["name"]: a["value"] for a in node.get("attrs", [])}
        if "in_msg_nelems" in attributes:
            size = element(attributes["dtype"])
            yield attributes["in_msg_nelems"] * size, [p * size for p in json.loads(attributes["in_split_size"])], []
        else:
            tensors = values[0] if isinstance(values[0][0], list) else [values[0]]
            size = tensors[0][4]
            yield (sum(t[3] * t[4] for t in tensors), [p * size for p in values[base + 4]],
                   [p * size for p in values[base + 5]])
    for event in document.get("traceEvents", []):
        args = event.get("args", {})
        if event.get("name") == "record_param_comms" and args.get("Collective name") not in (None, "wait", "init"):
            yield args["In msg nelems"] * element(args["dtype"]), json.loads(args["In split size"]), []


def count_torch(folder, name, options):
    ranks = collectives = messages = message_bytes = collective_bytes = 0
    files = list(members(folder / name))
    # An all-to-all that is uneven at one rank is messages at all.
    uneven = set()
    for _, data in files:
        for number, (_, sends, receives) in enumerate(torch_calls(json.loads(data))):
            if len(set(sends)) > 1 or len(set(receives)) > 1:
                uneven.add(number)
    for file, data in files:
        number_of_rank = re.search(r"(\d+)\.json$", file)
        own = int(number_of_rank.group(1)) if number_of_rank else 0
        ranks += 1
        for number, (size, sends, _) in enumerate(torch_calls(json.loads(data))):
            if number in uneven:
                others = [part for rank, part in enumerate(sends) if rank != own and part > 0]
                messages += len(others)
                message_bytes += sum(others)
            else:
                collectives += 1
                collective_bytes += size
    times = 2 if "--replicate" in options else 1
    return Count(times * ranks, times * collectives, messages, message_bytes, times * collective_bytes)


def count_goal(folder, name, _):
    text = (folder / name).read_text(encoding="utf-8")
    sends = [int(size) for size in re.findall(r"\bsend (\d+)b", text)]
    return Count(int(re.search(r"num_ranks (\d+)", text).group(1)), 0, len(sends), sum(sends), 0)


def count_operations(folder, name, _):
    """AICB's tables: between the first and the second end of an epoch, in each section, times its ranks."""
    sections = []
    for line in (folder / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            numbers = [int(n) for n in re.findall(r"rank(\d+)", line)]
            ranks = len(numbers) if "," in line else numbers[1] - numbers[0] + 1
            sections.append((ranks, []))
        else:
            sections[-1][1].append(line)
    total = Count(0, 0, 0, 0, 0)
    for ranks, lines in sections:
        epoch = collectives = messages = message_bytes = collective_bytes = 0
        for row in csv.DictReader(io.StringIO("\n".join(lines))):
            kind = row["comm_type"].removeprefix("CommType.")
            epoch += kind == "epoch_end"
            if epoch != 1 or kind in ("epoch_end", "computation", "irecv") or int(float(row["msg_size"] or 0)) == 0:
                continue
            size, group = int(float(row["msg_size"])), int(float(row["comm_group_size"]))
            if kind == "isend":
                messages, message_bytes = messages + 1, message_bytes + size
            elif group > 1:
                collectives += 1
                collective_bytes += -(-size // group) if kind == "all_gather" else size
        total = Count(*(a + b for a, b in zip(total, (ranks, ranks * collectives, ranks * messages, ranks * message_bytes,
                                                      ranks * collective_bytes))))
    return total


COUNTERS = [(r"chakra/.*(onecomm|microbench|custom_ring|feeder)", count_chakra), (r"goal/", count_goal),
            (r"aicb/csv/", count_operations), (r"pytorch_et/|chakra/mlcommons_pytorch|kineto/hta_nccl", count_torch)]


def told(farlink, folder, name, options):
    """The table's cells behind file and options: figures, or a reason."""
    arguments = [str(folder / option) if option.startswith("kineto/") else option for option in options]
    run = subprocess.run([farlink, "trace", "info", folder / name, *arguments, "--json", "-"], text=True,
                         capture_output=True, check=False)
    if run.returncode != 0:
        reason = run.stderr.strip().replace(str(folder) + "/", "").removeprefix("farlink: ").removeprefix(f"{name}: ")
        return None, reason.replace("|", "\\|")
    found = json.loads(run.stdout)
    nodes = found["nodes"]
    volume = sum(c["bytes"] * c["groups"] * c["group_size"] for c in found["collectives"])
    count = Count(found["ranks"], nodes["collective"], found["sent_messages"], found["sent_bytes"], volume)
    return count, " | ".join(f"{number:,}" for number in (count.ranks, nodes["compute"], *count[1:]))


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    repository, farlink = pathlib.Path(sys.argv[1]), sys.argv[2]
    folder = (repository / "../shared/traces").resolve()
    if not folder.exists():
        print(f"no sample traces in {folder}: skipped")
        return 0
    page = repository / "docs/traces.md"
    _, table, _ = parts_of(page, TOOL)
    lines, problems = [], []
    for name, options in jobs(folder):
        count, cells = told(farlink, folder, name, options)
        cells = cells if count else f"refused: {cells} | | | | |"
        lines.append(f"| `{name}` | {' '.join(options)} | {cells} |".replace("|  |", "| |"))
        if lines[-1] + "\n" not in table:
            problems.append(f"docs/traces.md does not have this row: {lines[-1]}")
        for pattern, counter in COUNTERS if count else []:
            if re.match(pattern, name):
                expected = counter(folder, name, options)
                if expected != count:
                    problems.append(f"{name} {options}: {count}, counted apart {expected}")
                break
    if len(sys.argv) == 4:
        head = ("| file or prefix | read with | ranks | compute nodes | collective nodes | messages | their bytes | input of "
                "collectives, bytes |\n" + "|---" * 8 + "|\n")
        replace_between(page, TOOL, head + "\n".join(lines) + "\n")
        problems = [problem for problem in problems if not problem.startswith("docs/")]
    elif len(table.strip().splitlines()) != len(lines) + 2:
        problems.append("docs/traces.md has rows of files that are not there")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(lines)} rows, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
