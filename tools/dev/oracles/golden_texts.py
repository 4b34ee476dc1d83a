#!/usr/bin/env python3
"""Texts of the golden tests: deterministic, written here, no outside data.

Owns the list of (group, bytes) that tests/golden/texts.txt holds. Every text is made from
literals and code point ranges below by a splitmix64 generator, so that any Python gives the
same bytes (random.Random promises that for random() alone). Ranges are literal, not asked of
unicodedata, whose version follows the interpreter.

  golden_texts.py            number of texts and bytes a group
  golden_texts.py --write F  the escaped text file (tests/golden/README.md, "texts.txt")
"""
import os
import sys

MASK = (1 << 64) - 1


class Rng:
    """splitmix64; every method is a function of next() alone."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return (self.next() * n) >> 64

    def between(self, lo, hi):
        return lo + self.below(hi - lo + 1)

    def pick(self, seq):
        return seq[self.below(len(seq))]

    def chance(self, percent):
        return self.below(100) < percent


def read_phrases():
    """tests/golden/phrases.txt: language, tab, one plain statement in it; written for this test."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/golden/phrases.txt")
    with open(path, encoding="utf-8", newline="\n") as f:
        return [tuple(line.rstrip("\n").split("\t", 1)) for line in f]


PHRASES = read_phrases()

