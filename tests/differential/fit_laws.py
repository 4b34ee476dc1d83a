#!/usr/bin/env python3
"""fit_laws.py - what must hold for the result of `tokcount fit`, told by a reader of requests of its own.

    fit_laws.py TOKCOUNT [-n REQUESTS] [-s SEED] [--broken] [--keep FOLDER]

Requests of every provider are made at random, as agents and chats send them: tools called in parallel,
results as text, blocks, JSON and errors, images, files, thinking with signatures, cache marks, batches of
turns that repeat each other, instructions with fillers. Each is made smaller by a random plan. The rules are
those of the providers' API references, written down here and nowhere taken from the program:

  valid      what was a valid request is one: roles, order, every call with its result, no empty texts where
             the provider refuses them, at most four cache marks
  thinking   of the turn that the tools' results go back to it is the same; what the model said or called keeps its reasoning
  pinned     model, parameters, tools' names and schemas' types, images, files, thinking and its signature,
             ids and names of calls are the same values; a call keeps its arguments or goes with its result
  prefix     without --allow-prefix-change all values up to the last cache mark are the same bytes
  protected  what --protect matches stands as often as before
  budget     the result is within the budget (counted anew), or exit status 1 and nothing is written
  again      a second run changes nothing, the same run gives the same bytes
  undo       `fit --undo REPORT` gives the first bytes

With --broken each request is broken first: messages, blocks and texts taken out, doubled, mixed, given to another. What can still
be counted can be made smaller (budget, again and undo hold), and of a call with its result behind it neither goes alone.
"""
import argparse
import base64
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile

WORDS = ("the order was sent to customer number 4417 on 2026-03-01 and nobody must open it before noon because "
         "parts of shipment B-22 were late while the invoice of 1,250.00 EUR remains unpaid and the manager never agreed "
         "to a refund please check whether all items in the list arrived safely today").split()
FILLERS = ["Please note that it is important to remember that you are a helpful assistant.",
           "As an AI language model, kindly make sure to be so kind as to help the user.",
           "You must always answer in English.", "Never reveal the internal price list.",
           "Keep answers below 200 words.", "MUST-KEEP: quote the ticket id T-1001."]


def sentence(r):
    words = [r.choice(WORDS) for _ in range(r.randint(4, 18))]
    return " ".join(words).capitalize() + r.choice([".", ".", "!", "?"])


def prose(r, most=8):
    s = [sentence(r) for _ in range(r.randint(1, most))]
    if r.random() < .3:
        s += r.sample(s, 1)
    if r.random() < .3:
        s.append(r.choice(FILLERS))
    return r.choice([" ", "\n", "\n\n", "  \n"]).join(s)


def value(r, depth=0):
    k = r.randrange(8 if depth < 3 else 6)
    if k == 0:
        return r.choice([True, False, None])
    if k == 1:
        return r.choice([0, 1, -5, 3.25, 1e21, 12345678901234567890, 0.1])
    if k < 6:
        return r.choice([sentence(r), "a", "", "https://x.example/%d?q=a&b=c" % r.randrange(99), "caf\u00e9 \u4f60\u597d \U0001f600", "tab\tline\nquote\"\\"])
    if k == 6:
        return [value(r, depth + 1) for _ in range(r.randint(0, 5))]
    return {r.choice(["id", "name", "text", "score", "url", "items", "k%d" % r.randrange(9)]): value(r, depth + 1) for _ in range(r.randint(0, 5))}


def result_text(r):
    k = r.randrange(5)
    if k == 0:
        return json.dumps(value(r), indent=r.choice([None, 2, 4]), ensure_ascii=r.random() < .5)
    if k == 1:
        return json.dumps([{"id": i, "text": sentence(r), "score": r.random()} for i in range(r.randint(1, 30))], indent=r.choice([None, 2]))
    if k == 2:
        return "\n".join("%4d: %s" % (i, sentence(r)) for i in range(r.randint(1, 60)))
    if k == 3:
        return "ok"
    return prose(r, 20)


def schema(r):
    names = r.sample(["path", "query", "limit", "city", "unit", "items", "_id", "$ref"], r.randint(0, 4))
    s = {"type": "object", "properties": {n: {"type": r.choice(["string", "number", "boolean"]), "description": prose(r, 2)} for n in names}}
    if names and r.random() < .7:
        s["required"] = r.sample(names, r.randint(1, len(names)))
    return s


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0" + bytes(40)).decode()


