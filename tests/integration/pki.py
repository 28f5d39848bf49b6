"""Certificates for integration tests, made with the openssl command when they are first asked for.

pki.server("ecdsa") is the chain file and key of a server with an intermediate; pki.client("p256")
that of a device. Every name below is made once per process, in a folder that goes with it.
"""
import atexit
import hashlib
import shutil
import tempfile
import threading
from pathlib import Path

from support import require_program, run

KEYS = {
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa3072": ["RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    "rsa4096": ["RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
FOR_SERVER = LEAF + "extendedKeyUsage=serverAuth\n"
FOR_CLIENT = LEAF + "extendedKeyUsage=clientAuth\n"
NAME = "broker.example"
SAN = f"subjectAltName=DNS:{NAME}\n"


class Identity:
    """Files: chain (PEM, leaf first, root left out), key; `leaf` alone; `rest` of the chain."""

    def __init__(self, folder, name, issuer=None):
        self.leaf = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        self.chain = folder / f"{name}.chain.pem"
        self.rest = folder / f"{name}.rest.pem"
        self.issuer = issuer

    def chain_text(self):
        text = self.leaf.read_text()
        if self.issuer is not None and self.issuer.issuer is not None:
            text += self.issuer.chain_text()
        return text

    def pin(self):
        spki = run("openssl", "x509", "-in", self.leaf, "-pubkey", "-noout").stdout
        der = run("sh", "-c", f"openssl x509 -in '{self.leaf}' -pubkey -noout | "
                  "openssl pkey -pubin -outform DER | od -An -v -tx1").stdout
        assert "PUBLIC KEY" in spki
        return hashlib.sha256(bytes.fromhex("".join(der.split()))).hexdigest()


class Pki:
    def __init__(self):
        require_program("openssl")
        self.folder = Path(tempfile.mkdtemp(prefix="handfast-pki-"))
        atexit.register(shutil.rmtree, self.folder, True)
        self.lock = threading.RLock()
        self.made = {}

    def _make(self, name, key, subject, extensions, issuer=None, dates=("-365d", "+365d"), serial=None):
        """One key and certificate. Dates are days relative to now."""
        with self.lock:
            if name in self.made:
                return self.made[name]
            it = Identity(self.folder, name, issuer)
            run("openssl", "genpkey", "-algorithm", *KEYS[key], "-out", it.key, timeout=120)
            run("openssl", "req", "-new", "-key", it.key, "-subj", subject, "-out", self.folder / f"{name}.csr")
            self._sign(it, name, extensions, issuer, dates, serial)
            it.chain.write_text(it.chain_text())
            it.rest.write_text(it.chain_text()[len(it.leaf.read_text()):])
            self.made[name] = it
            return it

    def _sign(self, it, name, extensions, issuer, dates, serial):
        """openssl ca: the one command of OpenSSL 3.0 that takes both dates."""
        config = self.folder / f"{name}.cnf"
        database = self.folder / f"{name}.db"
        database.write_text("")
        (self.folder / f"{name}.db.attr").write_text("unique_subject=no\n")
        config.write_text("\n".join([
            "[ca]", "default_ca=x", "[x]", f"database={database}", f"new_certs_dir={self.folder}",
            "rand_serial=yes", "policy=any", "default_md=sha256", "email_in_dn=no", "copy_extensions=none",
            "[any]", "commonName=optional", "organizationName=optional", "[ext]", extensions]))
        signer = it if issuer is None else issuer
        command = ["openssl", "ca", "-batch", "-notext", "-config", config, "-extensions", "ext",
                   "-in", self.folder / f"{name}.csr", "-out", it.leaf, "-keyfile", signer.key,
                   "-startdate", stamp(dates[0]), "-enddate", stamp(dates[1])]
        command += ["-selfsign"] if issuer is None else ["-cert", issuer.leaf]
        run(*command)

    # ---- CAs
    def root(self, kind="ecdsa"):
        key = {"ecdsa": "p256", "rsa": "rsa2048", "p384": "p384", "other": "p256"}[kind]
        return self._make(f"root-{kind}", key, f"/O=Handfast tests/CN=Root {kind}", CA)

    def intermediate(self, kind="ecdsa"):
        key = {"ecdsa": "p256", "rsa": "rsa2048", "p384": "p384"}[kind]
        return self._make(f"int-{kind}", key, f"/O=Handfast tests/CN=Intermediate {kind}", CA, self.root(kind))

    # ---- leaves
    def server(self, kind="ecdsa"):
        """ecdsa, rsa (2048), rsa3072, rsa4096: chains of the same kind; p384: P-384 CAs over a P-256
        leaf; p384leaf: a P-384 leaf."""
        key = {"ecdsa": "p256", "rsa": "rsa2048", "p384": "p256", "p384leaf": "p384"}.get(kind, kind)
        line = {"rsa3072": "rsa", "rsa4096": "rsa", "p384leaf": "p384"}.get(kind, kind)
        return self._make(f"server-{kind}", key, f"/CN={NAME}", FOR_SERVER + SAN, self.intermediate(line))

    def rsa_of_three(self):
        """A chain of three RSA certificates under the RSA root: more than 4 KB on the wire."""
        upper = self._make("int-long-1", "rsa3072", "/O=Handfast tests/CN=Upper", CA, self.root("rsa"))
        lower = self._make("int-long-2", "rsa3072", "/O=Handfast tests/CN=Lower", CA, upper)
        names = ",".join(f"DNS:alternative-{i}.broker.example" for i in range(30))
        san = f"subjectAltName=DNS:{NAME},{names}\n"
        return self._make("server-long", "rsa2048", f"/CN={NAME}", FOR_SERVER + san, lower)

    def client(self, kind="p256"):
        line = "rsa" if kind.startswith("rsa") else "ecdsa"
        return self._make(f"client-{kind}", kind, f"/CN=device-{kind}", FOR_CLIENT, self.intermediate(line))

    def leaf(self, name, extensions, dates=("-365d", "+365d"), subject=f"/CN={NAME}", issuer=None):
        """An ECDSA leaf with something about it."""
        return self._make(name, "p256", subject, extensions, issuer or self.intermediate(), dates)

    def expired(self):
        return self.leaf("server-expired", FOR_SERVER + SAN, ("-30d", "-1d"))

    def not_yet_valid(self):
        return self.leaf("server-not-yet", FOR_SERVER + SAN, ("+300d", "+400d"))

    def expired_client(self):
        return self.leaf("client-expired", FOR_CLIENT, ("-30d", "-1d"), "/CN=device-expired")

    def with_address(self):
        return self.leaf("server-address", FOR_SERVER + "subjectAltName=IP:127.0.0.1,IP:::1\n")

    def without_names(self):
        return self.leaf("server-no-names", FOR_SERVER)

    def other_name(self):
        """Directly under the root: s_server's second certificate has no chain."""
        return self.leaf("server-other", FOR_SERVER + "subjectAltName=DNS:other.example\n",
                         issuer=self.root())

    def clients_purpose(self):
        return self.leaf("server-purpose", FOR_CLIENT + SAN)

    def wrong_key_id(self):
        """Its authority key identifier names another key than the one that signed it."""
        issuer = self._make("int-key-id", "p256", "/O=Handfast tests/CN=Identified",
                            CA + "subjectKeyIdentifier=hash\n", self.root())
        return self.leaf("server-key-id", FOR_SERVER + SAN + "2.5.29.35=DER:30168014" + "11" * 20, issuer=issuer)

    def self_signed(self):
        return self._make("server-self", "p256", f"/CN={NAME}", FOR_SERVER + SAN)

    def client_anchors(self):
        """Both roots in one file: what a server that asks for certificates trusts."""
        path = self.folder / "client-anchors.pem"
        with self.lock:
            if not path.exists():
                text = self.root("ecdsa").leaf.read_text() + self.root("rsa").leaf.read_text()
                path.write_text(text)
        return path


def stamp(days):
    import datetime
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=int(days.rstrip("d")))
    return when.strftime("%Y%m%d%H%M%SZ")


_PKI = None
_LOCK = threading.Lock()


def pki():
    global _PKI
    with _LOCK:
        _PKI = _PKI or Pki()
    return _PKI
