"""The manual page and --help speak of the same commands and options."""
import os
import re
import sys
from pathlib import Path

import support
from support import check, handfast

PAGE = Path(os.environ.get("HF_SOURCE", ".")) / "docs/man/handfast.1"
IDENTITY = ("ca", "server", "device", "csr", "show", "verify", "convert")
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


def page():
    """The page's words without troff's escapes."""
    text = PAGE.read_text(encoding="utf-8").replace(r"\-", "-")
    return re.sub(r"\\f[A-Z]", "", text)


def help_of(*words):
    done = handfast(*words, "--help")
    return done.stdout + done.stderr


def commands():
    listed = help_of().split("commands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) ", listed, re.M)


def options_of(text):
    """Options that a help text explains: those that begin a line, and others beside them."""
    lines = re.findall(r"^  (-.*?)(?:  |$)", text, re.M)
    return {option for line in lines for option in OPTION.findall(line)}


def section(text, command):
    """The page's text about a command."""
    found = re.search(rf"^\.SS {command}\n(.*?)(?=^\.S[SH] (?!Options))", text, re.M | re.S)
    check(found, f"the manual page has no section about {command}")
    return found.group(1)


def test_every_command_and_option_is_described():
    text = page()
    check(len(commands()) >= 2, "the list of commands was read")
    for command in commands():
        section(text, command)
        helps = [help_of(command)]
        if command == "identity":
            helps = [help_of(command, kind) for kind in IDENTITY]
        for option in sorted(set().union(*map(options_of, helps)) - {"--help"}):
            check(re.search(rf"(?<![\w-]){option}(?![\w-])", text),
                  f"the manual page lacks {option} of {command}")


def test_every_option_of_the_page_exists():
    texts = [help_of(command) for command in commands()]
    texts += [help_of("identity", kind) for kind in IDENTITY] + [help_of()]
    known = {option for text in texts for option in OPTION.findall(text)} | {"--version", "--help"}
    described = {option for line in re.findall(r"^\.(?:B|BI|BR|RB) .*$", page(), re.M)
                 for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", line)}
    check(described, "the page's options were read")
    check(described <= known, f"not in any --help: {sorted(described - known)}")


def test_exit_codes_are_those_of_help():
    """Both list the same numbers."""
    codes = set(re.findall(r"(?:^  |  )(\d) ", help_of().split("exit codes:\n")[1], re.M))
    described = re.findall(r"^\.B (\d)$", page().split(".SH EXIT STATUS")[1], re.M)
    check(codes == set(described), f"{sorted(codes)} and {described}")


support.main(sys.modules[__name__])