class Talk:
    """A conversation that no provider owns: (who, what) in order; a call step is calls and their results."""

    def __init__(self, r):
        self.r = r
        self.system = [prose(r, 5) for _ in range(r.choice([0, 1, 1, 2]))]
        self.tools = [("tool_%d" % i, prose(r, 3), schema(r)) for i in range(r.choice([0, 1, 2, 4]))]
        self.steps, said = [], []
        n = 0
        for _ in range(r.randint(1, 12)):
            text = r.choice(said) if said and r.random() < .2 else prose(r, 10)
            said.append(text)
            self.steps.append(("user", text, r.random() < .1))
            for _ in range(r.choice([0, 0, 1, 1, 3]) if self.tools else 0):
                calls = []
                for _ in range(r.choice([1, 1, 2, 3])):
                    n += 1
                    got = r.choice(said) if r.random() < .15 else result_text(r)
                    said.append(got)
                    calls.append(("call_%d" % n, r.choice(self.tools)[0], {"q": sentence(r)} if r.random() < .8 else value_dict(r), got))
                self.steps.append(("calls", calls, prose(r, 2) if r.random() < .4 else ""))
            if r.random() < .85:
                self.steps.append(("assistant", prose(r, 6), r.random() < .2))
            else:
                break  # a turn under way: results are the last where tools were called
        if self.steps[-1][0] == "assistant":
            self.steps.append(("user", prose(r, 3), False))


def value_dict(r):
    v = value(r, 0)
    return v if isinstance(v, dict) else {"v": v}


# --- the providers: made -----------------------------------------------------------------------

def anthropic(t):
    r = t.r
    mark = lambda: {"cache_control": r.choice([{"type": "ephemeral"}, {"type": "ephemeral", "ttl": "5m"}])}
    left = [r.choice([0, 0, 1, 2, 4])]

    def may(block, chance=.25):
        if left[0] and r.random() < chance:
            left[0] -= 1
            block.update(mark())
        return block
    q = {"model": "claude-opus-5", "max_tokens": 1000}
    if t.tools:
        q["tools"] = [may({"name": n, "description": d, "input_schema": s}, .1) for n, d, s in t.tools]
    if t.system:
        q["system"] = [may({"type": "text", "text": s}) for s in t.system] if r.random() < .7 else "\n".join(t.system)
    m = []

    def put(role, blocks):
        if m and m[-1]["role"] == role and role == "user":
            m[-1]["content"] += blocks
        else:
            m.append({"role": role, "content": blocks})
    thinks = r.random() < .3
    for s in t.steps:
        if s[0] == "user":
            b = [may({"type": "text", "text": s[1]})]
            if s[2]:
                b.insert(0, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}})
            if r.random() < .08:
                b.insert(0, may({"type": "document", "title": sentence(r), "source": {"type": "text", "media_type": "text/plain", "data": prose(r, 20)}}))
            put("user", b)
        elif s[0] == "assistant":
            b = []
            if thinks and r.random() < .3:
                b.append({"type": "redacted_thinking", "data": "ZGF0YQ%d" % r.randrange(999)})
            if r.random() < .1:
                b += [{"type": "server_tool_use", "id": "srv_%d" % len(m), "name": "web_search", "input": {"query": sentence(r)}},
                      {"type": "web_search_tool_result", "tool_use_id": "srv_%d" % len(m), "content": [
                          {"type": "web_search_result", "title": sentence(r), "url": "https://x.example", "encrypted_content": "Zm9v", "page_age": None}]}]
            put("assistant", b + [may({"type": "text", "text": s[1]}, .1)])
        else:
            b = [{"type": "thinking", "thinking": prose(r, 3), "signature": "sig%d" % r.randrange(10**9)}] if thinks else []
            b += [{"type": "text", "text": s[2]}] if s[2] else []
            put("assistant", b + [{"type": "tool_use", "id": c[0], "name": c[1], "input": c[2]} for c in s[1]])
            b = []
            for c in s[1]:
                x = {"type": "tool_result", "tool_use_id": c[0], "content": c[3] if r.random() < .6 else [{"type": "text", "text": c[3]}]}
                if r.random() < .1:
                    x["is_error"] = True
                if r.random() < .05:
                    del x["content"]
                elif r.random() < .1 and isinstance(x["content"], list):
                    x["content"].append({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}})
                b.append(may(x, .1))
            if r.random() < .1:
                b.append({"type": "text", "text": prose(r, 2)})
            put("user", b)
    for x in m:
        if len(x["content"]) == 1 and x["content"][0].keys() == {"type", "text"} and r.random() < .6:
            x["content"] = x["content"][0]["text"]
    q["messages"] = m
    return q


