// Package faults kills the product at its worst moments and looks what survives.
//
// Its tests run a real Temporal server, a real PostgreSQL, the sandbox providers, and the product's own
// programs, built with the tag failpoint: worker, API and command line as processes that can be killed.
// Each test has a database and a namespace of its own. Afterwards the audit compares the sandbox's log,
// the database and Temporal, and the test fails, too, where the fault did not happen.
package faults
