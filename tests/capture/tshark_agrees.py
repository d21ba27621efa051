#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our pcapng files against tshark and capinfos: every frame, stamp, length and byte, and the interfaces.

Usage: tshark_agrees.py SAMPLES_EXECUTABLE CAPTURE_TO_WRITE
Exit: 0 all agree, 1 a difference (printed), 77 tshark is missing (skipped).
"""
import json
import shutil
import subprocess
import sys

SKIPPED = 77
# What capture_samples writes.
INTERFACES = ["west->east line", "east->west line", "west->east exit"]
DESCRIPTIONS = ["first way", "second way", "sent"]
SNAP_BYTES = 2000


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return done.stdout


def nanoseconds(epoch):
    seconds, fraction = epoch.split(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))


def differences_of_frames(capture, expected):
    frames = json.loads(output_of("tshark", "-r", capture, "-n", "-T", "json", "-x", "-J", "frame"))
    if len(frames) != len(expected):
        yield f"tshark sees {len(frames)} frames, {len(expected)} were written"
    for number, (packet, (interface, stamp, length, kept)) in enumerate(zip(frames, expected), start=1):
        layers = packet["_source"]["layers"]
        frame = layers["frame"]
        names = frame["frame.interface_id_tree"]
        seen = [names["frame.interface_name"], names["frame.interface_description"],
                nanoseconds(frame["frame.time_epoch"]), int(frame["frame.len"]), int(frame["frame.cap_len"]),
                layers["frame_raw"][0]]
        wanted = [interface, DESCRIPTIONS[INTERFACES.index(interface)], int(stamp), int(length), len(kept) // 2, kept]
        if seen != wanted:
            yield f"frame {number}: tshark reads {seen}, written was {wanted}"


def differences_of_headers(capture, expected):
    text = output_of("capinfos", "-M", capture)
    for line in ["Capture application: farlink", "File timestamp precision:  nanoseconds (9)",
                 "Number of interfaces in file: 3"]:
        if line not in text:
            yield f"capinfos does not say '{line}':\n{text}"
    blocks = text.split("Interface #")[1:]
    for block, name, description in zip(blocks, INTERFACES, DESCRIPTIONS):
        frames = sum(1 for interface, *_ in expected if interface == name)
        for line in [f"Name = {name}", f"Description = {description}", f"Capture length = {SNAP_BYTES}",
                     "FCS length = 0", "Number of stat entries = 1", f"Number of packets = {frames}"]:
            if line not in block:
                yield f"capinfos does not say '{line}' of an interface:\n{block}"


def main():
    samples, capture = sys.argv[1:3]
    if shutil.which("tshark") is None or shutil.which("capinfos") is None:
        print("skipped: tshark is not installed (Debian: apt install tshark)")
        return SKIPPED
    written = subprocess.run([samples, capture], capture_output=True, text=True, check=True).stdout
    expected = [line.split("\t") for line in written.splitlines()]
    if len(expected) < 150:
        print(f"only {len(expected)} frames were written")
        return 1
    differences = [*differences_of_frames(capture, expected), *differences_of_headers(capture, expected)]
    for difference in differences:
        print(difference)
    print(f"{len(expected)} frames, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
