#!/usr/bin/env python3
"""fit_sdks.py - requests that `tokcount fit` made, judged by the types of the providers' own clients as well.

    fit_sdks.py TOKCOUNT [-n REQUESTS] [-s SEED] [--keep FOLDER]

The requests, the plans and all laws are those of fit_laws.py, with blocks put in that its seven shapes do not
have. What went in and what came out is then read as the parameter types of openai, anthropic, google-genai,
mistralai, cohere and botocore (tools/dev/requirements-fit-sdks.txt): no member that they do not name, no other type.
"""
import json
import sys

import pydantic

import fit_laws
from fit_laws import PNG, prose, sentence

PDF = "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoK"
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="


# --- what the shapes of fit_laws.py do not have -------------------------------------------------

def as_list(content):
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def shuffled(q, r, is_result):
    """Results of one step of calls may come in any order."""
    m, i = q["messages"], 0
    while i < len(m):
        n = i
        while n < len(m) and is_result(m[n]):
            n += 1
        if n > i + 1 and r.random() < .3:
            m[i:n] = r.sample(m[i:n], n - i)
        i = n + 1


def more_anthropic(q, r):
    def put(m, block):
        m["content"] = as_list(m["content"])
        at = sum(b["type"] == "tool_result" for b in m["content"])
        m["content"].insert(r.randint(at, len(m["content"])), block)
    search = lambda: {"type": "search_result", "source": "https://x.example/a", "title": sentence(r), "content": [{"type": "text", "text": prose(r, 9)}],
                      "citations": {"enabled": True}}
    documents = [
        lambda: {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}, "title": sentence(r), "context": prose(r, 1)},
        lambda: {"type": "document", "source": {"type": "url", "url": "https://x.example/a.pdf"}, "citations": {"enabled": True}},
        lambda: {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": prose(r, 9)} for _ in range(3)]}},
        lambda: {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}},
        lambda: {"type": "container_upload", "file_id": "file_1"}, search]
    for m in q["messages"]:
        if m["role"] == "user":
            if r.random() < .15:
                put(m, r.choice(documents)())
            got = [b for b in as_list(m["content"]) if b["type"] == "tool_result"]
            if len(got) > 1 and r.random() < .3:
                m["content"][:len(got)] = r.sample(got, len(got))
            for b in as_list(m["content"]):
                if b["type"] == "tool_result" and isinstance(b.get("content"), list) and r.random() < .2:
                    b["content"].append(r.choice(documents[:2] + [search])())
                elif b["type"] == "tool_result" and r.random() < .05:
                    b["content"] = []
        elif r.random() < .15 and as_list(m["content"])[-1]["type"] == "text":
            m["content"] = as_list(m["content"])
            m["content"][-1]["citations"] = [{"type": "char_location", "cited_text": sentence(r), "document_index": 0, "document_title": None,
                                              "start_char_index": 0, "end_char_index": 9}]
        elif r.random() < .1:
            n = r.randrange(10 ** 6)
            m["content"] = as_list(m["content"])
            at = len(m["content"]) - sum(b["type"] == "tool_use" for b in m["content"])
            m["content"][at:at] = [
                {"type": "server_tool_use", "id": "srvtoolu_%d" % n, "name": "code_execution", "input": {"code": "print(%d)" % n}},
                {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_%d" % n, "content": {
                    "type": "code_execution_result", "stdout": prose(r, 9), "stderr": "", "return_code": 0, "content": []}}]
    if r.random() < .05 and as_list(q["messages"][-1]["content"])[-1]["type"] == "text":
        q["messages"].append({"role": "assistant", "content": r.choice(["{", [{"type": "text", "text": "The answer is"}]])})
    elif any(b["type"].endswith("thinking") for m in q["messages"] for b in as_list(m["content"])):
        q["thinking"] = {"type": "enabled", "budget_tokens": 1024}
        q["max_tokens"] = 4096
    if r.random() < .1:
        q.update(metadata={"user_id": "u-1"}, stop_sequences=["\n\nHuman:"], service_tier="auto")
    if q.get("tools") and r.random() < .2:
        q["tools"].append({"type": "web_search_20250305", "name": "web_search", "max_uses": 3})
        q["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": False}


