#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our frames against other people's decoders: tshark must find nothing wrong, scapy must compute the same ICRC.

Usage: foreign_decoders.py SAMPLES_EXECUTABLE CAPTURE_TO_WRITE
Exit: 0 all agree, 1 a difference (printed), 77 a tool is missing (skipped).
"""
import shutil
import subprocess
import sys
import zlib

SKIPPED = 77
# RoCEv2 sends UDP checksum 0 over IPv6 too; tshark remarks on it, receivers ignore it.
KNOWN_REMARKS = {"Illegal checksum value (0)"}


def tshark(capture, *arguments):
    # RPC over RDMA is guessed from any short payload, and then complains about ours.
    command = ["tshark", "-r", capture, "-n", "-o", "ip.check_checksum:TRUE", "--disable-protocol", "rpcordma",
               *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"tshark failed: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def fields(capture, names):
    rows = tshark(capture, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;",
                  *[part for name in names for part in ("-e", name)])
    return [dict(zip(names, row + [""] * (len(names) - len(row)))) for row in rows]


def differences_of_tshark(capture, expected):
    names = ["_ws.malformed", "_ws.expert.message", "infiniband.bth.opcode", "infiniband.bth.destqp",
             "infiniband.bth.psn", "infiniband.bth.a", "infiniband.bth.padcnt", "vlan.id", "ip.checksum.status",
             "macc.opcode", "macc.pause_time", "macc.cbfc.pause_time.c0", "macc.cbfc.pause_time.c3"]
    rows = fields(capture, names)
    if len(rows) != len(expected):
        yield f"tshark sees {len(rows)} frames, {len(expected)} were written"
    for number, (row, want) in enumerate(zip(rows, expected), start=1):
        where = f"frame {number} ({' '.join(want)})"
        if row["_ws.malformed"]:
            yield f"{where}: malformed"
        remarks = {remark for remark in row["_ws.expert.message"].split(";") if remark} - KNOWN_REMARKS
        if remarks:
            yield f"{where}: {remarks}"
        yield from field_differences(row, want, where)


def field_differences(row, want, where):
    kind, opcode, destination, psn, ack, _, pad, vlan = want
    if kind == "pfc":
        wanted = {"macc.opcode": 0x0101, "macc.cbfc.pause_time.c0": 0x1234, "macc.cbfc.pause_time.c3": 0xFFFF}
    elif kind == "pause":
        wanted = {"macc.opcode": 0x0001, "macc.pause_time": 0x4321}
    else:
        wanted = {"infiniband.bth.opcode": int(opcode), "infiniband.bth.destqp": int(destination),
                  "infiniband.bth.psn": int(psn), "infiniband.bth.a": int(ack), "infiniband.bth.padcnt": int(pad)}
        if vlan != "-":
            wanted["vlan.id"] = int(vlan)
        if kind == "ipv4":
            wanted["ip.checksum.status"] = 1  # good
    for name, value in wanted.items():
        seen = row.get(name, "")
        if seen == "" or int(seen, 0) != value:
            yield f"{where}: {name} is '{seen}', {value} was written"


def without_mac_padding(frame, kind):
    ip = 18 if frame[12:14] == b"\x81\x00" else 14
    if kind == "ipv4":
        return frame[:ip + int.from_bytes(frame[ip + 2:ip + 4], "big")]
    return frame[:ip + 40 + int.from_bytes(frame[ip + 4:ip + 6], "big")]


def zlib_icrc(frame):
    """The ICRC of an IPv6 frame, which scapy does not compute, from zlib's CRC."""
    packet = bytearray(frame[18 if frame[12:14] == b"\x81\x00" else 14:])
    packet[0] |= 0x0F
    for masked in (1, 2, 3, 7, 46, 47, 52):
        packet[masked] = 0xFF
    return zlib.crc32(b"\xff" * 8 + bytes(packet[:-4])).to_bytes(4, "little")


def differences_of_scapy(capture, expected, scapy_all, roce):
    for number, (want, (frame, _)) in enumerate(zip(expected, scapy_all.RawPcapReader(capture)), start=1):
        where = f"frame {number} ({' '.join(want)})"
        if want[0] == "ipv4":
            packet = scapy_all.Ether(without_mac_padding(frame, "ipv4"))
            bth = packet[roce.BTH]
            computed = bth.compute_icrc(b"")
            stored = bth.icrc.to_bytes(4, "big")
            if (bth.opcode, bth.dqpn, bth.psn) != (int(want[1]), int(want[2]), int(want[3])):
                yield f"{where}: scapy reads opcode {bth.opcode}, QP {bth.dqpn}, PSN {bth.psn}"
        elif want[0] == "ipv6":
            frame = without_mac_padding(frame, "ipv6")
            computed, stored = zlib_icrc(frame), frame[-4:]
        else:
            continue
        if computed != stored:
            yield f"{where}: ICRC {stored.hex()}, ought to be {computed.hex()}"


def main():
    samples, capture = sys.argv[1:3]
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed (Debian: apt install tshark)")
        return SKIPPED
    try:
        import scapy.all as scapy_all  # pylint: disable=import-outside-toplevel
        from scapy.contrib import roce  # pylint: disable=import-outside-toplevel
    except ImportError as error:
        print(f"skipped: scapy with its RoCE layer is not installed (Debian: apt install python3-scapy): {error}")
        return SKIPPED
    written = subprocess.run([samples, capture], capture_output=True, text=True, check=True).stdout
    expected = [line.split() for line in written.splitlines()]
    if len(expected) < 300:
        print(f"only {len(expected)} frames were written")
        return 1
    differences = [*differences_of_tshark(capture, expected),
                   *differences_of_scapy(capture, expected, scapy_all, roce)]
    for difference in differences:
        print(difference)
    print(f"{len(expected)} frames, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
