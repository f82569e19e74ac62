// Package pgtest runs a private PostgreSQL: for tests, and for the lab.
//
// It uses the PostgreSQL programs of this machine (see Programs), in a data folder of its own, on a
// free port of 127.0.0.1. No process stays behind, not even after kill -9 of the program that started
// it. Tests ask for a database of their own:
//
//	url := pgtest.NewDatabase(t, migrate)
//
// The first test to ask for it pays for the server and for the migrations; every other one gets a copy
// of the migrated database in some ten milliseconds. Run through `go run ./internal/pgtest/with -- go
// test ./...`, all packages share one server; a package tested alone starts its own.
//
// The package imports no other package of the product. It runs on Linux and the other Unixes.
package pgtest
