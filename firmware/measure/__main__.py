"""Measures the library on an emulated Cortex-M3: RAM, stack, instructions, flash. firmware/run installs
what it needs and starts it; what it prints for which option is written there. --json prints everything
that was measured.
"""
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1] / "tests" / "integration")]
import budgets  # noqa: E402
import elsewhere  # noqa: E402
import emulator  # noqa: E402
import footprint  # noqa: E402
import handshakes  # noqa: E402
import options  # noqa: E402
import readme  # noqa: E402
from accounts import Sources, counted_flash, flash, static_ram, struct_sizes  # noqa: E402
from builds import BUILDS, TARGET, build  # noqa: E402
from parties import Parties, build_proxy  # noqa: E402
from tables import show  # noqa: E402


def measure():
    """Handshakes of one build go on while the next one is compiled."""
    build_proxy()
    facts = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (profile, _) in BUILDS.items():
            tree = build(name)
            people, sources, static = Parties(profile), Sources(tree), static_ram(tree)
            layers, objects = flash(tree, sources)
            runs = {f"{case} 1.{version - 10}": pool.submit(handshakes.measure, tree, sources, people, case, version)
                    for case, version in handshakes.cases_of(name)}
            facts[name] = {"static": static, "structs": struct_sizes(tree), "flash": dict(layers),
                           "flash counted": counted_flash(layers),
                           "objects": {f"{layer}/{member}": size for (layer, member), size in objects.items()},
                           "runs": runs}
        for fact in facts.values():
            fact["runs"] = {case: run.result() for case, run in fact["runs"].items()}
    return facts


def gate(facts):
    """Exit code: 1 where a line does not hold, or a document tells other numbers."""
    bad = len(budgets.compare(facts))
    for path, text in ((footprint.PATH, footprint.text_of(facts)), (readme.PATH, readme.text_of())):
        if path.read_text() != text:
            print(f"{path.name} tells other numbers: firmware/run --write", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


def write(facts):
    budgets.write(facts)
    footprint.PATH.write_text(footprint.text_of(facts))
    readme.PATH.write_text(readme.text_of())


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if len(sys.argv) > 2 or mode not in ("", "--all", "--budgets", "--write", "--json", "--options"):
        sys.exit(__doc__)
    gone = emulator.missing(TARGET)
    if gone:
        sys.exit(f"{gone} is not installed; firmware/run installs what is missing")
    if mode == "--options":
        options.write()
        return
    facts = measure()
    code = 0
    if mode == "--json":
        print(json.dumps(facts, indent=1))
    elif mode == "--write":
        write(facts)
    else:
        if mode != "--budgets":
            show(facts)
            print()
        code = gate(facts)
    for target in elsewhere.TARGETS if mode == "--all" else ():
        elsewhere.connect_from(target)
    sys.exit(code)


if __name__ == "__main__":
    main()
