// SQLite, loaded when it is called.
#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast that Swift cannot read: SQLite copies the bytes.
int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length);

// Refuses what could corrupt the file by SQL, and views and triggers that a forged file might bring.
int csqlite_defend(sqlite3 *database);
