#!/usr/bin/env python3
"""Logs with a planted cause each, and what an audit must say of them.

    audit_logs.py --write DIR               the logs, and expected.json beside them
    audit_logs.py --check TOKCOUNT [-v]     runs "TOKCOUNT audit --json" on each; exit 1 if one differs

Every log says which cause stands first, and for each cause its tokens and picodollars. Tokens are those
of the texts planted, counted one by one with "TOKCOUNT count" - not by the audit - and put together here
by the provider's rule; prices are written down below. A log is requests with a time each, some seconds apart.
"""
import argparse, json, pathlib, subprocess, sys, tempfile

# picodollars a token: input, read, write 5 minutes, write 1 hour; list prices of November 2026
PRICE = {"claude-opus-4-8": (5000000, 500000, 6250000, 10000000), "claude-sonnet-5": (2000000, 200000, 2500000, 4000000),
         "gpt-4o": (2500000, 1250000, 2500000, 2500000), "gpt-5": (1250000, 125000, 1250000, 1250000),
         "gpt-5-mini": (250000, 25000, 250000, 250000), "gpt-5.6-sol": (4000000, 400000, 5000000, 5000000)}
CLAUDE, GPT = "claude-opus-4-8", "gpt-5"

SUBJECTS = "accounts cards loans transfers savings mortgages insurance pensions complaints limits fees currencies branches".split()
RULES = ["Always check the customer's {0} before you answer a question about {1}, and say which document you used.",
         "When a question about {0} cannot be answered from the {1} handbook, offer to pass it on to a colleague.",
         "Never promise a date for {0}; explain how {1} are handled and where the status can be read.",
         "Amounts in answers about {0} have a currency; those about {1} name the account they belong to."]


