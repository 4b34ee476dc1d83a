#!/usr/bin/env python3
"""The HTML reports of audit and lint in a real browser: 200 attacks in every text field run nothing and ask for nothing.

    report_check.py TOKCOUNT [--browser chromium] [--shots DIR]

Every payload makes a log in which it stands in all that a report shows: model, task, tenant, id, file
name, a key of the request, prompt text (with --show-text); and a prompt file in whose name, text, control tokens, tags,
variables and suppressions it stands. The 200 reports of each are loaded in frames of one page from
a loopback server, three times: as they are; without their content security policy, so that escaping alone
must hold; and, to see that the test can fail, one frame with the payloads as markup, which must be noticed.
A script that runs writes into the outer page's title; every request but for the pages is noted.
Printed: the report as PDF has pages, and under the print style at the width of A4 paper nothing is wider than the
page and no box cuts off what is in it; a page with a box that does is noticed. At 500 pixels, the least of a
browser without a screen, no page or card is too narrow for what is in it, and no picture shrunk until its letters cannot be read.
Exit 77: no browser here.
"""
import argparse, html as html_module, http.server, json, os, pathlib, re, shutil, subprocess, sys, tempfile, threading

RUN = "parent.document.title='PWNED'"
BASES = ["<script>{r}</script>", "<ScRiPt>{r}</sCrIpT>", "</script><script>{r}</script>", "</style><script>{r}</script>", "</title><script>{r}</script>",
         "<img src=/pwn onerror={r}>", "<img src=x onerror=\"{r}\">", "<svg onload={r}>", "<svg/onload={r}>", "<svg><script>{r}</script></svg>", "<body onload={r}>",
         "<iframe srcdoc=\"<script>{r}</script>\">", "<iframe src=\"javascript:{r}\">", "<a href=\"javascript:{r}\" autofocus>x</a>", "<input autofocus onfocus={r}>",
         "<details open ontoggle={r}>", "<video><source onerror={r}></video>", "<audio src=/pwn onerror={r}>", "<object data=/pwn></object>", "<embed src=/pwn>",
         "<link rel=stylesheet href=/pwn>", "<style>@import '/pwn';</style>", "<style>*{{background:url(/pwn)}}</style>", "<base href=/pwn/>", "<meta http-equiv=refresh content=\"0;url=/pwn\">",
         "<form action=/pwn><input type=submit></form>", "<math><mtext></mtext><script>{r}</script></math>", "<template><script>{r}</script></template>", "<!--<script>{r}//-->",
         "--><script>{r}</script>", "]]><script>{r}</script>", "\"><script>{r}</script>", "'><script>{r}</script>", "\\\"><script>{r}</script>", "\"}};{r};//", "';{r};//", "`;{r};//", "${{{r}}}",
         "{{{{constructor.constructor('{r}')()}}}}", "<noscript><p title=\"</noscript><script>{r}</script>\">"]
WRAPS = ["{}", " {}", "x\" y='{}'", "\u2028{}\u2029", "</pre>{}<pre>"]
PAYLOADS = [w.format(b.format(r=RUN)) for w in WRAPS for b in BASES]
# Writes into the title what sticks out of an A4 page less its margins, or out of a box that hides it.
PROBE = """<script>addEventListener("load", () => { const out = []; for (const e of document.querySelectorAll("body *")) {
  const b = e.getBoundingClientRect(), o = getComputedStyle(e).overflowX;
  if (b.width && (b.right > innerWidth + 1 || b.left < -1)) out.push(e.tagName + " " + Math.round(b.right));
  if (o !== "visible" && e.scrollWidth > e.clientWidth + 1 && !(e instanceof SVGElement)) out.push(e.tagName + " hides"); }
  document.title = out.length ? "CLIPPED " + out.slice(0, 5).join(", ") : "FITS"; })</script>"""
# The same of a narrow screen: what makes the page itself or a card wider than it is, or a picture too small to be read.
NARROW = """<script>addEventListener("load", () => { const wide = document.documentElement.scrollWidth > innerWidth + 1 || [...document.querySelectorAll(".card")].some(e => e.scrollWidth > e.clientWidth + 1);
  const small = [...document.querySelectorAll("svg")].some(e => e.getBoundingClientRect().width < 600);
  document.title = wide ? "WIDE" : small ? "SMALL" : "FITS"; })</script>"""
A4 = 794 - 2 * 53  # CSS pixels between margins of 14 mm
WORDS = "You answer questions about bank accounts and cards in one sentence. " * 90


