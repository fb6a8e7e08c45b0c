/*
 * The control plane over plain HTTP/1.1, one connection per call: it is on loopback and answers with
 * Content-Length and a short document.
 */
#define _POSIX_C_SOURCE 200809L
#include "service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "document.h"

struct service service;

static void give_up(const char *what, const char *detail) {
    dprintf(2, "the tests' server: %s: %.500s\n", what, detail);
    _exit(2);
}

static void field(const char *line, const char *key, char *into, size_t size) {
    const char *value = document_string(line, key);
    if (value == NULL || strlen(value) >= size) give_up("not in its ready line", key);
    snprintf(into, size, "%s", value);
}

void service_find(const char *ready_file) {
    char line[4096] = "";
    FILE *file = fopen(ready_file, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) give_up("no ready line", ready_file);
    fclose(file);
    field(line, "api", service.api, sizeof service.api);
    field(line, "control", service.control, sizeof service.control);
    field(line, "ca_file", service.ca_file, sizeof service.ca_file);
    field(line, "site", service.site, sizeof service.site);
    field(line, "client_id", service.client_id, sizeof service.client_id);
    field(line, "api_key", service.api_key, sizeof service.api_key);
    field(line, "app_id", service.app_id, sizeof service.app_id);
}

static const char *ask(const char *method, const char *what, const char *body) {
    static char answer[1 << 19];
    char head[512];
    size_t length = 0;
    ssize_t got;
    const char *colon = strrchr(service.control, ':'), *content;
    struct sockaddr_in address;
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)atoi(colon ? colon + 1 : "0"));
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
        give_up("no connection", service.control);
    snprintf(head, sizeof head,
             "%s /control/%s HTTP/1.1\r\nHost: control\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\nConnection: close\r\n\r\n",
             method, what, strlen(body));
    if (send(connection, head, strlen(head), MSG_NOSIGNAL) < 0 || send(connection, body, strlen(body), MSG_NOSIGNAL) < 0)
        give_up("the request was not taken", what);
    while (length < sizeof answer - 1 && (got = recv(connection, answer + length, sizeof answer - 1 - length, 0)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
    close(connection);
    content = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || content == NULL) give_up(what, answer);
    return content + 4;
}

const char *service_get(const char *what) { return ask("GET", what, ""); }

void service_delete(const char *what) { ask("DELETE", what, ""); }

void service_post(const char *what, const char *body, ...) {
    static char made[1 << 17];
    va_list arguments;
    va_start(arguments, body);
    vsnprintf(made, sizeof made, body, arguments);
    va_end(arguments);
    ask("POST", what, made);
}

void service_reset(void) { ask("POST", "reset", ""); }

int service_requests(void) { return document_length(service_get("requests"), ""); }

const char *service_list(void) { return document_value(service_get("state"), "app.domains"); }

int service_lists(const char *entry) {
    char quoted[300];
    const char *list = service_list();
    snprintf(quoted, sizeof quoted, "\"%s\"", entry);
    return list != NULL && strstr(list, quoted) != NULL;
}
