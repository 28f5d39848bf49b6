/* peer_esp_tls as a server: echoes what the first read of each connection gives. */
#include "esp_tls_client.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 8) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("listen");
        exit(2);
    }
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static int open_async(esp_tls_cfg_server_t *server, int fd, esp_tls_t *tls)
{
    if (esp_tls_server_session_init(server, fd, tls) != ESP_OK) {
        return -1;
    }
    int result = esp_tls_server_session_continue_async(tls);
    while (result == ESP_TLS_ERR_SSL_WANT_READ || result == ESP_TLS_ERR_SSL_WANT_WRITE) {
        struct pollfd it = {.fd = fd, .events = POLLIN};
        (void)poll(&it, 1, 1000);
        result = esp_tls_server_session_continue_async(tls);
    }
    return result;
}

static void serve_one(esp_tls_cfg_server_t *server, int fd, bool async)
{
    char data[256];
    esp_tls_t *tls = esp_tls_init();
    if (tls == NULL) {
        exit(2);
    }
    int result =
        async ? open_async(server, fd, tls) : esp_tls_server_session_create(server, fd, tls);
    printf("result %d\n", result);
    ssize_t got = result == 0 ? read_some(tls, data, sizeof data) : 0;
    if (got > 0) {
        printf("echo %zd\n", esp_tls_conn_write(tls, data, (size_t)got));
    }
    print_errors(tls);
    esp_tls_server_session_delete(tls);
    close(fd);
    fflush(stdout);
}

int serve(esp_tls_cfg_server_t *server, int count, bool tickets, bool async)
{
    if (tickets && esp_tls_cfg_server_session_tickets_init(server) != ESP_OK) {
        return 2;
    }
    int listening = listen_somewhere();
    for (int i = 0; i < count; i++) {
        int fd = accept(listening, NULL, NULL);
        if (fd < 0) {
            return 2;
        }
        serve_one(server, fd, async);
    }
    close(listening);
    esp_tls_cfg_server_session_tickets_free(server);
    return 0;
}
