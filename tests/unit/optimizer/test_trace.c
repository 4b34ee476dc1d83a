/* What a tracer's record becomes: the request of each shape, byte for byte; hostile numbers; every allocation failing once. */
#include "optimizer/audit/trace.h"
#include "optimizer/money/usage_impl.h"
#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { MAX = 1 << 20 };

/* ' stands for " in both. want NULL: it holds no request. */
static const struct {
    const char *record, *want;
} row[] = {
    /* OpenLLMetry 0.40, as OpenTelemetry's Python SDK prints its spans */
    {"{'name':'openai.chat','attributes':{'llm.request.type':'chat','gen_ai.system':'OpenAI','gen_ai.request.model':'gpt-4o','gen_ai.prompt.0.role':'system',"
     "'gen_ai.prompt.0.content':'Be kind.','gen_ai.prompt.1.role':'user','gen_ai.prompt.1.content':'Hi','gen_ai.prompt.2.role':'assistant',"
     "'gen_ai.prompt.2.tool_calls.0.id':'c','gen_ai.prompt.2.tool_calls.0.name':'f','gen_ai.prompt.2.tool_calls.0.arguments':'{\\'a\\':1}',"
     "'gen_ai.prompt.2.tool_calls.1.id':'d','gen_ai.prompt.2.tool_calls.1.name':'g','gen_ai.prompt.3.role':'tool','gen_ai.prompt.3.content':'fine',"
     "'gen_ai.prompt.3.tool_call_id':'c','llm.request.functions.0.name':'f','llm.request.functions.0.description':'D',"
     "'llm.request.functions.0.parameters':'{\\'type\\': \\'object\\'}','llm.request.functions.2.name':'g','gen_ai.completion.0.content':'Yes'}}",
     "{'messages':[{'role':'system','content':'Be kind.'},{'role':'user','content':'Hi'},{'role':'assistant','content':null,'tool_calls':["
     "{'type':'function','id':'c','function':{'name':'f','arguments':'{\\'a\\':1}'}},{'type':'function','id':'d','function':{'name':'g','arguments':null}}]},"
     "{'role':'tool','content':'fine','tool_call_id':'c'}],'tools':[{'type':'function','name':'f','description':'D','parameters':{'type': 'object'}},"
     "{'type':'function','name':'g'}]}"},
    /* parts that it made text of; text that only looks like them; the one text of a completion */
    {"{'attributes':{'gen_ai.prompt.0.role':'user','gen_ai.prompt.0.content':'[{\\'type\\': \\'text\\', \\'text\\': \\'Hi\\'}]'}}",
     "{'messages':[{'role':'user','content':[{'type': 'text', 'text': 'Hi'}]}]}"},
    {"{'attributes':{'gen_ai.prompt.0.role':'user','gen_ai.prompt.0.content':'[1, 2]','gen_ai.prompt.1.role':'user','gen_ai.prompt.1.content':'[{',"
     "'gen_ai.prompt.2.role':'user','gen_ai.prompt.2.content':'{\\'type\\':\\'text\\'}'}}",
     "{'messages':[{'role':'user','content':'[1, 2]'},{'role':'user','content':'[{'},{'role':'user','content':'{\\'type\\':\\'text\\'}'}]}"},
    {"{'gen_ai.prompt.0.user':'Hello','gen_ai.prompt.prompt_filter_results':'[]'}", "{'messages':[{'role':'user','content':'Hello'}]}"},
    /* OTLP, in any order, one twice: the last holds */
    {"{'attributes':[{'key':'gen_ai.prompt.1.content','value':{'stringValue':'Hi'}},{'key':'gen_ai.prompt.0.content','value':{'stringValue':'Be'}},"
     "{'key':'gen_ai.prompt.1.role','value':{'stringValue':'user'}},{'key':'gen_ai.prompt.0.role','value':{'stringValue':'system'}},"
     "{'key':'gen_ai.prompt.0.content','value':{'stringValue':'Be kind.'}}],'droppedAttributesCount':0}",
     "{'messages':[{'role':'system','content':'Be kind.'},{'role':'user','content':'Hi'}]}"},
    /* attributes were lost: what was sent is not known */
    {"{'attributes':[{'key':'gen_ai.prompt.0.content','value':{'stringValue':'Hi'}}],'droppedAttributesCount':7}", NULL},
    {"{'gen_ai.prompt.1.content':'Hi','gen_ai.prompt.2.content':'Ho'}", NULL},
    {"{'gen_ai.prompt.0.content':'Hi','gen_ai.prompt.2.content':'Ho'}", NULL},
    {"{'gen_ai.prompt.0.content':'Hi','gen_ai.prompt.99999999.content':'Ho'}", NULL},
    /* no numbers, or none that is known */
    {"{'gen_ai.prompt.0.content':'Hi','gen_ai.prompt.99999999999999999999.content':'Ho','gen_ai.prompt.-1.content':'a','gen_ai.prompt..content':'b',"
     "'gen_ai.prompt.1':'c','gen_ai.prompt.1.':'d','gen_ai.prompt.1.tool_calls.x.name':'e','gen_ai.prompt.1.tool_calls.4294967295.name':'f'}",
     "{'messages':[{'role':'user','content':'Hi'}]}"},
    {"{'gen_ai.prompt.0.content':null,'gen_ai.usage.input_tokens':3}", NULL},
    {"{'gen_ai.request.model':'gpt-5','gen_ai.usage.input_tokens':3}", NULL},
    /* instructions beside; results of calls are messages */
    {"{'attributes':[{'key':'gen_ai.system_instructions','value':{'stringValue':'[{\\'type\\':\\'text\\',\\'content\\':\\'Be kind.\\'}]'}},"
     "{'key':'gen_ai.input.messages','value':{'stringValue':'[{\\'role\\':\\'user\\',\\'parts\\':[{\\'type\\':\\'text\\',\\'content\\':\\'Hi\\'}]},"
     "{\\'role\\':\\'tool\\',\\'parts\\':[{\\'type\\':\\'tool_call_response\\',\\'id\\':\\'c\\',\\'response\\':\\'a\\'},"
     "{\\'type\\':\\'tool_call_response\\',\\'id\\':\\'d\\',\\'response\\':\\'b\\'}]}]'}},"
     "{'key':'gen_ai.tool.definitions','value':{'stringValue':'[{\\'name\\':\\'f\\'}]'}}]}",
     "{'messages':[{'role':'system','content':[{'type':'text','text':'Be kind.'}]},{'role':'user','content':[{'type':'text','text':'Hi'}],'tool_calls':[]},"
     "{'role':'tool','tool_call_id':'c','content':['a']},{'role':'tool','tool_call_id':'d','content':['b']}],'tools':[{'name':'f'}]}"},
    /* an event for each message: Azure's, in one attribute each; attributes that are the message, its parts made text of */
    {"{'attributes':{'gen_ai.system':'az.ai.inference'},'events':[{'name':'gen_ai.system.message','attributes':{'gen_ai.event.content':"
     "'{\\'role\\': \\'system\\', \\'content\\': \\'Be kind.\\'}'}},{'name':'gen_ai.assistant.message','attributes':{'gen_ai.event.content':"
     "'{\\'role\\': \\'assistant\\', \\'tool_calls\\': [{\\'id\\': \\'c\\'}]}'}},{'name':'gen_ai.tool.message','attributes':{'gen_ai.event.content':"
     "'{\\'tool_call_id\\': \\'c\\', \\'content\\': \\'fine\\'}'}},{'name':'exception','attributes':{}},{'name':'gen_ai.choice','attributes':{"
     "'gen_ai.event.content':'{\\'message\\': {\\'content\\': \\'Yes\\'}}'}}]}",
     "{'messages':[{'role':'system','content':'Be kind.'},{'role':'assistant','content':null,'tool_calls':[{'id': 'c'}]},"
     "{'role':'tool','content':'fine','tool_call_id':'c'}]}"},
    {"{'attributes':[],'events':[{'name':'gen_ai.user.message','attributes':[{'key':'content','value':{'stringValue':'[{\\'text\\': \\'Hi\\'}]'}}]},"
     "{'name':'gen_ai.assistant.message','attributes':[{'key':'gen_ai.event.content','value':{'stringValue':'plain'}},{'key':'tool_calls','value':"
     "{'stringValue':'[]'}}]},{'name':'gen_ai.tool.message','attributes':[{'key':'content','value':{'arrayValue':{'values':[{'stringValue':'x'}]}}},"
     "{'key':'id','value':{'stringValue':'c'}}]}]}",
     "{'messages':[{'role':'user','content':[{'text': 'Hi'}]},{'role':'assistant','content':'plain','tool_calls':[]},"
     "{'role':'tool','content':['x'],'tool_call_id':'c'}]}"},
    /* one event with all messages */
    {"{'attributes':[],'events':[{'name':'a'},{'name':'gen_ai.content.prompt','attributes':[{'key':'gen_ai.prompt','value':{'stringValue':"
     "'[{\\'role\\':\\'user\\',\\'content\\':\\'Hi\\'}]'}}]}]}", "{'messages':[{'role':'user','content':'Hi'}]}"},
    /* a text that was not kept; events that were lost; none */
    {"{'attributes':{},'events':[{'name':'gen_ai.system.message','attributes':{'content':'Be kind.'}},{'name':'gen_ai.user.message','attributes':{'gen_ai.system':'openai'}}]}", NULL},
    {"{'attributes':{},'events':[{'name':'gen_ai.user.message','attributes':{'content':'Hi'}}],'droppedEventsCount':1}", NULL},
    {"{'attributes':{},'events':[{'name':'gen_ai.user.message'},7,{'attributes':7}]}", NULL},
    /* values as OTLP's lists */
    {"{'attributes':[{'key':'gen_ai.system_instructions','value':{'arrayValue':{'values':[{'kvlistValue':{'values':[{'key':'type','value':{'stringValue':"
     "'text'}},{'key':'content','value':{'stringValue':'Be kind.'}}]}}]}}},{'key':'gen_ai.input.messages','value':{'arrayValue':{'values':[{'kvlistValue':"
     "{'values':[{'key':'role','value':{'stringValue':'user'}},{'key':'parts','value':{'arrayValue':{'values':[{'kvlistValue':{'values':[{'key':'type','value':"
     "{'stringValue':'tool_call'}},{'key':'id','value':{'stringValue':'c'}},{'key':'name','value':{'stringValue':'f'}},{'key':'arguments','value':{'kvlistValue':"
     "{'values':[{'key':'a','value':{'intValue':'-12'}},{'key':'b','value':{'doubleValue':1.5}},{'key':'c','value':{'boolValue':true}},{'key':'d','value':{}},"
     "{'key':'e','value':{'intValue':'01'}},{'key':'f','value':{'arrayValue':{}}},{'key':'g','value':{'stringValue':'5'}},{'value':{}},7]}}}]}}]}}}]}}]}}}]}",
     "{'messages':[{'role':'system','content':[{'type':'text','text':'Be kind.'}]},{'role':'user','content':[],'tool_calls':[{'type':'function','id':'c',"
     "'function':{'name':'f','arguments':{'a':-12,'b':1.5,'c':true,'d':null,'e':'01','f':[],'g':'5'}}}]}]}"},
    /* images */
    {"{'gen_ai.input.messages':[{'role':'user','parts':[{'type':'uri','modality':'image','uri':'https://a/\\u0062'},{'type':'blob','modality':'image',"
     "'mime_type':'image/png','content':'AAAA'},{'type':'blob','modality':'image'},{'type':'uri','modality':'audio','uri':'u'}]}]}",
     "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'https://a/\\u0062'}},{'type':'image_url','image_url':{'url':"
     "'data:image/png;base64,AAAA'}},{'type':'image_url','image_url':{'url':'data:;base64,'}},{'type':'uri','modality':'audio','uri':'u'}],"
     "'tool_calls':[]}]}"},
    /* an attribute with all of them goes before */
    {"{'attributes':{'gen_ai.input.messages':'[{\\'role\\':\\'user\\',\\'parts\\':[{\\'type\\':\\'text\\',\\'content\\':\\'Hi\\'}]}]','gen_ai.prompt.0.content':'Ho'}}",
     "{'messages':[{'role':'user','content':[{'type':'text','text':'Hi'}],'tool_calls':[]}]}"},
};