SCRIPTS = [  # name, first, last: letters, marks and digits of a script, with its holes
    ("latin-ext-a", 0x100, 0x17F), ("latin-ext-b", 0x180, 0x24F), ("ipa", 0x250, 0x2AF),
    ("spacing-modifiers", 0x2B0, 0x2FF), ("combining", 0x300, 0x36F), ("greek", 0x370, 0x3FF),
    ("cyrillic", 0x400, 0x4FF), ("cyrillic-sup", 0x500, 0x52F), ("armenian", 0x531, 0x58F),
    ("hebrew", 0x591, 0x5F4), ("arabic", 0x600, 0x6FF), ("syriac", 0x700, 0x74F),
    ("thaana", 0x780, 0x7B1), ("nko", 0x7C0, 0x7FF), ("samaritan", 0x800, 0x83E),
    ("mandaic", 0x840, 0x85E), ("arabic-ext-b", 0x870, 0x89F), ("arabic-ext-a", 0x8A0, 0x8FF),
    ("devanagari", 0x900, 0x97F), ("bengali", 0x980, 0x9FE), ("gurmukhi", 0xA01, 0xA76),
    ("gujarati", 0xA81, 0xAFF), ("oriya", 0xB01, 0xB77), ("tamil", 0xB82, 0xBFA),
    ("telugu", 0xC00, 0xC7F), ("kannada", 0xC80, 0xCF3), ("malayalam", 0xD00, 0xD7F),
    ("sinhala", 0xD81, 0xDF4), ("thai", 0xE01, 0xE5B), ("lao", 0xE81, 0xEDF),
    ("tibetan", 0xF00, 0xFDA), ("myanmar", 0x1000, 0x109F), ("georgian", 0x10A0, 0x10FF),
    ("hangul-jamo", 0x1100, 0x11FF), ("ethiopic", 0x1200, 0x137C), ("cherokee", 0x13A0, 0x13FD),
    ("canadian", 0x1400, 0x167F), ("ogham", 0x1680, 0x169C), ("runic", 0x16A0, 0x16F8),
    ("tagalog", 0x1700, 0x171F), ("hanunoo", 0x1720, 0x1736), ("buhid", 0x1740, 0x1753),
    ("tagbanwa", 0x1760, 0x1773), ("khmer", 0x1780, 0x17F9), ("mongolian", 0x1800, 0x18AA),
    ("limbu", 0x1900, 0x194F), ("tai-le", 0x1950, 0x1974), ("new-tai-lue", 0x1980, 0x19DF),
    ("buginese", 0x1A00, 0x1A1F), ("tai-tham", 0x1A20, 0x1AAD), ("balinese", 0x1B00, 0x1B7C),
    ("sundanese", 0x1B80, 0x1BBF), ("batak", 0x1BC0, 0x1BFF), ("lepcha", 0x1C00, 0x1C4F),
    ("ol-chiki", 0x1C50, 0x1C7F), ("vedic", 0x1CD0, 0x1CFA), ("phonetic", 0x1D00, 0x1DBF),
    ("latin-additional", 0x1E00, 0x1EFF), ("greek-ext", 0x1F00, 0x1FFE),
    ("punctuation", 0x2010, 0x205E), ("super-sub", 0x2070, 0x209C), ("currency", 0x20A0, 0x20C0),
    ("letterlike", 0x2100, 0x214F), ("number-forms", 0x2150, 0x218B), ("arrows", 0x2190, 0x21FF),
    ("math-operators", 0x2200, 0x22FF), ("technical", 0x2300, 0x23FF), ("ocr", 0x2440, 0x244A),
    ("enclosed", 0x2460, 0x24FF), ("box-drawing", 0x2500, 0x257F), ("symbols", 0x2600, 0x26FF),
    ("dingbats", 0x2700, 0x27BF), ("braille", 0x2800, 0x28FF), ("glagolitic", 0x2C00, 0x2C5F),
    ("coptic", 0x2C80, 0x2CFF), ("tifinagh", 0x2D30, 0x2D7F), ("ethiopic-ext", 0x2D80, 0x2DDE),
    ("kangxi", 0x2F00, 0x2FD5), ("cjk-punctuation", 0x3000, 0x303F), ("hiragana", 0x3041, 0x309F),
    ("katakana", 0x30A0, 0x30FF), ("bopomofo", 0x3105, 0x312F), ("hangul-compat", 0x3131, 0x318E),
    ("enclosed-cjk", 0x3200, 0x32FF), ("cjk-compat", 0x3300, 0x33FF), ("cjk-ext-a", 0x3400, 0x4DBF),
    ("cjk", 0x4E00, 0x9FFF), ("yi", 0xA000, 0xA4C6), ("lisu", 0xA4D0, 0xA4FF),
    ("vai", 0xA500, 0xA62B), ("cyrillic-ext-b", 0xA640, 0xA69F), ("bamum", 0xA6A0, 0xA6F7),
    ("latin-ext-d", 0xA720, 0xA7FF), ("syloti", 0xA800, 0xA82C), ("phags-pa", 0xA840, 0xA877),
    ("saurashtra", 0xA880, 0xA8D9), ("kayah-li", 0xA900, 0xA92F), ("rejang", 0xA930, 0xA95F),
    ("javanese", 0xA980, 0xA9DF), ("cham", 0xAA00, 0xAA5F), ("tai-viet", 0xAA80, 0xAADF),
    ("meetei", 0xAAE0, 0xABF9), ("cherokee-sup", 0xAB70, 0xABBF), ("hangul", 0xAC00, 0xD7A3),
    ("cjk-compat-ideographs", 0xF900, 0xFAD9), ("presentation-a", 0xFB00, 0xFDFF),
    ("variation", 0xFE00, 0xFE2F), ("presentation-b", 0xFE70, 0xFEFC), ("fullwidth", 0xFF01, 0xFFEE),
    ("linear-b", 0x10000, 0x100FA), ("aegean", 0x10100, 0x1013F), ("lycian", 0x10280, 0x1029C),
    ("old-italic", 0x10300, 0x1032F), ("gothic", 0x10330, 0x1034A), ("ugaritic", 0x10380, 0x1039F),
    ("deseret", 0x10400, 0x1044F), ("osage", 0x104B0, 0x104FB), ("vithkuqi", 0x10570, 0x105BC),
    ("todhri", 0x105C0, 0x105F3), ("linear-a", 0x10600, 0x10767), ("phoenician", 0x10900, 0x1091F),
    ("old-turkic", 0x10C00, 0x10C48), ("hanifi", 0x10D00, 0x10D39), ("garay", 0x10D40, 0x10D8F),
    ("yezidi", 0x10E80, 0x10EB1), ("brahmi", 0x11000, 0x11075), ("kaithi", 0x11080, 0x110C2),
    ("chakma", 0x11100, 0x11147), ("sharada", 0x11180, 0x111DF), ("grantha", 0x11300, 0x11374),
    ("tulu-tigalari", 0x11380, 0x113E2), ("newa", 0x11400, 0x11461), ("tirhuta", 0x11480, 0x114D9),
    ("modi", 0x11600, 0x11659), ("ahom", 0x11700, 0x11746), ("warang-citi", 0x118A0, 0x118FF),
    ("sunuwar", 0x11BC0, 0x11BF9), ("kawi", 0x11F00, 0x11F5A), ("cuneiform", 0x12000, 0x12399),
    ("egyptian", 0x13000, 0x1342F), ("egyptian-ext", 0x13460, 0x143FA),
    ("gurung-khema", 0x16100, 0x16139), ("bamum-sup", 0x16800, 0x16A38),
    ("kirat-rai", 0x16D40, 0x16D79), ("medefaidrin", 0x16E40, 0x16E9A), ("miao", 0x16F00, 0x16F9F),
    ("tangut", 0x17000, 0x187F7), ("nushu", 0x1B170, 0x1B2FB), ("legacy-sup", 0x1CC00, 0x1CEB3),
    ("musical", 0x1D100, 0x1D1EA), ("math-alnum", 0x1D400, 0x1D7FF), ("sutton", 0x1D800, 0x1DAAF),
    ("glagolitic-sup", 0x1E000, 0x1E02A), ("wancho", 0x1E2C0, 0x1E2F9),
    ("nag-mundari", 0x1E4D0, 0x1E4F9), ("ol-onal", 0x1E5D0, 0x1E5FF), ("mende", 0x1E800, 0x1E8D6),
    ("adlam", 0x1E900, 0x1E95F), ("arabic-math", 0x1EE00, 0x1EEF1), ("mahjong", 0x1F000, 0x1F09F),
    ("enclosed-alnum", 0x1F100, 0x1F1FF), ("emoji", 0x1F300, 0x1F64F),
    ("transport", 0x1F680, 0x1F6FF), ("chess", 0x1FA00, 0x1FAFF), ("legacy", 0x1FB00, 0x1FBFF),
    ("cjk-ext-b", 0x20000, 0x2A6DF), ("cjk-ext-g", 0x30000, 0x3134A), ("cjk-ext-i", 0x2EBF0, 0x2EE5D),
    ("tags", 0xE0020, 0xE007F), ("variation-sup", 0xE0100, 0xE01EF), ("private", 0xE000, 0xF8FF),
    ("private-15", 0xF0000, 0xFFFFD), ("unassigned", 0x0378, 0x0379), ("unassigned-2", 0x1FC00, 0x1FFFD),
    ("nonchar", 0xFDD0, 0xFDEF), ("plane-16", 0x10FF00, 0x10FFFF),
]