def prose(n, start=0):
    """n sentences, no two the same."""
    return " ".join(RULES[i % 4].format(SUBJECTS[i % 13], SUBJECTS[(i // 4 + 5) % 13]) + f" This is guideline {'abcdefghijklmnop'[i % 16]}{'qrstuvwxyz'[i // 16 % 10]}."
                    for i in range(start, start + n))


SYSTEM = prose(90)
OTHER = prose(60, 200)
QUESTIONS = ["How do I block a lost card?", "What does a transfer to Norway cost?", "Can I repay my loan early?",
             "Why was my payment refused yesterday?", "Where do I find my pension statement?", "Which branch is open late?",
             "How long do refunds take?", "Please explain the overdraft fee."]


def tool(name, extra=""):
    return {"name": name, "description": f"Looks up {name.replace('_', ' ')} of a customer. {extra}" + prose(4, len(name)),
            "input_schema": {"type": "object", "properties": {"customer": {"type": "string", "description": "whose"},
                                                              "limit": {"type": "integer"}}, "required": ["customer"]}}


TOOLS = [tool(n) for n in ("account_list", "card_status", "loan_table", "transfer_log", "fee_schedule", "branch_hours")]
MARK = {"type": "ephemeral"}


def block(text, mark=None):
    return {"type": "text", "text": text, **({"cache_control": mark} if mark else {})}


def claude(system, messages, tools=None, model=CLAUDE, **more):
    body = {"model": model, "max_tokens": 500}
    if tools is not None:
        body["tools"] = tools
    if system is not None:
        body["system"] = system
    return {**body, "messages": messages, **more}


def gpt(messages, tools=None, model=GPT, **more):
    return {"model": model, "messages": messages, **({"tools": [{"type": "function", "function": {
        "name": t["name"], "description": t["description"], "parameters": t["input_schema"]}} for t in tools]} if tools else {}), **more}


def line(i, provider, request, gap=20, at=None, **more):
    s = i * gap if at is None else at
    return json.dumps({"at": f"2026-11-02T{9 + s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z", "provider": provider,
                       "id": f"req-{i}", "request": request, **more})


def user(text):
    return {"role": "user", "content": text}


def asks(text):
    return {"role": "assistant", "content": text}


VALUES = {
    "clock": ("Current time: {}", ["2026-11-02T09:00:01Z", "2026-11-02T10:20:22Z", "2026-11-03T11:40:43Z", "2026-11-04T12:00:04Z"]),
    "date": ("Today is {}", ["2026-11-02", "2026-10-13", "2025-11-24", "2024-12-05"]),
    "uuid": ("Trace {}", ["1f0c3b5e-9d4a-4c5b-8e7f-0a1b2c3d4e51", "2f0c3b5e-9d4a-4c5b-8e7f-0a1b2c3d4e52",
                         "3f0c3b5e-9d4a-4c5b-8e7f-0a1b2c3d4e53", "4f0c3b5e-9d4a-4c5b-8e7f-0a1b2c3d4e54"]),
    "counter": ("This is request number {}", ["1041", "2042", "3043", "4044"]),
    "request_id": ("Request ID: {}", ["req_8f3k2j9d0a1", "req_1c7m4n2p5b2", "req_5x9y8z7w6c3", "req_9q8r7s6t5d4"]),
    "hash": ("Context hash: {}", ["9f86d081884c7d659a2feaa0c55ad011", "1b4f0e9851971998e732078544c96b32",
                                  "60303ae22b998861bce3b28f33eec1b3", "fd61a03af4f77d870fc21e05e7e80c94"]),
    "user_name": ("User name: {}", ["Maria Silva", "John Okafor", "Priya Sharma", "Anne Dubois"]),
}


class Book:
    """Counts texts with the command's own counter, and keeps what was counted."""

    def __init__(self, binary):
        self.binary, self.known = binary, {}

    def __call__(self, model, text):
        if (model, text) not in self.known:
            out = subprocess.run([self.binary, "count", "-q", "-m", model, "--jsonl", "-"], input=json.dumps(text) + "\n",
                                 stdout=subprocess.PIPE, text=True, check=True).stdout
            self.known[model, text] = int(out)
        return self.known[model, text]

    def common(self, model, a, b):
        """Tokens that both texts begin with, by their ids."""
        ids = [json.loads(subprocess.run([self.binary, "encode", "-q", "-m", model, "--jsonl", "-"], input=json.dumps(t) + "\n",
                                         stdout=subprocess.PIPE, text=True, check=True).stdout) for t in (a, b)]
        n = 0
        while n < min(map(len, ids)) and ids[0][n] == ids[1][n]:
            n += 1
        return n


def js(value):
    return json.dumps(value)


def steps(n, least=1024, step=128):
    """What of n tokens an automatic cache keeps."""
    n -= n % step
    return 0 if n < least else n


def logs(tok):
    """Every log: name, lines, expected [(cause, tokens, money)], the first of them first."""
    def anthropic(name, requests, expect, gap=20, at=None):
        return {"name": name, "lines": [line(i, "anthropic", r, gap, at[i] if at else None) for i, r in enumerate(requests)], "expect": expect}

    def openai(name, requests, expect, gap=20, at=None):
        return {"name": name, "lines": [line(i, "openai", r, gap, at[i] if at else None) for i, r in enumerate(requests)], "expect": expect}

    c = lambda text, model=CLAUDE: tok(model, text)
    g = lambda text, model=GPT: tok(model, text)
    written = lambda n, model=CLAUDE: n * (PRICE[model][2] - PRICE[model][1])
    plain = lambda n, model=CLAUDE: n * (PRICE[model][0] - PRICE[model][1])
    out = []
    # a value in a system block of its own, in front of a long one with a breakpoint
    for cause, (form, values) in VALUES.items():
        lost = 3 * c(SYSTEM)
        out.append(anthropic(f"{cause}-anthropic", [claude([block(form.format(v)), block(SYSTEM, MARK)], [user(q)]) for v, q in zip(values, QUESTIONS)],
                             [(cause, lost, written(lost))]))
    # the same value at the start of one text, on an automatic cache: the tail of the text is lost
    for cause, (form, values) in VALUES.items():
        texts = [form.format(v) + "\n" + SYSTEM for v in values]
        lost = 0
        for i in range(1, 4):
            best = max(range(i), key=lambda k: len(common(texts[k], texts[i])))
            shared = tok.common(GPT, texts[best], texts[i])
            tail = tok(GPT, common_tail(texts[best], texts[i]))
            lost += steps(shared + tail) - steps(shared)
        out.append(openai(f"{cause}-openai", [gpt([{"role": "system", "content": t}, user(q)]) for t, q in zip(texts, QUESTIONS)],
                          [(cause, lost, plain(lost, GPT))]))
    # tools
    orders = [[0, 1, 2, 3, 4, 5], [1, 0, 2, 3, 4, 5], [2, 1, 0, 3, 4, 5]]
    all_tools = sum(c(js(t)) for t in TOOLS)
    lost = 2 * (all_tools + c(SYSTEM))
    out.append(anthropic("tool_order-anthropic", [claude([block(SYSTEM, MARK)], [user(q)], [TOOLS[i] for i in o]) for o, q in zip(orders, QUESTIONS)],
                         [("tool_order", lost, written(lost))]))
    gpt_tool = lambda t: js(gpt([], [t])["tools"][0])
    last = [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 5, 4]]
    first4 = sum(g(gpt_tool(TOOLS[i])) for i in range(4))
    inside = tok.common(GPT, gpt_tool(TOOLS[4]), gpt_tool(TOOLS[5]))
    rest = g(gpt_tool(TOOLS[4])) + g(gpt_tool(TOOLS[5]))
    # the system prompt is read before the tools in this shape
    shared = g(SYSTEM) + first4 + inside
    lost = steps(shared + rest) - steps(shared)
    out.append(openai("tool_order-openai", [gpt([{"role": "system", "content": SYSTEM}, user(q)], [TOOLS[i] for i in o]) for o, q in zip(last, QUESTIONS)],
                      [("tool_order", lost, plain(lost, GPT))]))
    changed = [TOOLS, TOOLS[1:], TOOLS]
    lost = sum(c(js(t)) for t in TOOLS[1:]) + c(SYSTEM)
    out.append(anthropic("tool_change-anthropic", [claude([block(SYSTEM, MARK)], [user(q)], t) for t, q in zip(changed[:2], QUESTIONS)],
                         [("tool_change", lost, written(lost))]))
    new_first = [tool("weather_report")] + TOOLS
    lost = all_tools + c(SYSTEM)
    out.append(anthropic("tool_change-new-first", [claude([block(SYSTEM, MARK)], [user(q)], t) for t, q in zip([TOOLS, new_first], QUESTIONS)],
                         [("tool_change", lost, written(lost))]))
    # keys and blanks
    turned = {k: TOOLS[0][k] for k in ("description", "name", "input_schema")}
    lost = sum(c(js(t)) for t in TOOLS[1:]) + c(SYSTEM)
    tail = common_tail(js(TOOLS[0]), js(turned))
    extra = c(tail) if len(tail) >= 64 else 0
    out.append(anthropic("key_order-anthropic", [claude([block(SYSTEM, MARK)], [user(q)], [t] + TOOLS[1:]) for t, q in zip([TOOLS[0], turned], QUESTIONS)],
                         [("key_order", lost + extra, written(lost + extra))]))
    states = ['{"limits": {"daily": 500, "weekly": 2000}, "tier": "gold"}', '{"tier": "gold", "limits": {"weekly": 2000, "daily": 500}}']
    lost = c(SYSTEM)
    out.append(anthropic("key_order-text", [claude([block(s), block(SYSTEM, MARK)], [user(q)]) for s, q in zip(states, QUESTIONS)],
                         [("key_order", lost, written(lost))]))
    blanks = ["Answer in English.\nBe brief.", "Answer in English.\n\nBe brief.", "Answer  in English.\nBe brief. "]
    lost = 2 * c(SYSTEM)
    out.append(anthropic("whitespace-anthropic", [claude([block(b), block(SYSTEM, MARK)], [user(q)]) for b, q in zip(blanks, QUESTIONS)],
                         [("whitespace", lost, written(lost))]))
    texts = ["Be brief.\n" + SYSTEM, "Be brief.\n\n" + SYSTEM]
    shared = tok.common(GPT, *texts)
    lost = steps(shared + g(common_tail(*texts))) - steps(shared)
    out.append(openai("whitespace-openai", [gpt([{"role": "system", "content": t}, user(q)]) for t, q in zip(texts, QUESTIONS)],
                      [("whitespace", lost, plain(lost, GPT))]))
    # images
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}}
    talk = [user(OTHER), asks("Thank you, I have read it.")]
    lost = c(OTHER) + c("Thank you, I have read it.")
    out.append(anthropic("image-anthropic", [claude([block(SYSTEM, MARK)], talk + [{"role": "user", "content": [block(QUESTIONS[0], MARK)]}]),
                                             claude([block(SYSTEM, MARK)], talk + [{"role": "user", "content": [block(QUESTIONS[1]), picture, block("See above.", MARK)]}])],
                         [("image", lost, written(lost))]))
    pictures = [{"type": "image_url", "image_url": {"url": "data:image/png;base64," + png.replace("awAA", x)}} for x in ("awAA", "bwAA")]
    lost = steps(g("Look:") + g(OTHER)) - 0
    out.append(openai("image-openai", [gpt([{"role": "user", "content": [{"type": "text", "text": "Look:"}, p, {"type": "text", "text": OTHER}]}]) for p in pictures],
                      [("image", lost, plain(lost, GPT))]))
    # settings
    lost = c(SYSTEM, "claude-sonnet-5")
    out.append({"name": "model_change-anthropic", "lines": [line(i, "anthropic", claude([block(SYSTEM, MARK)], [user(q)], model=m))
                                                            for i, (m, q) in enumerate(zip([CLAUDE, "claude-sonnet-5", CLAUDE], QUESTIONS))],
                "expect": [("model_change", lost, written(lost, "claude-sonnet-5"))]})
    lost = steps(g(SYSTEM, "gpt-5-mini"))
    out.append(openai("model_change-openai", [gpt([{"role": "system", "content": SYSTEM}, user(q)], model=m) for m, q in zip([GPT, "gpt-5-mini"], QUESTIONS)],
                      [("model_change", lost, plain(lost, "gpt-5-mini"))]))
    history = [user(OTHER), asks("Understood."), user("And now?"), asks("Now we can begin.")]
    shared_talk = c(OTHER) + c("Understood.") + c("And now?") + c("Now we can begin.")
    ask = lambda q: {"role": "user", "content": [block(q, MARK)]}
    for name, field, values in (("tool_choice_change", "tool_choice", [{"type": "auto"}, {"type": "any"}]),
                                ("thinking_change", "thinking", [{"type": "disabled"}, {"type": "enabled", "budget_tokens": 2000}])):
        out.append(anthropic(f"{name}-anthropic", [claude([block(SYSTEM, MARK)], history + [ask(q)], TOOLS, **{field: v}) for v, q in zip(values, QUESTIONS)],
                             [(name, shared_talk, written(shared_talk))]))
    lost = g(SYSTEM, "gpt-5.6-sol")
    out.append(openai("thinking_change-openai", [gpt([{"role": "system", "content": SYSTEM}, user(q)], model="gpt-5.6-sol", reasoning_effort=e)
                                                 for e, q in zip(["low", "high"], QUESTIONS)],
                      [("thinking_change", lost, written(lost, "gpt-5.6-sol"))]))
    # lives and lengths
    lost = c(SYSTEM)
    out.append(anthropic("ttl_expired-anthropic", [claude([block(SYSTEM, MARK)], [user(q)]) for q in QUESTIONS[:3]],
                         [("ttl_expired", lost, written(lost))], at=[0, 100, 900]))
    out.append(anthropic("ttl_expired-1h", [claude([block(SYSTEM, {"type": "ephemeral", "ttl": "1h"})], [user(q)]) for q in QUESTIONS[:3]],
                         [("ttl_expired", lost, lost * (PRICE[CLAUDE][3] - PRICE[CLAUDE][1]))], at=[0, 3000, 8000]))
    lost = steps(g(SYSTEM))
    out.append(openai("ttl_expired-openai", [gpt([{"role": "system", "content": SYSTEM}, user(q)]) for q in QUESTIONS[:2]],
                      [("ttl_expired", lost, plain(lost, GPT))], at=[0, 4000]))
    short = prose(20)
    lost = 3 * c(short)
    out.append(anthropic("below_minimum-anthropic", [claude([block(short, MARK)], [user(q)]) for q in QUESTIONS[:4]],
                         [("below_minimum", lost, plain(lost))]))
    lost = 3 * g(short)
    out.append(openai("below_minimum-openai", [gpt([{"role": "system", "content": short}, user(q)]) for q in QUESTIONS[:4]],
                      [("below_minimum", lost, plain(lost, GPT))]))
    lost = 3 * c(SYSTEM)
    out.append(anthropic("no_breakpoint-system", [claude(SYSTEM, [user(q)]) for q in QUESTIONS[:4]], [("no_breakpoint", lost, plain(lost))]))
    growing = [[user(OTHER)], [user(OTHER), asks("Read."), user(QUESTIONS[0])], [user(OTHER), asks("Read."), user(QUESTIONS[0]), asks("At once."), user(QUESTIONS[1])]]
    lost = 2 * (c(SYSTEM) + c(OTHER)) + c("Read.") + c(QUESTIONS[0])
    out.append(anthropic("no_breakpoint-conversation", [claude(SYSTEM, m) for m in growing], [("no_breakpoint", lost, plain(lost))]))
    lost = 3 * c(SYSTEM)
    out.append(anthropic("breakpoint_misplaced-last", [claude([block(SYSTEM)], [{"role": "user", "content": [block(q, MARK)]}]) for q in QUESTIONS[:4]],
                         [("breakpoint_misplaced", lost, written(lost))]))
    lost = 2 * (c(OTHER) + 0)
    out.append(anthropic("breakpoint_misplaced-early", [claude([block(SYSTEM, MARK)], [{"role": "user", "content": [block(OTHER), block(q)]}]) for q in QUESTIONS[:3]],
                         [("breakpoint_misplaced", lost, plain(lost))]))
    many = [m for i in range(14) for m in (user(f"Step {i}: {QUESTIONS[i % 8]}"), asks(f"Answer {i}. " + prose(2, i)))]
    before = [user(OTHER), asks("Read."), ask(QUESTIONS[0])]
    long_talk = [user(OTHER), asks("Read."), user(QUESTIONS[0])] + many
    lost = c(SYSTEM) + c(OTHER) + c("Read.") + c(QUESTIONS[0])
    out.append(anthropic("lookback_exceeded-anthropic", [claude(SYSTEM, before), claude(SYSTEM, long_talk + [ask(QUESTIONS[1])])],
                         [("lookback_exceeded", lost, written(lost))]))
    # history
    turns = [user("First. " + prose(30, 20)), asks("Noted. " + prose(20, 60)), user("Second. " + prose(25, 90)), asks("Good. " + prose(20, 120))]
    lost = sum(c(m["content"]) for m in turns[2:])
    out.append(anthropic("history_edited-dropped", [claude([block(SYSTEM, MARK)], turns + [ask(QUESTIONS[0])]), claude([block(SYSTEM, MARK)], turns[2:] + [ask(QUESTIONS[1])])],
                         [("history_edited", lost, written(lost))]))
    edited = [user("We spoke of savings before."), *turns[1:]]
    lost = sum(c(m["content"]) for m in turns[1:])
    out.append(anthropic("history_edited-rewritten", [claude([block(SYSTEM, MARK)], turns + [ask(QUESTIONS[0])]), claude([block(SYSTEM, MARK)], edited + [ask(QUESTIONS[1])])],
                         [("history_edited", lost, written(lost))]))
    inside = tok.common(GPT, turns[0]["content"], edited[0]["content"])
    shared = g(SYSTEM) + inside
    lost = steps(shared + sum(g(m["content"]) for m in turns[1:])) - steps(shared)
    sys_msg = {"role": "system", "content": SYSTEM}
    out.append(openai("history_edited-openai", [gpt([sys_msg] + turns + [user(QUESTIONS[0])]), gpt([sys_msg] + edited + [user(QUESTIONS[1])])],
                      [("history_edited", lost, plain(lost, GPT))]))
    # other text
    moods = ["Answer with humour.", "Be serious and formal.", "Write as a poet would."]
    lost = 2 * c(SYSTEM)
    out.append(anthropic("other_text-anthropic", [claude([block(m), block(SYSTEM, MARK)], [user(q)]) for m, q in zip(moods, QUESTIONS)],
                         [("other_text", lost, written(lost))]))
    texts = [m + "\n" + SYSTEM for m in moods[:2]]
    shared = tok.common(GPT, *texts)
    lost = steps(shared + g(common_tail(*texts))) - steps(shared)
    out.append(openai("other_text-openai", [gpt([{"role": "system", "content": t}, user(q)]) for t, q in zip(texts, QUESTIONS)],
                      [("other_text", lost, plain(lost, GPT))]))
    # several at once: the larger first
    form, values = VALUES["clock"]
    a = c(SYSTEM)
    out.append({"name": "clock-and-ttl", "lines":
                [line(i, "anthropic", claude([block(form.format(v)), block(SYSTEM, MARK)], [user(q)]), tenant="a") for i, (v, q) in enumerate(zip(values, QUESTIONS))] +
                [line(10 + i, "anthropic", claude([block(SYSTEM, MARK)], [user(q)]), at=t, tenant="b") for i, (q, t) in enumerate(zip(QUESTIONS, (300, 1000)))],
                "expect": [("clock", 3 * a, written(3 * a)), ("ttl_expired", a, written(a))]})
    out.append({"name": "tool_order-and-uuid", "lines":
                [line(i, "anthropic", claude([block(SYSTEM, MARK)], [user(q)], [TOOLS[k] for k in o]), tenant="a") for i, (o, q) in enumerate(zip(orders, QUESTIONS))] +
                [line(20 + i, "anthropic", claude([block(VALUES["uuid"][0].format(v)), block(SYSTEM, MARK)], [user(q)]), tenant="b")
                 for i, (v, q) in enumerate(zip(VALUES["uuid"][1][:2], QUESTIONS))],
                "expect": [("tool_order", 2 * (all_tools + a), written(2 * (all_tools + a))), ("uuid", a, written(a))]})
    out.append({"name": "misplaced-and-date", "lines":
                [line(i, "anthropic", claude([block(SYSTEM)], [{"role": "user", "content": [block(q, MARK)]}]), tenant="a") for i, q in enumerate(QUESTIONS[:4])] +
                [line(20 + i, "anthropic", claude([block(VALUES["date"][0].format(v)), block(SYSTEM, MARK)], [user(q)]), tenant="b")
                 for i, (v, q) in enumerate(zip(VALUES["date"][1][:2], QUESTIONS))],
                "expect": [("breakpoint_misplaced", 3 * a, written(3 * a)), ("date", a, written(a))]})
    # two conversations by turns, a clock in front: each request could have read the last one of its own
    talks = [[(user if i % 2 == 0 else asks)(f"{who} " + prose(12, 300 + 20 * (5 * k + i))) for i in range(5)] for k, who in enumerate(("Anna:", "Bert:"))]
    marked = lambda ms: [*ms[:-1], {"role": "user", "content": [block(ms[-1]["content"], MARK)]}]
    sent = [(talks[k][:n], talks[k][:n - 2] if n > 1 else []) for n in (1, 3, 5) for k in range(2)]
    lost = sum(a + sum(c(m["content"]) for m in before) for _, before in sent[1:])
    out.append(anthropic("clock-two-conversations", [claude([block(f"Current time: 2026-11-02T09:0{i}:{11 * i:02d}Z"), block(SYSTEM)], marked(ms)) for i, (ms, _) in enumerate(sent)],
                         [("clock", lost, written(lost))]))
    # nothing planted: nothing may be found
    out.append(anthropic("clean-anthropic", [claude([block(SYSTEM, MARK)], [user(q)]) for q in QUESTIONS], []))
    out.append(openai("clean-openai", [gpt([{"role": "system", "content": SYSTEM}, user(q)]) for q in QUESTIONS], []))
    out.append(anthropic("clean-conversation", [claude([block(SYSTEM, MARK)], marked(m)) for m in growing], []))
    return out


