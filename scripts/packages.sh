# shellcheck shell=sh
# Debian packages that Handfast needs, per purpose, and the one way in which they are installed.
# Sourced by ./check and ./demo after steps.sh. Root is used for apt-get and for nothing else.

# What each purpose needs on a Debian 12 where only the base system is installed.
HF_PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config libssl-dev libc-ares-dev libp11-kit-dev"
HF_PACKAGES_TEST="libcmocka-dev libcjson-dev libbearssl-dev python3-minimal python3 openssl \
gnutls-bin mosquitto mosquitto-clients libmbedtls-dev libwolfssl-dev chromium curl zsh tshark \
softhsm2 libengine-pkcs11-openssl \
swtpm tpm2-openssl libtss2-tcti-swtpm0 tpm2-tools liblwip-dev xz-utils debian-archive-keyring"
HF_PACKAGES_CHECK="g++ clang lld libclang-rt-14-dev clang-format-14 binutils \
shellcheck valgrind libc6-dbg python3-kconfiglib python3-yaml"
# The firmware on emulated microcontrollers: Cortex-M alone, and what firmware/run --all adds.
HF_PACKAGES_FIRMWARE="gcc libc6-dev libssl-dev cmake ninja-build pkg-config python3-minimal python3 openssl \
gcc-arm-none-eabi \
picolibc-arm-none-eabi qemu-system-arm xz-utils debian-archive-keyring"
HF_PACKAGES_FIRMWARE_ALL="gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"
HF_PACKAGES_DEMO="openssl mosquitto mosquitto-clients"
export HF_PACKAGES_BUILD HF_PACKAGES_TEST HF_PACKAGES_CHECK HF_PACKAGES_DEMO HF_PACKAGES_FIRMWARE
export HF_PACKAGES_FIRMWARE_ALL

# Prints those of the packages given that are not installed.
packages_missing() {
    for package in "$@"; do
        status=$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null || true)
        case "$status" in
        *installed*) case "$status" in *not-installed*) echo "$package" ;; esac ;;
        *) echo "$package" ;;
        esac
    done
}

# Daemons that a package brings (mosquitto) must not start only because a test needs the program:
# Debian's installer asks /usr/sbin/policy-rc.d, which is put there for the time of the call only.
packages_apt() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    $packages_sudo sh -c '
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            trap "rm -f $policy" EXIT
            trap "exit 1" HUP INT TERM
            printf "#!/bin/sh\nexit 101\n" >"$policy" && chmod 755 "$policy"
        fi
        export DEBIAN_FRONTEND=noninteractive
        apt-get "$@"' apt "$@"
}

# What `step` runs: install, and once more with fresh package lists when the old ones do not do.
packages_install_now() {
    # A fresh system has no lists at all: then the first try would be in vain.
    if ! apt-cache show "$1" >/dev/null 2>&1; then
        packages_apt update || return 1
    fi
    packages_apt install -y --no-install-recommends "$@" && return 0
    packages_apt update && packages_apt install -y --no-install-recommends "$@"
}

# packages_install PACKAGE...: installs what is missing, or says exactly what to do.
packages_install() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not a Debian system, so nothing is installed. Needed (Debian's names): $*"
        return 0
    fi
    missing=$(packages_missing "$@" | tr '\n' ' ')
    if [ -z "$missing" ]; then
        say "Packages: all of them are installed."
        return 0
    fi
    packages_sudo=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            stop "Packages are missing, and installing them needs root, which this user is not, and sudo, \
which is not here. As root, run: apt-get update && apt-get install $missing"
        fi
        packages_sudo=sudo
        # Without a terminal nobody can type a password: fail instead of waiting for it.
        [ -t 0 ] || packages_sudo="sudo -n"
    fi
    say "Packages to install: $missing"
    # shellcheck disable=SC2086  # a list of words
    step packages "install packages" packages_install_now $missing
}
