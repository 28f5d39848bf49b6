/* A client (or server) over hf_conn on whatever port it is linked with (way.h).
 *
 *     client DEVICE TARGET NAME FOLDER MILLISECONDS [setting=value...] [ACTION...]
 *
 * FOLDER has ca.pem, chain.pem and key.pem. Actions, in order, once the connection is open:
 *
 *     line TEXT   sends a line and prints the one that comes back
 *     echo N      sends N bytes and requires them back, both ways at once
 *     fill        takes nothing until the port holds no more; prints "held N of M"
 *     push N      sends N bytes without waiting; prints "held back at K" when they are not taken
 *     read N      N bytes of the pattern
 *     end         reads to the peer's end; prints "end" or "clean end"
 *     shutdown    close_notify both ways
 *
 * At last it prints the connection's error and figures. Exit code: 0, or 1 after an error.
 */
#include "way.h"

#include <handfast/error.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 15000u /* for one read or write */

static hf_conn conn;
static hf_config config;
static uint8_t input[2048], output[1024], certificate[HF_TLS_CERTIFICATE_WHOLE], names[256];

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7u + at / 251u);
}

static hf_code line(const char *text)
{
    char back[256];
    size_t have = 0;
    size_t len = 0;
    hf_code code = hf_conn_write(&conn, text, strlen(text), &len, WAIT_MS);
    code = code == HF_OK ? hf_conn_write(&conn, "\n", 1, &len, WAIT_MS) : code;
    while (code == HF_OK && (have == 0 || back[have - 1] != '\n')) {
        if (have == sizeof back) {
            return HF_E_USAGE;
        }
        code = hf_conn_read(&conn, back + have, sizeof back - have, &len, WAIT_MS);
        if (code == HF_OK && len == 0) {
            return HF_E_CLOSED;
        }
        have += len;
    }
    if (code == HF_OK) {
        printf("line: %.*s", (int)have, back);
    }
    return code;
}

/* Sends what can be sent now of the pattern up to `end`. */
static hf_code give(size_t *sent, size_t end)
{
    uint8_t data[700];
    size_t len = end - *sent < sizeof data ? end - *sent : sizeof data;
    for (size_t i = 0; i < len; i++) {
        data[i] = pattern(*sent + i);
    }
    size_t written = 0;
    hf_code code = len == 0 ? HF_PENDING : hf_conn_write(&conn, data, len, &written, 0);
    *sent += written;
    return code;
}

/* Takes what is there now, which must be the pattern. */
static hf_code take(size_t *got)
{
    uint8_t data[700];
    size_t len = 0;
    hf_code code = hf_conn_read(&conn, data, sizeof data, &len, 0);
    for (size_t i = 0; i < len; i++) {
        if (data[i] != pattern(*got + i)) {
            printf("byte %zu is wrong\n", *got + i);
            return HF_E_USAGE;
        }
    }
    *got += len;
    return code == HF_OK && len == 0 ? HF_E_CLOSED : code;
}

static void wait_for_more(void)
{
    int due = hf_conn_timeout(&conn);
    way_serve(due >= 0 && due < 100 ? (uint32_t)due : 100u);
}

static hf_code move(size_t send, size_t receive, bool tell)
{
    size_t sent = 0;
    size_t got = 0;
    time_t end = time(NULL) + WAIT_MS / 1000;
    while (sent < send || got < receive || (hf_conn_wants(&conn) & HF_WANT_OUTPUT) != 0) {
        hf_code out = give(&sent, send);
        hf_code in = receive > 0 ? take(&got) : HF_PENDING;
        if (tell && out == HF_PENDING && sent < send) {
            printf("held back at %zu\n", sent);
            fflush(stdout);
            tell = false;
        }
        if ((out != HF_OK && out != HF_PENDING) || (in != HF_OK && in != HF_PENDING)) {
            return in != HF_OK && in != HF_PENDING ? in : out;
        }
        if (time(NULL) > end) {
            return HF_E_TIMEOUT;
        }
        if (out == HF_PENDING && in == HF_PENDING) {
            (void)hf_conn_step(&conn);
            wait_for_more();
        }
    }
    printf("moved %zu out, %zu in\n", sent, got);
    return HF_OK;
}

