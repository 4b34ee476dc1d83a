/* Values that change from request to request: planted ones are found, look-alikes are not. */
#include "optimizer/cache/volatile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* {text, kind, the value} */
static const struct planted { const char *text, *kind, *value; } planted[] = {
    {"You are a helper. Current time: 2026-11-26T10:32:05Z. Be brief.", "clock", "2026-11-26T10:32:05Z"},
    {"The current time is 10:32 AM.", "clock", "10:32 AM"},
    {"Now: 2026-11-26 10:32", "clock", "2026-11-26 10:32"},
    {"Timestamp: 1764150000", "clock", "1764150000"},
    {"ts=1764150000123 go", "clock", "1764150000123"},
    {"It is Thursday, November 26, 2026 at 10:32:11 UTC.", "clock", "Thursday, November 26, 2026 at 10:32:11 UTC"},
    {"Thu, 26 Nov 2026 10:32:11 GMT", "clock", "Thu, 26 Nov 2026 10:32:11 GMT"},
    {"generated at 2026-11-26 10:32:11.123456+02:00", "clock", "2026-11-26 10:32:11.123456+02:00"},
    {"Local time: 22:15:09", "clock", "22:15:09"},
    {"Thu Nov 26 10:32:11 2026", "clock", "Thu Nov 26 10:32:11 2026"},
    {"Today is 2026-11-26.", "date", "2026-11-26"},
    {"Today's date is Thursday, 26 November 2026. Answer.", "date", "Thursday, 26 November 2026"},
    {"Current date: 11/26/2026", "date", "11/26/2026"},
    {"Date: Nov 26, 2026\nYou are", "date", "Nov 26, 2026"},
    {"The date is November 26th, 2026.", "date", "November 26th, 2026"},
    {"<current_date>2026-11-26</current_date>", "date", "2026-11-26"},
    {"\"today\": \"2026-11-26\"", "date", "2026-11-26"},
    {"Session: 3f2b8c1e-9d4a-4c5b-8e7f-0a1b2c3d4e5f", "uuid", "3f2b8c1e-9d4a-4c5b-8e7f-0a1b2c3d4e5f"},
    {"id 3F2B8C1E-9D4A-4C5B-8E7F-0A1B2C3D4E5F.", "uuid", "3F2B8C1E-9D4A-4C5B-8E7F-0A1B2C3D4E5F"},
    {"This is request #1042 of the day.", "counter", "1042"},
    {"Turn: 17", "counter", "17"},
    {"Request number 12.", "counter", "12"},
    {"Request no. 12, go on", "counter", "12"},
    {"Ticket no. 482137.", "request_id", "482137"},
    {"counter=99;", "counter", "99"},
    {"Request ID: req_8f3k2j9d0a", "request_id", "req_8f3k2j9d0a"},
    {"request_id: 8f3k2j9d", "request_id", "8f3k2j9d"},
    {"X-Request-Id: a81bc81b99", "request_id", "a81bc81b99"},
    {"Trace sess-0a1b2c3d4e here", "request_id", "sess-0a1b2c3d4e"},
    {"Session ID: 99817263", "request_id", "99817263"},
    {"{\"session_id\": \"k29fj2k1\"}", "request_id", "k29fj2k1"},
    {"Context hash: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "hash",
     "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {"build: 3f2a9bc4", "hash", "3f2a9bc4"},
    {"nonce = 8fa29b1c", "hash", "8fa29b1c"},
    {"User name: Maria Silva\nBe polite.", "user_name", "Maria Silva"},
    {"You are talking to John Smith. Be brief.", "user_name", "John Smith"},
    {"Username: jsmith42", "user_name", "jsmith42"},
    {"The user's name is Priya.", "user_name", "Priya"},
    {"Logged in as Ana-Maria Popescu", "user_name", "Ana-Maria Popescu"},
    {"The time is {{ current_time }}.", "clock", "{{ current_time }}"},
    {"Today: {date}", "date", "{date}"},
    {"ref ${uuid}", "uuid", "${uuid}"},
    {"Hello {{user_name}}", "user_name", "{{user_name}}"},
};

static void test_planted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++) {
        tkc_volatile_scan s;
        tkc_volatile v;
        tkc_volatile_begin(&s, str(planted[i].text));
        if (!tkc_volatile_next(&s, &v)) fail_msg("nothing found in: %s", planted[i].text);
        if (strcmp(tkc_volatile_name(v.kind), planted[i].kind) != 0 || v.end - v.begin != strlen(planted[i].value) ||
            memcmp(planted[i].text + v.begin, planted[i].value, v.end - v.begin) != 0)
            fail_msg("%s: %s '%.*s'", planted[i].text, tkc_volatile_name(v.kind), (int)(v.end - v.begin),
                     planted[i].text + v.begin);
    }
}