static size_t quotes(char *to, const char *from)
{
    size_t n = 0;
    for (; from[n]; n++) to[n] = from[n] == '\'' ? '"' : from[n];
    to[n] = '\0';
    return n;
}

static tkc_status request_of(tkc_trace *t, tkc_json *d, tkc_str record, tkc_str *out)
{
    uint32_t object;
    tkc_usage_format f;
    tkc_status st = tkc_json_parse(d, record, NULL, NULL);
    *out = (tkc_str){"", 0};
    if (st) return st;
    f = tkc_usage_trace(d, 0, &object);
    return f == TKC_USAGE_NONE ? TKC_OK : tkc_trace_request(t, d, f, object, out, NULL);
}

static void test_shapes(void **state)
{
    (void)state;
    tkc_trace t;
    tkc_json d, again;
    tkc_trace_init(&t, MAX, NULL);
    tkc_json_init(&d, NULL);
    tkc_json_init(&again, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        static char record[4096], want[4096];
        const tkc_str text = {record, quotes(record, row[i].record)};
        const size_t n = quotes(want, row[i].want ? row[i].want : "");
        tkc_str out;
        assert_int_equal(request_of(&t, &d, text, &out), TKC_OK);
        if (out.len != n || (n && memcmp(out.ptr, want, n) != 0)) print_error("row %zu: %.*s\n", i, (int)out.len, out.ptr);
        assert_int_equal(out.len, n);
        assert_memory_equal(out.len ? out.ptr : "", want, n);
        if (n) assert_int_equal(tkc_json_parse(&again, out, NULL, NULL), TKC_OK);
    }
    tkc_json_release(&again);
    tkc_json_release(&d);
    tkc_trace_release(&t);
}

