"""What each line of budgets.txt is, and whether it holds."""
import re
import sys

from accounts import longest, overhead
from builds import FIRMWARE

PATH = FIRMWARE / "budgets.txt"


def worst(fact, version, what="ram"):
    return max(run[what] for case, run in fact["runs"].items() if case.endswith(version))


def figures(facts):
    """Bytes, exact: the same sources and compiler give the same numbers. And instructions, which vary a
    little with the random numbers of the server's signatures."""
    p256, aws = facts["p256"], facts["aws"]
    return {
        "ram.p256.tls13": worst(p256, "1.3"), "ram.p256.tls12": worst(p256, "1.2"),
        "ram.aws.tls13": worst(aws, "1.3"), "ram.aws.tls12": worst(aws, "1.2"),
        "ram.folded": p256["structs"]["hf_folded"], "ram.mqtt": p256["structs"]["hf_mqtt"],
        **{f"flash.{name}": facts[name]["flash counted"] for name in ("p256", "p256_13", "aws")},
        "flash.mqtt": p256["flash"]["mqtt"],
    }, {
        "instructions.overhead": max(overhead(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
        "instructions.full": p256["runs"]["full 1.3"]["instructions"],
        "instructions.remembered": facts["p256_remembered"]["runs"]["remembered 1.3"]["instructions"],
        "instructions.new_leaf": facts["p256_remembered"]["runs"]["new leaf 1.3"]["instructions"],
        "instructions.longest": max(longest(p256["runs"][f"full {v}"]) for v in ("1.3", "1.2")),
    }


def read(psa=False):
    """name: number, goal or None; of the psa backend or of the other one"""
    lines = [line.split("#")[0].split() for line in PATH.read_text().splitlines()]
    return {words[0]: (float(words[1]), float(words[2]) if len(words) > 2 else None) for words in lines
            if words and words[0].startswith("psa.") == psa}


def compare(exact, most, lines):
    """Prints each figure beside its line, and returns what does not hold. Sizes must be exactly what their
    line says, so that a change that grows one is seen, and one that shrinks it is written down; instructions
    must not be more."""
    bad = [f"{name}: no line in firmware/budgets.txt" for name in {**exact, **most} if name not in lines]
    bad += [f"{name}: is not measured any more" for name in lines if name not in exact and name not in most]
    for name, value in {**exact, **most}.items():
        line, goal = lines.get(name, (0, None))
        missed = "" if goal is None or line <= goal else "  not reached"
        print(f"{name:26} {value:12.10g}   line {line:12.10g}" + (f"   goal {goal:12.10g}{missed}" if goal else ""))
        if name in exact and value != line:
            bad.append(f"{name}: {value}, but the line says {line:g}")
        elif name in most and value > line:
            bad.append(f"{name}: {value:.10g}, more than the line's {line:.10g}")
    for line in bad:
        print(f"firmware/budgets.txt: {line}", file=sys.stderr)
    if bad:
        print("If the change was meant: firmware/run --write (lines of psa: --psa --write) for sizes; those of "
              "instructions are changed by hand.", file=sys.stderr)
    return bad


def write(exact):
    """Sizes as they are; lines for instructions are changed by hand."""
    text = PATH.read_text()
    for name, value in exact.items():
        text = re.sub(rf"^({re.escape(name)}\s+)\d+", lambda found, value=value: f"{found.group(1)}{value}", text, flags=re.M)
    PATH.write_text(text)
