"""The README's table: the lines of budgets.txt beside their goals and what other stacks need."""
import re

import budgets
from builds import SOURCE

PATH = SOURCE / "README.md"
BEGIN, END = "<!-- firmware/run --write: from firmware/budgets.txt -->\n", "<!-- end -->\n"

# What, the names of its lines, how a number is written, others.
ROWS = (
    ("RAM of a full mutual handshake, P-256 profile: TLS 1.3; 1.2", ("ram.p256.tls13", "ram.p256.tls12"), "{:,.0f}",
     "BearSSL, Mbed TLS 2.28 (1.2): 10.6 KB; Mbed TLS 3.6 (1.3): 14.9 KB"),
    ("RAM likewise, AWS profile: TLS 1.3; 1.2", ("ram.aws.tls13", "ram.aws.tls12"), "{:,.0f}", ""),
    ("idle connection, folded", ("ram.folded",), "{:,.0f}", ""),
    ("flash, P-256 profile, TLS 1.3 and 1.2", ("flash.p256",), "{:,.0f}", "Mbed TLS 3.6: 72 KB"),
    ("flash, P-256 profile, TLS 1.3 alone", ("flash.p256_13",), "{:,.0f}", "wolfSSL (1.3): 60 KB; BearSSL (1.2): 34 KB"),
    ("flash, AWS profile", ("flash.aws",), "{:,.0f}", "Mbed TLS 3.6: 72 KB"),
    ("MQTT client: flash; RAM beside buffers", ("flash.mqtt", "ram.mqtt"), "{:,.0f}", ""),
    ("instructions, full handshake, P-256 profile", ("instructions.full",), "{:,.0f}",
     "BearSSL 52.9 million; wolfSSL in C 100, with assembly 14.9; Mbed TLS 104..208"),
    ("the same over those of its public-key, AEAD and hash calls", ("instructions.overhead",), "{:g}", ""),
    ("instructions, X25519, a remembered chain: same leaf; new leaf", ("instructions.remembered", "instructions.new_leaf"),
     "{:,.0f}", ""),
    ("longest call over the longest public-key operation", ("instructions.longest",), "{:g}", ""),
)


def cell(line, goal, form):
    """A figure whose goal is not reached is bold."""
    text = form.format(line)
    return f"**{text}**" if goal is not None and line > goal else text


def row(lines, what, names, form, others):
    most = "at most " if names[0].startswith("instructions") else ""
    have = most + "; ".join(cell(*lines[name], form) for name in names)
    want = "; ".join("" if lines[name][1] is None else form.format(lines[name][1]) for name in names)
    return f"| {what} | {have} | {want} | {others} |\n"


def table():
    lines = budgets.read()
    return "| on a Cortex-M3, `-Os`; bytes | Handfast | goal | others |\n|---|---:|---:|---|\n" \
        + "".join(row(lines, *it) for it in ROWS)


def text_of():
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: BEGIN + table() + END, PATH.read_text(), flags=re.S)
