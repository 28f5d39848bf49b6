"""What integration tests share: the tool under test, folders, free ports, processes that end.

A test file has functions named test_...; main() runs them all and ends with 0, 1, or 77 (ctest
counts that as skipped) when every one of them was skipped. Nothing here waits for a fixed time:
waits poll for the event itself and end with an error that holds what the process said.

Environment, set by tests/CMakeLists.txt: HF_TOOL (path of handfast), HF_BACKEND, HF_SOURCE.
"""
import contextlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

TOOL = os.environ.get("HF_TOOL", "")
BACKEND = os.environ.get("HF_BACKEND", "")
SKIP_CODE = 77
PATIENCE = float(os.environ.get("HF_PATIENCE", "20"))  # seconds that a wait may take


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


def require_program(name):
    """Its path; without it the test is skipped."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Skip(f"{name} is not installed")
    return path


def vectors():
    """The folder of test vectors (HF_VECTORS). Without it: skipped, or failed when required."""
    folder = os.environ.get("HF_VECTORS", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("HF_REQUIRE_VECTORS") == "1":
        raise AssertionError("HF_REQUIRE_VECTORS=1, but HF_VECTORS names no folder")
    raise Skip("no test vectors (HF_VECTORS)")


@contextlib.contextmanager
def folder():
    """A temporary folder, removed with everything in it."""
    with tempfile.TemporaryDirectory(prefix="handfast-test-") as path:
        yield Path(path)


def tls_context(protocol):
    """A context of Python's ssl that tells an end without close_notify from one with it: some builds
    of Python have OpenSSL take both for the same."""
    context = ssl.SSLContext(protocol)
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def free_port(family=socket.AF_INET):
    """A TCP port that nothing listens on now. Programs that can should listen on port 0."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, code=0, timeout=PATIENCE, **more):
    """Runs to the end and returns it (.stdout and .stderr are text); `code` None: any exit code."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL,
                          timeout=timeout, check=False, **more)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}, expected "
                             f"{code}\n{done.stdout}{done.stderr}")
    return done


def handfast(*arguments, **more):
    return run(TOOL, *arguments, **more)


def wait_until(condition, what, timeout=PATIENCE):
    """Polls until condition() gives something true, and returns that."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(0.01)  # between two looks, not instead of one


class Process:
    """A program in the background. Use it with `with`: it is gone afterwards, whatever happens.
    Its output (stdout and stderr together) is collected while it runs."""

    def __init__(self, *command, **more):
        self.command = [str(word) for word in command]
        self.lines = []
        self.changed = threading.Condition()
        self.ended = False
        self.child = subprocess.Popen(self.command, stdin=more.pop("stdin", subprocess.DEVNULL),
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      start_new_session=True, **more)
        self.reader = threading.Thread(target=self._collect, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def _collect(self):
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def text(self):
        with self.changed:
            return "\n".join(self.lines)

    def wait_line(self, pattern, timeout=PATIENCE):
        """Waits for a line in which the pattern is found; returns the match."""
        end = time.monotonic() + timeout
        seen = 0
        with self.changed:
            while True:
                for line in self.lines[seen:]:
                    found = re.search(pattern, line)
                    if found:
                        return found
                seen = len(self.lines)
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    why = "it ended" if self.ended else f"{timeout:g} s passed"
                    raise AssertionError(f"{self.command[0]}: {why} without a line like "
                                         f"{pattern!r}:\n" + "\n".join(self.lines))
                self.changed.wait(left)

    def wait_port(self, port, host="127.0.0.1", timeout=PATIENCE):
        """Waits until it accepts connections there. One is made and closed again."""
        def answers():
            if self.child.poll() is not None:
                raise AssertionError(f"{self.command[0]} ended:\n{self.text()}")
            with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
                return True
            return False
        wait_until(answers, f"port {port} of {self.command[0]}", timeout)

    def wait_end(self, timeout=PATIENCE):
        """Waits for its own end; returns the exit code."""
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.command[0]} did not end:\n{self.text()}") from None
        self.reader.join(PATIENCE)
        return code

    def stop(self):
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.reader.join(5)
        if not self.reader.is_alive():
            self.child.stdout.close()


def check(condition, why):
    if not condition:
        raise AssertionError(why)


def same(is_, should, what):
    check(is_ == should, f"{what}: is {is_!r}, should be {should!r}")


def contains(text, part, what="text"):
    check(part in text, f"{what} lacks {part!r}:\n{text}")


def in_order(text, *parts):
    at = 0
    for part in parts:
        found = text.find(part, at)
        check(found >= 0, f"{part!r} is missing, or not behind what comes before it:\n{text}")
        at = found + len(part)


def main(module):
    """Runs the module's tests; arguments choose some by name."""
    # Ended from outside, the test still ends its servers: exceptions run what `with` guards.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    tests = [(name, call) for name, call in sorted(vars(module).items())
             if name.startswith("test_") and callable(call)]
    chosen = [pair for pair in tests if not sys.argv[1:] or pair[0] in sys.argv[1:]]
    failed, skipped = 0, 0
    for name, call in chosen:
        begin = time.monotonic()
        try:
            call()
            result = "ok"
        except Skip as why:
            skipped += 1
            result = f"skipped: {why}"
        except Exception:  # a test may fail in any way
            failed += 1
            result = "FAILED\n" + traceback.format_exc()
        print(f"{name}: {result} ({time.monotonic() - begin:.2f} s)", flush=True)
    print(f"{len(chosen)} tests, {failed} failed, {skipped} skipped")
    if failed or not chosen:
        sys.exit(1)
    sys.exit(SKIP_CODE if skipped == len(chosen) else 0)
