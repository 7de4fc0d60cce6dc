// What of OpenSSL is a macro, or a type that Swift cannot name. Nothing else.
#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// A pointer of the caller's that goes with the context and everything made of it.
static inline int copenssl_new_context_index(void) { return SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL); }
static inline void *copenssl_context_data(const SSL *ssl, int index) {
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index);
}

// No function is told of the messages of the handshake.
static inline void copenssl_ignore_messages(SSL_CTX *context) { SSL_CTX_set_msg_callback(context, NULL); }

// The certificates that the peer sent, leaf first.
static inline int copenssl_peer_count(X509_STORE_CTX *context) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(context);
    return chain ? sk_X509_num(chain) : 0;
}
static inline X509 *copenssl_peer_at(X509_STORE_CTX *context, int place) {
    return sk_X509_value(X509_STORE_CTX_get0_untrusted(context), place);
}
// A list of certificates that holds each of them.
static inline void copenssl_push_certificate(OPENSSL_STACK *list, X509 *certificate) {
    if (list && X509_up_ref(certificate) && !OPENSSL_sk_push(list, certificate)) X509_free(certificate);
}
static inline void copenssl_free_certificates(OPENSSL_STACK *list) {
    for (int place = 0; list && place < OPENSSL_sk_num(list); place++) X509_free((X509 *)OPENSSL_sk_value(list, place));
    OPENSSL_sk_free(list);
}
// Verifies what the peer sent by other objects for the same certificates, in the same order; where there are none, as it is.
static inline int copenssl_verify_as(X509_STORE_CTX *context, OPENSSL_STACK *list) {
    X509 *leaf = X509_STORE_CTX_get0_cert(context);
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(context);
    int count = sent ? sk_X509_num(sent) : 0;
    if (!list || count == 0 || OPENSSL_sk_num(list) != count || sk_X509_value(sent, 0) != leaf) return X509_verify_cert(context);
    X509_STORE_CTX_set_cert(context, (X509 *)OPENSSL_sk_value(list, 0));
    X509_STORE_CTX_set0_untrusted(context, (STACK_OF(X509) *)list);
    int result = X509_verify_cert(context);
    X509_STORE_CTX_set_cert(context, leaf);
    X509_STORE_CTX_set0_untrusted(context, sent);
    return result;
}
// The chain as built towards a trusted root; empty where none was found.
static inline int copenssl_chain_count(X509_STORE_CTX *context) {
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    return chain ? sk_X509_num(chain) : 0;
}
static inline X509 *copenssl_chain_at(X509_STORE_CTX *context, int place) {
    return sk_X509_value(X509_STORE_CTX_get0_chain(context), place);
}

// Copies what a memory BIO holds; returns the bytes copied.
static inline size_t copenssl_take(BIO *bio, char *buffer, size_t size) {
    char *text = NULL;
    long length = BIO_get_mem_data(bio, &text);
    size_t count = length > 0 ? (size_t)length : 0;
    if (count > size) count = size;
    if (count) memcpy(buffer, text, count);
    return count;
}
// A name as RFC 2253 writes it, in UTF-8; returns the bytes written.
static inline size_t copenssl_name(const X509_NAME *name, char *buffer, size_t size) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio) return 0;
    X509_NAME_print_ex(bio, name, 0, (XN_FLAG_RFC2253 | ASN1_STRFLGS_UTF8_CONVERT) & ~ASN1_STRFLGS_ESC_MSB);
    size_t count = copenssl_take(bio, buffer, size);
    BIO_free(bio);
    return count;
}
// The DNS names and addresses of the subject, with commas; returns the bytes written.
static inline size_t copenssl_alternatives(const X509 *certificate, char *buffer, size_t size) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    BIO *bio = names ? BIO_new(BIO_s_mem()) : NULL;
    size_t count = 0;
    for (int place = 0; bio && place < sk_GENERAL_NAME_num(names); place++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, place);
        if (name->type == GEN_DNS) {
            if (count++) BIO_write(bio, ",", 1);
            BIO_write(bio, ASN1_STRING_get0_data(name->d.dNSName), ASN1_STRING_length(name->d.dNSName));
        } else if (name->type == GEN_IPADD) {
            if (count++) BIO_write(bio, ",", 1);
            const unsigned char *bytes = ASN1_STRING_get0_data(name->d.iPAddress);
            int length = ASN1_STRING_length(name->d.iPAddress);
            for (int i = 0; i < length; i++) {
                char text[8];
                int written = length == 4 ? snprintf(text, sizeof text, i ? ".%d" : "%d", bytes[i])
                                          : snprintf(text, sizeof text, i && i % 2 == 0 ? ":%02x" : "%02x", bytes[i]);
                BIO_write(bio, text, written);
            }
        }
    }
    size_t written = bio ? copenssl_take(bio, buffer, size) : 0;
    BIO_free(bio);
    GENERAL_NAMES_free(names);
    return written;
}
// Seconds since 1970; 0 when the time cannot be read.
static inline int64_t copenssl_seconds(const ASN1_TIME *time) {
    struct tm parts;
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
    return (int64_t)timegm(&parts);
}

// The name in the client's SNI (RFC 6066 §3).
static inline int copenssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }
// The versions of TLS that are spoken; 0 is the library's own bound.
static inline int copenssl_set_versions(SSL_CTX *context, int least, int most) {
    return SSL_CTX_set_min_proto_version(context, least) && SSL_CTX_set_max_proto_version(context, most);
}

// The system's roots, as X509_STORE_set_default_paths finds them, but for its third way: that one lists the whole folder anew
// for each issuer that is not there. Roots that are missing are no failure.
static inline int copenssl_use_system_roots(X509_STORE *store) {
    X509_LOOKUP *file = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    X509_LOOKUP *folder = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (!file || !folder) return 0;
    X509_LOOKUP_load_file(file, NULL, X509_FILETYPE_DEFAULT);
    X509_LOOKUP_add_dir(folder, NULL, X509_FILETYPE_DEFAULT);
    return 1;
}