SPACES = [" ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0",
          "\u1680", "\u180e", "\u2000", "\u2003", "\u2007", "\u2009", "\u200a", "\u200b", "\u2028",
          "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff", "    ", "\t\t", " \n", "\n ",
          " \t", "\n\t", "\n  \n", "   \n\n   "]

WORDS = """the of and to in is that for it as was with be by on not he his but at are this have
from or had an they which one you were her all she there would their we him been has when who will
more no if out so said what up its about into than them can only other new some could time these
two may then do first any my now such like our over man me even most made after also did many
before must through back years where much your way well down should because each just those people
mister how too little state good very make world still own see men work long get here between both
life being under never day same another know while last might us great old year off come since
against go came right used take three international representation tokenization antidisestablishment
electroencephalography benchmark configuration asynchronous deserialize kubernetes postgresql
""".split()

NAMES = ["value", "index", "user_id", "getUserName", "HTTPServer", "parseJSON", "kMaxLen", "MAX_RETRY",
         "_private", "__init__", "tmp2", "x", "i18n", "fooBarBaz", "snake_case_name", "XMLHttpRequest",
         "utf8Decode", "nRows", "isOK", "camelCaseWithABCDef", "data_v2_final", "\u03c3_total", "na\u00efveMean"]

CODE = [  # N: a name, D: a number, S: a word
    "def N(N, N=D):\n    \"\"\"S S S.\"\"\"\n    for N in range(D):\n        if N % D == 0 and not N:\n            yield N ** 2, f\"{N!r:>D}\"\n    return None\n",
    "class N(object):\n\tdef __init__(self):\n\t\tself.N = {'S': D, \"S\": [D, D]}\n\n\t@property\n\tdef N(self) -> int: return self.N['S']\n",
    "#include <stdio.h>\n\nint N(const char *N, size_t n)\n{\n    for (size_t i = 0; i < n; i++) {\n        if (N[i] == '\\0') return -D;\n        N->N |= 0xDEADBEEFu << (i & 7);\n    }\n    return D; /* S S */\n}\n",
    "template <typename T, std::size_t N = D>\nauto N(std::vector<T>&& v) -> decltype(v.size()) { return v.size() >> D; } // S\n",
    "fn N<'a>(N: &'a str) -> Result<Vec<u8>, Box<dyn Error>> {\n    let mut N = Vec::with_capacity(D);\n    N.extend(N.bytes().map(|b| b ^ 0xD));\n    Ok(N)\n}\n",
    "func N(ctx context.Context, N []byte) (int, error) {\n\tif err := ctx.Err(); err != nil {\n\t\treturn 0, fmt.Errorf(\"S: %w\", err)\n\t}\n\treturn len(N), nil\n}\n",
    "export const N = async ({ N, N = D }) => {\n  const res = await fetch(`/api/${N}?q=${encodeURIComponent(N)}`);\n  return res?.ok ?? !1 ? [...(await res.json())] : null;\n};\n",
    "interface N<T extends keyof N> { readonly N?: T | undefined; [key: string]: unknown }\n",
    "public static void main(String[] args) throws IOException {\n    Map<String, List<Integer>> N = new HashMap<>();\n    N.computeIfAbsent(\"S\", k -> new ArrayList<>()).add(D);\n}\n",
    "SELECT u.N, COUNT(*) AS n FROM N u LEFT JOIN N o ON o.N = u.N WHERE u.N >= D AND o.N LIKE '%S%' GROUP BY 1 HAVING n > D ORDER BY n DESC;\n",
    "#!/bin/sh\nset -eu\nfor f in \"$@\"; do\n\t[ -f \"$f\" ] || continue\n\tgrep -qE '^S[0-9]{D}$' \"$f\" && printf '%s\\n' \"${f##*/}\" >> N.log 2>&1\ndone\n",
    "module N where\nimport qualified Data.Map as M\n\nN :: (Ord a, Num b) => [a] -> M.Map a b\nN = foldr (\\x -> M.insertWith (+) x D) M.empty\n",
    "(defun N (N &optional (N D))\n  (let ((S (car N))) ; S S\n    (if (null N) '() (cons S (N (cdr N))))))\n",
    "\\begin{equation}\\label{eq:N}\n  \\frac{\\partial N}{\\partial t} = \\sum_{i=1}^{D} \\alpha_i x^{2i} \\quad \\text{S}\n\\end{equation}\n",
    "N:\n\tpush\trbp\n\tmov\trax, [rdi + D*8]\n\tjnz\t.L2D\n\tret\n",
    "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends N=D.* \\\n    && rm -rf /var/lib/apt/lists/*\nENV N=D\n",
    "{\"N\": [D, -D.5e-D, true, null], \"S\": {\"N\": \"S \\u00e9 \\\\n\"}, \"a\":[[],{}]}\n",
    "N:\n  - name: S S\n    N: [D, D]\n    when: \"{{ N }} == 'S'\"\n    multi: |\n      S\n        S\n",
    "<div class=\"N S\" id='N'>\n  <p>S &amp; S<br/>D&nbsp;<b>S</b></p>\n  <!-- S -->\n  <h1>S</h1><ul><li>D</li></ul>\n</div>\n",
    "# S S\n\n- **S** and *S*, `N(D)`\n- [x] done\n\n| N | D |\n|---|:-:|\n| S | D |\n\n```c\nint N;\n```\n> S\n",
    "--- a/N.c\n+++ b/N.c\n@@ -D,7 +D,8 @@ S\n-\tint N = D;\n+\tint  N = D;\n \treturn N;\n",
    "2026-11-23T10:0D:33.120Z [ERROR] N.N:D - S S: java.lang.NullPointerException\n\tat com.S.N(N.java:D)\n",
    "N <- function(x, ...) { x[is.na(x)] <- D; ggplot(x, aes(S, N)) + geom_point() %>% print }\n",
    "<?php foreach ($N as $S => &$N) { echo \"{$N['S']}\" . PHP_EOL; $this->N?->S(D); } ?>\n",
    "@interface N : NSObject\n- (void)N:(NSString *)S with:(int)N;\n@end\n",
    "id,N,S\nD,\"S, S\",D.D\nD,,\n;;\n",
    "$ git log --oneline -D | awk '{print $1}' | xargs -I{} git show {} -- ./N/*.S\n",
    "if(a==b&&c!=d||!e){f(g[h],i->j,k.l);m+=n--;o=p?q:r;}//S\n",
    "/^(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z]+)*)@(?:N\\.)+S$/gi\n",
    "    def    N   (  N  ,N)  :\n\n\n        return    N\n    \n",
    "proto://server:808D/S/N?a=D&b=%20S%2FN#frag-D mailto:S.N@host.tld\n",
    "UUID 3f2504e0-4f89-11d3-9a0c-0305e82c3301 sha256:deadbeef00ff MAC 00:1A:2b:3C:4d:5E IP 192.168.D.D ::1\n",
]

