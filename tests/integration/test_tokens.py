"""Private keys in a PKCS#11 token (softhsm2), named by pkcs11: URIs: every kind of key and signature
against a TLS server of Python's, requests, `listen`, and everything that can be wrong with a token.
What a token in software cannot do (be unplugged, be slow, sign wrongly) a module in front of it does:
peers/trouble.c."""
import atexit
import getpass
import os
import shutil
import ssl
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from support import (Process, Skip, check, contains, folder, free_port, handfast, main, require_program,
                     run, same)
from token_rig import Listening, try_example
from tool_peers import Identities, TlsServer

PIN = "98765432"
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Rig:
    """A token "device" with the keys of three device certificates, and one more key, "other"."""

    def __init__(self, base):
        require_program("softhsm2-util")
        self.module = next((path for path in MODULES if Path(path).exists()), None)
        if self.module is None:
            raise Skip("softhsm2's module is not where Debian has it")
        self.base = base
        (base / "tokens").mkdir()
        self.environment = dict(os.environ, SOFTHSM2_CONF=str(self.configure("softhsm.conf")))
        self.environment.pop("PKCS11_MODULE_PATH", None)
        self.pin, self.bad_pin = base / "pin", base / "bad"
        self.pin.write_text(PIN + "\n")
        self.bad_pin.write_text("1111\n")
        self.trouble = base / "trouble"
        self.trouble.write_text("")
        self.made = Identities(base)
        self.softhsm("--init-token", "--free", "--label", "device", "--pin", PIN, "--so-pin", "4711")
        self.chains = {}
        for number, kind in enumerate(("p256", "p384", "rsa2048", "other")):
            key = "p256" if kind == "other" else kind
            chain, key_file = self.made.make("device", kind, "--id", kind, "--key", key)
            self.chains[kind] = chain
            self.softhsm("--import", key_file, "--token", "device", "--label", kind, "--id",
                         f"0{number + 1}", "--pin", PIN)
        (base / "aes").write_bytes(bytes(16))
        self.softhsm("--import", base / "aes", "--aes", "--token", "device", "--label", "secret",
                     "--id", "77", "--pin", PIN)

    def configure(self, name, more=""):
        path = self.base / name
        path.write_text(f"directories.tokendir = {self.base / 'tokens'}\nobjectstore.backend = file\n"
                        f"log.level = ERROR\n{more}")
        return path

    def softhsm(self, *words):
        run("softhsm2-util", *words, env=self.environment)

    def uri(self, label, *query, token="device", module=None):
        words = [f"module-path={module or self.module}", *query]
        return f"pkcs11:token={token};object={label}?" + "&".join(words)

    def troubled(self):
        """The environment and the module that make trouble."""
        self.trouble.write_text("")
        (self.base / "trouble.logins").unlink(missing_ok=True)
        return dict(self.environment, TROUBLE_MODULE=self.module, TROUBLE_FILE=str(self.trouble))

    def logins(self):
        path = self.base / "trouble.logins"
        return len(path.read_text().splitlines()) if path.exists() else 0


@lru_cache(maxsize=None)
def rig():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Rig(base)


def connect(server, key, *options, chain="p256", code=0, pin=True, env=None):
    words = ["--key-password-file", rig().pin] if pin else []
    return handfast("connect", server.address, "--servername", "broker.example", "--ca",
                    rig().made.root, "--cert", rig().chains[chain], "--key", key, *words, *options,
                    code=code, env=env or rig().environment)


def server(version=None):
    return TlsServer(rig().made.server, client_ca=rig().made.root, version=version)


def told(done, *parts):
    for part in parts:
        contains(done.stderr, part, "stderr")
    return done


def refused(key, *parts, code=3, env=None, **more):
    """A connection that ends before anything is sent."""
    with server() as peer:
        done = told(connect(peer, key, code=code, env=env, **more), *parts)
        same(peer.connections, [], "connections made")
    return done