def log_of(payload):
    out = []
    for i in range(3):
        body = {"model": payload, "max_tokens": 5, "system": [{"type": "text", "text": f"{i} {payload} at 10:00:0{i}. " + WORDS, "cache_control": {"type": "ephemeral"}}],
                "messages": [{"role": "user", "content": payload + str(i), payload: payload}]}
        out.append(json.dumps({"at": f"2026-11-02T09:00:0{i}Z", "provider": "anthropic", "id": f"{payload}{i}", "task": payload, "tenant": payload, "request": body}))
        body = dict(body, model="claude-opus-4-8")
        out.append(json.dumps({"at": f"2026-11-02T09:00:0{i}Z", "provider": "anthropic", "id": f"{payload}b{i}", "task": payload + "b", "tenant": payload, "request": body}))
    return "\n".join(out) + "\n"


def lint_page(tokcount, folder, payload):
    """The report of lint on a file in whose name and text the payload is, in places that messages quote."""
    name = payload.replace("/", "\u2215").replace("\0", "")[:60] + ".md"
    (folder / name).write_text(f"---\nname: {payload}\n---\n{payload} hid\u200bden {payload}\n\n<{payload}>\n\n{{{{{payload}}}}} {{{{ {payload[:20]} }}}}\n\n"
                               f"<|im_start|>{payload}\n\n<!-- tokcount: ignore[{payload}] {payload} -->\n\n@./{payload[:30]}\n\n[INST] {payload}\n")
    shutil.copy(folder / name, folder / (name[:-3] + ".j2"))
    r = subprocess.run([tokcount, "lint", "-q", "--select", "ALL", "--preview", "--format", "html", "--", name, name[:-3] + ".j2"], cwd=folder,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    assert r.returncode in (1, 2), "findings"
    page = r.stdout.decode()
    text = html_module.unescape(page)
    assert "<script" not in page and "Content-Security-Policy" in page and "default-src 'none'" in page, "no script of its own"
    assert not re.search(r"(src|href)\s*=", re.sub(r"<t[dh][^>]*>[^<]*", "", page)), "an address in the page"
    assert name[:40].replace("\n", " ") in text.replace("\n", " ") and page.count("<tr") > 3, "the payload is in the report"
    return page


def main():
    a = argparse.ArgumentParser()
    a.add_argument("tokcount")
    a.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"))
    a.add_argument("--shots", help="keep pictures of a report here: light, dark and narrow")
    a = a.parse_args()
    if not a.browser:
        print("no browser here: install Debian's chromium")
        return 77
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 200
    tokcount = os.path.abspath(a.tokcount)
    pages, asked = {}, []
    with tempfile.TemporaryDirectory() as d:
        for i, p in enumerate(PAYLOADS):
            folder = pathlib.Path(d, str(i))
            folder.mkdir()
            name = p.replace("/", "\u2215").replace("\0", "")[:60] + ".jsonl"
            (folder / name).write_text(log_of(p))
            subprocess.run([tokcount, "audit", "-q", "--show-text", "--asof", "2026-11-02", "--html", "r.html", "--", name], cwd=folder,
                           stdout=subprocess.DEVNULL, check=True)
            html = (folder / "r.html").read_text()
            assert html.count("<script") == 2 and "Content-Security-Policy" in html and "default-src 'none'" in html, "the page's own scripts"
            assert not re.search(r"(src|href)\s*=", re.sub(r"<script.*?</script>", "", html, flags=re.S)), "an address in the page"
            shown = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S).group(1))
            assert any(m["name"] == p[:127] or m["name"].startswith(p[:40]) for m in shown["models"]), "the payload is in the report"
            assert p[:40] in shown["causes"][0]["example"]["request"], "the payload is in an example"
            pages[f"/r/{i}.html"] = html
            pages[f"/bare/{i}.html"] = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", html)
            pages[f"/lint/{i}.html"] = lint_page(tokcount, folder, p)
            pages[f"/lint-bare/{i}.html"] = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", pages[f"/lint/{i}.html"])
        pathlib.Path(d, "empty.jsonl").write_text("\n")
        subprocess.run([tokcount, "audit", "-q", "--html", "r.html", "empty.jsonl"], cwd=d, stdout=subprocess.DEVNULL, check=True)
        pages["/empty.html"] = pathlib.Path(d, "r.html").read_text()
        frames = lambda kind: "<!DOCTYPE html><title>quiet</title>" + "".join(f"<iframe src=/{kind}/{i}.html></iframe>" for i in range(len(PAYLOADS)))
        for kind in ("r", "bare", "lint", "lint-bare"):
            pages[f"/{kind}.html"] = frames(kind)
        pages["/control/0.html"] = "<!DOCTYPE html>" + "".join(PAYLOADS[:40])
        pages["/control.html"] = "<!DOCTYPE html><title>quiet</title><iframe src=/control/0.html></iframe>"

        wide = '<div style="overflow:hidden;width:300px"><p style="width:900px">x</p></div>'
        for kind, more in (("print", ""), ("clipped", wide)):
            pages[f"/{kind}.html"] = pages["/bare/0.html"].replace("@media print", "@media all").replace("</body>", more + PROBE + "</body>")

        subprocess.run([tokcount, "audit", "-q", "--asof", "2026-11-02", "--what-if", "order=static-first,breakpoints=auto,ttl=1h", "--html", "n.html", "."],
                       cwd=pathlib.Path(d, "0"), stdout=subprocess.DEVNULL, check=True)
        page = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", pathlib.Path(d, "0", "n.html").read_text())
        pages["/narrow.html"] = page.replace("</body>", NARROW + "</body>")
        pages["/narrow-lint.html"] = pages["/lint-bare/0.html"].replace("</body>", NARROW + "</body>")

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = pages.get(self.path)
                if body is None and self.path != "/favicon.ico":
                    asked.append(self.path)
                self.send_response(200 if body else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write((body or "").encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        flags = [a.browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--user-data-dir={d}/profile"]

        def load(page):
            asked.clear()
            dom = subprocess.run(flags + ["--virtual-time-budget=20000", "--dump-dom", base + page], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 text=True, timeout=300).stdout
            return "<title>quiet" not in dom, list(asked)

        bad = 0
        for page in ("/r.html", "/bare.html", "/lint.html", "/lint-bare.html"):
            ran, requests = load(page)
            print(f"{page}: {len(PAYLOADS)} payloads: {'a script ran' if ran else 'no script ran'}, {len(requests)} requests")
            bad += ran + len(requests)
        ran, requests = load("/control.html")
        print(f"/control.html: the payloads as markup: {'noticed' if ran and requests else 'NOT noticed'}")
        bad += not (ran and requests)
        dom = subprocess.run(flags + ["--virtual-time-budget=5000", "--dump-dom", base + "/r/0.html"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, timeout=120).stdout
        drawn = dom.count("<svg") == 3 and dom.count("<table") == 3 and "of tokens read from the cache" in dom
        print(f"the report's own script under its policy: {'drew' if drawn else 'did NOT draw'} 3 pictures and 3 tables")
        bad += not drawn
        dom = subprocess.run(flags + ["--virtual-time-budget=5000", "--dump-dom", base + "/empty.html"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             text=True, timeout=120).stdout
        told = dom.count("<p>None in this log.</p>") == 6 and "<svg" not in dom and "<table" not in dom and "wasted of $0.00<" in dom
        print(f"the report on an empty log: {'says' if told else 'does NOT say'} that there is nothing")
        bad += not told
        for page, width, want in (("/print.html", A4, "FITS"), ("/clipped.html", A4, "CLIPPED"), ("/narrow.html", 500, "FITS"), ("/narrow.html", 1150, "FITS"), ("/narrow-lint.html", 500, "FITS")):
            dom = subprocess.run(flags + [f"--window-size={width},1200", "--virtual-time-budget=5000", "--dump-dom", base + page], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True, timeout=120).stdout
            got = re.search(r"<title>(.*?)</title>", dom, re.S)
            got = got.group(1) if got else "no page"
            print(f"{page} at {width} pixels: {got[:200]}")
            bad += not got.startswith(want)
        pdf = pathlib.Path(a.shots or d, "report.pdf")
        pdf.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(flags + [f"--print-to-pdf={pdf}", "--no-pdf-header-footer", "--virtual-time-budget=5000", base + "/r/0.html"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        n_page = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf.read_bytes())) if pdf.exists() else 0
        print(f"printed: {n_page} pages")
        bad += not 0 < n_page < 20
        if a.shots:
            pathlib.Path(a.shots).mkdir(parents=True, exist_ok=True)
            for name, more in (("light", ["--window-size=1150,1900"]), ("dark", ["--window-size=1150,1900", "--blink-settings=preferredColorScheme=0"]),
                               ("narrow", ["--window-size=420,2400"]), ("print", [f"--window-size={A4},2400"])):
                subprocess.run(flags + more + [f"--screenshot={a.shots}/{name}.png", "--virtual-time-budget=3000", base + ("/print.html" if name == "print" else "/r/0.html")],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        server.shutdown()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