MARKERS = [  # names of control and added tokens of every family, spelled in a text
    "<|endoftext|>", "<|endofprompt|>", "<|startoftext|>", "<|fim_prefix|>", "<|fim_middle|>",
    "<|fim_suffix|>", "<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|constrain|>",
    "<|return|>", "<|call|>", "<|reserved_200000|>", "<|reserved_201087|>", "<|im_start|>",
    "<|im_end|>", "<|im_sep|>", "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>",
    "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|finetune_right_pad_id|>",
    "<|reserved_special_token_0|>", "<|reserved_special_token_247|>", "<|header_start|>",
    "<|header_end|>", "<|eot|>", "<|step|>", "<|image|>", "<|image_start|>", "<|patch|>",
    "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|object_ref_start|>", "<|box_start|>",
    "<|quad_end|>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>",
    "</think>", "<|repo_name|>", "<|file_sep|>", "<|fim_pad|>", "<s>", "</s>", "<unk>", "<pad>",
    "<bos>", "<eos>", "<mask>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[IMG]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]",
    "<start_of_turn>", "<end_of_turn>", "<|turn>", "<turn|>", "<start_of_image>", "<image_soft_token>",
    "[multimodal]", "<unused0>", "<unused99>", "<unused6241>", "<2mass>", "[@BOS@]", "<table>",
    "<caption>", "<thead>", "<tbody>", "<tr>", "<th>", "<td>", "</td>", "<h1>", "</h1>", "<h6>",
    "<blockquote>", "<strong>", "<em>", "<b>", "<i>", "<u>", "<s>", "<sub>", "<sup>", "<code>", "<a>",
    "<div>", "</div>", "<p>", "<br>", "<img>", "<ul>", "<li>", "<html>", "<body>", "<span>",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>", "<\uff5cend\u2581of\u2581sentence\uff5c>", "<\uff5cUser\uff5c>", "<\uff5cAssistant\uff5c>", "<\uff5c\u2581pad\u2581\uff5c>",
    "<\uff5cfim\u2581hole\uff5c>", "<\uff5ctool\u2581calls\u2581begin\uff5c>", "<\uff5ctool\u2581sep\uff5c>", "<\uff5cplace\u2581holder\u2581no\u25810\uff5c>", "\uff5cDSML\uff5c",
    "<|EOT|>", "[BOS]", "[EOS]", "[EOT]", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    "<|im_user|>", "<|im_assistant|>", "<|im_system|>", "<|im_middle|>", "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|end_of_msg|>", "<|open|>", "<|sep|>",
    "[gMASK]", "[sMASK]", "<sop>", "<eop>", "<|system|>", "<|user|>", "<|assistant|>",
    "<|observation|>", "<|begin_of_image|>", "<|begin_of_audio|>", "<arg_key>", "</arg_value>",
    "/nothink", "<|placeholder1|>", "<|dummy_0|>", "<|dummy_85|>", "<|fim_begin|>", "<|tool|>",
    "<|/tool|>", "<|tag|>", "<|tool_response|>", "<BOS_TOKEN>", "<EOS_TOKEN>", "<PAD>", "<CLS>",
    "<SEP>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>",
    "<|SYSTEM_TOKEN|>", "<|YES_TOKEN|>", "<|EXTRA_0_TOKEN|>", "<fim_prefix>", "<fim_suffix>",
    "<fim_middle>", "<file_sep>", "<issue_start>", "<jupyter_code>", "<gh_stars>", "<reponame>",
    "<filename>", "<empty_output>", ">>TITLE<<", ">>ABSTRACT<<", ">>QUESTION<<", ">>SUFFIX<<",
    "|||IP_ADDRESS|||", "|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "<|extra_id_1|>", "]~b]",
    "]~!b[", "[e~[", "]!p~[", "]!d~[", "<minimax:tool_call>", "</minimax:tool_call>", "<code_interpreter>",
    "<jupyter_start>", "<commit_before>", "<add_file>", "<|action_start|>", "<|plugin|>",
    "<|interpreter|>", "[UNUSED_TOKEN_141]", "<reserved_106>", "<EOT>", "<META>", "<META_START>",
    "<META_END>", "<SOS>", "<|pad|>", "<|bom|>", "<fim_pad>", "<|start_of_role|>", "<|end_of_role|>",
    "<|tool_call|>", "<SPECIAL_10>", "<0x0A>", "<0x00>", "<0xFF>", "\u2581", "\u2581\u2581", "\u0120", "\u010a", "\u0120the",
]