def test_every_key_signs_in_both_versions():
    for version in (V12, V13):
        with server(version) as peer:
            for kind in ("p256", "p384", "rsa2048"):
                contains(connect(peer, rig().uri(kind), chain=kind).stdout, "verdict      accepted")
            peer.wait()
            same(peer.errors, [], "errors of the server")


def test_the_pin_comes_from_the_uri_or_a_file():
    with server() as peer:
        done = connect(peer, rig().uri("p256", f"pin-source=file:{rig().pin}"), pin=False)
        same(done.stderr, "", "stderr")
        done = connect(peer, rig().uri("p256", f"pin-value={PIN}"), pin=False)
        told(done, "warning: a PIN on the command line can be seen")
        done = connect(peer, rig().uri("p384", f"pin-value={PIN}"), pin=False, code=3)
        told(done, "HF_E_KEY_MISMATCH", "pin-value=********")
        check(PIN not in done.stderr, "the PIN is shown")
    refused(rig().uri("p256"), "The token wants a PIN", pin=False)
    refused(rig().uri("p256", "pin-source=/nowhere"), "/nowhere: No such file", pin=False)
    refused(rig().uri("p256", "pin-source=|cat"), "none is run", pin=False)


def test_publishing_with_a_token():
    with folder() as base:
        port = free_port()
        conf = base / "mosquitto.conf"
        conf.write_text(f"listener {port} 127.0.0.1\ncafile {rig().made.root}\n"
                        f"certfile {rig().made.server[0]}\nkeyfile {rig().made.server[1]}\n"
                        f"require_certificate true\nuse_identity_as_username true\nuser {getpass.getuser()}\n")
        with Process(require_program("mosquitto"), "-v", "-c", conf) as broker:
            broker.wait_line(r"mosquitto version .* running")
            handfast("pub", "-h", "127.0.0.1", "-p", port, "--ca", rig().made.root, "--cert",
                     rig().chains["p384"], "--key", rig().uri("p384"), "--key-password-file",
                     rig().pin, "-t", "a/b", "-m", "hello", "-q", "1", env=rig().environment)
            broker.wait_line(r"Received PUBLISH from .*a/b")


def test_tokens_with_few_mechanisms():
    """RSA-PSS by the token or padded here; PKCS#1 alone is for TLS 1.2; nothing at all is told."""
    def only(name, mechanisms):
        conf = rig().configure(name, f"slots.mechanisms = {mechanisms}\n")
        return dict(rig().environment, SOFTHSM2_CONF=str(conf))
    key = rig().uri("rsa2048")
    for name, mechanisms in (("raw", "CKM_RSA_X_509"), ("pss", "CKM_RSA_PKCS_PSS"),
                             ("both", "-CKM_RSA_PKCS_PSS")):
        for version in (V12, V13):
            with server(version) as peer:
                connect(peer, key, chain="rsa2048", env=only(name, mechanisms))
                peer.wait()
                same(peer.errors, [], f"errors of the server, {name}")
    pkcs1 = only("pkcs1", "CKM_RSA_PKCS")
    with server() as peer:
        told(connect(peer, key, chain="rsa2048", env=pkcs1), "only TLS 1.2 is used")
        told(connect(peer, key, "--tls", "1.3", chain="rsa2048", env=pkcs1, code=3),
             "makes no RSA-PSS signatures, which TLS 1.3 needs")
    refused(rig().uri("p256"), "no signature that TLS can use", "CKM_ECDSA", env=pkcs1)


