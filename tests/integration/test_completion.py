"""Completion of the tool's command line in bash and zsh: everything that the help names, nothing else."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import support
from support import Skip, check, folder, handfast, run, same

FOLDER = Path(__file__).resolve().parents[2] / "cli" / "completion"
COMMANDS = ("connect", "doctor", "listen", "pub", "sub", "identity", "decode", "explain")
OPTION = re.compile(r"(?:^|[ ,|])(--?[A-Za-z][A-Za-z0-9-]*)", re.M)


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, *command):
        self.said = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.execvp(command[0], command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def write(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text):
        end = time.monotonic() + 20
        while text not in self.said:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            check(ready, f"{text!r} in {self.said!r}")
            self.said += os.read(self.fd, 65536).decode(errors="replace").replace("\b", "")


def completed(*words):
    """What bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in (str(support.TOOL), *words))
    script = (f"source '{FOLDER / 'handfast.bash'}'; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
              "_handfast; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    same(done.stderr, "", "bash's complaints")
    return {word for word in done.stdout.split("\n") if word}


def options_of(*words):
    return set(OPTION.findall(handfast(*words, "--help").stdout)) | {"--help"}


def test_commands():
    same(completed(""), set(COMMANDS) | {"--help", "--version"}, "all")
    same(completed("co"), {"connect"}, "co")
    same(completed("identity", "") - {"--help"},
         {"ca", "server", "device", "show", "verify", "csr", "convert"}, "roles of identity")


def test_options():
    for words in (*((command,) for command in COMMANDS if command != "identity"),
                  ("identity", "ca"), ("identity", "show"), ("identity", "convert")):
        known = options_of(*words)
        check(len(known) > 1, f"{words} has options")
        same(completed(*words, "-"), known, f"options of {words}")
    same(completed("connect", "--sess"), {"--session"}, "the beginning of one")


def test_files():
    """Where no option begins, nothing is offered: then bash completes file names."""
    same(completed("connect", "--ca", ""), set(), "a value")
    same(completed("connect", "broker"), set(), "a host")


def test_zsh():
    """A shell at a terminal, in which Tab is pressed."""
    if shutil.which("zsh") is None:
        raise Skip("no zsh here")
    run("zsh", "-n", FOLDER / "_handfast")
    with folder() as base, Terminal("zsh", "-f", "-i") as shell:
        shell.write(f"PATH='{Path(support.TOOL).parent}':$PATH; fpath=('{FOLDER}' $fpath); PS1='ready> '\n")
        shell.write(f"autoload -Uz compinit; compinit -u -d '{base}/dump'; print com''pinit\n")
        shell.expect("compinit\r\n")
        shell.write("handfast conn\t")
        shell.expect("handfast connect ")
        shell.write("--sess\t")
        shell.expect("--session ")


support.main(sys.modules[__name__])
