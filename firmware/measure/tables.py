"""The table on the console."""
from accounts import overhead

RUN_LINE = ("  {case:15} {ram:6} {stack:6} {instructions:11}  {over:.4f}  {public_key:10} {aead:8} {hash:8} "
            "{operations:3}  {longest_call:10}")


def show(facts):
    for name, fact in facts.items():
        static = fact["static"]
        print(f"\n{name}: {sum(static.values())} bytes static: "
              + ", ".join(f"{part} {size}" for part, size in static.items()))
        print(f"  flash {fact['flash counted']}: " + ", ".join(
            f"{layer} {size}" for layer, size in sorted(fact["flash"].items(), key=lambda pair: -pair[1])))
        print("  handshake          RAM  stack instructions  x      public key     AEAD     hash ops longest call")
        for case, run in fact["runs"].items():
            print(RUN_LINE.format(case=case, over=overhead(run), **run))


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
