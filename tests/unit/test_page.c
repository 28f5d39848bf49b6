/* The page of a connection: HTML is escaped, and nothing that happens breaks it. */
#include "unit/budget_rig.h"

#include "html.h"
#include "page.h"

#include <stdlib.h>

typedef struct text {
    char *bytes;
    size_t len;
    FILE *out;
} text;

static void open_text(text *t)
{
    *t = (text){.bytes = NULL};
    t->out = open_memstream(&t->bytes, &t->len);
    assert_non_null(t->out);
}

static void html_is_escaped(void **state)
{
    text t;
    (void)state;
    open_text(&t);
    html_text(t.out, "<a href=\"x\">'&'\x1b\n\xc3\x7f");
    html_print(t.out, "|%s|%u", "<b>", 7u);
    (void)fclose(t.out);
    assert_string_equal(t.bytes, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;\\x1b\\x0a\\xc3\\x7f"
                                 "|&lt;b&gt;|7");
    free(t.bytes);
}

static void long_text_is_cut(void **state)
{
    char many[3000];
    text t;
    (void)state;
    memset(many, '&', sizeof many - 1);
    many[sizeof many - 1] = 0;
    open_text(&t);
    html_print(t.out, "%s", many);
    (void)fclose(t.out);
    assert_int_equal(t.len, 1023 * strlen("&amp;"));
    free(t.bytes);
}

/* Numbers that no connection of ours would give, but which a page must survive. */
static void a_page_of_anything(void **state)
{
    text t;
    (void)state;
    for (unsigned kind = 0; kind <= HF_EVENT_ERROR; kind++) {
        for (unsigned type = 0; type < 256; type++) {
            tell((hf_event){.kind = (uint8_t)kind,
                            .type = (uint8_t)type,
                            .reason = (uint8_t)type,
                            .number = type * 257,
                            .body = {(const uint8_t *)"<script>", type % 9}});
            budget.steps_count = kind == 0 ? 0 : budget.steps_count;
        }
        open_text(&t);
        cli_page_print(t.out, &account);
        (void)fclose(t.out);
        assert_non_null(strstr(t.bytes, "</html>"));
        assert_null(strstr(t.bytes, "<script"));
        free(t.bytes);
        begin(NULL);
    }
}

static void a_page_of_a_failure(void **state)
{
    hf_error error;
    text t;
    (void)state;
    hf_error_clear(&error);
    error.stage = HF_STAGE_RESOLVE;
    (void)hf_fail(&error, HF_E_RESOLVE_NOT_FOUND);
    account.error = &error;
    account.verdict = NULL;
    account.address = "<img src=x>";
    stage(HF_STAGE_RESOLVE, HF_PENDING);
    stage(HF_STAGE_RESOLVE, HF_E_RESOLVE_NOT_FOUND);
    open_text(&t);
    cli_page_print(t.out, &account);
    (void)fclose(t.out);
    assert_non_null(strstr(t.bytes, "<h1>Failed</h1>"));
    assert_non_null(strstr(t.bytes, "&lt;img src=x&gt;"));
    assert_null(strstr(t.bytes, "<img"));
    assert_non_null(strstr(t.bytes, "<b>resolve</b> <span>failed here</span>"));
    assert_non_null(strstr(t.bytes, "<b>TLS</b> <span>not reached</span>"));
    assert_non_null(strstr(t.bytes, "<dt>do</dt>"));
    free(t.bytes);
}

/* A TLS 1.3 server refuses us when our side of the handshake is done. */
static void a_page_of_a_late_refusal(void **state)
{
    hf_error error;
    text t;
    (void)state;
    hf_error_clear(&error);
    error.stage = HF_STAGE_TLS;
    error.alert = 48;
    error.alert_by = HF_ALERT_RECEIVED;
    (void)hf_fail(&error, HF_E_ALERT);
    account.error = &error;
    account.verdict = NULL;
    stage(HF_STAGE_TLS, HF_PENDING);
    stage(HF_STAGE_TLS, HF_OK);
    open_text(&t);
    cli_page_print(t.out, &account);
    (void)fclose(t.out);
    assert_non_null(
        strstr(t.bytes, "<li class=\"bad\"><b>TLS</b> <span>done, then it failed</span>"));
    assert_non_null(strstr(t.bytes, "<p>The peer refused with the alert unknown_ca (48)."));
    free(t.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(html_is_escaped, begin, end),
        cmocka_unit_test_setup_teardown(long_text_is_cut, begin, end),
        cmocka_unit_test_setup_teardown(a_page_of_anything, begin, end),
        cmocka_unit_test_setup_teardown(a_page_of_a_failure, begin, end),
        cmocka_unit_test_setup_teardown(a_page_of_a_late_refusal, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
