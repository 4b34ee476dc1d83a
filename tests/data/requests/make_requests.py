#!/usr/bin/env python3
"""Writes the request samples of this folder: DIALECT/NAME.json (or .yaml, .md, .txt).

All texts are our own. The style of a file (indented, compact, spaced oddly, all escapes, CRLF)
follows from its number, so that every provider has every style. Images are small files
whose headers have the dimensions named (the PNGs are whole, the others end behind the header). Run in this folder; no arguments.
"""
import base64
import json
import os
import struct
import zlib

count = 0
names = {}


def png(w, h):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 1, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * (h * (1 + (w + 7) // 8)), 9)) + chunk(b"IEND", b""))


def jpeg(w, h):
    return (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
            + b"\xff\xc2\x00\x0b\x08" + struct.pack(">HH", h, w) + b"\x01\x01\x11\x00\xff\xd9")


def gif(w, h):
    return b"GIF89a" + struct.pack("<HH", w, h) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff;"


def webp(w, h):
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + struct.pack("<I", w - 1)[:3] + struct.pack("<I", h - 1)[:3]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(pages):
    objects = ["<< /Type /Catalog /Pages 2 0 R >>",
               "<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, " ".join("%d 0 R" % (3 + i) for i in range(pages)))]
    objects += ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"] * pages
    text = "%PDF-1.4\n"
    for i, o in enumerate(objects):
        text += "%d 0 obj\n%s\nendobj\n" % (i + 1, o)
    return (text + "trailer << /Root 1 0 R >>\n%%EOF\n").encode()


def wav(seconds):
    rate, n = 8000, int(8000 * seconds)
    data = b"\x80" * min(n, 64)
    return (b"RIFF" + struct.pack("<I", 36 + n) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, rate, rate, 1, 8)
            + b"data" + struct.pack("<I", n) + data)


def b64(b):
    return base64.b64encode(b).decode()


def data_url(mime, b):
    return "data:%s;base64,%s" % (mime, b64(b))


def spaced(value, depth=0):
    """Blanks where nobody puts them."""
    if isinstance(value, dict):
        return "{ " + " ,\t".join('%s\n : %s' % (json.dumps(k), spaced(v, depth + 1)) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n\n ".join(spaced(v, depth + 1) for v in value) + "  ]"
    return json.dumps(value, ensure_ascii=depth % 2 == 0)


def escaped(text):
    """Every letter e and every slash as an escape, where it is in a string."""
    out, inside, skip = [], False, False
    for c in text:
        if skip:
            skip = False
        elif c == "\\":
            skip = True
        elif c == '"':
            inside = not inside
        elif inside and c == "e":
            c = "\\u0065"
        elif inside and c == "/":
            c = "\\/"
        out.append(c)
    return "".join(out)


def write(folder, name, text):
    os.makedirs(folder, exist_ok=True)
    assert (folder, name) not in names, name
    names[folder, name] = True
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
        f.write(text)


def sample(folder, name, request):
    global count
    style = count % 6
    count += 1
    if style == 0:
        text = json.dumps(request, indent=2, ensure_ascii=False) + "\n"
    elif style == 1:
        text = json.dumps(request, separators=(",", ":"), ensure_ascii=False)
    elif style == 2:
        text = spaced(request) + "\n"
    elif style == 3:
        text = json.dumps(request, ensure_ascii=True)
    elif style == 4:
        text = json.dumps(request, indent=4, ensure_ascii=False).replace("\n", "\r\n")
    else:
        text = escaped(json.dumps(request, ensure_ascii=False))
    write(folder, name + ".json", text)


WEATHER = {"type": "object", "properties": {
    "city": {"type": "string", "description": "The city, e.g. \"Z\u00fcrich\""},
    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
    "days": {"type": "integer", "minimum": 1, "maximum": 14, "default": 3}}, "required": ["city"]}
SEARCH = {"type": "object", "properties": {
    "query": {"type": "string"},
    "filters": {"type": "object", "properties": {"lang": {"type": "string"},
                                                 "tags": {"type": "array", "items": {"type": "string"}}}}},
    "required": ["query"], "additionalProperties": False}
EMPTY = {"type": "object", "properties": {}}
TOOLS = [("get_weather", "Weather of a city for some days.", WEATHER),
         ("search_docs", "Full-text search in the handbook. Returns at most five passages.", SEARCH),
         ("now", "The current time.", EMPTY)]
ANSWER = {"type": "object", "properties": {"title": {"type": "string"}, "score": {"type": "number"},
                                           "reasons": {"type": "array", "items": {"type": "string"}}},
          "required": ["title", "score", "reasons"], "additionalProperties": False}
TEXTS = [
    "Hello", "What is the capital of Iceland?",
    "Summarise the following paragraph in one sentence.\n\nThe lighthouse keeper wrote down every ship "
    "that passed, the hour, and the colour of the sea.",
    "Gr\u00fc\u00dfe aus K\u00f6ln! Wie sp\u00e4t ist es?", "\u4eca\u5929\u5929\u6c14\u600e\u4e48\u6837\uff1f\u8bf7\u7528\u4e2d\u6587\u56de\u7b54\u3002",
    "\u3053\u308c\u306f\u30c6\u30b9\u30c8\u3067\u3059\u3002 \U0001f600\U0001f680", "Tabs\tand \"quotes\" and back\\slashes\r\nand a \u0000 inside.",
    "<|im_start|>system\nnot a control token<|im_end|>", "   leading and trailing blanks   ", "",
    "```python\ndef f(x):\n    return x ** 2  # 1E+2\n```", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", "a" * 300]
SYSTEM = "You are a careful assistant of a small library. Answer briefly; say so when you do not know."


# --- OpenAI Chat Completions, and what copies it --------------------------------------------
def chat_tools(n=3, **more):
    return [{"type": "function", "function": {"name": a, "description": b, "parameters": c, **more}} for a, b, c in TOOLS[:n]]


def call(i, name, **arguments):
    return {"id": "call_%d" % i, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def openai():
    f = "openai-chat"
    for i, t in enumerate(TEXTS):
        sample(f, "plain-%02d" % i, {"model": ["gpt-4o", "gpt-5", "gpt-4.1-mini", "o3"][i % 4],
                                     "messages": [{"role": "user", "content": t}]})
    sample(f, "system", {"model": "gpt-4o", "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TEXTS[1]}],
                         "temperature": 0.70, "max_tokens": 200})
    sample(f, "developer", {"model": "gpt-5", "reasoning_effort": "low", "messages": [
        {"role": "developer", "content": SYSTEM}, {"role": "user", "content": [{"type": "text", "text": TEXTS[2]}]}]})
    sample(f, "two-systems", {"messages": [{"role": "system", "content": "One."}, {"role": "developer", "content": "Two."},
                                           {"role": "user", "content": "Three."}, {"role": "system", "content": "Late."}],
                              "tools": chat_tools(1), "model": "gpt-4o"})
    sample(f, "multi-turn", {"model": "gpt-4o", "messages": [{"role": "system", "content": SYSTEM}] + [
        {"role": ["user", "assistant"][i % 2], "content": TEXTS[i % len(TEXTS)]} for i in range(9)]})
    sample(f, "names", {"model": "gpt-4", "messages": [{"role": "system", "name": "example_user", "content": "New synergies will help."},
                                                       {"role": "user", "name": "alice", "content": "Hi"}]})
    sample(f, "tools", {"model": "gpt-4o", "tools": chat_tools(), "tool_choice": "auto",
                        "messages": [{"role": "user", "content": "Weather in Oslo?"}]})
    sample(f, "tools-strict", {"model": "gpt-4o", "tools": chat_tools(2, strict=True),
                               "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
                               "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Weather in Oslo?"}]})
    sample(f, "tool-round", {"model": "gpt-4o", "tools": chat_tools(), "messages": [
        {"role": "user", "content": "Weather in Oslo and Rome?"},
        {"role": "assistant", "content": None, "tool_calls": [call(1, "get_weather", city="Oslo"), call(2, "get_weather", city="Rome")]},
        {"role": "tool", "tool_call_id": "call_2", "content": "{\"temp\": 24}"},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "-3"}, {"type": "text", "text": "snow"}]},
        {"role": "assistant", "content": "Rome 24, Oslo -3 and snow."}, {"role": "user", "content": "Thanks"}]})
    sample(f, "tool-orphan", {"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "nobody", "content": "lost"},
                                                              {"role": "user", "content": "?"}]})
    sample(f, "tool-empty-result", {"model": "gpt-4o", "messages": [{"role": "user", "content": "Go"},
                                                                    {"role": "assistant", "tool_calls": [call(7, "now")]},
                                                                    {"role": "tool", "tool_call_id": "call_7", "content": []}]})
    sample(f, "same-ids", {"model": "gpt-4o", "messages": [
        {"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [call(0, "now")]}, {"role": "tool", "tool_call_id": "call_0", "content": "1"},
        {"role": "user", "content": "b"}, {"role": "assistant", "tool_calls": [call(0, "now")]}, {"role": "tool", "tool_call_id": "call_0", "content": "2"}]})
    sample(f, "custom-tool", {"model": "gpt-5", "tools": [{"type": "custom", "custom": {"name": "run", "description": "Runs a line."}}],
                              "messages": [{"role": "user", "content": "ls"}, {"role": "assistant", "tool_calls": [
                                  {"id": "c1", "type": "custom", "custom": {"name": "run", "input": "ls -l"}}]},
                                  {"role": "tool", "tool_call_id": "c1", "content": "total 0"}]})
    sample(f, "functions", {"model": "gpt-3.5-turbo", "functions": [{"name": a, "description": b, "parameters": c} for a, b, c in TOOLS[:2]],
                            "function_call": {"name": "now"}, "messages": [
        {"role": "user", "content": "When?"}, {"role": "assistant", "content": None, "function_call": {"name": "now", "arguments": "{}"}},
        {"role": "function", "name": "now", "content": "12:00"}]})
    for detail in ["low", "high", "auto"]:
        sample(f, "image-" + detail, {"model": "gpt-4o", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": data_url("image/png", png(1024, 768)), "detail": detail}}]}]})
    sample(f, "images", {"model": "gpt-5-mini", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": data_url("image/jpeg", jpeg(1800, 2400))}},
        {"type": "image_url", "image_url": {"url": data_url("image/gif", gif(64, 32))}},
        {"type": "image_url", "image_url": {"url": data_url("image/webp", webp(4000, 3000))}},
        {"type": "image_url", "image_url": {"url": "image.example/cat.png"}}, {"type": "text", "text": "Compare them."}]}]})
    sample(f, "audio", {"model": "gpt-4o-audio-preview", "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"},
                        "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": b64(wav(2.5)), "format": "wav"}}]},
                                     {"role": "assistant", "audio": {"id": "audio_123"}}, {"role": "user", "content": "Again"}]})
    sample(f, "file", {"model": "gpt-4o", "messages": [{"role": "user", "content": [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": data_url("application/pdf", pdf(3))}},
        {"type": "file", "file": {"file_id": "file-abc"}}, {"type": "text", "text": "Summarise."}]}]})
    sample(f, "schema", {"model": "gpt-4o", "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": ANSWER}},
                         "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Rate it."}]})
    sample(f, "json-object", {"model": "gpt-4o", "response_format": {"type": "json_object"}, "messages": [{"role": "user", "content": "JSON please"}]})
    sample(f, "refusal", {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
                                                          {"role": "assistant", "refusal": "Still no."}, {"role": "user", "content": "ok"}]})
    sample(f, "prediction", {"model": "gpt-4o", "prediction": {"type": "content", "content": "def f():\n    pass\n"},
                             "messages": [{"role": "user", "content": "Rename f to g."}]})
    sample(f, "reasoning-content", {"model": "deepseek-reasoner", "messages": [
        {"role": "user", "content": "9.11 or 9.8?"}, {"role": "assistant", "reasoning_content": "Compare tenths.", "content": "9.8"},
        {"role": "user", "content": "Sure?"}]})
    sample(f, "cache-marks", {"model": "anthropic/claude-sonnet-4.5", "messages": [
        {"role": "system", "content": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral"}}]}, {"role": "user", "content": "Hi"}]})
    sample(f, "breakpoint", {"model": "gpt-5.6", "prompt_cache_options": {"mode": "explicit"}, "prompt_cache_key": "k", "messages": [
        {"role": "developer", "content": [{"type": "text", "text": SYSTEM, "prompt_cache_breakpoint": {"mode": "explicit"}}]},
        {"role": "user", "content": "Hi"}]})
    sample(f, "unknown-fields", {"model": "gpt-4o", "persona": {"style": "pirate"}, "messages": [
        {"role": "user", "content": [{"type": "hologram", "scene": "a cube"}, {"type": "text", "text": "Look", "tone": "soft"}], "mood": "grumpy"},
        {"role": "narrator", "content": "Meanwhile."}]})
    sample(f, "array", [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "A bare list."}])
    sample(f, "video", {"model": "qwen-vl", "messages": [{"role": "user", "content": [
        {"type": "video_url", "video_url": {"url": "video.example/a.mp4"}}, {"type": "text", "text": "What happens?"}]}]})
    write(f, "repeated-keys.json", '{"model":"gpt-4o","messages":[{"role":"user","content":"first"}],"messages":[{"role":"user",'
          '"content":"old","c\\u006fntent":"second"}],"temperature":1E+2,"seed":123456789012345678901234567890}')
    write(f, "escapes.json", '{"model":"gpt-4o","messages":[{"role":"user","content":"\\u0000\\ud83d\\ude00\\u00e9\\/\\"\\\\"}],'
          '"temperature":0.70}\n\n')
    for i in range(3):
        write(f, "batch-%d.json" % i, json.dumps({"custom_id": "r%d" % i, "method": "POST", "url": "/v1/chat/completions", "body": {
            "model": "gpt-4o-mini", "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": TEXTS[i + 1]}],
            "tools": chat_tools(i) if i else [], "max_tokens": 100}}, separators=[(",", ":"), (", ", ": "), (" ,", " : ")][i]))


# --- OpenAI Responses -----------------------------------------------------------------------
def responses():
    f = "openai-responses"
    for i, t in enumerate(TEXTS[:6]):
        sample(f, "plain-%d" % i, {"model": "gpt-5", "input": t, **({"instructions": SYSTEM} if i % 2 else {})})
    tools = [{"type": "function", "name": a, "description": b, "parameters": c, "strict": True} for a, b, c in TOOLS]
    sample(f, "items", {"model": "gpt-5", "instructions": SYSTEM, "input": [
        {"role": "user", "content": "One"}, {"type": "message", "role": "assistant", "id": "m1", "status": "completed", "content": [
            {"type": "output_text", "text": "Two", "annotations": []}]}, {"role": "user", "content": [{"type": "input_text", "text": "Three"}]}]})
    sample(f, "tools", {"model": "gpt-5", "tools": tools + [{"type": "web_search"}, {"type": "file_search", "vector_store_ids": ["vs_1"]}],
                        "tool_choice": "auto", "input": "Weather?"})
    sample(f, "tool-round", {"model": "gpt-5", "tools": tools, "input": [
        {"role": "user", "content": "Weather in Oslo?"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Ask the tool."}], "encrypted_content": "gAAAA"},
        {"type": "function_call", "id": "fc_1", "call_id": "call_a", "name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"},
        {"type": "function_call_output", "call_id": "call_a", "output": "-3"}]})
    sample(f, "tool-media", {"model": "gpt-5", "input": [
        {"type": "function_call", "call_id": "x", "name": "now", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "x", "output": [{"type": "input_text", "text": "see"}, {
            "type": "input_image", "image_url": data_url("image/png", png(300, 200)), "detail": "low"}]}]})
    sample(f, "custom-tool", {"model": "gpt-5", "tools": [{"type": "custom", "name": "code", "description": "Runs code."}], "input": [
        {"type": "custom_tool_call", "call_id": "c", "name": "code", "input": "print(1)"}, {"type": "custom_tool_call_output", "call_id": "c", "output": "1\n"}]})
    sample(f, "image", {"model": "gpt-4.1", "input": [{"role": "user", "content": [
        {"type": "input_text", "text": "What?"}, {"type": "input_image", "detail": "high", "image_url": data_url("image/jpeg", jpeg(2048, 2048))},
        {"type": "input_image", "file_id": "file-1"}]}]})
    sample(f, "file", {"model": "gpt-4.1", "input": [{"role": "user", "content": [
        {"type": "input_file", "filename": "r.pdf", "file_data": data_url("application/pdf", pdf(12))}, {"type": "input_file", "file_url": "doc.example/r.pdf"}]}]})
    sample(f, "schema", {"model": "gpt-5", "input": "Rate it.", "text": {"format": {"type": "json_schema", "name": "answer", "schema": ANSWER, "strict": True},
                                                                        "verbosity": "low"}})
    sample(f, "previous", {"model": "gpt-5", "previous_response_id": "resp_1", "input": [{"type": "item_reference", "id": "msg_1"}, {"role": "user", "content": "Go on"}]})
    sample(f, "prompt", {"model": "gpt-5", "prompt": {"id": "pmpt_1", "variables": {"city": "Oslo"}}})
    sample(f, "server-tools", {"model": "gpt-5", "input": [
        {"role": "user", "content": "Search"}, {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"type": "search", "query": "oslo"}},
        {"type": "mcp_list_tools", "id": "ml", "server_label": "s", "tools": [{"name": "t", "input_schema": EMPTY}]},
        {"type": "mcp_call", "id": "mc", "server_label": "s", "name": "t", "arguments": "{}", "output": "done"},
        {"type": "computer_call", "id": "cc", "call_id": "k1", "action": {"type": "screenshot"}, "pending_safety_checks": [], "status": "completed"},
        {"type": "computer_call_output", "call_id": "k1", "output": {"type": "computer_screenshot", "image_url": data_url("image/png", png(1280, 800))}},
        {"type": "image_generation_call", "id": "ig", "result": "aGVsbG8=", "status": "completed"}]})
    sample(f, "developer", {"model": "o3", "input": [{"role": "developer", "content": SYSTEM}, {"role": "user", "content": "Hi"}],
                            "reasoning": {"effort": "high", "summary": "auto"}, "store": False})
    sample(f, "unknown", {"model": "gpt-5", "input": [{"type": "telepathy", "thought": "blue"}, {"role": "user", "content": [{"type": "input_smell", "smell": "rose"}]}],
                          "aura": "calm"})
    write(f, "batch.json", json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/responses", "body": {"model": "gpt-5-nano", "input": "Hi", "instructions": SYSTEM}}))


# --- Anthropic Messages ---------------------------------------------------------------------
def anthropic():
    f = "anthropic"
    base = {"model": "claude-opus-5", "max_tokens": 1024}
    for i, t in enumerate(TEXTS[:9]):
        sample(f, "plain-%d" % i, {**base, "messages": [{"role": "user", "content": t}], **({"system": SYSTEM} if i % 2 == 0 else {})})
    tools = [{"name": a, "description": b, "input_schema": c} for a, b, c in TOOLS]
    sample(f, "system-blocks", {**base, "messages": [{"role": "user", "content": "Hi"}],
                                "system": [{"type": "text", "text": SYSTEM}, {"type": "text", "text": "Handbook: " + TEXTS[2] * 5, "cache_control": {"type": "ephemeral"}}]})
    sample(f, "system-last", {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}], "tools": tools[:1], "system": SYSTEM, **base})
    sample(f, "tools", {**base, "tools": tools, "tool_choice": {"type": "auto"}, "messages": [{"role": "user", "content": "Weather in Oslo?"}]})
    sample(f, "tools-any", {**base, "tools": tools, "tool_choice": {"type": "any"}, "messages": [{"role": "user", "content": "Weather in Oslo?"}]})
    sample(f, "tools-cached", {**base, "tools": tools[:2] + [{**tools[2], "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
                               "messages": [{"role": "user", "content": "Hi"}]})
    sample(f, "tool-round", {**base, "tools": tools, "messages": [
        {"role": "user", "content": "Weather in Oslo and Rome?"},
        {"role": "assistant", "content": [{"type": "text", "text": "I ask."}, {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}},
                                          {"type": "tool_use", "id": "toolu_2", "name": "get_weather", "input": {"city": "Rome"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "24"},
                                     {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "-3"}, {
                                         "type": "image", "source": {"type": "base64", "media_type": "image/png", "data": b64(png(640, 480))}}]},
                                     {"type": "text", "text": "Well?"}]}]})
    sample(f, "tool-error", {**base, "tools": tools, "messages": [
        {"role": "user", "content": "Go"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "now", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": "no clock", "cache_control": {"type": "ephemeral"}}]}]})
    sample(f, "tool-empty", {**base, "tools": tools, "messages": [
        {"role": "user", "content": "Go"}, {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "now", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]}]})
    sample(f, "thinking", {**base, "thinking": {"type": "enabled", "budget_tokens": 2000}, "messages": [
        {"role": "user", "content": "Hard one"}, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "First, ...", "signature": "c2ln"}, {"type": "redacted_thinking", "data": "b3BhcXVl"},
            {"type": "text", "text": "42"}]}, {"role": "user", "content": "Why?"}]})
    for name, mime, make in [("png", "image/png", png), ("jpeg", "image/jpeg", jpeg), ("gif", "image/gif", gif), ("webp", "image/webp", webp)]:
        sample(f, "image-" + name, {**base, "messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": mime, "data": b64(make(1920, 1080))}}, {"type": "text", "text": "Describe."}]}]})
    sample(f, "image-url", {**base, "messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "img.example/a.jpg"}},
                                                                               {"type": "image", "source": {"type": "file", "file_id": "file_1"}}]}]})
    sample(f, "pdf", {**base, "messages": [{"role": "user", "content": [
        {"type": "document", "title": "Report", "source": {"type": "base64", "media_type": "application/pdf", "data": b64(pdf(7))}, "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "Summarise."}]}]})
    sample(f, "document-text", {**base, "messages": [{"role": "user", "content": [
        {"type": "document", "title": "Notes", "context": "From the archive.", "citations": {"enabled": True},
         "source": {"type": "text", "media_type": "text/plain", "data": TEXTS[2]}}, {"type": "text", "text": "Cite it."}]}]})
    sample(f, "search-result", {**base, "messages": [{"role": "user", "content": [
        {"type": "search_result", "source": "wiki", "title": "Oslo", "content": [{"type": "text", "text": "Oslo is a city."}], "citations": {"enabled": True}}]}]})
    sample(f, "server-tools", {**base, "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}], "messages": [
        {"role": "user", "content": "News?"}, {"role": "assistant", "content": [
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "news"}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
                {"type": "web_search_result", "title": "T", "url": "u.example", "encrypted_content": "xxxx", "page_age": "1 day"}]},
            {"type": "text", "text": "There is news.", "citations": [{"type": "web_search_result_location", "url": "u.example", "title": "T",
                                                                       "encrypted_index": "yy", "cited_text": "..."}]}]},
        {"role": "user", "content": "More"}]})
    sample(f, "built-in", {**base, "tools": [{"type": "bash_20250124", "name": "bash"}, {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
                                            {"type": "computer_20250124", "name": "computer", "display_width_px": 1024, "display_height_px": 768}],
                           "messages": [{"role": "user", "content": "List files"}]})
    sample(f, "cache-auto", {**base, "cache_control": {"type": "ephemeral"}, "system": SYSTEM, "messages": [{"role": "user", "content": "Hi"}]})
    sample(f, "cache-four", {**base, "system": [{"type": "text", "text": SYSTEM, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
                             "messages": [{"role": ["user", "assistant"][i % 2], "content": [{"type": "text", "text": TEXTS[i], "cache_control": {"type": "ephemeral"}}]} for i in range(3)]})
    sample(f, "schema", {**base, "output_config": {"effort": "medium", "format": {"type": "json_schema", "schema": ANSWER}}, "messages": [{"role": "user", "content": "Rate it."}]})
    sample(f, "output-format", {**base, "output_format": {"type": "json_schema", "schema": ANSWER}, "messages": [{"role": "user", "content": "Rate it."}]})
    sample(f, "mcp", {**base, "mcp_servers": [{"type": "url", "url": "mcp.example", "name": "m", "authorization_token": "x"}], "messages": [
        {"role": "user", "content": "Use it"}, {"role": "assistant", "content": [{"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "t", "server_name": "m", "input": {"a": 1}}]},
        {"role": "user", "content": [{"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": [{"type": "text", "text": "ok"}]}]}]})
    sample(f, "prefill", {**base, "messages": [{"role": "user", "content": "JSON"}, {"role": "assistant", "content": "{"}]})
    sample(f, "unknown", {**base, "flavour": "mint", "messages": [{"role": "user", "content": [
        {"type": "scent", "name": "pine"}, {"type": "text", "text": "Hi", "colour": "red"}, "a bare string", 5], "note": "n"}]})
    sample(f, "bedrock", {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]})
    sample(f, "multi-turn", {**base, "system": SYSTEM, "messages": [{"role": ["user", "assistant"][i % 2], "content": TEXTS[i]} for i in range(9)]})
    for i in range(2):
        write(f, "batch-line-%d.json" % i, json.dumps({"custom_id": "r%d" % i, "params": {**base, "messages": [{"role": "user", "content": TEXTS[i]}]}}, indent=i or None))
    write(f, "batch.json", json.dumps({"requests": [{"custom_id": "r%d" % i, "params": {**base, "system": SYSTEM, "messages": [
        {"role": "user", "content": TEXTS[i]}]}} for i in range(4)]}, indent=1, ensure_ascii=False))
    write(f, "bedrock-batch.json", json.dumps({"recordId": "1", "modelInput": {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5,
                                                                               "messages": [{"role": "user", "content": "Hi"}]}}))


# --- Gemini ---------------------------------------------------------------------------------
def gemini():
    f = "gemini"
    for i, t in enumerate(TEXTS[:6]):
        sample(f, "plain-%d" % i, {"contents": [{"role": "user", "parts": [{"text": t}]}],
                                   **({"systemInstruction": {"parts": [{"text": SYSTEM}]}} if i % 2 else {})})
    declarations = [{"name": a, "description": b, "parameters": c} for a, b, c in TOOLS]
    sample(f, "snake", {"contents": [{"parts": [{"text": "Hi"}]}], "system_instruction": {"parts": [{"text": SYSTEM}]},
                        "generation_config": {"temperature": 0.5, "response_schema": ANSWER}})
    sample(f, "system-string", {"contents": "Just text", "systemInstruction": SYSTEM})
    sample(f, "multi-turn", {"contents": [{"role": ["user", "model"][i % 2], "parts": [{"text": TEXTS[i]}, {"text": "and"}]} for i in range(7)]})
    sample(f, "tools", {"tools": [{"functionDeclarations": declarations}], "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
                        "contents": [{"role": "user", "parts": [{"text": "Weather in Oslo?"}]}]})
    sample(f, "tool-round", {"tools": [{"function_declarations": declarations}, {"googleSearch": {}}, {"codeExecution": {}}], "contents": [
        {"role": "user", "parts": [{"text": "Weather in Oslo and Rome?"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"},
                                    {"functionCall": {"name": "get_weather", "args": {"city": "Rome"}}}, {"functionCall": {"name": "now", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get_weather", "response": {"temp": -3}}},
                                   {"functionResponse": {"name": "get_weather", "response": {"temp": 24}}},
                                   {"functionResponse": {"name": "now", "response": {"result": "12:00"}}}]}]})
    sample(f, "tool-ids", {"contents": [
        {"role": "model", "parts": [{"functionCall": {"id": "f1", "name": "now", "args": {}}}, {"functionCall": {"id": "f2", "name": "now", "args": {}}}]},
        {"role": "function", "parts": [{"functionResponse": {"id": "f2", "name": "now", "response": {"r": 2}}}, {"functionResponse": {"id": "f1", "name": "now", "response": {"r": 1}}}]}]})
    sample(f, "thought", {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}, {"role": "model", "parts": [{"text": "Hmm.", "thought": True}, {"text": "Because."}]}]})
    for name, mime, make in [("png", "image/png", png), ("webp", "image/webp", webp)]:
        sample(f, "image-" + name, {"contents": [{"parts": [{"text": "What?"}, {"inlineData": {"mimeType": mime, "data": b64(make(1024, 1024))}}]}]})
    sample(f, "media", {"contents": [{"role": "user", "parts": [
        {"fileData": {"mimeType": "video/mp4", "fileUri": "files/v"}, "videoMetadata": {"startOffset": "10s", "endOffset": "70s", "fps": 1}},
        {"inline_data": {"mime_type": "audio/wav", "data": b64(wav(4))}}, {"fileData": {"mimeType": "application/pdf", "fileUri": "files/p"}},
        {"inlineData": {"mimeType": "application/pdf", "data": b64(pdf(5))}, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}]}]})
    sample(f, "code", {"tools": [{"codeExecution": {}}], "contents": [{"role": "model", "parts": [
        {"executableCode": {"language": "PYTHON", "code": "print(1)"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}]}]})
    sample(f, "schema", {"contents": [{"parts": [{"text": "Rate it."}]}], "generationConfig": {"responseMimeType": "application/json", "responseSchema": ANSWER,
                                                                                              "thinkingConfig": {"thinkingBudget": 0}}})
    sample(f, "cached", {"cachedContent": "cachedContents/abc", "contents": [{"role": "user", "parts": [{"text": "And now?"}]}]})
    sample(f, "settings", {"model": "models/gemini-2.5-flash", "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
                           "labels": {"team": "x"}, "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]})
    sample(f, "unknown", {"contents": [{"role": "user", "parts": [{"hologram": "cube"}, {"text": "Hi", "gloss": "shiny"}], "aside": "psst"}], "vibe": "good"})
    write(f, "count-tokens.json", json.dumps({"generateContentRequest": {"model": "models/gemini-2.5-pro", "contents": [{"parts": [{"text": "Hi"}]}]}}))
    write(f, "batch.json", json.dumps({"key": "k1", "request": {"contents": [{"parts": [{"text": TEXTS[4]}]}], "systemInstruction": {"parts": [{"text": SYSTEM}]}}}, ensure_ascii=False))


# --- Cohere ---------------------------------------------------------------------------------
def cohere():
    f = "cohere"
    base = {"model": "command-a-03-2025"}
    for i, t in enumerate(TEXTS[:4]):
        sample(f, "plain-%d" % i, {**base, "messages": [{"role": "user", "content": t}]})
    sample(f, "system", {**base, "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]}], "k": 10, "p": 0.9})
    sample(f, "tool-round", {**base, "tools": chat_tools(2), "messages": [
        {"role": "user", "content": "Weather in Oslo?"},
        {"role": "assistant", "tool_plan": "I ask the tool.", "tool_calls": [call(1, "get_weather", city="Oslo")]},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "document", "document": {"id": "d1", "data": {"temp": "-3"}}}, {"type": "text", "text": "snow"}]}]})
    sample(f, "documents", {**base, "documents": ["A plain passage.", {"id": "1", "data": {"title": "Oslo", "snippet": "Oslo is cold."}}, {"data": "text"}],
                            "citation_options": {"mode": "FAST"}, "messages": [{"role": "user", "content": "Is Oslo cold?"}]})
    sample(f, "schema", {**base, "response_format": {"type": "json_object", "schema": ANSWER}, "safety_mode": "STRICT", "messages": [{"role": "user", "content": "Rate it."}]})
    sample(f, "image", {"model": "command-a-vision-07-2025", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": data_url("image/png", png(512, 512)), "detail": "high"}}]}]})
    sample(f, "thinking", {"model": "command-a-reasoning-08-2025", "thinking": {"type": "enabled", "token_budget": 500}, "messages": [
        {"role": "user", "content": "Why?"}, {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "So."}]}, {"role": "user", "content": "Ok"}]})
    f = "cohere-v1"
    sample(f, "plain", {"message": "Hi", "model": "command-r-plus"})
    sample(f, "history", {"message": "And Rome?", "model": "command-r", "preamble": SYSTEM, "chat_history": [
        {"role": "SYSTEM", "message": "Be kind."}, {"role": "USER", "message": "Weather in Oslo?"}, {"role": "CHATBOT", "message": "Cold."}], "temperature": 0.3})
    sample(f, "documents", {"message": "Is Oslo cold?", "documents": [{"title": "Oslo", "snippet": "Oslo is cold.", "url": "o.example"}], "connectors": [{"id": "web-search"}]})
    tools = [{"name": "get_weather", "description": "Weather.", "parameter_definitions": {"city": {"type": "str", "description": "City", "required": True}}}]
    sample(f, "tools", {"message": "Weather in Oslo?", "tools": tools, "force_single_step": True})
    sample(f, "tool-results", {"message": "Weather in Oslo?", "tools": tools, "chat_history": [
        {"role": "USER", "message": "Weather in Oslo?"}, {"role": "CHATBOT", "message": "I ask.", "tool_calls": [{"name": "get_weather", "parameters": {"city": "Oslo"}}]}],
        "tool_results": [{"call": {"name": "get_weather", "parameters": {"city": "Oslo"}}, "outputs": [{"temp": "-3"}]}]})
    sample(f, "unknown", {"message": "Hi", "mystery": "field", "chat_history": [{"role": "WIZARD", "message": "Abracadabra", "hat": "pointy"}]})


# --- Mistral --------------------------------------------------------------------------------
def mistral():
    f = "mistral"
    base = {"model": "mistral-large-latest"}
    for i, t in enumerate(TEXTS[:4]):
        sample(f, "plain-%d" % i, {**base, "messages": [{"role": "user", "content": t}], "safe_prompt": bool(i % 2)})
    sample(f, "system", {**base, "random_seed": 7, "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": "Hi"}]})
    sample(f, "prefix", {**base, "messages": [{"role": "user", "content": "JSON"}, {"role": "assistant", "content": "{", "prefix": True}]})
    sample(f, "tool-round", {**base, "tools": chat_tools(2), "tool_choice": "any", "messages": [
        {"role": "user", "content": "Weather in Oslo?"}, {"role": "assistant", "content": "", "tool_calls": [call(1, "get_weather", city="Oslo")]},
        {"role": "tool", "name": "get_weather", "tool_call_id": "call_1", "content": "-3"}]})
    sample(f, "image", {"model": "pixtral-large-latest", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What?"}, {"type": "image_url", "image_url": data_url("image/jpeg", jpeg(1600, 1200))},
        {"type": "image_url", "image_url": {"url": data_url("image/png", png(200, 100)), "detail": "low"}}]}]})
    sample(f, "document", {**base, "messages": [{"role": "user", "content": [
        {"type": "document_url", "document_url": data_url("application/pdf", pdf(2)), "document_name": "a.pdf"}, {"type": "text", "text": "Summarise."}]}],
        "document_page_limit": 8})
    sample(f, "audio", {"model": "voxtral-small-latest", "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": b64(wav(3))}, {"type": "text", "text": "Write it down."}]}]})
    sample(f, "thinking", {"model": "magistral-medium-latest", "prompt_mode": "reasoning", "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}, {"type": "reference", "reference_ids": [1]}], "closed": True}, {"type": "text", "text": "So."},
        {"type": "reference", "reference_ids": [1, 2]}]}, {"role": "user", "content": "Ok"}]})
    sample(f, "schema", {**base, "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER, "strict": True}},
                         "messages": [{"role": "user", "content": "Rate it."}]})
    write(f, "batch.json", json.dumps({"custom_id": "0", "body": {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}], "random_seed": 1}}))