def test_what_a_uri_can_have_wrong():
    refused("pkcs11:colour=red", "no such attribute: colour")
    refused("pkcs11:token=a;type=cert", "names no private key", "type=cert")
    refused("pkcs11:?module-name=../x", "module-name is a name")
    refused(rig().uri("p256", module="/nowhere/libsofthsm2.so"), "cannot be loaded",
            "Debian: softhsm2")
    refused(rig().uri("p256", module="/nowhere/vendor.so"), "cannot be loaded", "module-path=")
    refused(rig().uri("p256", module=sys.executable), "cannot be loaded")
    refused(rig().uri("p256", token="nothing"), "There is no such token", 'there are: "device"')
    refused(rig().uri("nothing"), "There is no such key in the token", '"p256"', '"rsa2048"')
    refused(rig().uri("secret"), "The object is not a private key", "is a secret key")
    refused(f"pkcs11:token=device?module-path={rig().module}", "More than one key fits", '"p384"')
    refused(rig().uri("p384"), "HF_E_KEY_MISMATCH (setup)", "p256.chain.pem")
    refused(rig().uri("rsa2048"), "HF_E_KEY_MISMATCH")
    with server() as peer:
        key = f"pkcs11:token=device;id=%01?module-path={rig().module}"
        connect(peer, key)
        environment = dict(rig().environment, PKCS11_MODULE_PATH=rig().module)
        connect(peer, "pkcs11:token=device;object=p256", env=environment)
        connect(peer, "pkcs11:object=p256?module-name=libsofthsm2")


def test_no_token_at_all():
    with folder() as empty:
        conf = empty / "conf"
        conf.write_text(f"directories.tokendir = {empty}\nobjectstore.backend = file\n")
        refused(rig().uri("p256"), "There is no token", env=dict(rig().environment, SOFTHSM2_CONF=str(conf)))
        conf.write_text(f"directories.tokendir = {empty / 'nothing'}\n")
        refused(rig().uri("p256"), "does not start",
                env=dict(rig().environment, SOFTHSM2_CONF=str(conf)))


def test_a_wrong_pin_is_tried_once():
    environment = rig().troubled()
    key = rig().uri("p256", f"pin-source={rig().bad_pin}", module=os.environ["HF_TROUBLE"])
    refused(key, "does not take the PIN", "the PIN is wrong", "a few tries are left",
            "is not tried again", env=environment, pin=False)
    same(rig().logins(), 1, "logins")
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    rig().trouble.write_text("final")
    refused(key, "one last try", "would lock it", env=environment)
    rig().trouble.write_text("locked")
    refused(key, "PIN is locked", env=environment)
    same(rig().logins(), 1, "logins")


def test_the_doctor_tries_a_wrong_pin_once_too():
    environment = rig().troubled()
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    with server() as peer:
        words = ("doctor", peer.address, "--ca", rig().made.root, "--cert", rig().chains["p256"],
                 "--key", key)
        done = handfast(*words, "--key-password-file", rig().bad_pin, env=environment, code=None)
        contains(done.stdout + done.stderr, "does not take the PIN")
        same(rig().logins(), 1, "logins")
        done = handfast(*words, "--key-password-file", rig().pin, env=environment, code=None)
        check("does not take" not in done.stdout, "the right PIN was refused")


def test_trouble_while_signing():
    environment = rig().troubled()
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    for trouble, error, words in (("pulled", "HF_E_SIGNER_GONE", "the token was unplugged"),
                                  ("fails", "HF_E_SIGNER ", "an error of the device"),
                                  ("wrong", "HF_E_SIGNER_KEY", "does not fit the certificate's key")):
        rig().trouble.write_text(trouble)
        with server(V13) as peer:
            told(connect(peer, key, code=3, env=environment), error, words)
            peer.alert("internal_error")
    rig().trouble.write_text("gone")
    refused(key, "There is no token", env=environment)


def test_a_slow_signer_meets_the_deadline():
    environment = rig().troubled()
    rig().trouble.write_text("slow")
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    with server() as peer:
        connect(peer, key, env=environment)
        told(connect(peer, key, "--timeout", "0.5", code=8, env=environment), "HF_E_SIGNER_TIMEOUT",
             "our own key's token took 1")


