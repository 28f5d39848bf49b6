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

AWS = (*CLIENT, "-DHF_SUITES=aes", "-DHF_CERTIFICATES=DER")

# Name: profile of profiles/, options of the library.
BUILDS = {
    "p256": ("p256", POCKET),
    "p256_13": ("p256", (*POCKET, "-DHF_VERSIONS=1.3")),
    "p256_remembered": ("p256_remembered", (*CLIENT, "-DHF_SUITES=aes128", "-DHF_CERTIFICATES=DER")),
    "aws": ("aws", AWS),
}
PSA = "psa_"  # profiles of that name are for the psa backend
PSA_BUILDS = {
    "psa_p256": ("psa_p256", ("-DHF_BACKEND=psa", *POCKET)),
    "psa_aws": ("psa_aws", ("-DHF_BACKEND=psa", *AWS)),
}


def build_tree(profile, name, options, target=TARGET, targets="all"):
    done = subprocess.run([FIRMWARE / "build", target, profile, name, *options], capture_output=True, text=True,
                          env=dict(os.environ, FIRMWARE_TREE=str(TREE), FIRMWARE_TARGETS=targets), check=False)
    if done.returncode != 0:
        sys.exit(f"firmware/build failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return TREE / target / name


def build(name, target=TARGET):
    """Builds one of BUILDS or PSA_BUILDS, or a profile with everything in it; the folder in which client and client_counted
    are then."""
    profile, options = {**BUILDS, **PSA_BUILDS}.get(name, (name, ()))
    return build_tree(profile, name, options, target)


def crypto_of(profile):
    """The folder in which firmware/build makes the crypto library of a profile."""
    return f"mbedtls-{profile.removeprefix(PSA)}" if profile.startswith(PSA) else "bearssl"
