# Findings in every format; names that would be commands, tags or links are text.
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
exec 2>/dev/null
mkdir prompts
bad='prompts/a%0A::error,b|<script>`@x&"c.md'
printf 'Be brief. You are a helper.\nsk-\342\200\213hidden text here \342\200\256 rtl\n' >"$bad"
cp "$bad" "prompts/line
::error::forged.md"
for f in sarif github gitlab junit checkstyle rdjson jsonl markdown html json; do
    tokcount lint --format $f prompts >out.$f
    echo "$f exit $?"
done
grep -c '^::' out.github
grep -v '^::\(error\|warning\|notice\) file=[^:]*::' out.github
grep -c 'forged.md,line=' out.github
grep -c '<script' out.sarif out.html out.junit out.checkstyle out.markdown
head -n 3 out.html | cut -c 1-110
python3 - <<'P'
import json, xml.dom.minidom
from html.parser import HTMLParser
n = len(json.load(open("out.json"))["findings"])
sarif = json.load(open("out.sarif"))
run = sarif["runs"][0]
rules = run["tool"]["driver"]["rules"]
print("sarif", len(run["results"]) == n, all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"]),
      all(all(c not in r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for c in ' <>"|\n')
          for r in run["results"]))
quality = json.load(open("out.gitlab"))
print("gitlab", len(quality) == n, len({q["fingerprint"] for q in quality}) == n)
xml.dom.minidom.parse("out.junit")
found = json.load(open("out.json"))["findings"]
errors = xml.dom.minidom.parse("out.checkstyle").getElementsByTagName("error")
print("checkstyle", [(e.getAttribute("source")[9:], int(e.getAttribute("line")), int(e.getAttribute("column"))) for e in errors] ==
      [(x["rule"], x["line"], x["column"]) for x in found], {e.getAttribute("severity") for e in errors})
print("jsonl", [json.loads(x) for x in open("out.jsonl", encoding="utf-8")] == found)
for d, x in zip(json.load(open("out.rdjson"))["diagnostics"], found):  # columns are bytes there
    where = d["location"]["range"]
    line = open(x["path"], "rb").read().split(b"\n")[x["line"] - 1]
    print("rdjson", d["code"]["value"], d["severity"], d["location"]["path"] == x["path"], where["start"]["line"] == x["line"],
          len(line[:where["start"]["column"] - 1].decode()) + 1 == x["column"], len(line[:where["end"]["column"] - 1].decode()) + 1 == x["end_column"])
tags = set()
class P(HTMLParser):
    def handle_starttag(self, tag, attrs):
        tags.add(tag)
P().feed(open("out.html", encoding="utf-8").read())
print("html", sorted(tags))
P
# the names that diff has for two of them
tokcount lint --format md prompts | cmp - out.markdown && tokcount lint --format full prompts >out.full
tokcount lint --format text prompts | cmp - out.full && echo same