# --- text, Markdown, YAML -------------------------------------------------------------------
# --- Bedrock Converse -----------------------------------------------------------------------
def bedrock():
    f = "bedrock"
    base = {"modelId": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "inferenceConfig": {"maxTokens": 512, "temperature": 0.2, "stopSequences": ["END"]}}
    point = {"cachePoint": {"type": "default"}}
    tools = [{"toolSpec": {"name": a, "description": b, "inputSchema": {"json": c}}} for a, b, c in TOOLS]
    ask = [{"role": "user", "content": [{"text": "Weather in Oslo?"}]}]
    for i, t in enumerate(TEXTS[:6]):
        sample(f, "plain-%d" % i, {**base, "messages": [{"role": "user", "content": [{"text": t}]}], **({"system": [{"text": SYSTEM}]} if i % 2 == 0 else {})})
    sample(f, "system-last", {"messages": ask, "toolConfig": {"tools": tools[:1]}, "system": [{"text": SYSTEM}], **base})
    sample(f, "tools", {**base, "toolConfig": {"tools": tools, "toolChoice": {"auto": {}}}, "messages": ask})
    sample(f, "tools-any", {**base, "toolConfig": {"tools": tools, "toolChoice": {"tool": {"name": "now"}}}, "messages": ask})
    sample(f, "tools-cached", {**base, "toolConfig": {"tools": tools + [{"cachePoint": {"type": "default", "ttl": "1h"}}]}, "messages": ask})
    sample(f, "tools-system", {**base, "toolConfig": {"tools": [{"systemTool": {"name": "nova_grounding"}}] + tools[:1]}, "messages": ask})
    sample(f, "tool-round", {**base, "toolConfig": {"tools": tools}, "messages": [
        {"role": "user", "content": [{"text": "Weather in Oslo and Rome?"}]},
        {"role": "assistant", "content": [{"text": "I ask."}, {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Oslo"}}},
                                          {"toolUse": {"toolUseId": "t2", "name": "get_weather", "input": {"city": "Rome"}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t2", "content": [{"json": {"degrees": 24, "sky": "clear"}}], "status": "success"}},
                                     {"toolResult": {"toolUseId": "t1", "content": [{"text": "-3"}, {"image": {"format": "png", "source": {"bytes": b64(png(640, 480))}}}]}},
                                     {"text": "Well?"}]}]})
    sample(f, "tool-error", {**base, "toolConfig": {"tools": tools}, "messages": [
        {"role": "user", "content": [{"text": "Go"}]}, {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "now", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "no clock"}], "status": "error"}}, point]}]})
    sample(f, "tool-empty", {**base, "toolConfig": {"tools": tools}, "messages": [
        {"role": "user", "content": [{"text": "Go"}]}, {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "now", "input": {}}}]},
        {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": []}}]}]})
    sample(f, "reasoning", {**base, "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2000}}, "messages": [
        {"role": "user", "content": [{"text": "Hard one"}]}, {"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "First, ...", "signature": "c2ln"}}}, {"reasoningContent": {"redactedContent": "b3BhcXVl"}},
            {"text": "42"}]}, {"role": "user", "content": [{"text": "Why?"}]}]})
    for name, make in [("png", png), ("jpeg", jpeg), ("gif", gif), ("webp", webp)]:
        sample(f, "image-" + name, {**base, "messages": [{"role": "user", "content": [
            {"image": {"format": name, "source": {"bytes": b64(make(1920, 1080))}}}, {"text": "Describe."}]}]})
    sample(f, "media-stored", {**base, "messages": [{"role": "user", "content": [
        {"image": {"format": "png", "source": {"s3Location": {"uri": "s3.example/a.png"}}}},
        {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3.example/a.mp4", "bucketOwner": "1"}}}},
        {"audio": {"format": "wav", "source": {"bytes": b64(wav(3))}}}]}]})
    sample(f, "pdf", {**base, "messages": [{"role": "user", "content": [
        {"document": {"format": "pdf", "name": "Report", "source": {"bytes": b64(pdf(7))}}}, point, {"text": "Summarise."}]}]})
    sample(f, "document-text", {**base, "messages": [{"role": "user", "content": [
        {"document": {"format": "txt", "name": "Notes", "context": "From the archive.", "citations": {"enabled": True}, "source": {"text": TEXTS[2]}}},
        {"document": {"name": "Chunks", "source": {"content": [{"text": "One."}, {"text": "Two."}]}}}, {"text": "Cite it."}]}]})
    sample(f, "search-result", {**base, "messages": [{"role": "user", "content": [
        {"searchResult": {"source": "wiki", "title": "Oslo", "content": [{"text": "Oslo is a city."}], "citations": {"enabled": True}}}]}]})
    sample(f, "cited", {**base, "messages": [{"role": "user", "content": [{"text": "Where?"}]}, {"role": "assistant", "content": [
        {"citationsContent": {"content": [{"text": "In Oslo."}], "citations": [{"title": "Oslo", "sourceContent": [{"text": "Oslo is a city."}]}]}}]},
        {"role": "user", "content": [{"text": "Sure?"}]}]})
    sample(f, "guarded", {**base, "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"}, "messages": [{"role": "user", "content": [
        {"guardContent": {"text": {"text": "May I?", "qualifiers": ["query"]}}}, {"guardContent": {"image": {"format": "png", "source": {"bytes": b64(png(8, 8))}}}}]}]})
    sample(f, "cache-four", {**base, "system": [{"text": SYSTEM}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
                             "messages": [{"role": ["user", "assistant"][i % 2], "content": [{"text": TEXTS[i]}, point]} for i in range(3)]})
    sample(f, "cache-of-nothing", {**base, "system": [{"text": SYSTEM}], "messages": [{"role": "user", "content": [point, {"text": "Hi"}]}]})
    sample(f, "schema", {**base, "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"name": "answer", "schema": json.dumps(ANSWER)}}}},
                         "messages": [{"role": "user", "content": [{"text": "Rate it."}]}]})
    sample(f, "unknown", {**base, "flavour": "mint", "messages": [{"role": "user", "content": [
        {"scent": {"name": "pine"}}, {"text": "Hi", "colour": "red"}, "a bare string", 5, {"json": {"a": 1}}], "note": "n"}]})
    sample(f, "amazon", {"schemaVersion": "messages-v1", "system": [{"text": SYSTEM}], "messages": ask, "inferenceConfig": {"maxTokens": 10}})
    sample(f, "multi-turn", {**base, "system": [{"text": SYSTEM}], "messages": [{"role": ["user", "assistant"][i % 2], "content": [{"text": TEXTS[i]}]} for i in range(9)]})
    write(f, "batch-line.json", json.dumps({"recordId": "1", "modelInput": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}}))


