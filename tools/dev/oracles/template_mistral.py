"""Mistral's requests through mistral-common: what make_template_goldens.py compares with.

Segments are what the encoder hands to its tokenizer, one by one, and the control tokens between
them; ids are those of the untouched encoder. Versions 11 and later come without data in the
package: the shipped ranks get a list of control tokens with the later names at their places
(32 [ARGS], 33 [CALL_ID], 34 [THINK] ..., as the owner's files of those versions have them).
"""
import json
import os
import tempfile

import mistral_common
from mistral_common.exceptions import MistralCommonException
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

LATER = {32: "[ARGS]", 33: "[CALL_ID]", 34: "[THINK]", 35: "[/THINK]", 36: "[MODEL_SETTINGS]", 37: "[/MODEL_SETTINGS]"}
TEXT = 1 << 40  # ids from here on stand for a text in the recording tokenizer


def data_file(owner, folder):
    path = os.path.join(os.path.dirname(mistral_common.__file__), "data", owner["data"])
    if owner["version"] < 7 or not owner["data"].endswith(".json"):
        return path
    with open(path, encoding="utf-8") as f:
        spec = json.load(f)
    spec["config"]["version"] = f"v{owner['version']}"
    if owner["version"] > 7:
        first = [{"rank": t["rank"], "token_str": str(t["token_str"]), "is_control": True}
                 for t in Tekkenizer.DEPRECATED_SPECIAL_TOKENS]
        spec["special_tokens"] = first + [
            {"rank": i, "token_str": LATER.get(i, f"<SPECIAL_{i}>"), "is_control": True} for i in range(20, 38)]
    if owner["version"] >= 15:
        spec["model_settings_builder"] = {"reasoning_effort": {"type": "enum", "accepts_none": True, "default": "none",
                                                               "values": ["none", "high"]}}
    out = os.path.join(folder, f"tekken_v{owner['version']}.json")
    with open(out, "w", encoding="utf-8") as f:
        json.dump(spec, f)
    return out


class Mistral:
    def __init__(self, owner, run):
        self.owner, self.run, self.version = owner, run, owner["version"]
        with tempfile.TemporaryDirectory() as tmp:
            path = data_file(owner, tmp)
            self.plain = MistralTokenizer.from_file(path, mode=ValidationMode.agnostic)
            self.recording = MistralTokenizer.from_file(path, mode=ValidationMode.agnostic)
        tok = self.recording.instruct_tokenizer.tokenizer
        self.pieces, self.texts = [tok.id_to_piece(i) for i in range(48)], []
        tok.encode = self.record
        tok.decode = lambda *_, **__: ""

    def record(self, text, bos, eos):
        if not text:
            return []
        self.texts.append(text)
        return [TEXT + len(self.texts) - 1]

    def request(self, conv):
        messages = []
        for m in conv["messages"]:
            o = {"role": m["role"], "content": m.get("content")}
            if m["role"] == "assistant" and self.version >= 13 and "reasoning" in m:
                o["content"] = [{"type": "thinking", "thinking": m["reasoning"], "closed": True}]
                if m.get("content"):
                    o["content"].append({"type": "text", "text": m["content"]})
            if m.get("calls"):
                o["tool_calls"] = [{"id": c["id"], "type": "function",
                                    "function": {"name": c["name"], "arguments": c["arguments"]}} for c in m["calls"]]
            if m["role"] == "tool":
                o |= {"tool_call_id": m["call_id"], "name": m["name"]}
            messages.append(o)
        more = {}
        if self.version >= 15 and "effort" in conv["options"]:
            more["reasoning_effort"] = conv["options"]["effort"]
        return ChatCompletionRequest(messages=messages, tools=self.run.tools_of(conv), **more)

    def encode(self, tokenizer, conv):
        try:
            return tokenizer.encode_chat_completion(self.request(conv)).tokens
        except (MistralCommonException, ValueError, AssertionError, NotImplementedError, TypeError) as e:
            raise self.run.Refused(f"{type(e).__name__}: {e}"[:200]) from e

    def render(self, conv):
        self.texts = []
        return [self.texts[t - TEXT] if t >= TEXT else self.pieces[t] for t in self.encode(self.recording, conv)]

    def ids(self, conv):
        return self.encode(self.plain, conv)
