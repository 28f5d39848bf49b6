/* compat/esp_tls on systems without c-ares: names through getaddrinfo(). */
#include "cmocka_all.h"

#include "lookup.h"

#include <netinet/in.h>
#include <string.h>

static hf_code look(const char *host, int family, hf_esp_answers *answers)
{
    hf_esp_lookup *lookup = hf_esp_lookup_start(host, 8883, family, answers);
    assert_non_null(lookup);
    hf_code code = hf_esp_lookup_step(lookup, 0);
    assert_int_equal(hf_esp_lookup_step(lookup, 0), code); /* asked once */
    hf_esp_lookup_end(lookup);
    return code;
}

static void test_numbers(void **state)
{
    (void)state;
    hf_esp_answers answers;
    assert_int_equal(look("192.0.2.7", AF_UNSPEC, &answers), HF_OK);
    assert_int_equal(answers.count, 1);
    struct sockaddr_in v4;
    assert_int_equal(answers.list[0].len, sizeof v4);
    memcpy(&v4, &answers.list[0].address, sizeof v4);
    assert_int_equal(ntohs(v4.sin_port), 8883);
    assert_int_equal(ntohl(v4.sin_addr.s_addr), 0xc0000207);
    assert_int_equal(look("2001:db8::1", AF_INET6, &answers), HF_OK);
    assert_int_equal(answers.list[0].address.ss_family, AF_INET6);
}

static void test_names_that_are_none(void **state)
{
    (void)state;
    hf_esp_answers answers;
    char host[300];
    hf_code code = look("no..such.host", AF_UNSPEC, &answers);
    assert_true(code == HF_E_RESOLVE_NOT_FOUND || code == HF_E_RESOLVE_FAILED);
    assert_int_equal(answers.count, 0);
    memset(host, 'x', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    assert_null(hf_esp_lookup_start(host, 1, AF_UNSPEC, &answers));
    hf_esp_lookup_end(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_names_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