static const char *const look_alike[] = {
    "Version 2.14.3 was released on 2024-05-01.",
    "We support TLS 1.2 and HTTP/2, Python 3.11.4 and Node 20.10.0.",
    "Your knowledge cutoff is 2024-06-01.",
    "The company was founded on 12 March 1998 in Lyon.",
    "The French Revolution began on 14 July 1789.",
    "Policy effective January 1, 2024.",
    "Last updated: 2025-02-03",
    "Ids look like this: 550e8400-e29b-41d4-a716-446655440000.",
    "An example id is 550e8400-e29b-41d4-a716-446655440000.",
    "```json\n{\"id\": \"550e8400-e29b-41d4-a716-446655440000\", \"at\": \"2026-11-26T10:00:00Z\"}\n```\nDone.",
    "Use `req_8f3k2j9d0a` in the header.",
    "~~~\nrequest_id: 8f3k2j9d\n~~~",
    "Dates are written in the format 2026-11-26.",
    "For example, 10:32:05 is a time of day now.",
    "Office hours are from 09:00 to 17:30, Monday to Friday.",
    "The meeting starts at 10:30.",
    "Answer in at most 3 sentences. Rule 4: cite sources. Step 2: think.",
    "Retry at most 3 times; the maximum number of attempts: 5",
    "max turns: 10",
    "User: Hello, what is the weather?\nAssistant: Fine.",
    "username: string, required",
    "You are talking to customers of a bank.",
    "Call +49 30 1234567 or 555-0199.",
    "The address is 192.168.0.1:8080.",
    "ISBN 978-3-16-148410-0, DOI 10.1000/182",
    "See section 3.4.1 and table 12.",
    "The price is 1299.99 dollars, or 1,500,000 yen.",
    "Fixed in commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b.",
    "Colors: #ff00aa, #123456.",
    "Return {name}, {city} and {{items}}.",
    "The timeout is {timeout} and the zone {{ timezone }}.",
    "Section 12: 10 to 20 items, ratio 16:9.",
    "A request has 5 parts. Turn 90 degrees. Message 3 people.",
    "Windows 11, iOS 17, and Ubuntu 22.04 LTS",
    "The incident on 2024-03-01 lasted 3 hours.",
    "Offer valid until 2027-01-01.",
    "Born 3 May 1980.",
    "John 3:16 and Matthew 5:3-12",
    "on behalf of the user",
    "assisting Users with billing",
    "Tokens are signed with sha256.",
    "Order 1234567890 boxes",
    "",
};

static void test_look_alikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof look_alike / sizeof *look_alike; i++) {
        tkc_volatile_scan s;
        tkc_volatile v;
        tkc_volatile_begin(&s, str(look_alike[i]));
        if (tkc_volatile_next(&s, &v))
            fail_msg("%s: %s '%.*s'", look_alike[i], tkc_volatile_name(v.kind), (int)(v.end - v.begin), look_alike[i] + v.begin);
    }
}

static const struct change { const char *a, *b, *kind; } changes[] = {
    {"at 10:32:05 we", "at 10:32:06 we", "clock"},
    {"at 9:59 AM", "at 10:00 AM", "clock"},
    {"2026-11-26T10:00:00Z", "2026-11-27T08:00:00Z", "clock"},
    {"Today 2026-11-26.", "Today 2026-11-27.", "date"},
    {"Thursday, 26 November 2026", "Friday, 27 November 2026", "date"},
    {"x 3f2b8c1e-9d4a-4c5b-8e7f-0a1b2c3d4e5f y", "x 9f2b8c1e-9d4a-4c5b-8e7f-0a1b2c3d4e5f y", "uuid"},
    {"request 41 of", "request 42 of", "counter"},
    {"n=9;", "n=10;", "counter"},
    {"Request ID: 99817263", "Request ID: 99817264", "request_id"},
    {"req_8f3k2j9d0a", "req_1f3k2j9d0b", "request_id"},
    {"hash 9f86d081884c7d659a2feaa0c55ad015", "hash 1f86d081884c7d659a2feaa0c55ad015", "hash"},
    {"build: 3f2a9bc4", "build: 7f2a9bc4", "hash"},
    {"User name: Maria Silva", "User name: Maria Santos", "user_name"},
    {"You are talking to John.", "You are talking to Mary.", "user_name"},
    {"Be brief.", "Be exact.", ""},
    {"abc", "abcd", ""},
    {"", "x", ""},
};

static void test_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        size_t at = 0;
        tkc_volatile v;
        tkc_str a = str(changes[i].a), b = str(changes[i].b);
        while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at]) at++;
        tkc_volatile_kind k = tkc_volatile_change(a, b, at, &v);
        if (strcmp(tkc_volatile_name(k), changes[i].kind) != 0) fail_msg("%s | %s: %s", a.ptr, b.ptr, tkc_volatile_name(k));
        assert_true(v.begin <= v.end && v.end <= b.len);
    }
}

/* Values in order and inside the text, whatever the bytes are; time linear. */
static void test_any_bytes(void **state)
{
    (void)state;
    static char buf[1 << 16];
    static const char piece[] = "2026-11-26T10:00:00Z req_ {{`~0123456789abcdef-: today is ID: User name: #<%$";
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        size_t n = round < 190 ? 300 : sizeof buf;
        tkc_volatile_scan s;
        tkc_volatile v;
        size_t last = 0;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            buf[i] = round % 3 == 0 ? (char)(seed >> 24) : round == 199 ? '`' : piece[(seed >> 16) % (sizeof piece - 1)];
        }
        tkc_volatile_begin(&s, (tkc_str){buf, n});
        while (tkc_volatile_next(&s, &v)) {
            assert_true(v.begin >= last && v.end > v.begin && v.end <= n);
            last = v.end;
        }
        for (size_t i = 0; i < 300; i += 7) (void)tkc_volatile_change((tkc_str){buf, 300}, (tkc_str){buf + 1, 299}, i, &v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_look_alikes),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
