"""The pages of docs/failures say what the tool says: every command on them is run against the scene
named in front of its block (failure_scenes.py), and the output is compared line by line.

    <!-- run: server -->
    ```
    $ handfast connect broker.example --ca root.pem
    what: ...
    ```
A line "..." stands for lines that are left out. What differs from run to run (times, dates, counts
of bytes, addresses) is masked on both sides. With the argument "show" it prints what the commands
say instead of comparing.
"""
import os
import re
import shlex
import sys
from pathlib import Path

import support
from failure_scenes import MQTTS, SCENES
from support import TOOL, Process, check, handfast, run

PAGES = Path(os.environ["HF_SOURCE"]) / "docs" / "failures"
BLOCK = re.compile(r"^<!-- run: ([\w-]+) -->\n```\n(.*?)^```", re.M | re.S)
MASKS = ((r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"), (r"\d+\.\d+ (ms|s)\b", r"# \1"), (r"\d+ (days|bytes)", r"# \1"),
         (r"(--input-buffer|detail) \d{4}\b(?= \(on|\))", r"\1 #"), (r"peer=\S+", "peer=#"), (r"(?<=^  round trips  )\d+", "#"), (r"(received|sent)=\d+", r"\1=#"), (r"=[0-9a-f]{64}\b", "=#"),
         (r"\bhandfast-[0-9a-f]{8}\b", "handfast-#"),
         (r" +why: it was open for .*?;", " why: it was open;"))
COMPLAINTS = 12


def commands(block):
    """(words, expected lines) of each "$ " in it."""
    found, lines = [], iter(block.splitlines())
    for line in lines:
        if line.startswith("$ "):
            while line.endswith("\\"):
                line = line[:-1] + next(lines)
            found.append((shlex.split(line[2:]), []))
        else:
            check(found, f"a block begins without a command: {line}")
            found[-1][1].append(line)
    return found


def translate(words, scene):
    """The words for the servers that are here, and what to replace in what is said."""
    words = list(words)
    if words[0] == "connect":
        host, _, port = words[1].partition(":")
        here = scene.port(int(port or MQTTS))
        words[1] = f"{host}:{here}"
        back = [(f"127.0.0.1:{here}", f"192.0.2.10:{port or MQTTS}"), (words[1], f"{host}:{port}" if port else host)]
    elif words[0] in ("pub", "sub"):
        port = str(MQTTS)
        if "-p" in words:
            at = words.index("-p")
            port = words[at + 1]
            del words[at:at + 2]
        here = scene.port(int(port))
        words += ["-p", str(here)]
        back = [(f"port {here}", f"port {port}"), (f"127.0.0.1:{here}", f"192.0.2.10:{port}")]
    else:
        return words, []
    return words + ["--dns", scene.dns.address], back


def listen(words, scene):
    """handfast listen --count N: so many connections are made to it, with a session from the second
    on; returns its log."""
    count = int(words[words.index("--count") + 1])
    with Process(TOOL, words[0], "127.0.0.1:0", *words[2:], cwd=scene.cwd) as process:
        port = process.wait_line(r"^listening on .*:(\d+)").group(1)
        for _ in range(count):
            handfast("connect", f"127.0.0.1:{port}", "--ca", scene.cwd / "root.pem", "--session", scene.cwd / "session",
                     "--servername", "broker.example")
        process.wait_end()
        return process.text().replace(f"127.0.0.1:{port}", f"0.0.0.0:{words[1]}")


def said_by(words, scene):
    check(words[0] == "handfast", f"a page runs {words[0]}")
    if words[1] == "listen":
        return listen(words[1:], scene)
    words, back = translate(words[1:], scene)
    done = run(TOOL, *words, code=None, cwd=scene.cwd)
    said = done.stdout + done.stderr
    for here, shown in back:
        said = said.replace(here, shown)
    return said


def mask(line):
    for pattern, instead in MASKS:
        line = re.sub(pattern, instead, line)
    return re.sub(r"(?<=\S) +", " ", line).rstrip()  # columns move with the width of a number


def compare(expected, said, where):
    """Line by line; "..." passes over any number of lines, none included."""
    actual = [mask(line) for line in said.rstrip("\n").split("\n")]
    at, anywhere = 0, False
    for line in expected:
        if line == "...":
            anywhere = True
            continue
        wanted = mask(line)
        found = next((i for i in range(at, len(actual)) if actual[i] == wanted), None) if anywhere else \
            at if at < len(actual) and actual[at] == wanted else None
        check(found is not None, f"{where}: the page has\n  {line}\nbut the tool says\n{said}")
        at, anywhere = found + 1, False
    check(anywhere or at == len(actual), f"{where}: the page ends before this is all said:\n{said}")


def check_page(path):
    blocks = BLOCK.findall(path.read_text())
    check(blocks, f"{path.name} shows no command")
    for name, block in blocks:
        check(name in SCENES, f"{path.name}: there is no scene {name}")
        with SCENES[name]() as scene:
            for words, expected in commands(block):
                where = f"{path.name}: {shlex.join(words)}"
                said = said_by(words, scene)
                if "show" in sys.argv:
                    print(f"== {where}\n{said}")
                else:
                    compare(expected, said, where)


def pages():
    return sorted(path for path in PAGES.glob("*.md") if path.name != "README.md")


def make_test(path):
    def test():
        check_page(path)
    return test


for _page in pages():
    globals()["test_" + _page.stem.replace("-", "_")] = make_test(_page)


def test_every_complaint_has_its_page_in_the_index():
    index = (PAGES / "README.md").read_text()
    listed = re.findall(r"^\| \d+ \|.*?\]\((\S+\.md)\)", index, re.M)
    check(len(listed) == COMPLAINTS, f"the index has {len(listed)} rows: {listed}")
    check(sorted(listed) == [path.name for path in pages()], f"pages and index differ: {listed}")


def test_a_page_that_is_wrong_is_noticed():
    compare(["...", "b"], "a\nb\n", "fits")
    compare(["a 7 days", "..."], "a 12 days\nb\n", "fits")
    for expected in (["b"], ["a"], ["a", "b", "c"], ["...", "a"], ["b", "a"]):
        try:
            compare(expected, "a\nb\n", "wrong")
        except AssertionError:
            continue
        raise AssertionError(f"{expected} passed")


if __name__ == "__main__":
    if "show" in sys.argv:
        for _page in pages():
            if not sys.argv[2:] or _page.stem in sys.argv[2:]:
                check_page(_page)
    else:
        support.main(sys.modules[__name__])