EMOJI = ["\U0001f600", "\U0001f60a", "\U0001f44d", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3c3\u200d\u2642\ufe0f", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "\U0001f1e9\U0001f1ea", "\U0001f1ef\U0001f1f5\U0001f1f0\U0001f1f7", "\U0001f1e6", "1\ufe0f\u20e3", "#\ufe0f\u20e3", "\u2764\ufe0f", "\u2764", "\u2615", "\u2728",
         "\U0001f937\U0001f3fb\u200d\u2640\ufe0f", "\U0001f469\U0001f3ff\u200d\U0001f680", "\U0001f9d1\u200d\U0001f91d\u200d\U0001f9d1", "\U0001fae0", "\U0001fae8", "\U0001fabf", "\U0001fae9", "\U0001f426\u200d\U0001f525", "\u26a7\ufe0f", "\u2620\ufe0e", "\U0001f004", "\U0001f0cf", "\u3297\ufe0f", "\u00a9\ufe0f", "\u2122", "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f",
         "\U0001f3fd", "\u200d", "\ufe0f", "\U0001f4af\U0001f4af\U0001f4af", "\U0001f389\U0001f38a"]

PARTS_NFC = ["e\u0301", "\u00e9", "A\u030a", "\u212b", "\u2126", "\u212a", "q\u0307\u0323", "q\u0323\u0307",
             "\u1e9b\u0323", "\u0344", "\u0958", "\u0915\u093c", "\u2adc", "\u1100\u1161\u11a8", "\uac00\u11a8",
             "\u1100\u1161", "\u0f71\u0f74", "\u0f73", "\ufb1d", "\ufb01", "\u00bd", "\u2460", "\uff21", "\uff71\uff9e",
             "\u3392", "\ufdfa", "\u2fa1d", "\U0002f800", "\uf900", "\u0b47\u0b3e", "\u09c7\u09be", "\u1b05\u1b35",
             "\u0cc6\u0cc2\u0cd5", "\u01c4", "\u01c5", "\u0132", "\u017f", "\u0130", "\u0131", "i\u0307", "\u03c2",
             "\u1fbe", "\u0345", "\u0390", "\u1f71", "\u2028", "\u2002", "\u1100\u1160",
             "o\u0328\u0304", "o\u0304\u0328", "s\u0323\u0307", "\u1e69", "\U000110a5\U000110ba", "\U0001d15e",
             "\u0e33", "\u0eb3", "\u0f0c", "\u3000", "\u2026", "\u2011", "\u00a8", "\u00b4", "\u1ffd", "\u0374",
             "\u037e", "\u0387", "\u1d2c", "\u1e00\u0323", "\u0061\u0315\u0300\u05ae\u0062", "\u0061\u1ac0\u0301",
             "\u0061\U00010efd\u0301", "\U00016121\U0001611f", "\U00016d63\U00016d67"]


def word(rng):
    return rng.pick(WORDS)


