"""What is built and measured: images of the firmware for the Cortex-M3, and where they are."""
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
FIRMWARE = SOURCE / "firmware"
TREE = Path(os.environ.get("FIRMWARE_TREE", SOURCE / "build" / "firmware"))
TARGET = "cortex-m3"
CLIENT = ("-DHF_ERROR_TEXTS=OFF", "-DHF_ROLES=client", "-DHF_EXTERNAL_PSK=OFF")
POCKET = (*CLIENT, "-DHF_SUITES=aes128", "-DHF_CERTIFICATES=POCKET")

# Name: profile of profiles/, options of the library.
BUILDS = {
    "p256": ("p256", POCKET),
    "p256_13": ("p256", (*POCKET, "-DHF_VERSIONS=1.3")),
    "p256_remembered": ("p256_remembered", (*CLIENT, "-DHF_SUITES=aes128", "-DHF_CERTIFICATES=DER")),
    "aws": ("aws", (*CLIENT, "-DHF_SUITES=aes", "-DHF_CERTIFICATES=DER")),
}


def build_tree(profile, name, options, target=TARGET, targets="all"):
    done = subprocess.run([FIRMWARE / "build", target, profile, name, *options], capture_output=True, text=True,
                          env=dict(os.environ, FIRMWARE_TREE=str(TREE), FIRMWARE_TARGETS=targets), check=False)
    if done.returncode != 0:
        sys.exit(f"firmware/build failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return TREE / target / name


def build(name, target=TARGET):
    """Builds one of BUILDS, or a profile with everything in it; the folder in which client and client_counted
    are then."""
    profile, options = BUILDS.get(name, (name, ()))
    return build_tree(profile, name, options, target)