def test_the_json_result_names_the_signer():
    environment = rig().troubled()
    rig().trouble.write_text("fails")
    with server() as peer:
        done = connect(peer, rig().uri("p256", module=os.environ["HF_TROUBLE"]), "--json", code=3,
                       env=environment)
    last = done.stdout.splitlines()[-1]
    contains(last, "HF_E_SIGNER")
    contains(last, "an error of the device")


def test_requests_and_show():
    with folder() as out:
        for kind in ("p256", "p384", "rsa2048"):
            handfast("identity", "csr", "--id", kind, "--key", rig().uri(kind), "--password-file",
                     rig().pin, "--out", out, env=rig().environment)
            same(sorted(path.name for path in out.iterdir()), [f"{kind}.csr"], "files")
            run("openssl", "req", "-in", out / f"{kind}.csr", "-verify", "-noout")
            done = handfast("identity", "show", out / f"{kind}.csr")
            contains(done.stdout, "right: its maker has the key")
            (out / f"{kind}.csr").unlink()
        done = handfast("identity", "show", rig().uri("p384"), rig().chains["p384"],
                        "--password-file", rig().pin, env=rig().environment)
        contains(done.stdout, "P-384, PKCS#11 token, which it never leaves")
        contains(done.stdout, "belong together: the private key in pkcs11:token=device;object=p384")
        done = handfast("identity", "csr", "--id", "x", "--key", rig().uri("p256"), "--out", out,
                        env=rig().environment, code=3)
        told(done, "The token wants a PIN")


def listen(key, kind, env):
    return Listening(rig().chains[kind], key, "--key-password-file", rig().pin, env=env)


def test_listen_with_a_token():
    for kind in ("p256", "p384", "rsa2048"):
        with listen(rig().uri(kind), kind, rig().environment) as listening:
            for version in (V12, V13):
                check(listening.says_hello(version), f"{kind}: no echo")


def test_listen_while_the_token_comes_and_goes():
    environment = rig().troubled()
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    with listen(key, "p256", environment) as listening:
        check(listening.says_hello(V13), "no echo")
        same(rig().logins(), 1, "logins")
        rig().trouble.write_text("gone")
        check(listening.fails(V13), "a token that is gone signed")
        listening.wait_line(r" failed .*error=HF_E_SIGNER_GONE .*reason=\"There is no token")
        rig().trouble.write_text("")
        check(listening.says_hello(V12), "no echo after the token is back")
        same(rig().logins(), 2, "logins")
        rig().trouble.write_text("fails")
        check(listening.fails(V13), "a token that fails signed")
        listening.wait_line(r"error=HF_E_SIGNER .*reason=\"The token did not sign.*device")


def test_listen_notices_another_token():
    environment = rig().troubled()
    key = rig().uri("p256", module=os.environ["HF_TROUBLE"])
    with listen(key, "p256", environment) as listening:
        check(listening.says_hello(V13), "no echo")
        rig().trouble.write_text("replaced")
        check(listening.fails(V13), "another key signed")
        listening.wait_line(r"error=HF_E_SIGNER_KEY .*reason=\"The token holds another key now")


def test_the_library_signs_with_an_engine():
    """libp11's engine takes the PIN's file as it is, with the end of the line."""
    bare = rig().base / "bare"
    bare.write_text(PIN)
    environment = dict(rig().environment, PKCS11_MODULE_PATH=rig().module)
    if not any(Path("/usr/lib").glob("*/engines-3/pkcs11.so")):
        raise Skip("libengine-pkcs11-openssl is not installed")
    for version in (V12, V13):
        with server(version) as peer:
            for kind, scheme in (("p256", "0x0403"), ("rsa2048", "0x0804")):
                try_example(peer.address, rig().made.root, rig().chains[kind],
                            f"pkcs11:token=device;object={kind}?pin-source={bare}", scheme,
                            environment)
            peer.wait()
            same(peer.errors, [], "errors of the server")


if __name__ == "__main__":
    main(sys.modules[__name__])
