"""Runs the firmware in QEMU: which machine a target is, how it is started, what it says.

Used by firmware/measure and tests/integration/test_firmware.py. A run ends by itself: the firmware
ends the emulator through semihosting.
"""
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The link is the second UART of the Arm boards, and the only one of the RISC-V machine.
MACHINES = {
    "cortex-m3": ("qemu-system-arm", ["-M", "mps2-an385"], ["-serial", "null"]),
    "cortex-m33": ("qemu-system-arm", ["-M", "mps2-an505"], ["-serial", "null"]),
    "rv32imac": ("qemu-system-riscv32", ["-M", "virt", "-bios", "none"], []),
}
COMPILERS = {"cortex-m3": "arm-none-eabi", "cortex-m33": "arm-none-eabi", "rv32imac": "riscv64-unknown-elf"}
PATIENCE = 60


def missing(target):
    """The first program that a target needs and that is not here, or None."""
    for program in (COMPILERS[target] + "-gcc", MACHINES[target][0], "cmake", "ninja"):
        if shutil.which(program) is None:
            return program
    return None


class Run:
    """What a run said: text, exit code, counts of the plug-in."""

    def __init__(self, done):
        self.code = done.returncode
        self.text = done.stdout + done.stderr
        self.counts = {}
        chain = re.search(r"^chain: (.*)$", done.stderr, re.M)
        self.chain = [tuple(int(part, 16) for part in word.split(":")) for word in chain.group(1).split()] if chain else []
        found = re.search(r"^count: (.*)$", done.stderr, re.M)
        if found:
            self.counts = {name: int(value) for name, value in (word.split("=") for word in found.group(1).split())}

    def number(self, label):
        found = re.search(rf"^{re.escape(label)} (\d+)$", self.text, re.M)
        if not found:
            raise AssertionError(f"the firmware did not tell {label!r}:\n{self.text}")
        return int(found.group(1))


def symbols(target, image):
    """{name: (address, size)}"""
    out = subprocess.run([COMPILERS[target] + "-nm", "-S", image], capture_output=True, text=True, check=True).stdout
    table = {}
    for line in out.splitlines():
        words = line.split()
        if len(words) == 4:
            table[words[3]] = (int(words[0], 16), int(words[1], 16))
        elif len(words) == 3 and words[1] not in "Uw":
            table[words[2]] = (int(words[0], 16), 0)
    return table


def run(target, image, folder, port=None, plugin=None, profile=None, **arguments):
    """Runs `image` in `folder`, where its files are, with its link joined to `port` of this machine.
    `plugin`: the path of libcount.so. Other arguments are the firmware's own, name=value."""
    program, machine, before = MACHINES[target]
    words = "".join(f",arg={name}={value}" for name, value in arguments.items())
    command = [program, *machine, "-display", "none", "-monitor", "none", *before,
               "-serial", f"tcp:127.0.0.1:{port}" if port else "null",
               "-semihosting-config", f"enable=on,target=native,arg=client{words}", "-kernel", str(image)]
    if plugin:
        table = symbols(target, image)
        low, high = table["board_stack_limit"][0], table["board_stack_top"][0]
        command += ["-plugin", f"{plugin},low={low:x},high={high:x}" + (f",profile={profile}" if profile else "")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    return Run(done)
