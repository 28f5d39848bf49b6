"""What the tests of `handfast connect` share: identities made once, and a connection or a refusal in one call."""
import atexit
import re
import shutil
import ssl
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from support import check, handfast
from tool_peers import Identities, fails

OK, USAGE, LOCAL, NETWORK, TLS, CERTIFICATE, REFUSED, TIMEOUT = 0, 2, 3, 4, 5, 6, 7, 8
BOTH = ((ssl.TLSVersion.TLSv1_2, "1.2"), (ssl.TLSVersion.TLSv1_3, "1.3"))


@lru_cache(maxsize=None)
def identities():
    base = Path(mkdtemp(prefix="handfast-test-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return Identities(base)


def connect(address, *options, **more):
    return handfast("connect", address, *identities().options(), *options, **more)


def refuses(error, code, address, *options, **more):
    return fails(error, code, "connect", address, *identities().options(), *options, **more)


def stage_times(said):
    """The stages in the table of times, each of whose rows must add up; so must the columns."""
    table = re.search(r"^  time +together +waiting +computing\n((?:    .*\n)+)", said, re.M)
    check(table, f"no table of times:\n{said}")
    row = re.compile(r"    (\S+) +" + " +".join([r"(\d+)\.(\d\d) ms"] * 3))
    rows = [row.fullmatch(line).groups() for line in table.group(1).splitlines()]
    times = [[int(part) for part in map("".join, zip(fields[1::2], fields[2::2]))] for fields in rows]
    for together, waiting, computing in times:
        check(abs(together - waiting - computing) <= 1, f"a row does not add up:\n{said}")
    for column in zip(*times):
        check(abs(sum(column[:-1]) - column[-1]) <= len(times), f"a column does not add up:\n{said}")
    return [fields[0] for fields in rows]