/* Lets everything arrive that the window allows, and then some time pass. */
static hf_code fill(void)
{
    time_t end = time(NULL) + WAIT_MS / 1000;
    size_t most = way_holds_at_most();
    while (way_held(&conn) + 536 <= most) {
        way_serve(100);
        if (time(NULL) > end) {
            return HF_E_TIMEOUT;
        }
    }
    for (int i = 0; i < 20; i++) {
        way_serve(5);
    }
    printf("held %zu of %zu\n", way_held(&conn), most);
    return way_held(&conn) <= most ? HF_OK : HF_E_USAGE;
}

static hf_code read_end(void)
{
    uint8_t data[256];
    size_t len = 1;
    hf_code code = HF_OK;
    while (code == HF_OK && len > 0) {
        code = hf_conn_read(&conn, data, sizeof data, &len, WAIT_MS);
    }
    if (code == HF_OK) {
        printf(conn.stats.clean_end ? "clean end\n" : "end\n");
    }
    return code;
}

/* Does the action at *word, and moves it behind. */
static hf_code act(char ***word)
{
    const char *name = *(*word)++;
    bool has_value = strcmp(name, "line") == 0 || strcmp(name, "echo") == 0 ||
                     strcmp(name, "push") == 0 || strcmp(name, "read") == 0;
    const char *value = has_value ? *(*word)++ : "0";
    size_t number = (size_t)strtoul(value == NULL ? "0" : value, NULL, 10);
    if (strcmp(name, "line") == 0 && value != NULL) {
        return line(value);
    } else if (strcmp(name, "echo") == 0) {
        return move(number, number, false);
    } else if (strcmp(name, "push") == 0) {
        return move(number, 0, true);
    } else if (strcmp(name, "read") == 0) {
        return move(0, number, false);
    } else if (strcmp(name, "fill") == 0) {
        return fill();
    } else if (strcmp(name, "end") == 0) {
        return read_end();
    } else if (strcmp(name, "shutdown") == 0) {
        return hf_conn_shutdown(&conn, WAIT_MS);
    }
    fprintf(stderr, "client: no action %s\n", name);
    exit(2);
}

static void report(hf_code code)
{
    const hf_error *error = hf_conn_error(&conn);
    printf("code %s\n", code == HF_OK ? "HF_OK" : hf_error_name(code));
    printf("error %s stage %s system %d\n",
           error->code == HF_OK ? "HF_OK" : hf_error_name((hf_code)error->code),
           hf_stage_name((hf_stage)error->stage), (int)error->system);
    if (error->alert_by != HF_ALERT_NONE) {
        printf("alert %s %s\n", error->alert_by == HF_ALERT_SENT ? "sent" : "received",
               hf_alert_name(error->alert));
    }
#if HF_PORT_DIALS
    printf("attempts %u peer IPv%u\n", conn.stats.attempts, conn.stats.peer.family);
#endif
    printf("bytes %llu out %llu in\n", (unsigned long long)conn.stats.bytes_out,
           (unsigned long long)conn.stats.bytes_in);
}

int main(int count, char **words)
{
    if (count < 6) {
        return 2;
    }
    char **word = words + 6;
    const hf_tls_memory memory = {.input = {input, sizeof input},
                                  .output = {output, sizeof output},
                                  .certificate = {certificate, sizeof certificate},
                                  .names = {names, sizeof names}};
    hf_code code = way_configure(&config, words[4], strcmp(words[2], "accept") == 0);
    way_begin(words[1]);
    for (char *equals = NULL; *word != NULL && (equals = strchr(*word, '=')) != NULL; word++) {
        *equals = '\0';
        if (!way_set(*word, equals + 1)) {
            return 2;
        }
    }
    code = code == HF_OK ? way_start(&conn, &config, &memory, words[2], words[3],
                                     (uint32_t)strtoul(words[5], NULL, 10))
                         : code;
    code = code == HF_PENDING ? hf_conn_wait(&conn) : code;
    if (code == HF_OK) {
        printf("open %s\n", hf_tls_version(&conn.tls) == HF_TLS13 ? "TLS 1.3" : "TLS 1.2");
        fflush(stdout);
    }
    while (code == HF_OK && *word != NULL) {
        code = act(&word);
    }
    hf_conn_close(&conn);
    report(code);
    printf("left over %zu\n", way_end());
    hf_config_release(&config);
    return code == HF_OK ? 0 : 1;
}
