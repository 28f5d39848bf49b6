"""Measures the library on an emulated Cortex-M3: RAM, stack, instructions, flash. firmware/run installs
what it needs and starts it; what it prints for which option is written there. After --psa it measures the
psa backend over Mbed TLS in place of the bearssl backend.
"""
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tests" / "integration")]
import budgets  # noqa: E402
import elsewhere  # noqa: E402
import emulator  # noqa: E402
import footprint  # noqa: E402
import options  # noqa: E402
import psa  # noqa: E402
import readme  # noqa: E402
from builds import BUILDS, PSA_BUILDS, TARGET  # noqa: E402
from facts import measure  # noqa: E402
from tables import show  # noqa: E402


def gate(facts):
    """Exit code: 1 where a line does not hold, or a document tells other numbers."""
    bad = len(budgets.compare(*budgets.figures(facts), budgets.read()))
    for path, text in ((footprint.PATH, footprint.text_of(facts)), (readme.PATH, readme.text_of())):
        if path.read_text() != text:
            print(f"{path.name} tells other numbers: firmware/run --write", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


def write(facts):
    budgets.write(budgets.figures(facts)[0])
    footprint.PATH.write_text(footprint.text_of(facts))
    readme.PATH.write_text(readme.text_of())


def main():
    words = sys.argv[1:]
    over_psa = words[:1] == ["--psa"]
    mode = "".join(words[over_psa:])
    modes = ("", "--budgets", "--write", "--json") if over_psa else (
        "", "--all", "--budgets", "--write", "--json", "--options")
    if mode not in modes:
        sys.exit(__doc__)
    gone = emulator.missing(TARGET)
    if gone:
        sys.exit(f"{gone} is not installed; firmware/run installs what is missing")
    if mode == "--options":
        options.write()
        return
    facts = measure(PSA_BUILDS if over_psa else BUILDS)
    code = 0
    if mode == "--json":
        print(json.dumps(facts, indent=1))
    elif mode == "--write":
        (psa.write if over_psa else write)(facts)
    else:
        if mode != "--budgets":
            show(facts)
            print()
        code = (psa.gate if over_psa else gate)(facts)
    for target in elsewhere.TARGETS if mode == "--all" else ():
        elsewhere.connect_from(target)
    sys.exit(code)


if __name__ == "__main__":
    main()
