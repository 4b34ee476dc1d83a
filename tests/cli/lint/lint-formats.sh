# Findings in every format; names that would be commands, tags or links are text.
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
exec 2>/dev/null
mkdir prompts
bad='prompts/a%0A::error,b|<script>`@x&"c.md'
printf 'Be brief. You are a helper.\nsk-\342\200\213hidden text here \342\200\256 rtl\n' >"$bad"
cp "$bad" "prompts/line
::error::forged.md"
for f in sarif github gitlab junit markdown html json; do
    tokcount lint --format $f prompts >out.$f
    echo "$f exit $?"
done
grep -c '^::' out.github
grep -v '^::\(error\|warning\|notice\) file=[^:]*::' out.github
grep -c 'forged.md,line=' out.github
grep -c '<script' out.sarif out.html out.junit out.markdown
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
tags = set()
class P(HTMLParser):
    def handle_starttag(self, tag, attrs):
        tags.add(tag)
P().feed(open("out.html", encoding="utf-8").read())
print("html", sorted(tags))
P