def sentence(rng, lo=4, hi=14):
    n = rng.between(lo, hi)
    out = []
    for i in range(n):
        w = word(rng)
        if i == 0 or rng.chance(8):
            w = w.capitalize()
        elif rng.chance(3):
            w = w.upper()
        if rng.chance(5):
            w += rng.pick(["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "\u2019s", "\u2019t"])
        if rng.chance(6):
            w = str(rng.below(10 ** rng.between(1, 7)))
        if rng.chance(10) and i + 1 < n:
            w += rng.pick([",", ";", ":", " -", " \u2014", ")", "\""])
        out.append(w)
    return " ".join(out) + rng.pick([".", ".", ".", "!", "?", "...", "\u2026", ".\"", ""])


def script_word(rng, lo, hi, n):
    # A narrow window repeats letters, as words do; a wide one would never merge.
    span = hi - lo + 1
    width = min(span, 48)
    base = lo + rng.below(span - width + 1)
    return "".join(chr(base + rng.below(width)) for _ in range(n))


def code(rng):
    out = []
    for ch in rng.pick(CODE):
        if ch == "N":
            out.append(rng.pick(NAMES))
        elif ch == "D":
            out.append(str(rng.below(10 ** rng.between(1, 5))))
        elif ch == "S":
            out.append(word(rng))
        else:
            out.append(ch)
    return "".join(out)


def group_short(rng):
    yield ""
    for c in range(0, 0x80):
        yield chr(c)
    for c in (0x80, 0x85, 0xa0, 0xad, 0xb2, 0xdf, 0x130, 0x17f, 0x3c2, 0x5d0, 0x915, 0xe01, 0x2028,
              0x3042, 0x4e00, 0xac00, 0xfeff, 0xfffd, 0xffff, 0x1f600, 0x20000, 0x10ffff):
        yield chr(c)
    mixed = "aZ09 \n\t'._-<|/\\\u00e9\u4e2d\u3042\U0001f600\u0301\u00a0"
    for _ in range(70):
        yield "".join(rng.pick(mixed) for _ in range(rng.between(2, 3)))


def group_phrase(rng):
    for _, text in PHRASES:
        yield text
    for _, text in PHRASES:
        k = rng.below(6)
        if k == 0:
            yield " " + text
        elif k == 1:
            yield text.upper()
        elif k == 2:
            yield text.replace(" ", "")
        elif k == 3:
            yield text + "\n\n" + rng.pick(PHRASES)[1]
        elif k == 4:
            yield text.lower() + str(rng.below(100000)) + text[: len(text) // 2]
        else:
            yield "(" + text + ")  " + rng.pick(EMOJI)
    for _ in range(30):
        yield " ".join(rng.pick(rng.pick(PHRASES)[1].split() or ["x"]) for _ in range(rng.between(2, 12)))


def group_script(rng):
    for _, lo, hi in SCRIPTS:
        yield script_word(rng, lo, hi, rng.between(1, 6))
        words = [script_word(rng, lo, hi, rng.between(1, 9)) for _ in range(rng.between(2, 7))]
        yield rng.pick([" ", " ", ", ", "-", "\n", ""]).join(words)
    for _ in range(30):
        parts = []
        for _ in range(rng.between(2, 8)):
            _, lo, hi = rng.pick(SCRIPTS)
            parts.append(script_word(rng, lo, hi, rng.between(1, 5)))
            parts.append(rng.pick(["", " ", "", "1", "a", ".", "\n"]))
        yield "".join(parts)


def group_prose(rng):
    for _ in range(90):
        yield " ".join(sentence(rng) for _ in range(rng.between(1, 5)))


def group_code(rng):
    for _ in range(150):
        yield "".join(code(rng) for _ in range(rng.pick([1, 1, 1, 2])))


def group_emoji(rng):
    for e in EMOJI:
        yield e
    for _ in range(50):
        yield "".join(rng.pick(EMOJI) + rng.pick(["", "", " ", "a", "\n", "!"]) for _ in range(rng.between(1, 8)))


def group_space(rng):
    for s in SPACES:
        yield s
        yield "a" + s + "b"
        yield s * rng.between(2, 9) + "x"
        yield "x" + s * rng.between(2, 9)
    for n in (2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 80, 81, 100, 127, 128, 200):
        yield " " * n
        yield "a" + " " * n + "b"
        yield "\n" * n + "c"
        yield "\t" * n
    for _ in range(70):
        out = []
        for _ in range(rng.between(2, 10)):
            out.append(rng.pick(SPACES) * rng.pick([1, 1, 2, 3]))
            out.append(rng.pick(["", "", "a", "Word", "1", ".", "\u4e2d", "'s", "\u00e9"]))
        yield "".join(out)


def group_digits(rng):
    for n in range(1, 21):
        yield "".join(rng.pick("0123456789") for _ in range(n))
    for _ in range(60):
        yield rng.pick(["", " ", "$", "-", "a", "\u4e2d"]) + rng.pick([",", ".", " ", ":", "/", "-", "", "_", "'", "x"]).join(
            "".join(rng.pick("0123456789") for _ in range(rng.between(1, 6))) for _ in range(rng.between(1, 6)))
    other = ["\u0660\u0661\u0662\u0663", "\u06f1\u06f2", "\u0967\u0968\u0969\u096a", "\u0e51\u0e52", "\uff11\uff12\uff13\uff14",
             "\u00bd\u00bc\u00be", "\u00b2\u00b3\u00b9", "\u2160\u2161\u2164\u216f", "\u2460\u2473", "\u3007\u3021",
             "\U0001d7d8\U0001d7e2\U0001d7f6\U0001d7ff", "\U0001f100\U0001f10c", "\u0be7\u0bf0\u0bf2", "\u1369\u1372",
             "\U00010107\U00010133", "\U00012400\U0001246e", "\u2155\u215f\u2189", "\ua620\ua629", "\U0001e950\U0001e959",
             "\U00010d40\U00010d49", "\u4e00\u4e8c\u4e09", "\u96f6\u58f9", "\u0f20\u0f2a\u0f33"]
    for t in other:
        yield t
    for _ in range(50):
        yield "".join(rng.pick(other) + rng.pick(["", "1", "23", " ", "a", "."]) for _ in range(rng.between(1, 4)))


def group_contraction(rng):
    suffix = ["s", "t", "re", "ve", "m", "ll", "d"]
    quote = ["'", "'", "'", "\u2019", "`", "\uff07", "''", " '"]
    for s in suffix:
        for f in (str.lower, str.upper, str.capitalize):
            yield rng.pick(["it", "WE", "You", "x1", "\u4e2d", "\u00e9", ")", "9", ""]) + "'" + f(s) + rng.pick(["", " a", "x", "'s", "1", "."])
    yield "it'\u017f he'\u017fa IT'\u017f a'\u017fT"
    yield "I'\u212a we'L\u2113 we'l\u217c"
    for _ in range(80):
        yield rng.pick([" ", "", "\n"]).join(
            rng.pick(["don", "I", "THEY", "we", "O", "rock", "'n", "l", "qu", "\u03a9", "\u0434"]) + rng.pick(quote) +
            rng.pick(suffix + ["S", "T", "RE", "Ve", "LL", "lL", "n", "roll", "", "st", "dm", "ress"])
            for _ in range(rng.between(1, 6)))


def group_case(rng):
    bits = ["abc", "Abc", "ABC", "aBC", "abC", "A", "a", "Ab", "HTTP", "Server", "iOS", "\u01c5", "\u01c8x", "\u00c9t\u00e9", "\u00df",
            "\u02b0", "\u1d2c", "\u05d0", "\u4e2d", "\u0301", "\u0939\u093f", "\u0430\u0411\u0412", "\u0395\u03bb", "\ua64a", "\u10d0\u1c90", "\u13a0\uab70", "1", "_"]
    for _ in range(90):
        yield "".join(rng.pick(bits) for _ in range(rng.between(1, 7))) + rng.pick(["", " ", "'s", "'S", "/", "\n"])


def group_marker(rng):
    seen = set()
    for m in MARKERS:
        if m not in seen:
            seen.add(m)
            yield m
    for _ in range(90):
        out = []
        for _ in range(rng.between(1, 5)):
            m = rng.pick(MARKERS)
            k = rng.below(10)
            if k == 0:
                m = m[:-1]
            elif k == 1:
                m = m[1:]
            elif k == 2:
                m = m.upper()
            elif k == 3:
                m = m[: len(m) // 2] + " " + m[len(m) // 2:]
            out.append(rng.pick(["", "", " ", "\n", "a", "  ", "."]) + m + rng.pick(["", "", " ", "\n", "b", "  ", "."]))
            if rng.chance(40):
                out.append(word(rng))
        yield "".join(out)
    for role in ("system", "user", "assistant"):
        body = sentence(rng)
        yield f"<|im_start|>{role}\n{body}<|im_end|>\n"
        yield f"<|start_header_id|>{role}<|end_header_id|>\n\n{body}<|eot_id|>"
        yield f"<start_of_turn>{role}\n{body}<end_of_turn>\n"
        yield f"<|turn>{role}\n{body}<turn|>\n"
        yield f"<s>[INST] {body} [/INST] ok</s>"
        yield f"[gMASK]<sop><|{role}|>\n{body}"
        yield f"<|start|>{role}<|channel|>final<|message|>{body}<|end|>"
        yield f"<\uff5cbegin\u2581of\u2581sentence\uff5c><\uff5cUser\uff5c>{body}<\uff5cAssistant\uff5c></think>"
        yield f"<|im_{role}|>{role}<|im_middle|>{body}<|im_end|>"
        yield f"]~!b[]~b]{role}\n{body}[e~[\n"
        yield f"<|{role}|>\n{body}<|end|>\n"
        yield f"<|START_OF_TURN_TOKEN|><|{role.upper()}_TOKEN|>{body}<|END_OF_TURN_TOKEN|>"
        yield f"<|start_of_role|>{role}<|end_of_role|>{body}<|end_of_text|>\n"


def group_rare(rng):
    picks = [0x10d4a, 0x105c0, 0x11bc0, 0x16100, 0x16d43, 0x11392, 0x1e5d0, 0x1cc00, 0x13460, 0x1c89, 0x1c8a,
             0xa7cb, 0xa7cc, 0xa7cd, 0xa7da, 0xa7dc, 0x2427, 0x31e4, 0x1f8b2, 0x1fa89, 0x1faea, 0x897, 0x2ebf0,
             0x2ffc, 0x31ef, 0x1fae9, 0x1cd00, 0x113d1, 0x16d6d, 0x10ec2, 0x1ccf0, 0x1ccf9, 0x116d0, 0x11de0,
             0x378, 0x530, 0x2fe0, 0x1fff, 0xe0001, 0xe01f0, 0xfdd0, 0xfffe, 0x1ffff, 0xf0000, 0x10fffe,
             0x061c, 0x200e, 0x202e, 0x2066, 0x2061, 0x206a, 0xfff9, 0x1bca0, 0x1d173, 0x00ad, 0x34f, 0x115f, 0x3164,
             0xffa0, 0x17b4, 0x180b, 0xfe00, 0xa8fa, 0x1f4a, 0x32ff, 0x1b132, 0x1df00, 0x1f6dc]
    for cp in picks:
        yield chr(cp)
        yield "x " + chr(cp) + chr(cp) + "y1" + chr(cp) + "\n"
    for _ in range(30):
        yield "".join(chr(rng.pick(picks)) + rng.pick(["", "", " ", "a", "A", "1", "."]) for _ in range(rng.between(2, 9)))


def group_nfc(rng):
    for p in PARTS_NFC:
        yield p
        yield "ab" + p + "c " + p
    for _ in range(50):
        yield "".join(rng.pick(PARTS_NFC) + rng.pick(["", "", " ", "a", "e", "\u0301", "\u0323", "K"]) for _ in range(rng.between(2, 10)))


def group_repeat(rng):
    for c in ["a", "A", "z", "0", "_", "-", "=", "*", "#", ".", "!", "/", "\u00e9", "\u4e2d", "\u3042", "\U0001f600", "\u0301", "ha", "ab",
              "\\", "'", "\"", "~", "\u2500", "\u2588", "\u3000", "\u00a0", "<", "|", "\u0e01", "\uac00"]:
        for n in (rng.between(4, 15), rng.between(16, 80), rng.between(100, 300)):
            yield c * n


def group_random(rng):
    alphabets = [
        "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123456789+/=",
        "aA1 .'\n", "aeiou bcd'stm\n\t  ", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "0123456789abcdef",
        "aB\u00e9\u0416\u4e2d\u3042\uac00\u0e01\u0939\U0001f600\u0301\u200d \n1",
        " \n\r\t\u00a0\u3000a", "\u4e00\u4e8c\u4e09\u4e2d\u56fd\u4eba\u7684\u662f\u4e0d\u3002\uff0c1a ",
        "\u3042\u30a2\u30fc\u3005\u309b\u3099\u4e9c\uff71\uff9e", "'sStTreRElLvVmMdD\u017f ", "<|>_/endoftxim ",
    ]
    for _ in range(130):
        a = rng.pick(alphabets)
        yield "".join(rng.pick(a) for _ in range(rng.between(3, 90)))
    for _ in range(30):
        out = []
        for _ in range(rng.between(1, 30)):
            cp = rng.below(0x10f800)
            out.append(chr(cp if cp < 0xd800 else cp + 0x800))
        yield "".join(out)


def group_long(rng):
    gens = [lambda: sentence(rng), lambda: code(rng), lambda: rng.pick(PHRASES)[1],
            lambda: rng.pick(EMOJI), lambda: rng.pick(SPACES), lambda: rng.pick(MARKERS),
            lambda: rng.pick(PARTS_NFC), lambda: str(rng.below(10 ** 9))]
    for _ in range(90):
        out, size, want = [], 0, rng.between(600, 2000)
        while size < want:
            t = rng.pick(gens)() + rng.pick(["", " ", "\n", "\n\n"])
            out.append(t)
            size += len(t.encode())
        yield "".join(out)


def group_invalid(rng):
    bad = [b"\x80", b"\xff", b"\xc0\xaf", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc2",
           b"\xe0\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xb8\xad\xe4", b"\xf0\x80\x80\x80", b"\xed\xbf\xbf\xed",
           b"\xbf\xbf", b"\xfe\xff", b"\xf1\x80\x80", b"\xef\xbb", b"\xed\x9f"]
    for b in bad:
        yield b
        yield b"ab" + b + b"c"
    for _ in range(40):
        out = []
        for _ in range(rng.between(2, 9)):
            out.append(rng.pick(bad) if rng.chance(50) else rng.pick(["a", " ", "\u4e2d", "\U0001f600", "the", "\n", "\u0301"]).encode())
        yield b"".join(out)
    for _ in range(20):
        yield bytes(rng.below(256) for _ in range(rng.between(1, 60)))


GROUPS = [("short", group_short), ("phrase", group_phrase), ("script", group_script), ("prose", group_prose),
          ("code", group_code), ("emoji", group_emoji), ("space", group_space), ("digits", group_digits),
          ("contraction", group_contraction), ("case", group_case), ("marker", group_marker), ("rare", group_rare),
          ("nfc", group_nfc), ("repeat", group_repeat), ("random", group_random), ("long", group_long),
          ("invalid", group_invalid)]


def texts():
    """[(group, bytes)]: each text once, in a fixed order."""
    out, seen = [], set()
    for i, (name, gen) in enumerate(GROUPS):
        for t in gen(Rng(0x746F6B636F756E74 + i)):
            b = t if isinstance(t, bytes) else t.encode("utf-8")
            if b not in seen:
                seen.add(b)
                out.append((name, b))
    return out


def escape(b):
    """One line, readable: \\\\ \\n \\r \\t, \\xHH for other control bytes and what is not UTF-8."""
    out = bytearray()
    i = 0
    while i < len(b):
        n = 1 if b[i] < 0x80 else 2 if b[i] < 0xe0 else 3 if b[i] < 0xf0 else 4
        chunk = b[i:i + n]
        try:
            ok = len(chunk.decode("utf-8")) == 1
        except UnicodeDecodeError:
            ok = False
        if not ok:
            out += b"\\x%02x" % b[i]
            i += 1
            continue
        if chunk == b"\\":
            out += b"\\\\"
        elif chunk == b"\n":
            out += b"\\n"
        elif chunk == b"\r":
            out += b"\\r"
        elif chunk == b"\t":
            out += b"\\t"
        elif n == 1 and (chunk[0] < 0x20 or chunk[0] == 0x7f):
            out += b"\\x%02x" % chunk[0]
        else:
            out += chunk
        i += n
    return bytes(out)


def main():
    all_texts = texts()
    if len(sys.argv) == 3 and sys.argv[1] == "--write":
        with open(sys.argv[2], "wb") as f:
            for _, b in all_texts:
                f.write(escape(b) + b"\n")
        return 0
    if len(sys.argv) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    for name, _ in GROUPS:
        mine = [b for g, b in all_texts if g == name]
        print(f"{name:12} {len(mine):5} texts {sum(map(len, mine)):8} bytes")
    print(f"{'all':12} {len(all_texts):5} texts {sum(len(b) for _, b in all_texts):8} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
