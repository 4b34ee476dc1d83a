"""gpt-oss requests through openai-harmony: what make_template_goldens.py compares with.

From a chat to Harmony messages as the library's documentation has it: reasoning on the analysis
channel, a call on commentary to functions.NAME with content type "<|constrain|> json", results
from functions.NAME on commentary, answers on final, words beside a call on commentary.
"""
import os
import tempfile

O200K = "446a9538cb6c348e"


class Harmony:
    def __init__(self, sources, run):
        self.run = run
        # The library reads its ranks from a folder when the address of one is set.
        with tempfile.TemporaryDirectory() as tmp:
            with open(os.path.join(tmp, "o200k_base.tiktoken"), "wb") as f:
                f.write(sources.read(O200K))
            os.environ["TIKTOKEN_ENCODINGS_BASE"] = tmp
            import openai_harmony
            self.h = openai_harmony
            self.encoding = openai_harmony.load_harmony_encoding(openai_harmony.HarmonyEncodingName.HARMONY_GPT_OSS)

    def developer(self, text, tools):
        content = self.h.DeveloperContent.new()
        if text is not None:
            content = content.with_instructions(text)
        if tools:
            content = content.with_function_tools(
                [self.h.ToolDescription.new(t["function"]["name"], t["function"].get("description", ""),
                                            parameters=t["function"].get("parameters")) for t in tools])
        return self.message(self.h.Role.DEVELOPER, content)

    def message(self, role, content, channel=None):
        m = self.h.Message.from_role_and_content(role, content)
        return m.with_channel(channel) if channel else m

    def messages(self, conv):
        h, tools = self.h, self.run.tools_of(conv)
        system = h.SystemContent.new().with_conversation_start_date(self.run.TODAY.strftime("%Y-%m-%d"))
        if "effort" in conv["options"]:
            system = system.with_reasoning_effort(h.ReasoningEffort(conv["options"]["effort"].capitalize()))
        out, rest = [self.message(h.Role.SYSTEM, system)], conv["messages"]
        if rest[0]["role"] in ("system", "developer"):
            out.append(self.developer(rest[0]["content"], tools))
            rest = rest[1:]
        elif tools:
            out.append(self.developer(None, tools))
        for m in rest:
            if m["role"] == "user":
                out.append(self.message(h.Role.USER, m["content"]))
            elif m["role"] in ("system", "developer"):
                out.append(self.developer(m["content"], None))
            elif m["role"] == "tool":
                author = h.Author.new(h.Role.TOOL, "functions." + m["name"])
                out.append(h.Message.from_author_and_content(author, m["content"]).with_channel("commentary"))
            else:
                if m.get("reasoning"):
                    out.append(self.message(h.Role.ASSISTANT, m["reasoning"], "analysis"))
                calls = m.get("calls", [])
                if m.get("content") or not calls:
                    out.append(self.message(h.Role.ASSISTANT, m["content"], "commentary" if calls else "final"))
                for c in calls:
                    out.append(self.message(h.Role.ASSISTANT, c["arguments"], "commentary")
                               .with_recipient("functions." + c["name"]).with_content_type("<|constrain|> json"))
        return h.Conversation.from_messages(out)

    def ids(self, conv):
        if conv["options"]["generate"]:
            return self.encoding.render_conversation_for_completion(self.messages(conv), self.h.Role.ASSISTANT)
        return self.encoding.render_conversation(self.messages(conv))

    def render(self, conv):
        return [self.encoding.decode_utf8(self.ids(conv))]