def files():
    write("text", "plain.txt", "Just a prompt.\nWith two lines, a { brace and \u00e9.\n")
    write("text", "empty.txt", "")
    write("markdown", "plain.md", "# Title\n\nA *prompt* with a list:\n\n- one\n- two\n")
    write("markdown", "front-matter.md", "---\nname: review\nmodel: gpt-4o\n---\n# Review\n\nRead the diff.\n")
    write("markdown", "crlf.md", "---\r\nname: x\r\n---\r\nBody\r\n")
    write("markdown", "rule.md", "---\nno end of this front matter\n")
    write("markdown", "chat.prompty", "---\nname: chat\nmodel:\n  api: chat\n---\nsystem:\n" + SYSTEM + "\n\nuser:\nHello {{name}}\n\nassistant:\n\nuser:\nLast one\n")
    write("yaml", "github.prompt.yml", "name: Text Summarizer\ndescription: Summarizes input text concisely\nmodel: openai/gpt-4o-mini\nmodelParameters:\n  temperature: 0.5\n"
          "messages:\n  - role: system\n    content: You are a text summarizer.\n  - role: user\n    content: |\n      Summarize the given text, beginning with \"Summary -\":\n"
          "      <text>\n      {{input}}\n      </text>\ntestData:\n  - input: The quick brown fox.\n    expected: Summary - a fox.\n")
    write("yaml", "names.yaml", "# a comment with \u00e9\nsystem: >\n  Folded text\n  in two lines\nprompt: 'single ''quoted'''\nversion: 1.10\nmood: sunny\n")
    write("yaml", "promptfoo.yaml", "description: test\nprompts:\n  - \"Say \\\"hi\\\" to {{name}} \\u00e9\"\n  - Plain {{name}}\nproviders: [openai:gpt-4o]\ntests:\n  - vars: {name: Bob}\n")
    write("yaml", "anthropic.yaml", "model: claude-opus-5\nmax_tokens: 100\nsystem: Be brief.\ntools:\n  - name: now\n    description: The time.\n    input_schema: {type: object, properties: {}}\n"
          "messages:\n- role: user\n  content:\n  - {type: text, text: \"When?\", cache_control: {type: ephemeral}}\n")
    write("yaml", "aliases.yaml", "messages:\n  - role: system\n    content: &greeting \u00c9l\u00e8ve, hello\n  - role: user\n    content: *greeting\n")
    write("yaml", "list.yaml", "- role: user\n  content: One\n- role: assistant\n  content: |-\n    Two\n    lines\n")
    write("yaml", "scalar.yaml", "A whole prompt in one scalar: no, this colon makes it a mapping\n".replace(": ", " - "))