def more_chat(q, r):
    for m in q["messages"]:
        if m["role"] == "user" and r.random() < .12:
            m["content"] = as_list(m["content"]) + [r.choice([
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64," + PDF}}, {"type": "file", "file": {"file_id": "file-1"}},
                {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}}])]
        elif m["role"] == "assistant" and "tool_calls" not in m:
            if r.random() < .05:
                m["content"] = [{"type": "refusal", "refusal": sentence(r)}]
            elif r.random() < .05:
                m.update(refusal=None, audio=None)
        elif m["role"] in ("system", "developer") and r.random() < .3:
            m["content"] = as_list(m["content"])
        elif m["role"] == "assistant" and r.random() < .1:
            if m["content"] is None:
                del m["content"]
    shuffled(q, r, lambda m: m["role"] == "tool")
    if r.random() < .1:  # as it was before tools
        for m, got in zip(q["messages"], q["messages"][1:]):
            if len(m.get("tool_calls", [])) == 1 and got["role"] == "tool" and isinstance(got["content"], str):
                m["function_call"] = m.pop("tool_calls")[0]["function"]
                m["content"] = m.get("content")
                got.update(role="function", name=m["function_call"]["name"])
                del got["tool_call_id"]
    if q.get("tools") and r.random() < .3:
        q.update(tool_choice="auto", parallel_tool_calls=True)
        q["tools"][0]["function"]["strict"] = False
    if r.random() < .2:
        q["response_format"] = {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "description": prose(r, 2), "schema": {
            "type": "object", "properties": {"x": {"type": "string", "description": prose(r, 2)}}, "required": ["x"], "additionalProperties": False}}}