def common(a, b):
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    return a[:n]


def common_tail(a, b):
    n, most = 0, min(len(a), len(b)) - len(common(a, b))
    while n < most and a[-1 - n] == b[-1 - n]:
        n += 1
    return a[len(a) - n:] if n >= 64 else ""


def check(binary, verbose):
    bad = first = tokens = money = planted = 0
    with tempfile.TemporaryDirectory() as d:
        for log in logs(Book(binary)):
            path = pathlib.Path(d, log["name"] + ".jsonl")
            path.write_text("\n".join(log["lines"]) + "\n")
            p = subprocess.run([binary, "audit", "-q", "--asof", "2026-11-02", "--json", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if p.returncode:
                print(f"{log['name']}: exit {p.returncode}: {p.stderr}")
                bad += 1
                continue
            got = [(x["cause"], x["tokens"], x["money"]) for x in json.loads(p.stdout)["causes"]]
            planted += bool(log["expect"])
            if log["expect"] and got:
                first += got[0][0] == log["expect"][0][0]
                tokens += [x[:2] for x in got] == [x[:2] for x in log["expect"]]
                money += [x[2] for x in got] == [x[2] for x in log["expect"]]
            if got != log["expect"]:
                bad += 1
                print(f"{log['name']}: expected {log['expect']}, got {got}")
            elif verbose:
                print(f"{log['name']}: {got}")
    print(f"{planted} logs with planted causes: {first} named first, {tokens} with exact tokens, {money} with exact money; {bad} wrong")
    return bad


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--write")
    a.add_argument("--check")
    a.add_argument("--binary", default="tokcount")
    a.add_argument("-v", action="store_true")
    a = a.parse_args()
    if a.check:
        sys.exit(check(a.check, a.v) != 0)
    if a.write:
        d = pathlib.Path(a.write)
        d.mkdir(parents=True, exist_ok=True)
        all_logs = logs(Book(a.binary))
        for log in all_logs:
            (d / (log["name"] + ".jsonl")).write_text("\n".join(log["lines"]) + "\n")
        (d / "expected.json").write_text(json.dumps({x["name"]: x["expect"] for x in all_logs}, indent=1) + "\n")