# --- the same requests as SDKs and counting endpoints have them -------------------------------
def forms():
    empty = {"function_call": None, "function_response": None, "inline_data": None, "file_data": None, "code_execution_result": None,
             "executable_code": None, "thought": None, "thought_signature": None, "video_metadata": None}
    sample("gemini", "sdk-config", {"model": "gemini-2.5-flash", "contents": "Weather in Oslo?", "config": {
        "system_instruction": [SYSTEM, "Be brief."], "temperature": 0.5, "cached_content": None, "response_schema": ANSWER,
        "tools": [{"function_declarations": [{"name": a, "description": b, "parameters": c} for a, b, c in TOOLS]}]}})
    sample("gemini", "sdk-nulls", {"model": "gemini-2.5-flash", "config": None, "contents": [{"parts": [{**empty, "text": "Hi"}], "role": None}]})
    sample("bedrock", "count-tokens", {"modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0", "input": {"converse": {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}], "system": [{"text": SYSTEM}]}}})
    small = {"model": "text-embedding-3-small"}
    sample("texts", "embed-list", {**small, "input": TEXTS[:3], "encoding_format": "float", "dimensions": 256})
    sample("texts", "embed-ids", {**small, "input": [[15339, 1917], [40, 1097, 264]]})
    sample("texts", "embed-cohere", {"model": "embed-v4.0", "texts": TEXTS[:2], "input_type": "search_document", "embedding_types": ["float"]})
    sample("texts", "completion", {"model": "gpt-3.5-turbo-instruct", "prompt": [TEXTS[0], [15339, 1917]], "max_tokens": 16, "logprobs": None})
    sample("texts", "fill", {"model": "codestral-latest", "prompt": "def f(x):\n    ", "suffix": "\n    return y\n", "random_seed": 1})
    sample("texts", "unknown", {**small, "input": "Hi", "vibe": "good"})


openai()
responses()
anthropic()
gemini()
cohere()
mistral()
files()
bedrock()
forms()
print(len(names), "samples")