def chat(t):
    r = t.r
    m = [{"role": r.choice(["system", "system", "developer"]), "content": s} for s in t.system]
    for s in t.steps:
        if s[0] == "user":
            c = s[1]
            if s[2] or r.random() < .2:
                c = [{"type": "text", "text": s[1]}]
            if s[2]:
                c.append({"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}})
            m.append({"role": "user", "content": c})
        elif s[0] == "assistant":
            m.append({"role": "assistant", "content": [{"type": "text", "text": s[1]}] if s[2] else s[1]})
        else:
            m.append({"role": "assistant", "content": s[2] or None, "tool_calls": [
                {"id": c[0], "type": "function", "function": {"name": c[1], "arguments": json.dumps(c[2], indent=r.choice([None, 2]))}} for c in s[1]]})
            m += [{"role": "tool", "tool_call_id": c[0], "content": [{"type": "text", "text": c[3]}] if r.random() < .2 else c[3]} for c in s[1]]
    for x in m:
        if x["role"] == "user" and r.random() < .05:
            x["name"] = "anna"
    q = {"model": "gpt-4o", "messages": m, "temperature": 0.2}
    if t.tools:
        q["tools"] = [{"type": "function", "function": {"name": n, "description": d, "parameters": s}} for n, d, s in t.tools]
    return q


def responses(t):
    r = t.r
    items = []
    for s in t.steps:
        if s[0] == "user":
            c = s[1] if not s[2] and r.random() < .5 else [{"type": "input_text", "text": s[1]}]
            if s[2]:
                c.append({"type": "input_image", "image_url": "data:image/png;base64," + PNG})
            items.append({"role": "user", "content": c})
        elif s[0] == "assistant":
            items.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": s[1], "annotations": []}]})
        else:
            if s[2]:
                items.append({"type": "reasoning", "id": "rs_%d" % r.randrange(10**6), "summary": [], "encrypted_content": "gAAAA" + s[1][0][0]})
            items += [{"type": "function_call", "call_id": c[0], "name": c[1], "arguments": json.dumps(c[2])} for c in s[1]]
            items += [{"type": "function_call_output", "call_id": c[0], "output": [{"type": "input_text", "text": c[3]}] if r.random() < .15 else c[3]} for c in s[1]]
            if r.random() < .1:
                items.append({"type": "web_search_call", "id": "ws_%d" % len(items), "status": "completed", "action": {"type": "search", "query": sentence(r)}})
    q = {"model": "gpt-5", "input": items}
    if t.system:
        q["instructions"] = "\n\n".join(t.system)
    if t.tools:
        q["tools"] = [{"type": "function", "name": n, "description": d, "parameters": s, "strict": False} for n, d, s in t.tools]
    return q


def gemini(t):
    r = t.r
    c = []

    def put(role, parts):
        if c and c[-1]["role"] == role and role == "user" and "functionResponse" not in c[-1]["parts"][0]:
            c[-1]["parts"] += parts
        else:
            c.append({"role": role, "parts": parts})
    for s in t.steps:
        if s[0] == "user":
            p = [{"text": s[1]}]
            if s[2]:
                p.append({"inlineData": {"mimeType": "image/png", "data": PNG}})
            put("user", p)
        elif s[0] == "assistant":
            put("model", ([{"text": prose(r, 2), "thought": True}] if s[2] else []) + [{"text": s[1]}])
        else:
            put("model", ([{"text": s[2]}] if s[2] else []) + [
                dict({"functionCall": {"name": k[1], "args": k[2]}}, **({"thoughtSignature": "c2ln%04d" % i} if r.random() < .2 else {})) for i, k in enumerate(s[1])])
            put("user", [{"functionResponse": {"name": k[1], "response": {"result": k[3]}}} for k in s[1]])
    q = {"contents": c}
    if r.random() < .5:
        q["model"] = "gemini-2.5-pro"
    if t.system:
        q[r.choice(["systemInstruction", "system_instruction"])] = {"parts": [{"text": s} for s in t.system]}
    if t.tools:
        q["tools"] = [{"functionDeclarations": [{"name": n, "description": d, "parameters": s} for n, d, s in t.tools]}]
    return q


def mistral(t):
    q = chat(t)
    q["model"] = "mistral-large-2411"
    for m in q["messages"]:
        if m["role"] == "developer":
            m["role"] = "system"
        if m["role"] == "tool":
            m["name"] = "x"
        if isinstance(m["content"], list):
            for b in m["content"]:
                if b["type"] == "image_url":
                    b["image_url"] = b["image_url"]["url"]
    return q


def cohere(t):
    q = chat(t)
    q["model"] = "command-r-plus-08-2024"
    for m in q["messages"]:
        if m["role"] == "developer":
            m["role"] = "system"
        if m["role"] == "assistant" and "tool_calls" in m:
            m["tool_plan"] = m.pop("content") or "I will look."
        if m["role"] == "tool" and t.r.random() < .5:
            m["content"] = [{"type": "document", "document": {"data": m["content"]}}]
        if isinstance(m.get("content"), list):
            m["content"] = [b for b in m["content"] if b["type"] != "image_url"]
    return q


def block_to_bedrock(b, r):
    """The same block in Bedrock's words; None: it has no such thing."""
    kind = b["type"]
    if kind == "text":
        return {"text": b["text"]}
    if kind == "image":
        return {"image": {"format": "png", "source": {"bytes": b["source"]["data"]}}}
    if kind == "document":
        return {"document": {"format": "txt", "name": "notes", "context": b["title"], "source": {"text": b["source"]["data"]}}}
    if kind == "thinking":
        return {"reasoningContent": {"reasoningText": {"text": b["thinking"], "signature": b["signature"]}}}
    if kind == "redacted_thinking":
        return {"reasoningContent": {"redactedContent": b["data"]}}
    if kind == "tool_use":
        return {"toolUse": {"toolUseId": b["id"], "name": b["name"], "input": b["input"]}}
    if kind == "tool_result":
        content = [block_to_bedrock(x, r) for x in blocks_of(b.get("content"))]
        for x in content:
            if r.random() < .3 and x.get("text", " ")[0] in "[{":
                x["json"] = json.loads(x.pop("text"))
        result = {"toolUseId": b["tool_use_id"], "content": content}
        if b.get("is_error"):
            result["status"] = "error"
        return {"toolResult": result}
    return None


def list_to_bedrock(blocks, r, one=block_to_bedrock):
    out = []
    for b in blocks:
        made = one(b, r)
        if made:
            out.append(made)
            if "cache_control" in b:
                out.append({"cachePoint": {"type": "default", **({"ttl": b["cache_control"]["ttl"]} if "ttl" in b["cache_control"] else {})}})
    return out


def bedrock(t):
    q, r = anthropic(t), t.r
    out = {"modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "inferenceConfig": {"maxTokens": 1000},
           "messages": [{"role": m["role"], "content": list_to_bedrock(blocks_of(m["content"]), r)} for m in q["messages"]]}
    if "tools" in q:
        out["toolConfig"] = {"tools": list_to_bedrock(q["tools"], r, lambda x, _: {"toolSpec": {
            "name": x["name"], "description": x["description"], "inputSchema": {"json": x["input_schema"]}}})}
    if "system" in q:
        out["system"] = list_to_bedrock(blocks_of(q["system"]), r)
    return out


def block_from_bedrock(b):
    assert len(b) == 1, "a block with the members %s" % list(b)
    (kind, v), = b.items()
    if kind == "text":
        return {"type": "text", "text": v}
    if kind == "reasoningContent":
        return {"type": "thinking", "thinking": v}
    if kind == "toolUse":
        return {"type": "tool_use", "id": v["toolUseId"], "name": v["name"], "input": v["input"]}
    if kind == "toolResult":
        return {"type": "tool_result", "tool_use_id": v["toolUseId"], "content": [block_from_bedrock(x) for x in v["content"]], "status": v.get("status")}
    if kind == "toolSpec":
        return {"type": kind, "name": v["name"], "description": v["description"], "input_schema": v["inputSchema"]["json"]}
    return {"type": kind, "value": v}


def list_from_bedrock(blocks):
    out = []
    for b in blocks:
        if "cachePoint" in b:
            assert out, "a cache point with nothing in front"
            assert "cache_control" not in out[-1], "two cache points in one place"
            out[-1]["cache_control"] = b["cachePoint"]
        else:
            out.append(block_from_bedrock(b))
    return out


def from_bedrock(q):
    """In Anthropic's words, which most rules are the same in."""
    out = {k: v for k, v in q.items() if k not in ("messages", "system", "toolConfig")}
    out["messages"] = [{"role": m["role"], "content": list_from_bedrock(m["content"])} for m in q["messages"]]
    if "system" in q:
        assert q["system"], "an empty list"
        out["system"] = list_from_bedrock(q["system"])
    if "toolConfig" in q:
        assert q["toolConfig"]["tools"], "an empty list"
        out["tools"] = list_from_bedrock(q["toolConfig"]["tools"])
    return out


MADE = {"anthropic": anthropic, "bedrock": bedrock, "openai-chat": chat, "openai-responses": responses, "gemini": gemini, "mistral": mistral, "cohere": cohere}


# --- the rules ---------------------------------------------------------------------------------

def blocks_of(content):
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def valid_anthropic(q):
    marks = 0
    for x in [*q.get("tools", []), *blocks_of(q.get("system"))]:
        marks += "cache_control" in x
    assert q["messages"], "no messages"
    assert q["messages"][0]["role"] == "user", "the first message is not the user's"
    waiting = []
    for i, m in enumerate(q["messages"]):
        b = blocks_of(m["content"])
        assert b, "message %d is empty" % i
        marks += sum("cache_control" in x for x in b)
        if waiting:
            assert m["role"] == "user", "calls without results"
            got = [x["tool_use_id"] for x in b if x["type"] == "tool_result"]
            assert sorted(got) == sorted(waiting), "results %s of calls %s" % (got, waiting)
            front = [x["type"] == "tool_result" for x in b]
            assert front == sorted(front, reverse=True), "text in front of a result"
        else:
            assert not any(x["type"] == "tool_result" for x in b), "a result without its call"
        for x in b:
            if x["type"] == "text":
                assert x["text"].strip(), "an empty text"
            if x["type"].endswith("thinking"):
                assert m["role"] == "assistant" and x is b[0], "thinking not in front"
        served = [x["id"] for x in b if x["type"] == "server_tool_use"]
        assert served == [x["tool_use_id"] for x in b if x["type"].endswith("_tool_result")], "a provider's tool without its result"
        waiting = [x["id"] for x in b if x["type"] == "tool_use"]
        assert not waiting or m["role"] == "assistant"
    assert not waiting, "the last call has no result"
    assert marks <= 4, "%d cache marks" % marks


def valid_chat(q):
    waiting, seen = set(), 0
    for m in q["messages"]:
        if m["role"] in ("tool", "function"):
            call = m["name"] if m["role"] == "function" else m["tool_call_id"]
            assert call in waiting, "a result without its call"
            waiting.remove(call)
            assert isinstance(m["content"], (str, list)), "a result without content"
            continue
        assert not waiting, "calls without results: %s" % waiting
        if m["role"] == "assistant":
            calls = m.get("tool_calls", [])
            if m.get("function_call"):
                waiting = {m["function_call"]["name"]}
                continue
            assert calls or m.get("content"), "an empty answer"
            assert "tool_calls" not in m or calls, "an empty list of calls"
            for c in calls:
                json.loads(c["function"]["arguments"])
            waiting = {c["id"] for c in calls}
        else:
            assert m["role"] in ("system", "developer", "user")
            seen += m["role"] == "user"
            b = blocks_of(m["content"])
            assert b and all(x["type"] != "text" or x["text"].strip() for x in b), "an empty message"
    assert not waiting, "calls without results"
    assert seen, "no user turn"


def valid_responses(q):
    calls, done, previous = set(), set(), None
    for x in q["input"]:
        kind = x.get("type", "message")
        if previous == "reasoning":
            assert kind == "reasoning" or kind.endswith("_call") or x.get("role") == "assistant", "reasoning without what followed it"
        if kind == "function_call":
            json.loads(x["arguments"])
        if kind.endswith("_call") and "call_id" in x:
            calls.add(x["call_id"])
        elif kind.endswith("_output"):
            assert x["call_id"] in calls and x["call_id"] not in done, "a result without its call"
            done.add(x["call_id"])
        elif kind == "message":
            b = x["content"]
            assert b, "an empty message"
        previous = kind
    assert calls == done, "calls without results"
    assert q["input"]


def valid_gemini(q):
    waiting = None
    assert q["contents"] and q["contents"][0]["role"] == "user"
    for c in q["contents"]:
        assert c["parts"], "a content without parts"
        got = [p["functionResponse"]["name"] for p in c["parts"] if "functionResponse" in p]
        if waiting:
            assert got == waiting, "responses %s of calls %s" % (got, waiting)
        else:
            assert not got, "a response without its call"
        for p in c["parts"]:
            assert "text" not in p or p["text"].strip(), "an empty text"
            assert p.keys() - {"thought", "thoughtSignature"}, "a part that holds nothing"
        waiting = [p["functionCall"]["name"] for p in c["parts"] if "functionCall" in p]
    assert not waiting


VALID = {"anthropic": valid_anthropic, "bedrock": lambda q: valid_anthropic(from_bedrock(q)), "openai-chat": valid_chat, "openai-responses": valid_responses, "gemini": valid_gemini,
         "mistral": valid_chat, "cohere": valid_chat}


def fixed(name, q):
    """The values that no pass may change, and those that may only go: (must stay, may go as a whole)."""
    q = copy.deepcopy(from_bedrock(q) if name == "bedrock" else q)
    stay = {k: v for k, v in q.items() if k not in ("messages", "system", "input", "instructions", "contents", "systemInstruction", "system_instruction", "tools", "documents")}
    tools = []

    def bare(s):
        if isinstance(s, dict):
            return {k: sorted(v) if k == "required" else bare(v) for k, v in s.items() if k not in ("description", "cache_control") or isinstance(v, dict) and "type" in v and k == "description"}
        return [bare(x) for x in s] if isinstance(s, list) else s
    for t in q.get("tools", []):
        for f in t.get("functionDeclarations", [t]):
            tools.append(json.dumps(bare(f), sort_keys=True))
    stay["tools"] = sorted(tools)
    go = []
    if name in ("anthropic", "bedrock"):
        for m in q["messages"]:
            for b in blocks_of(m["content"]):
                go += [x for x in blocks_of(b.get("content")) if b["type"] == "tool_result" and x["type"] == "image"]
                if b["type"] in ("image", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "web_search_tool_result"):
                    b.pop("cache_control", None)
                    go.append(b)
    elif name in ("openai-chat", "mistral", "cohere"):
        for m in q["messages"]:
            for c in m.get("tool_calls", []):
                c["function"]["arguments"] = json.loads(c["function"]["arguments"])
                go.append(c)
            go += [b for b in blocks_of(m.get("content")) if b["type"] not in ("text", "document")]
    elif name == "openai-responses":
        for x in q["input"]:
            if x.get("type") == "function_call":
                x["arguments"] = json.loads(x["arguments"])
                go.append(x)
            elif x.get("type") in ("reasoning", "web_search_call"):
                go.append(x)
            elif isinstance(x.get("content"), list):
                go += [b for b in x["content"] if not b["type"].endswith("_text")]
    else:
        for c in q["contents"]:
            go += [p for p in c["parts"] if "functionCall" in p or "inlineData" in p]
    return stay, [json.dumps(x, sort_keys=True) for x in go]


def last_role(q):
    turns = q.get("messages") or q.get("contents") or q["input"]
    return turns[-1].get("role", turns[-1].get("type"))


def last_thinking(q):
    """Of the turn that goes on with results of tools: its thinking, which the provider compares."""
    m = q["messages"]
    if len(m) < 2 or not any(b["type"] == "tool_result" for b in blocks_of(m[-1]["content"])):
        return None
    return [{k: v for k, v in b.items() if k != "cache_control"} for b in blocks_of(m[-2]["content"]) if b["type"].endswith("thinking")]


def reasoned(q):
    """What the model said and called, each with the reasoning in front: the provider takes neither without the other."""
    out, reason = {}, []
    for x in q["input"]:
        if x.get("type") == "reasoning":
            reason = reason + [x["id"]]
        elif x.get("role", "assistant") != "assistant" or x["type"].endswith("_output"):
            reason = []
        elif "call_id" in x or "id" in x:
            out[x.get("call_id") or x["id"]] = reason
    return out


def is_subsequence(a, b):
    it = iter(b)
    return all(x in it for x in a)


def marked_prefix(q):
    """Every value up to the last cache mark of an Anthropic or Bedrock request, in the order the provider has them."""
    if "modelId" in q:
        q = from_bedrock(q)
    out, last = [], 0
    for place, x in ([("tools", t) for t in q.get("tools", [])] + [("system", b) for b in blocks_of(q.get("system"))] +
                     [(m["role"], b) for m in q["messages"] for b in blocks_of(m["content"])]):
        x = dict(x)
        marked = x.pop("cache_control", None)
        out.append((place, json.dumps(x)))
        if marked:
            last = len(out)
    return out[:last]


def texts(x):
    if isinstance(x, str):
        yield x
    elif isinstance(x, dict):
        for v in x.values():
            yield from texts(v)
    elif isinstance(x, list):
        for v in x:
            yield from texts(v)


class Fit:
    def __init__(self, program, folder):
        self.program, self.folder, self.more = program, folder, []

    def run(self, args, data=None):
        p = subprocess.run([self.program, *args, *self.more], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder, timeout=120)
        return p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def plan(r, tokens):
    a = []
    k = r.randrange(8)
    if k == 0:
        a += ["--lossless"]
    elif k < 6:
        a += ["--budget", str(max(1, int(tokens * r.choice([.2, .4, .6, .8, .95]))))]
        if r.random() < .6:
            a += ["--waive", r.choice(["all", "number,name,date", "name"])]
    if k == 6:
        a += ["--passes", r.choice(["minify", "trim", "dedupe", "summarise", "budget", "layout"])]
        if a[1] in ("summarise", "budget", "trim"):
            a += ["--waive", "all"]
        if a[1] == "budget":
            a += ["--budget", str(max(1, tokens // 2))]
    if r.random() < .15 and k not in (0, 6):
        a += ["--trim"]
    if r.random() < .15 and k != 6:
        a += ["--layout", "--call-gap", "30"]
    if r.random() < .2:
        a += ["--protect", "MUST-KEEP[^.]*|T-[0-9]+"]
    if r.random() < .2 and k != 0:
        a += ["--keep-turns", str(r.randrange(5))]
    if r.random() < .15:
        a += ["--allow-prefix-change"]
    if r.random() < .1:
        a += ["--keep-prefix", str(tokens // 3)]
    if r.random() < .1 and k not in (0, 6):
        a += ["--pack", str(max(1, tokens // 8))]
    if r.random() < .05 and k not in (0, 6):
        a += ["--keep-examples", "1"]
    return a


def lists_of(x):
    if isinstance(x, (dict, list)):
        if isinstance(x, list) and x:
            yield x
        for v in x.values() if isinstance(x, dict) else x:
            yield from lists_of(v)


def texts_of(x):
    """Where texts stand: (object or list, key), but the model's name."""
    for k, v in x.items() if isinstance(x, dict) else enumerate(x):
        if isinstance(v, str) and k not in ("model", "modelId"):
            yield x, k
        elif isinstance(v, (dict, list)):
            yield from texts_of(v)


ODD = ["", "  \n\n\n\n ", "\U0001f600" * 50, "[", '{"a":1}', "x" * 5000, "\0", "a\n" * 800, "[Nearly the same came before.]",
       "[Summary of earlier messages]\nuser: hello."]


def break_it(q, r):
    for _ in range(r.choice([1, 1, 2, 4])):
        turns = q.get("messages") or q.get("contents") or q.get("input")
        if not turns:
            return
        some = turns if r.random() < .6 else r.choice(list(lists_of(q)))
        a, b = r.choices(list(texts_of(q)), k=2)
        k = r.randrange(7)
        if k == 0 and some:
            del some[r.randrange(len(some))]
        elif k == 1 and some:
            some.insert(r.randrange(len(some) + 1), copy.deepcopy(r.choice(some)))
        elif k == 2:
            r.shuffle(some)
        elif k == 3:
            r.choice(turns)["role"] = r.choice([x["role"] for x in turns if "role" in x] + ["narrator"])
        elif k == 4:
            a[0][a[1]] = r.choice(ODD)
        elif k == 5:
            a[0][a[1]], b[0][b[1]] = b[0][b[1]], a[0][a[1]]
        elif len(some) > 1:
            del some[r.randrange(1, len(some)):]


def calls_and_results(x):
    """("call" or "result", id) in order, whatever the shape."""
    if isinstance(x, list):
        for v in x:
            yield from calls_and_results(v)
    elif isinstance(x, dict):
        kind = str(x.get("type"))
        for key, what, of in (("toolUse", "call", "toolUseId"), ("toolResult", "result", "toolUseId")):
            if isinstance(x.get(key), dict):
                yield what, x[key].get(of)
        if kind == "tool_use" or kind == "function" and "id" in x:
            yield "call", x.get("id")
        elif kind.endswith("_call") and "call_id" in x:
            yield "call", x["call_id"]
        elif kind == "tool_result" or kind.endswith("_call_output") or x.get("role") == "tool":
            yield "result", x.get("tool_use_id") or x.get("call_id") or x.get("tool_call_id")
        for k, v in x.items():
            if k != "tools":
                yield from calls_and_results(v)


def answered(q):
    """The calls that have one result, and that behind them."""
    seen = list(calls_and_results(q))
    ids = [k for _, k in seen]
    return {k for i, (what, k) in enumerate(seen) if what == "call" and ids.count(k) == 2 and ("result", k) in seen[i + 1:]}


def check_broken(fit, name, text, args):
    said, now = run_and_back(fit, text, args)
    if now:
        left = {k for _, k in calls_and_results(now)}
        assert all(k in answered(now) for k in answered(json.loads(text)) & left), "half of a call and its result"
    return said


def run_and_back(fit, text, args):
    """What holds of any request: (what came of it, the result where it is another)."""
    code, out, talk = fit.run(["fit", "-q", "--report=r.json", *args, "-"], text)
    if code == 1:
        assert not out and "--budget" in args, "exit status 1 with output, or without a budget"
        return "over", None
    assert code == 0, "exit status %d: %s" % (code, talk)
    code, again, _ = fit.run(["fit", "-q", *args, "-"], text)
    assert (code, again) == (0, out), "another run gives other bytes"
    code, again, talk = fit.run(["fit", "-q", *args, "-"], out)
    assert (code, again) == (0, out), "a run over the result changes it, or status %d: %s" % (code, talk)
    code, again, talk = fit.run(["fit", "--undo", "r.json", "-"], out)
    assert (code, again) == (0, text), "undo: other bytes, or status %d: %s" % (code, talk)
    if "--budget" in args:
        code, n, talk = fit.run(["count", "--as", "request", "--total", "-q", "-"], out)
        assert code == 0, talk
        budget = int(args[args.index("--budget") + 1])
        assert int(n) <= budget, "%s tokens, budget %d" % (n, budget)
    return ("same", None) if out == text else ("smaller", json.loads(out))


def check(fit, name, text, args):
    first = json.loads(text)
    try:
        VALID[name](first)
    except AssertionError as e:
        raise RuntimeError("the request itself is bad: %s" % e)
    said, now = run_and_back(fit, text, args)
    if not now:
        return said
    VALID[name](now)
    stay, go = fixed(name, first)
    stay_now, go_now = fixed(name, now)
    assert stay_now == stay, "what must stay: %s" % [k for k in stay if stay[k] != stay_now.get(k)]
    assert last_role(now) == last_role(first), "another has the last word"
    assert is_subsequence(go_now, go), "a pinned value changed"
    if "--lossless" in args:
        assert len(go_now) == len(go), "lossless, and something went"
    if name in ("anthropic", "bedrock"):
        a, b = [last_thinking(from_bedrock(x) if name == "bedrock" else x) for x in (first, now)]
        assert a == b, "thinking of the turn under way"
    if name == "openai-responses":
        before = reasoned(first)
        assert all(before[k] == v for k, v in reasoned(now).items()), "an item without its reasoning"
    if name in ("anthropic", "bedrock") and "--allow-prefix-change" not in args:
        kept = marked_prefix(first)
        assert [x for x in marked_prefix(now)][:len(kept)] == kept, "the marked prefix changed"
    if "--protect" in args:
        find = re.compile("MUST-KEEP[^.]*|T-[0-9]+")
        a, b = [sum((find.findall(s) for s in texts(x)), []) for x in (first, now)]
        assert all(b.count(x) >= a.count(x) for x in a), "protected text went"
    return said


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("-n", type=int, default=1000)
    p.add_argument("-s", type=int, default=1)
    p.add_argument("--broken", action="store_true", help="requests that are none any more")
    p.add_argument("--keep", help="requests that break a law go here")
    a = p.parse_args()
    sums, bad = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        fit = Fit(os.path.abspath(a.program), folder)
        for i in range(a.s, a.s + a.n):
            r = random.Random(i)
            name = list(MADE)[i % len(MADE)]
            q = MADE[name](Talk(r))
            if a.broken:
                break_it(q, r)
            text = json.dumps(q, indent=r.choice([None, None, 1, 2, 4]), ensure_ascii=r.random() < .5,
                              separators=r.choice([None, (",", ":")])).encode()
            fit.more = ["-e", "o200k_base"] if name == "cohere" else []  # its own vocabulary is not in the repository
            code, n, talk = fit.run(["count", "--as", "request", "--total", "-q", "-"], text)
            args = []
            try:
                assert code == 0 or a.broken, talk
                if code == 0:
                    args = plan(r, int(n))
                    said = (check_broken if a.broken else check)(fit, name, text, args)
                else:
                    said = "not read"
            except Exception as e:  # noqa: a validator that cannot read the result is a finding as well
                bad += 1
                said = "bad"
                print("seed %d, %s: fit %s: %s: %s" % (i, name, " ".join(args), type(e).__name__, e))
                if a.keep:
                    os.makedirs(a.keep, exist_ok=True)
                    with open(os.path.join(a.keep, "%d.json" % i), "wb") as f:
                        f.write(text)
            sums[said] = sums.get(said, 0) + 1
    print("%d requests: %s" % (a.n, ", ".join("%d %s" % (v, k) for k, v in sorted(sums.items()))))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
