// libcurl's variadic calls, one typed function for each kind of value. Nothing else.
#pragma once
#include <curl/curl.h>

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
// libcurl copies the text (every string option except CURLOPT_POSTFIELDS).
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
// libcurl copies `size` bytes.
static inline CURLcode ccurl_set_body(CURL *handle, const void *bytes, size_t size) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, (const char *)bytes);
}
typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode ccurl_set_data_function(CURL *handle, CURLoption option, ccurl_data_function function) {
    return curl_easy_setopt(handle, option, function);
}
static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode ccurl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}
// The result of the transfer that has ended, or -1 when none has; `handle` is the multi handle's only transfer.
static inline int ccurl_multi_result(CURLM *multi) {
    int left = 0;
    CURLMsg *message = curl_multi_info_read(multi, &left);
    return message && message->msg == CURLMSG_DONE ? (int)message->data.result : -1;
}

// The calls of a transfer that is watched in an event loop.
// A function of a handle and what it is called with: the context first, so that it never runs with another's.
#define CCURL_CALLBACK(code_type, handle_type, setopt, name, callback_type, option)                      \
    static inline code_type name(handle_type *handle, callback_type function, void *context) {           \
        code_type code = setopt(handle, option##DATA, context);                                          \
        return code != 0 ? code : setopt(handle, option##FUNCTION, function);                            \
    }
#define CCURL_EASY_CALLBACK(name, callback_type, option) \
    CCURL_CALLBACK(CURLcode, CURL, curl_easy_setopt, name, callback_type, option)
#define CCURL_MULTI_CALLBACK(name, callback_type, option) \
    CCURL_CALLBACK(CURLMcode, CURLM, curl_multi_setopt, name, callback_type, option)

CCURL_EASY_CALLBACK(ccurl_set_open_socket, curl_opensocket_callback, CURLOPT_OPENSOCKET)
CCURL_EASY_CALLBACK(ccurl_set_close_socket, curl_closesocket_callback, CURLOPT_CLOSESOCKET)
CCURL_EASY_CALLBACK(ccurl_set_debug, curl_debug_callback, CURLOPT_DEBUG)
CCURL_EASY_CALLBACK(ccurl_set_tls_context, curl_ssl_ctx_callback, CURLOPT_SSL_CTX_)
CCURL_MULTI_CALLBACK(ccurl_multi_set_socket, curl_socket_callback, CURLMOPT_SOCKET)
CCURL_MULTI_CALLBACK(ccurl_multi_set_timer, curl_multi_timer_callback, CURLMOPT_TIMER)

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
// The next transfer that has ended and its result; NULL when none has.
static inline CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
