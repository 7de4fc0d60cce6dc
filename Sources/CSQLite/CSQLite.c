// Only a service with a state file needs SQLite, which takes the longest of the small libraries to bind.
#include "CSQLite.h"

#define CLOADER_LIBRARY "libsqlite3.so.0"
#include "CLoader.h"

FORWARD(int, sqlite3_open_v2, (const char *path, sqlite3 **database, int flags, const char *system), path, database, flags, system)
FORWARD(int, sqlite3_close_v2, (sqlite3 * database), database)
FORWARD(const char *, sqlite3_errmsg, (sqlite3 * database), database)
FORWARD(int, sqlite3_limit, (sqlite3 * database, int which, int value), database, which, value)
FORWARD(int, sqlite3_prepare_v2, (sqlite3 * database, const char *text, int length, sqlite3_stmt **statement, const char **rest),
        database, text, length, statement, rest)
FORWARD(int, sqlite3_step, (sqlite3_stmt * statement), statement)
FORWARD(int, sqlite3_finalize, (sqlite3_stmt * statement), statement)
FORWARD(int, sqlite3_bind_int64, (sqlite3_stmt * statement, int index, sqlite3_int64 value), statement, index, value)
FORWARD(int, sqlite3_bind_text, (sqlite3_stmt * statement, int index, const char *text, int length, void (*destroy)(void *)),
        statement, index, text, length, destroy)
FORWARD(const unsigned char *, sqlite3_column_text, (sqlite3_stmt * statement, int column), statement, column)
FORWARD(int, sqlite3_column_bytes, (sqlite3_stmt * statement, int column), statement, column)
FORWARD(sqlite3_int64, sqlite3_column_int64, (sqlite3_stmt * statement, int column), statement, column)

int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

// A function with any number of arguments has no FORWARD.
int csqlite_defend(sqlite3 *database) {
    int (*configure)(sqlite3 *, int, ...) = cloader_find("sqlite3_db_config");
    int code = configure(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
    return code != SQLITE_OK ? code : configure(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
}