/* 100,000 messages backwards, and as many of one number: the time of a sort. */
static void test_many(void **state)
{
    (void)state;
    enum { N = 100000 };
    tkc_trace t;
    tkc_json d;
    tkc_trace_init(&t, 1 << 26, NULL);
    tkc_json_init(&d, NULL);
    for (int same = 0; same < 2; same++) {
        tkc_buf b;
        tkc_str out;
        const clock_t from = clock();
        tkc_buf_init(&b, 1 << 26, NULL);
        assert_int_equal(tkc_buf_append(&b, "{", 1, NULL), TKC_OK);
        for (int i = N; i-- > 0;) {
            char s[100];
            const int n = snprintf(s, sizeof s, same ? "\"gen_ai.prompt.0.tool_calls.%d.name\":\"f\"%s" : "\"gen_ai.prompt.%d.content\":\"Hi\"%s", i, i ? "," : "}");
            assert_int_equal(tkc_buf_append(&b, s, (size_t)n, NULL), TKC_OK);
        }
        assert_int_equal(request_of(&t, &d, tkc_buf_str(&b), &out), TKC_OK);
        assert_true(out.len > (size_t)N * 20);
        assert_true((double)(clock() - from) / CLOCKS_PER_SEC < 5); /* 0.1 s; squared it would be minutes */
        tkc_buf_release(&b);
    }
    tkc_json_release(&d);
    tkc_trace_release(&t);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        for (size_t at = 1;; at++) {
            static char record[4096];
            const tkc_str text = {record, quotes(record, row[i].record)};
            fail_alloc f = {.fail_at = at};
            const tkc_allocator alloc = fail_alloc_of(&f);
            tkc_trace t;
            tkc_json d;
            tkc_str out;
            tkc_status st;
            tkc_trace_init(&t, MAX, &alloc);
            tkc_json_init(&d, &alloc);
            st = request_of(&t, &d, text, &out);
            if (!st) assert_int_equal(!out.len, !row[i].want);
            tkc_json_release(&d);
            tkc_trace_release(&t);
            assert_int_equal(f.live, 0);
            assert_false(f.wrong_size);
            if (at > f.calls) break;
            assert_int_equal(st, TKC_E_NOMEM);
            assert_true(at < 1000);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_many), cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
