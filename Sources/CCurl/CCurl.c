// libcurl is loaded when it is called: most commands send no request.
#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"

#define CLOADER_LIBRARY "libcurl.so.4"
#include "CLoader.h"
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

FORWARD(CURLcode, curl_global_init, (long flags), flags)
FORWARD(CURL *, curl_easy_init, (void), )
FORWARD(void, curl_easy_cleanup, (CURL * handle), handle)
FORWARD(void, curl_easy_reset, (CURL * handle), handle)
FORWARD(const char *, curl_easy_strerror, (CURLcode code), code)
FORWARD(CURLM *, curl_multi_init, (void), )
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * multi), multi)
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *handle), multi, handle)
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *handle), multi, handle)
FORWARD(CURLMcode, curl_multi_perform, (CURLM * multi, int *running), multi, running)
FORWARD(CURLMcode, curl_multi_poll,
        (CURLM * multi, struct curl_waitfd *extra, unsigned int number, int timeout, int *ready), multi, extra, number, timeout,
        ready)
FORWARD(CURLMcode, curl_multi_wakeup, (CURLM * multi), multi)
FORWARD(CURLMcode, curl_multi_socket_action, (CURLM * multi, curl_socket_t socket, int events, int *running), multi, socket,
        events, running)
FORWARD(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), multi, left)
FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text), list, text)
FORWARD(void, curl_slist_free_all, (struct curl_slist * list), list)

// One argument of 64 bits, of whatever kind: a number of type long or curl_off_t, or a pointer.
#define FORWARD_VARIADIC(result, name, type, kind)                                                                             \
    __attribute__((visibility("hidden"))) result name(type handle, kind option, ...) {                                         \
        static _Atomic(void *) function;                                                                                       \
        if (!function) function = cloader_find(#name);                                                                                 \
        va_list arguments;                                                                                                     \
        va_start(arguments, option);                                                                                           \
        void *argument = va_arg(arguments, void *);                                                                            \
        va_end(arguments);                                                                                                     \
        return ((result(*)(type, kind, ...))function)(handle, option, argument);                                               \
    }

_Static_assert(sizeof(long) == sizeof(void *) && sizeof(curl_off_t) == sizeof(void *), "an argument is 64 bits");

FORWARD_VARIADIC(CURLcode, curl_easy_setopt, CURL *, CURLoption)
FORWARD_VARIADIC(CURLcode, curl_easy_getinfo, CURL *, CURLINFO)
FORWARD_VARIADIC(CURLMcode, curl_multi_setopt, CURLM *, CURLMoption)