def more_responses(q, r):
    out = []
    for x in q["input"]:
        if x.get("type") == "message":
            x.update(id="msg_%d" % len(out), status="completed")
        out.append(x)
        # Behind a message of either side, where nothing of a call is waited for.
        if "role" not in x or r.random() > .15:
            continue
        n = r.randrange(10 ** 6)
        before = len(out)
        k = r.randrange(12)
        if k == 0:
            out += [{"type": "custom_tool_call", "call_id": "ctc_%d" % n, "name": "shell", "input": sentence(r)},
                    {"type": "custom_tool_call_output", "call_id": "ctc_%d" % n, "output": prose(r, 9)}]
        elif k == 1:
            out.append({"type": "mcp_call", "id": "mcp_%d" % n, "name": "look", "server_label": "s", "arguments": "{\"q\": \"a\"}", "output": prose(r, 9)})
        elif k == 2:
            out.append({"type": "code_interpreter_call", "id": "ci_%d" % n, "code": "print(1)", "container_id": "c", "status": "completed",
                        "outputs": [{"type": "logs", "logs": prose(r, 9)}]})
        elif k == 3:
            out.append({"type": "file_search_call", "id": "fs_%d" % n, "queries": [sentence(r)], "status": "completed",
                        "results": [{"file_id": "f", "filename": "a.txt", "text": prose(r, 9), "score": .5}]})
        elif k == 4:
            out += [{"type": "shell_call", "call_id": "sh_%d" % n, "action": {"commands": ["ls -l"]}},
                    {"type": "shell_call_output", "call_id": "sh_%d" % n, "output": [
                        {"stdout": prose(r, 9), "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]}]
        elif k == 5:
            out += [{"type": "computer_call", "id": "cu_%d" % n, "call_id": "cc_%d" % n, "pending_safety_checks": [], "status": "completed", "action": {"type": "screenshot"}},
                    {"type": "computer_call_output", "call_id": "cc_%d" % n, "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64," + PNG}}]
        elif k == 6:
            out += [{"type": "apply_patch_call", "call_id": "ap_%d" % n, "status": "completed", "operation": {"type": "update_file", "path": "a.c", "diff": prose(r, 5)}},
                    {"type": "apply_patch_call_output", "call_id": "ap_%d" % n, "status": "completed", "output": sentence(r)}]
        elif k == 7:
            out += [{"type": "mcp_approval_request", "id": "mr_%d" % n, "name": "look", "server_label": "s", "arguments": "{}"},
                    {"type": "mcp_approval_response", "approval_request_id": "mr_%d" % n, "approve": True}]
        elif k == 8:
            out.append({"type": "image_generation_call", "id": "ig_%d" % n, "result": PNG, "status": "completed"})
        elif k == 9:
            out.append({"type": "item_reference", "id": "msg_%d" % n})
        elif k == 10:
            out.append({"type": "message", "role": r.choice(["system", "developer"]), "content": prose(r, 3)})
        else:
            out.append({"type": "message", "role": "user", "content": [{"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64," + PDF},
                                                                       {"type": "input_text", "text": sentence(r)}]})
        if k in (0, 1, 2, 3, 4, 6) and r.random() < .5:
            out.insert(before, {"type": "reasoning", "id": "rs_%d" % n, "summary": [{"type": "summary_text", "text": prose(r, 3)}]})
    q["input"] = out
    for x in out:
        for b in x.get("content") or [] if isinstance(x.get("content"), list) else []:
            if b["type"] == "input_image":
                b["detail"] = "auto"
    if r.random() < .2:
        q.update(store=False, include=["reasoning.encrypted_content"], text={"verbosity": "low"}, reasoning={"effort": "low"}, tool_choice="auto")
    if q.get("tools") and r.random() < .3:
        q["tools"].append({"type": "custom", "name": "shell", "description": prose(r, 3)})


def more_bedrock(q, r):
    q["modelId"] = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    for m in q["messages"]:
        if m["role"] == "user" and r.random() < .15:
            m["content"].append(r.choice([
                {"document": {"format": "pdf", "name": "notes", "source": {"bytes": PDF}, "citations": {"enabled": True}}},
                {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://a/b.mp4"}}}},
                {"guardContent": {"text": {"text": sentence(r), "qualifiers": ["query"]}}},
                {"searchResult": {"source": "https://x.example", "title": sentence(r), "content": [{"text": prose(r, 6)}], "citations": {"enabled": True}}}]))
        elif m["role"] == "assistant" and r.random() < .1 and list(m["content"][-1]) == ["text"]:
            m["content"][-1] = {"citationsContent": {"content": [{"text": m["content"][-1]["text"]}], "citations": [
                {"title": "a", "sourceContent": [{"text": sentence(r)}], "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 9}}}]}}


def more_gemini(q, r):
    for c in q["contents"]:
        calls = any("functionCall" in p or "functionResponse" in p for p in c["parts"])
        if c["role"] == "user" and not calls and r.random() < .15:
            c["parts"].append(r.choice([{"fileData": {"mimeType": "application/pdf", "fileUri": "gs://a/b.pdf"}}, {"inlineData": {"mimeType": "audio/wav", "data": WAV}},
                                        {"inlineData": {"mimeType": "application/pdf", "data": PDF}}]))
        elif c["role"] == "model" and not calls and r.random() < .15:
            c["parts"][:0] = [{"executableCode": {"language": "PYTHON", "code": "print(1)"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": prose(r, 6)}}]
        for p in c["parts"]:
            if "functionResponse" in p and r.random() < .2:
                p["functionResponse"]["parts"] = [{"inlineData": {"mimeType": "image/png", "data": PNG}}]
            if "functionResponse" in p and r.random() < .2:
                p["functionResponse"]["response"] = {"output": [prose(r, 2) for _ in range(3)], "n": r.randrange(9)}
    n = 0
    for a, b in zip(q["contents"], q["contents"][1:]):  # ids, as Gemini 3 gives them
        if any("functionCall" in p for p in a["parts"]) and r.random() < .5:
            for x, y in zip([p["functionCall"] for p in a["parts"] if "functionCall" in p], [p["functionResponse"] for p in b["parts"]]):
                n += 1
                x["id"] = y["id"] = "c%d" % n
    if r.random() < .3:
        q["generationConfig"] = {"temperature": .2, "maxOutputTokens": 999, "stopSequences": ["END"]}
    if r.random() < .2:
        q["safetySettings"] = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    if q.get("tools") and r.random() < .3:
        q["tools"].append({"googleSearch": {}})
        q["toolConfig"] = {"functionCallingConfig": {"mode": "AUTO"}}


def more_mistral(q, r):
    for m in q["messages"]:
        m.pop("name", None) if m["role"] == "user" else None
        if m["role"] == "user" and r.random() < .12:
            m["content"] = as_list(m["content"]) + [r.choice([{"type": "document_url", "document_url": "https://x.example/a.pdf", "document_name": "a"},
                                                              {"type": "reference", "reference_ids": [1, 2]}, {"type": "input_audio", "input_audio": WAV}])]
        elif m["role"] == "assistant" and r.random() < .15:
            m["content"] = [{"type": "thinking", "thinking": [{"type": "text", "text": prose(r, 4)}], "closed": True}] + as_list(m["content"] or [])


    shuffled(q, r, lambda m: m["role"] == "tool")
    if r.random() < .05 and q["messages"][-1]["role"] == "user":
        q["messages"].append({"role": "assistant", "content": "{", "prefix": True})


def more_cohere(q, r):
    for m in q["messages"]:
        m.pop("name", None)
        if m["role"] == "tool" and isinstance(m["content"], list):
            for b in m["content"]:
                if b["type"] == "document" and not isinstance(b["document"]["data"], dict):
                    v = b["document"]["data"]
                    b["document"]["data"] = {"text": v if isinstance(v, str) else v[0]["text"]}
                    if r.random() < .5:
                        b["document"]["id"] = "d%d" % r.randrange(99)
        elif m["role"] == "assistant" and "tool_calls" not in m and r.random() < .15:
            m["content"] = [{"type": "thinking", "thinking": prose(r, 4)}] + as_list(m["content"])
        elif m["role"] == "assistant" and "tool_calls" not in m and r.random() < .1:
            m["citations"] = [{"start": 0, "end": 4, "text": "The ", "sources": [{"type": "tool", "id": "call_1:0", "tool_output": {"a": 1}}]}]
    if r.random() < .2:
        q["documents"] = [prose(r, 5), {"id": "d1", "data": {"title": sentence(r), "snippet": prose(r, 9)}}]
        q["safety_mode"] = "CONTEXTUAL"


# --- the clients' types -------------------------------------------------------------------------

def imported():
    """The modules of the types. Their Iterable is a list of JSON: pydantic takes a text for one, and reads it when asked."""
    import typing
    iterable, typing.Iterable = typing.Iterable, typing.List
    import anthropic.types.message_create_params as messages
    import openai.types.chat.completion_create_params as chat
    import openai.types.responses.response_create_params as responses
    typing.Iterable = iterable
    # A TypedDict takes members that it does not name, and makes a number of a text, unless it is told otherwise.
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("anthropic", "openai"):
            for x in vars(module).values():
                if isinstance(x, type) and hasattr(x, "__required_keys__"):
                    x.__pydantic_config__ = {"extra": "forbid", "strict": True, "arbitrary_types_allowed": True}
    return messages, chat, responses


def bedrock_reader():
    """botocore has no types but its service's own model, and a reader for it."""
    import botocore.session
    import botocore.validate
    shape = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("Converse").input_shape

    def read(q):
        report = botocore.validate.ParamValidator().validate(q, shape)
        assert not report.has_errors(), report.generate_report()
    return read


def readers():
    """By name: from a request to what the client's types make of it, for each of its members that has a type."""
    from pydantic import TypeAdapter
    messages, chat, responses = imported()
    import cohere
    from google.genai import types as g
    from mistralai.client.models import ChatCompletionRequest
    whole = {"anthropic": messages.MessageCreateParamsNonStreaming, "openai-chat": chat.CompletionCreateParamsNonStreaming,
             "openai-responses": responses.ResponseCreateParamsNonStreaming, "mistral": ChatCompletionRequest}
    members = {"gemini": {"contents": list[g.Content], "tools": list[g.Tool], "systemInstruction": g.Content, "system_instruction": g.Content,
                          "toolConfig": g.ToolConfig, "generationConfig": g.GenerationConfig, "safetySettings": list[g.SafetySetting], "model": str},
               "cohere": {"messages": list[cohere.ChatMessageV2], "tools": list[cohere.ToolV2], "documents": list[str | cohere.Document],
                          "model": str, "temperature": float, "safety_mode": str}}

    def reader_of(types):
        adapter = {k: TypeAdapter(v) for k, v in types.items()}
        return lambda q: [adapter[k].validate_json(json.dumps(v)) for k, v in q.items()]
    read = {k: reader_of(v) for k, v in members.items()}
    read["bedrock"] = bedrock_reader()
    for k, v in whole.items():
        read[k] = lambda q, adapter=TypeAdapter(v): [adapter.validate_json(json.dumps(q))]
    return read


def has_unknown(x):
    """A member that a model keeps without naming it; mistralai keeps a block it does not know as one of the type UNKNOWN."""
    if isinstance(x, (list, dict)):
        return any(has_unknown(v) for v in (x.values() if isinstance(x, dict) else x))
    return isinstance(x, pydantic.BaseModel) and (bool(x.model_extra) or getattr(x, "is_unknown", False) is True or any(has_unknown(v) for v in vars(x).values()))


def plan(made):
    """Most of the plans of fit_laws.py that name a budget do not meet it, and then there is nothing to judge."""
    def new(r, tokens):
        args = made(r, tokens)
        if "--budget" in args and r.random() < .8:
            for option, value in (("--waive", "all"), ("--budget", str(max(1, int(tokens * r.choice([.25, .5, .75])))))):
                if option in args:
                    args[args.index(option) + 1] = value
                else:
                    args += [option, value]
            if r.random() < .7 and "--allow-prefix-change" not in args:
                args.append("--allow-prefix-change")
            if r.random() < .7 and "--keep-turns" not in args:
                args += ["--keep-turns", "0"]
        return args
    return new


def main():
    more = {"anthropic": more_anthropic, "bedrock": more_bedrock, "openai-chat": more_chat, "openai-responses": more_responses,
            "gemini": more_gemini, "mistral": more_mistral, "cohere": more_cohere}
    read = readers()

    def make(name, made):
        def new(talk):
            q = made(talk)
            more[name](q, talk.r)
            return q
        return new

    def valid(name, rules):
        def new(q):
            rules(q)
            try:
                assert not has_unknown(read[name](q)), "a member or a block that the client does not know"
            except pydantic.ValidationError as e:  # of the alternatives the one that went farthest
                far = max(e.errors(), key=lambda x: len(x["loc"]))
                raise AssertionError("%s: %s" % (".".join(map(str, far["loc"])), far["msg"]))
        return new
    fit_laws.MADE = {k: make(k, fit_laws.MADE[k]) for k in more}
    fit_laws.VALID = {k: valid(k, fit_laws.VALID[k]) for k in more}
    fit_laws.plan = plan(fit_laws.plan)
    return fit_laws.main()


if __name__ == "__main__":
    sys.exit(main())
