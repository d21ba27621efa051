# SPDX-License-Identifier: Apache-2.0
"""What the tools that run a grid of points and draw them have in common. Pictures need gnuplot."""

import csv
import os
import pathlib
import shutil
import subprocess
import tempfile


class Failure(Exception):
    """What went wrong, for people."""


def write_whole(path, text):
    """The file is there with all of the text, or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def gnuplot():
    program = shutil.which("gnuplot")
    if program is None:
        raise Failure("gnuplot is not here; tools/deps --install --plots brings it on Debian")
    return program


def draw(script, program, svg):
    """Runs gnuplot on a script that writes to the file `svg.name` of its own folder."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([program], input=script, text=True, capture_output=True, check=False, cwd=folder)
        picture = pathlib.Path(folder) / svg.name
        if run.returncode != 0 or not picture.exists():
            raise Failure(f"gnuplot: {run.stderr.strip()}")
        write_whole(svg, picture.read_text(encoding="utf-8"))


def parts_of(page, tool):
    """Text up to the first of the two comments of a page that are the tool's, between them, and from the second on."""
    begin, end = f"<!-- {tool}: from here -->\n", f"<!-- {tool}: to here -->\n"
    text = page.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        raise Failure(f"{page} has no place for the tables: {begin.strip()} and {end.strip()}")
    first, last = text.index(begin) + len(begin), text.index(end)
    return text[:first], text[first:last], text[last:]


def replace_between(page, tool, text):
    """Puts text between the two comments of a page that are the tool's."""
    before, _, behind = parts_of(page, tool)
    write_whole(page, before + "\n" + text + "\n" + behind)
