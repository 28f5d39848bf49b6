"""Headless Chromium for tests of pages: measures, screenshots, paper. Standard library only."""
import contextlib
import json
import re
import struct
import tempfile
import zlib

from support import check, require_program, run, same

# Pages of a chosen width in frames: a window has a least width of its own, a frame has not.
FRAMES = """<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0;background:#888}
iframe{border:0;display:block;width:%(width)dpx;height:%(height)dpx}</style><script>
const pages = %(pages)s, found = [];
pages.forEach((text, at) => {
    const frame = document.createElement("iframe");
    frame.onload = () => {
        const inside = frame.contentDocument, root = inside.documentElement;
        const beyond = [...inside.body.querySelectorAll("*")]
            .filter(it => it.getBoundingClientRect().right > %(width)d + 0.5);
        found[at] = [root.scrollWidth, root.scrollHeight, beyond.length, inside.scripts.length];
        document.title = JSON.stringify(found);
    };
    frame.srcdoc = text;
    document.documentElement.append(frame);
});
</script>"""


@contextlib.contextmanager
def chromium():
    """A function that runs it with more words; returns the process."""
    program = require_program("chromium")
    with tempfile.TemporaryDirectory(prefix="handfast-test-", ignore_cleanup_errors=True) as data:
        yield lambda *words: run(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                 "--no-first-run", "--disable-background-networking", "--hide-scrollbars",
                                 f"--user-data-dir={data}", *words, timeout=120)


def framed(pages, width, height=1000):
    """The file of frames around the pages."""
    texts = json.dumps([page.read_text() for page in pages]).replace("</", "<\\/")
    file = pages[0].with_name(f"{pages[0].stem}-{width}.html")
    file.write_text(FRAMES % {"width": width, "height": height, "pages": texts})
    return file


def measure(browse, pages, width):
    """Of each page at that width: the width that it needs, its height, and how many elements stand out at the
    right; none has a script."""
    dom = browse("--dump-dom", framed(pages, width).as_uri()).stdout
    found = re.search(r"<title>(\[.*?\])</title>", dom)
    check(found, f"nothing was measured:\n{dom[:400]}")
    sizes = json.loads(found.group(1))
    same(len([size for size in sizes if size]), len(pages), "pages that were measured")
    same([size[3] for size in sizes], [0] * len(pages), "scripts in the pages")
    return [tuple(size[:3]) for size in sizes]


def screenshot(browse, page, width, height, *words):
    """(width, height, colours) of the picture of the page in a frame of that size."""
    picture = page.with_name(f"{page.stem}-{width}.png")
    browse(*words, f"--window-size={max(width, 600)},{height}", f"--screenshot={picture}",
           framed([page], width, height).as_uri())
    return png(picture.read_bytes(), width)


def chunks(data):
    same(data[:8], b"\x89PNG\r\n\x1a\n", "the picture's signature")
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + length]
        at += length + 12


def png(data, width):
    """Size, and colours within the first `width` columns, of a PNG of 8 bits (PNG specification, 9.2)."""
    parts = list(chunks(data))
    full, height, depth, colour = struct.unpack(">IIBB", parts[0][1][:10])
    same((depth, colour in (2, 6)), (8, True), "depth, colour type")
    size = 3 if colour == 2 else 4
    raw = zlib.decompress(b"".join(body for kind, body in parts if kind == b"IDAT"))
    before, stride, colours = bytes(full * size), full * size, set()
    for row in range(height):
        at = row * (stride + 1)
        before = unfilter(raw[at], raw[at + 1:at + 1 + stride], before, size)
        colours.update(before[x * size:x * size + 3] for x in range(0, min(width, full), 3))
    return full, height, colours


def unfilter(kind, line, above, size):
    out = bytearray(line)
    for i, value in enumerate(line):
        left = out[i - size] if i >= size else 0
        up, corner = above[i], above[i - size] if i >= size else 0
        if kind == 1:
            value += left
        elif kind == 2:
            value += up
        elif kind == 3:
            value += (left + up) // 2
        elif kind == 4:
            near = left + up - corner
            a, b, c = abs(near - left), abs(near - up), abs(near - corner)
            value += left if a <= b and a <= c else up if b <= c else corner
        out[i] = value & 255
    return bytes(out)


def paper(browse, page):
    """How many sheets the page has when it is printed."""
    file = page.with_suffix(".pdf")
    browse(f"--print-to-pdf={file}", "--no-pdf-header-footer", page.as_uri())
    data = file.read_bytes()
    same(data[:5], b"%PDF-", "what was printed")
    return len(re.findall(rb"/Type\s*/Page\b", data))

